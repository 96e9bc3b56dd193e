// Reads model.safetensors and runs its encoder and decoder in the browser. The file alone is enough: its metadata list the layers.
// Nothing is allocated per run: every buffer, the order of the values and the paths of the convolutions are made once.

// More values than any layer for a picture has: a damaged number must not fill the memory.
const MOST_VALUES = 2 ** 22;

function refuseWeights(sentence) {
  throw new Error(sentence);
}

function isCount(value) {
  return Number.isSafeInteger(value) && value >= 0;
}

function isShape(value) {
  return Array.isArray(value) && value.every(isCount);
}

function countOf(shape) {
  return shape.reduce((product, side) => product * side, 1);
}

// ---- the file

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

// ---- the arithmetic

/** Return the weights as `addUp` reads them: four outputs side by side for every input, then what is left, output by output. */
function packInFours(inputs, outputs, weightAt) {
  const packed = new Float32Array(inputs * outputs);
  for (let o = 0; o < outputs; o++) {
    const inFours = o < (outputs & ~3);
    for (let i = 0; i < inputs; i++) packed[inFours ? ((o >> 2) * inputs + i) * 4 + (o & 3) : o * inputs + i] = weightAt(o, i);
  }
  return packed;
}

/** out[at + o] = bias[o] + sum over k < count of values[k] * weight(o, rows[k] / 4), for every output o. */
function addUp(values, rows, count, weights, inputs, bias, out, at) {
  const outputs = bias.length;
  let o = 0;
  for (; o + 4 <= outputs; o += 4) {
    const block = o * inputs;
    let a = bias[o], b = bias[o + 1], c = bias[o + 2], d = bias[o + 3];
    for (let k = 0; k < count; k++) {
      const value = values[k], w = block + rows[k];
      a += value * weights[w];
      b += value * weights[w + 1];
      c += value * weights[w + 2];
      d += value * weights[w + 3];
    }
    out[at + o] = a;
    out[at + o + 1] = b;
    out[at + o + 2] = c;
    out[at + o + 3] = d;
  }
  for (; o < outputs; o++) {
    let sum = bias[o];
    for (let k = 0; k < count; k++) sum += values[k] * weights[o * inputs + (rows[k] >> 2)];
    out[at + o] = sum;
  }
}

/**
 * Return the step of a dense or convolutional layer, (values) -> out.
 *
 * `paths[q]` lists [p, tap] in turn: output place q sees input place p through the kernel's element `tap`. A dense layer is one
 * place and one tap. Values lie place by place, channels last. Zeros, which are many after a ReLU, are left out first.
 */
function weighingStep(channels, places, taps, paths, weights, bias, out) {
  const values = new Float32Array(places * channels), rows = new Int32Array(places * channels), counts = new Int32Array(places);
  const seen = new Float32Array(taps * channels), seenRows = new Int32Array(taps * channels);
  const outputs = bias.length, inputs = taps * channels;
  return (from) => {
    for (let p = 0; p < places; p++) {
      let n = p * channels;
      for (let c = 0; c < channels; c++) {
        const value = from[p * channels + c];
        if (value !== 0) {
          values[n] = value;
          rows[n++] = 4 * c;
        }
      }
      counts[p] = n - p * channels;
    }
    for (let q = 0; q < paths.length; q++) {
      const path = paths[q];
      let n = 0;
      for (let i = 0; i < path.length; i += 2) {
        const first = path[i] * channels, end = first + counts[path[i]], row = path[i + 1] * channels * 4;
        for (let k = first; k < end; k++) {
          seen[n] = values[k];
          seenRows[n++] = rows[k] + row;
        }
      }
      addUp(seen, seenRows, n, weights, inputs, bias, out, q * outputs);
    }
    return out;
  };
}

/** The tanh form, 0.5 x (1 + tanh u), written with one exponential. */
function geluStep(values) {
  for (let i = 0; i < values.length; i++) {
    const x = values[i];
    values[i] = x / (1 + Math.exp(-1.5957691216057308 * (x + 0.044715 * x * x * x)));
  }
  return values;
}

function reluStep(values) {
  for (let i = 0; i < values.length; i++) if (values[i] < 0) values[i] = 0;
  return values;
}

