// Reads model.safetensors: every tensor by its name, and the metadata, which list the layers of both networks. Sound, or refused.

export function refuseWeights(sentence) {
  throw new Error(sentence);
}

function isCount(value) {
  return Number.isSafeInteger(value) && value >= 0;
}

export function isShape(value) {
  return Array.isArray(value) && value.every(isCount);
}

export function countOf(shape) {
  return shape.reduce((product, side) => product * side, 1);
}

/**
 * Return {tensors: Map name -> {dtype, shape, data: Float32Array}, metadata: object} of a safetensors file.
 *
 * `bytes` is a Uint8Array at any offset of its buffer; a tensor is copied out of it when its `data` is first asked for.
 * Throws an Error with one plain sentence where the file is not sound.
 */
export function parseSafetensors(bytes) {
  const { header, start } = safetensorsHeader(bytes);
  const { __metadata__: metadata = {}, ...entries } = header;
  if (typeof metadata !== "object" || metadata === null || Object.values(metadata).some((value) => typeof value !== "string")) {
    refuseWeights("The metadata of the weights are not a list of names and texts.");
  }
  const tensors = new Map(Object.entries(entries).map(([name, entry]) => [name, safetensor(bytes, start, name, entry)]));
  const inOrder = [...tensors.values()].sort((one, other) => one.begin - other.begin || one.end - other.end);
  let reached = start;
  for (const { begin, end } of inOrder) {
    if (begin < reached) refuseWeights("Two tensors overlap in the file of weights.");
    if (begin > reached) refuseWeights("The file of weights holds bytes that belong to no tensor.");
    reached = end;
  }
  if (reached !== bytes.length) refuseWeights("The file of weights holds bytes that belong to no tensor.");
  return { tensors, metadata };
}

function safetensorsHeader(bytes) {
  if (bytes.length < 8) refuseWeights("The file of weights is cut short: it ends before its header.");
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8);
  const start = 8 + length.getUint32(0, true) + length.getUint32(4, true) * 2 ** 32;
  if (start > bytes.length) refuseWeights("The file of weights is cut short: its header is longer than the file.");
  let text, header;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, start));
    header = JSON.parse(text);
  } catch {
    refuseWeights("The header of the file of weights is not JSON.");
  }
  if (typeof header !== "object" || header === null || Array.isArray(header)) {
    refuseWeights("The header of the file of weights is not a list of tensors.");
  }
  refuseTwins(text);
  return { header, start };
}

// JSON.parse keeps the last of two equal keys and says nothing.
function refuseTwins(json) {
  const open = [];
  for (const [token, text, colon] of json.matchAll(/("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|[{}]/g)) {
    if (token === "{") open.push(new Set());
    else if (token === "}") open.pop();
    else if (colon) {
      const keys = open.at(-1);
      if (keys.has(JSON.parse(text))) refuseWeights(`The header of the file of weights names ${text} twice.`);
      keys.add(JSON.parse(text));
    }
  }
}

function safetensor(bytes, start, name, entry) {
  const { dtype, shape, data_offsets: offsets } = entry ?? {};
  const called = `The tensor ${JSON.stringify(name)}`;
  if (dtype !== "F32") refuseWeights(`${called} has the type ${JSON.stringify(dtype)}, and only F32 can be read.`);
  if (!isShape(shape)) refuseWeights(`${called} has no shape.`);
  if (!isShape(offsets) || offsets.length !== 2) refuseWeights(`${called} has no place in the file.`);
  const [begin, end] = offsets.map((offset) => start + offset);
  if (begin > end || end > bytes.length) refuseWeights(`${called} lies beyond the end of the file: the file is cut short or damaged.`);
  if (countOf(shape) * 4 !== end - begin) {
    refuseWeights(`${called} has the shape ${JSON.stringify(shape)}, which is not its size in the file.`);
  }
  let copy;
  return {
    dtype,
    shape,
    begin,
    end,
    get data() {
      // Floats must start at a multiple of four, which `bytes` need not; and a Node Buffer's own slice() would not copy.
      copy ??= new Float32Array(Uint8Array.prototype.slice.call(bytes, begin, end).buffer);
      return copy;
    },
  };
}
