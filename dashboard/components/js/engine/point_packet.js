// A packet of points taken apart: as stored where there are few of them, else quantised; see dashboard/components/point_packets.py.

const OUTSIDE = 65535; // the code of a coordinate that follows apart

/**
 * What has come of N points in d dimensions.
 * @typedef {object} PointParts
 * @property {Uint8Array} [mu]  coordinates as float32; or else:
 * @property {Uint8Array} [codes]  as uint16 over the box
 * @property {Uint8Array} [outside]  those outside the box, as float32
 * @property {number[][]} [box]  where the box begins and how large it is, along each dimension
 * @property {Uint8Array} labels  in four bytes, one or half a byte each; empty where there are none
 * @property {Uint8Array} [rows]  row numbers in four bytes; or else:
 * @property {Uint8Array} [gaps]  how far each lies from the one before, 255 going on in the next byte; empty where all are 1
 * @property {number} [first]  row number
 * @property {number} [count]  of points
 */

/**
 * Coordinates (N, d), labels or null, and row numbers.
 * @type {(parts: PointParts, d: number) => { mu: Float32Array, labels: Int32Array | Uint8Array | null, rows: Int32Array }}
 */
export function unpacked(parts, d) {
  const { mu, rows, labels } = parts;
  const floats = mu ? new Float32Array(copied(mu)) : dequantised(parts, d);
  const count = floats.length / d;
  return {
    mu: floats,
    labels: labels.length ? widened(labels, count) : null,
    rows: rows ? new Int32Array(copied(rows)) : counted(parts, count),
  };
}

/** A copy, since what lies in a packet may begin at an odd byte. @type {(bytes: Uint8Array) => ArrayBuffer} */
const copied = (bytes) => /** @type {ArrayBuffer} */ (bytes.slice().buffer);

/** @type {(parts: PointParts, d: number) => Float32Array} */
function dequantised({ codes, outside, box }, d) {
  const [whole, far] = [
    new Uint16Array(copied(/** @type {Uint8Array} */ (codes))),
    new Float32Array(copied(/** @type {Uint8Array} */ (outside))),
  ];
  const [low, size] = /** @type {number[][]} */ (box);
  const step = size.map((one) => one / (OUTSIDE - 1));
  const found = new Float32Array(whole.length);
  let next = 0;
  for (let at = 0; at < whole.length; ) {
    for (let j = 0; j < d; j++, at++) found[at] = whole[at] === OUTSIDE ? far[next++] : low[j] + whole[at] * step[j];
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

/** Row numbers from the first one and the gaps between them. @type {(parts: PointParts, count: number) => Int32Array} */
function counted({ gaps = new Uint8Array(0), first = 0 }, count) {
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