/** Return, for values of `shape` [channels, height, width] that lie channels last, where each stands in torch's order; null: the same. */
function channelsLast([channels, height, width]) {
  const places = height * width;
  if (channels === 1 || places === 1) return null;
  return Int32Array.from({ length: channels * places }, (_, i) => (i % channels) * places + Math.floor(i / channels));
}

/** Return `paths` as weighingStep reads them; `sides` are [height, width] of input, kernel and output. */
function convolutionPaths(sides, kernel, outSides, sourceOf) {
  const reach = (side, k, o) => {
    const source = sourceOf(o, k);
    return Number.isInteger(source) && source >= 0 && source < sides[side] ? source : -1;
  };
  return Array.from({ length: outSides[0] * outSides[1] }, (_, q) => {
    const path = [];
    for (let tap = 0; tap < kernel[0] * kernel[1]; tap++) {
      const y = reach(0, Math.floor(tap / kernel[1]), Math.floor(q / outSides[1]));
      const x = reach(1, tap % kernel[1], q % outSides[1]);
      if (y >= 0 && x >= 0) path.push(y * sides[1] + x, tap);
    }
    return Int32Array.from(path);
  });
}

// ---- the networks

/** The layers of one network turned into steps; `shape` is torch's, `order` tells where each value stands in torch's order. */
class NetworkPlan {
  steps = [];
  order = null;

  constructor(tensors, layers) {
    this.tensors = tensors;
    this.shape = this.sized(this.shapeBefore(layers[0]));
    this.input = this.values = new Float32Array(countOf(this.shape));
    layers.forEach((layer, i) => this.add(layer, layers.slice(i + 1)));
    this.arrange(null);
  }

  add(layer, following) {
    switch (layer.op) {
      case "dense": return this.dense(layer, following);
      case "conv": return this.convolve(layer, false);
      case "conv_transpose": return this.convolve(layer, true);
      case "gelu": return this.steps.push(geluStep);
      case "relu": return this.steps.push(reluStep);
      case "subtract": return this.subtract(layer);
      case "append": return this.append(layer);
      case "residual": return this.residual(layer);
      case "flatten": return this.reshape([countOf(this.shape)]);
      case "reshape": return this.reshape(layer.shape);
      default: return refuseWeights(`The network has a layer ${JSON.stringify(layer.op)}, which this page does not know.`);
    }
  }

  /** Return the data of a tensor of so many dimensions and, where it is given, of this shape. */
  tensor(name, dimensions, shape) {
    const tensor = this.tensors.get(name);
    if (!tensor) refuseWeights(`The tensor ${JSON.stringify(name)} is missing from the file of weights.`);
    if (tensor.shape.length !== dimensions || (shape && tensor.shape.some((side, i) => side !== shape[i]))) {
      this.misfit(`the tensor ${JSON.stringify(name)} of shape ${JSON.stringify(tensor.shape)}`);
    }
    if (!tensor.data.every(Number.isFinite)) refuseWeights(`The tensor ${JSON.stringify(name)} holds a number that is not finite.`);
    return tensor;
  }

  misfit(what) {
    const before = this.shape ? ` after values of shape ${JSON.stringify(this.shape)}` : "";
    refuseWeights(`The layers of the network do not fit together: ${what} does not fit${before}.`);
  }

  sized(shape) {
    if (!isShape(shape) || countOf(shape) < 1 || countOf(shape) > MOST_VALUES) {
      this.misfit(`the shape ${JSON.stringify(shape)}`);
    }
    return shape;
  }

  shapeBefore({ op, name, shape }) {
    if (op === "dense") return [this.tensor(`${name}.weight`, 2).shape[1]];
    if (op === "subtract") return this.tensors.get(name)?.shape ?? this.tensor(name).shape;
    if (op === "reshape") return shape;
    return refuseWeights(`The network starts with a layer ${JSON.stringify(op)}, which does not tell the size of its input.`);
  }

  /** Let the following steps write to a new buffer for values of `shape`, and return it. */
  advance(shape, order) {
    this.shape = this.sized(shape);
    this.order = order;
    this.values = new Float32Array(countOf(shape));
    return this.values;
  }

  reshape(shape) {
    if (countOf(this.sized(shape)) !== countOf(this.shape)) this.misfit(`the shape ${JSON.stringify(shape)}`);
    this.shape = shape;
  }

