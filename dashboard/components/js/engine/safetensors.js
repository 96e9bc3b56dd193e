// Reads model.safetensors: every tensor by its name, and the metadata, which list the layers of both networks. Sound, or refused.

/** @import { Tensor, WeightsFile } from "./types.js" */

import { refuse, written } from "./refusal.js";

/** @type {(value: unknown) => value is number} */
function isCount(value) {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/** @type {(value: unknown) => value is number[]} */
export function isShape(value) {
  return Array.isArray(value) && value.every(isCount);
}

/** @type {(shape: number[]) => number} */
export function countOf(shape) {
  return shape.reduce((product, side) => product * side, 1);
}

/**
 * Return {tensors: Map name -> {dtype, shape, data: Float32Array}, metadata: object} of a safetensors file of 32 or 16 bits per number.
 *
 * `bytes` is a Uint8Array at any offset of its buffer; a tensor is copied out of it when its `data` is first asked for.
 * Throws a Refusal where the file is not sound.
 * @type {(bytes: Uint8Array) => WeightsFile}
 */
export function parseSafetensors(bytes) {
  const { header, start } = safetensorsHeader(bytes);
  const { __metadata__: metadata = {}, ...entries } = header;
  if (typeof metadata !== "object" || metadata === null || Object.values(metadata).some((value) => typeof value !== "string")) {
    refuse("weights.odd_metadata");
  }
  const tensors = new Map(Object.entries(entries).map(([name, entry]) => [name, safetensor(bytes, start, name, entry)]));
  const inOrder = [...tensors.values()].sort((one, other) => one.begin - other.begin || one.end - other.end);
  let reached = start;
  for (const { begin, end } of inOrder) {
    if (begin < reached) refuse("weights.overlap");
    if (begin > reached) refuse("weights.stray_bytes");
    reached = end;
  }
  if (reached !== bytes.length) refuse("weights.stray_bytes");
  return { tensors, metadata };
}

/** @type {(bytes: Uint8Array) => { header: Record<string, any>, start: number }} */
function safetensorsHeader(bytes) {
  if (bytes.length < 8) refuse("weights.no_header");
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8);
  const start = 8 + length.getUint32(0, true) + length.getUint32(4, true) * 2 ** 32;
  if (start > bytes.length) refuse("weights.long_header");
  let text, header;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, start));
    header = JSON.parse(text);
  } catch {
    refuse("weights.not_json");
  }
  if (typeof header !== "object" || header === null || Array.isArray(header)) {
    refuse("weights.no_list");
  }
  refuseTwins(text);
  return { header, start };
}

/** JSON.parse keeps the last of two equal keys and says nothing. @type {(json: string) => void} */
function refuseTwins(json) {
  /** @type {Set<string>[]} */
  const open = [];
  for (const [token, text, colon] of json.matchAll(/("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|[{}]/g)) {
    if (token === "{") open.push(new Set());
    else if (token === "}") open.pop();
    else if (colon) {
      const keys = open[open.length - 1];
      if (keys.has(JSON.parse(text))) refuse("weights.named_twice", { name: text });
      keys.add(JSON.parse(text));
    }
  }
}

/** @type {(bytes: Uint8Array, start: number, name: string, entry: any) => Tensor} */
function safetensor(bytes, start, name, entry) {
  const { dtype, shape, data_offsets: offsets } = entry ?? {};
  const called = { name: written(name) };
  if (dtype !== "F32" && dtype !== "F16") refuse("weights.tensor_type", { ...called, type: written(dtype) });
  if (!isShape(shape)) refuse("weights.tensor_shapeless", called);
  if (!isShape(offsets) || offsets.length !== 2) refuse("weights.tensor_nowhere", called);
  const [begin, end] = offsets.map((offset) => start + offset);
  if (begin > end || end > bytes.length) refuse("weights.tensor_beyond", called);
  if (countOf(shape) * (dtype === "F32" ? 4 : 2) !== end - begin) {
    refuse("weights.tensor_size", { ...called, shape: written(shape) });
  }
  /** @type {Float32Array | undefined} */
  let copy;
  return {
    dtype,
    shape,
    begin,
    end,
    get data() {
      // Floats must start at a multiple of four, which `bytes` need not; and a Node Buffer's own slice() would not copy.
      if (copy) return copy;
      const { buffer } = Uint8Array.prototype.slice.call(bytes, begin, end);
      copy = dtype === "F32" ? new Float32Array(buffer) : Float32Array.from(new Uint16Array(buffer), widened);
      return copy;
    },
  };
}

/** A number of 16 bits (IEEE 754 binary16): sign, five of exponent, ten of fraction. @type {(half: number) => number} */
function widened(half) {
  const [sign, exponent, fraction] = [half & 0x8000 ? -1 : 1, (half >> 10) & 31, half & 1023];
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent ? sign * (1024 + fraction) * 2 ** (exponent - 25) : sign * fraction * 2 ** -24;
}
