// A packet of points taken apart: as stored where there are few of them, else quantised; see dashboard/components/point_packets.py.

const OUTSIDE = 2 ** 14 - 1; // the code, of 14 bits, of a number that follows apart
const SLICE = 1 << 18; // numbers of one step of work

/**
 * What has come of N points in d dimensions.
 * @typedef {object} PointParts
 * @property {Uint8Array} [mu]  coordinates as float32; or else `Quantised`
 * @property {Uint8Array} labels  in four bytes, one or half a byte each; empty where there are none
 * @property {Uint8Array} [rows]  row numbers in four bytes; or else `Gaps`
 */
/**
 * @typedef {object} Quantised
 * @property {Uint8Array} codes  (N, d) over the box, four in seven bytes
 * @property {Uint8Array} outside  those outside the box, as float32
 * @property {number[][]} box  where the box begins and how large it is, along each dimension
 * @property {number} count  N
 */
/**
 * @typedef {object} Gaps
 * @property {Uint8Array} gaps  how far each row number lies from the one before, 255 going on in the next byte; empty where all are 1
 * @property {number} first  row number
 * @property {number} count  of points
 */

/**
 * Coordinates (N, d), labels or null, and row numbers, in steps.
 * @type {(parts: any, d: number) => Generator<undefined, { mu: Float32Array, labels: Int32Array | Uint8Array | null, rows: Int32Array }>}
 */
export function* unpacked(parts, d) {
  const { rows, labels } = parts;
  const floats = yield* numbers(parts, d);
  const count = floats.length / d;
  return {
    mu: floats,
    labels: labels.length ? widened(labels, count) : null,
    rows: rows ? new Int32Array(copied(rows)) : counted(parts),
  };
}

/** A copy, since what lies in a packet may begin at an odd byte. @type {(bytes: Uint8Array) => ArrayBuffer} */
const copied = (bytes) => /** @type {ArrayBuffer} */ (bytes.slice().buffer);

/** Numbers (N, d), in steps: as stored, or quantised. @type {(parts: any, d: number) => Generator<undefined, Float32Array>} */
export function* numbers(parts, d) {
  return parts.mu ? new Float32Array(copied(parts.mu)) : yield* dequantised(parts, d);
}

/** @type {(parts: Quantised, d: number) => Generator<undefined, Float32Array>} */
function* dequantised({ codes, outside, box: [low, size], count }, d) {
  const far = new Float32Array(copied(outside));
  const step = size.map((one) => one / (OUTSIDE - 1));
  const found = new Float32Array(count * d);
  for (let at = 0, next = 0, j = 0; at < found.length; at++, j = j + 1 === d ? 0 : j + 1) {
    // Number n lies at the bits from 14 n on: within three bytes, from bit 0, 6, 4 or 2 of the first on.
    const bit = (at & 3) * 14;
    const byte = 7 * (at >> 2) + (bit >> 3);
    const code = ((codes[byte] | (codes[byte + 1] << 8) | (codes[byte + 2] << 16)) >> (bit & 7)) & OUTSIDE;
    found[at] = code === OUTSIDE ? far[next++] : low[j] + code * step[j];
    if (at % SLICE === SLICE - 1) yield;
  }
  return found;
}

/** @type {(bytes: Uint8Array, count: number) => Int32Array | Uint8Array} */
function widened(bytes, count) {
  if (bytes.length === 4 * count) return new Int32Array(copied(bytes));
  if (bytes.length === count) return bytes.slice();
  const labels = new Uint8Array(count);
  for (let n = 0; n < count; n++) labels[n] = (bytes[n >> 1] >> (n % 2 ? 4 : 0)) & 15;
  return labels;
}

/** Row numbers from the first one and the gaps between them. @type {(parts: Gaps) => Int32Array} */
export function counted({ gaps, first, count }) {
  const rows = new Int32Array(count);
  let row = (rows[0] = first);
  for (let n = 1, at = 0; n < count; n++) {
    if (!gaps.length) row++;
    else {
      while (gaps[at] === 255) row += gaps[at++];
      row += gaps[at++];
    }
    rows[n] = row;
  }
  return rows;
}