  /** Bring the values into another order, where they are not in it already. */
  arrange(order) {
    const [here, there] = [this.order, order].map((one) => one ?? Int32Array.from(this.values.keys()));
    if (here.every((place, i) => place === there[i])) return;
    const holder = new Int32Array(here.length);
    here.forEach((place, i) => (holder[place] = i));
    const source = there.map((place) => holder[place]);
    const out = this.advance(this.shape, order);
    this.steps.push((from) => {
      for (let i = 0; i < out.length; i++) out[i] = from[source[i]];
      return out;
    });
  }

  dense({ name }, following) {
    const inputs = countOf(this.shape);
    const { shape: [outputs], data } = this.tensor(`${name}.weight`, 2);
    if (this.shape.length !== 1 || data.length !== outputs * inputs) this.misfit(`the dense layer ${JSON.stringify(name)}`);
    const bias = this.tensor(`${name}.bias`, 1, [outputs]).data;
    // The order of the values before and after is folded into the weights, so that no run has to bring them into it.
    const columns = this.order, rows = orderWanted(following, outputs);
    const weights = packInFours(inputs, outputs, (o, i) => data[(rows ? rows[o] : o) * inputs + (columns ? columns[i] : i)]);
    const out = this.advance([outputs], rows);
    this.steps.push(weighingStep(inputs, 1, 1, [Int32Array.of(0, 0)], weights, rows ? bias.map((_, o) => bias[rows[o]]) : bias, out));
  }

  convolve({ name, stride, padding, output_padding: extra = [0, 0] }, transposed) {
    const { shape: sides, data } = this.tensor(`${name}.weight`, 4);
    const [channels, height, width] = this.shape, kernel = sides.slice(2), taps = countOf(kernel);
    const [inputs, outputs] = transposed ? sides : [sides[1], sides[0]];
    const sound = isShape([stride, padding]) && stride > 0 && isShape(extra) && extra.length === 2 && extra.every((one) => one < stride);
    if (!sound || this.shape.length !== 3 || channels !== inputs) this.misfit(`the convolution ${JSON.stringify(name)}`);
    const outSide = (side, i) =>
      transposed ? (side - 1) * stride - 2 * padding + kernel[i] + extra[i] : Math.floor((side + 2 * padding - kernel[i]) / stride) + 1;
    const outShape = this.sized([outputs, ...[height, width].map(outSide)]);
    this.sized([taps, ...outShape.slice(1)]);
    const bias = this.tensor(`${name}.bias`, 1, [outputs]).data;
    this.arrange(channelsLast(this.shape));
    const sourceOf = (o, k) => (transposed ? (o + padding - k) / stride : o * stride - padding + k);
    const paths = convolutionPaths([height, width], kernel, outShape.slice(1), sourceOf);
    const weights = packInFours(taps * inputs, outputs, (o, i) => {
      const c = i % inputs, tap = Math.floor(i / inputs);
      return data[(transposed ? c * outputs + o : o * inputs + c) * taps + tap];
    });
    const out = this.advance(outShape, channelsLast(outShape));
    this.steps.push(weighingStep(inputs, height * width, taps, paths, weights, bias, out));
  }

  subtract({ name }) {
    const { data } = this.tensor(name, this.shape.length, this.shape);
    this.arrange(null);
    this.steps.push((values) => {
      for (let i = 0; i < values.length; i++) values[i] -= data[i];
      return values;
    });
  }

  append({ name }) {
    const { data } = this.tensor(name, 1);
    if (this.shape.length !== 1) this.misfit(`the layer that appends ${JSON.stringify(name)}`);
    this.arrange(null);
    const size = this.shape[0], out = this.advance([size + data.length], null);
    out.set(data, size);
    this.steps.push((from) => {
      out.set(from);
      return out;
    });
  }

  /** x + f(x). Steps may work in place, so f is given a copy of x; it ends in another buffer than x, to which x is added. */
  residual({ layers }) {
    if (!areLayers(layers)) this.misfit("a residual block without layers");
    const { values: x, shape, order } = this;
    const copy = this.advance(shape, order);
    this.steps.push((from) => {
      copy.set(from);
      return copy;
    });
    layers.forEach((layer, i) => this.add(layer, layers.slice(i + 1)));
    if (JSON.stringify(this.shape) !== JSON.stringify(shape)) this.misfit(`the sum with a block's input of shape ${JSON.stringify(shape)}`);
    this.arrange(order);
    this.steps.push((values) => {
      for (let i = 0; i < values.length; i++) values[i] += x[i];
      return values;
    });
  }
}

/** Return the order in which the layers that follow a dense one read its output: channels last before a convolution. */
function orderWanted(following, outputs) {
  let shape = [outputs];
  for (const layer of following) {
    if (layer.op === "reshape") ({ shape } = layer);
    else if (layer.op === "conv" || layer.op === "conv_transpose") {
      return isShape(shape) && shape.length === 3 && countOf(shape) === outputs ? channelsLast(shape) : null;
    } else if (layer.op !== "gelu" && layer.op !== "relu" && layer.op !== "flatten") return null;
  }
  return null;
}

function areLayers(layers) {
  return Array.isArray(layers) && layers.length > 0 && layers.every((layer) => typeof layer?.op === "string");
}

function layersOf(metadata, part) {
  let layers;
  try {
    layers = JSON.parse(metadata[part]);
  } catch {
    refuseWeights(`The file of weights does not list the layers of its ${part}; train the run again.`);
  }
  if (!areLayers(layers)) refuseWeights(`The list of layers of the ${part} is damaged.`);
  return layers;
}

/**
 * One network of a parsed file: "decoder" (z to the likelihood's params) or "encoder" (x to mu and log_var, side by side).
 *
 * The constructor throws an Error with one plain sentence for a layer that it does not know, a tensor that is missing, shapes that
 * do not fit together, and weights that are not finite.
 */
export class Network {
  #input;
  #steps;

  constructor(file, part) {
    const plan = new NetworkPlan(file.tensors, layersOf(file.metadata, part));
    this.#input = plan.input;
    this.#steps = plan.steps;
    this.inputSize = plan.input.length;
    this.outputShape = plan.shape;
  }

  /** Return the output for `inputSize` numbers: always the same Float32Array, which the next run overwrites. */
  run(input) {
    if (input.length !== this.inputSize) refuseWeights(`The network takes ${this.inputSize} numbers and was given ${input.length}.`);
    this.#input.set(input);
    let values = this.#input;
    for (let i = 0; i < this.#steps.length; i++) values = this.#steps[i](values);
    return values;
  }
}

// ---- the picture

const MEANS_OF_PIXELS = new Map([
  ["identity", (params, means) => means.set(params)],
  ["sigmoid", (params, means) => {
    for (let i = 0; i < means.length; i++) means[i] = 1 / (1 + Math.exp(-params[i]));
  }],
  // 1 / (1 - e^-eta) - 1 / eta. Near zero its two terms cancel, so there it is a series; far below, it is mirrored to stay finite.
  ["continuous-bernoulli", (params, means) => {
    for (let i = 0; i < means.length; i++) {
      const eta = params[i], size = Math.abs(eta), square = eta * eta;
      if (size < 0.3) {
        means[i] = 0.5 + eta * (1 / 12 - square * (1 / 720 - square * (1 / 30240 - square / 1209600)));
      } else {
        const mirrored = -1 / Math.expm1(-size) - 1 / size;
        means[i] = eta > 0 ? mirrored : 1 - mirrored;
      }
    }
  }],
]);

/** The decoder of a parsed file together with the mean of its likelihood: z to a picture. Throws as Network does. */
export class Decoder {
  #network;
  #mean;
  #picture;

  constructor(file) {
    this.#network = new Network(file, "decoder");
    this.#mean = MEANS_OF_PIXELS.get(file.metadata.mean);
    const [params, height, width] = this.#network.outputShape;
    if (!this.#mean) refuseWeights(`The pixels have the mean ${JSON.stringify(file.metadata.mean)}, which this page does not know.`);
    if (this.#network.outputShape.length !== 3 || params !== 1) refuseWeights("The decoder does not draw one picture of height and width.");
    this.latentSize = this.#network.inputSize;
    this.height = height;
    this.width = width;
    this.#picture = new Float32Array(height * width);
  }

  /** Return the means of the pixels, row by row, for z: always the same Float32Array, which the next call overwrites. */
  decode(z) {
    this.params = this.#network.run(z);
    this.#mean(this.params, this.#picture);
    return this.#picture;
  }
}
//# sourceURL=decoder.js
