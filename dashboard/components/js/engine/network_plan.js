// How the layers of a network become steps of kernels, once, with their buffers, so that nothing is allocated per run.

/** @import { Kernels, LayerFacts, RefusalValues, Tensor } from "./types.js" */

import { channelsLast, convolutionPaths, joinedPaths, repeatedPlaces } from "./paths.js";
import { Refusal, refuse, written } from "./refusal.js";
import { countOf, isShape } from "./safetensors.js";

// More values than any layer for a picture has: a damaged number must not fill the memory.
const MOST_VALUES = 2 ** 22;

/**
 * What becomes of a layer, by its op: `build` adds its steps to a plan. A convolution reads its values channels last; ops with `keepsOrder`
 * hand the order of the values on, so that a dense layer before them can write in it; those with `isBatched` take several inputs at once.
 * @type {Record<string, { build: (plan: NetworkPlan, layer: LayerFacts, following: LayerFacts[]) => void, readsChannelsLast?: boolean, keepsOrder?: boolean,
 *   isBatched?: boolean }>}
 */
const OPS = {
  dense: { build: (plan, layer, following) => plan.dense(layer, following), isBatched: true },
  conv: { build: (plan, layer) => plan.convolve(layer, false), readsChannelsLast: true },
  conv_transpose: { build: (plan, layer) => plan.convolve(layer, true), readsChannelsLast: true },
  upsample: { build: (plan, layer, following) => plan.upsample(layer, following), readsChannelsLast: true },
  gelu: { build: (plan) => plan.kernels.gelu(plan.values), keepsOrder: true, isBatched: true },
  relu: { build: (plan) => plan.kernels.relu(plan.values), keepsOrder: true, isBatched: true },
  flatten: { build: (plan) => plan.reshape([countOf(plan.shape)]), keepsOrder: true, isBatched: true },
  reshape: { build: (plan, layer) => plan.reshape(layer.shape), keepsOrder: true, isBatched: true },
  subtract: { build: (plan, layer) => plan.subtract(layer) },
  append: { build: (plan, layer) => plan.append(layer) },
  residual: { build: (plan, layer) => plan.residual(layer), isBatched: true },
};

/** The layers of one network turned into steps; `shape` is torch's, `order` tells where each of `values` stands in torch's order. */
export class NetworkPlan {
  /** @type {Int32Array | null} */
  order = null;
  /** The sides of a picture whose places the next convolution is to see four times each. @type {number[] | null} */
  repeated = null;

  /** @param {Kernels} kernels @param {Map<string, Tensor>} tensors @param {LayerFacts[]} layers */
  constructor(kernels, tensors, layers) {
    this.kernels = kernels;
    this.tensors = tensors;
    this.shape = this.sized(this.shapeBefore(layers[0]));
    this.input = this.values = kernels.buffer(countOf(this.shape));
    layers.forEach((layer, i) => this.add(layer, layers.slice(i + 1)));
    this.arrange(null);
  }

  /**
   * Return the buffer of the means of a likelihood, by the name of its link; null where no kernel computes them.
   * @type {(link: string | null) => number | null}
   */
  means(link) {
    if (link !== "sigmoid") return null;
    const means = this.kernels.buffer(countOf(this.shape));
    this.kernels.sigmoid(this.values, means);
    return means;
  }

  /** @type {(layer: LayerFacts, following: LayerFacts[]) => void} */
  add(layer, following) {
    const op = Object.hasOwn(OPS, layer.op) ? OPS[layer.op] : refuse("weights.unknown_layer", { op: written(layer.op) });
    op.build(this, layer, following);
  }

  /**
   * Return the data of a tensor of so many dimensions and, where it is given, of this shape.
   * @type {(name: string, dimensions: number, shape?: number[]) => Tensor}
   */
  tensor(name, dimensions, shape) {
    const tensor = this.tensors.get(name);
    if (!tensor) refuse("weights.tensor_missing", { name: written(name) });
    if (tensor.shape.length !== dimensions || (shape && tensor.shape.some((side, i) => side !== shape[i]))) {
      this.misfit("weights.that_tensor", { name: written(name), shape: written(tensor.shape) });
    }
    if (!tensor.data.every(Number.isFinite)) refuse("weights.tensor_not_finite", { name: written(name) });
    return tensor;
  }

  /** Refuse what does not fit the layers before it; `key` and `values` name it. @type {(key: string, values?: RefusalValues) => never} */
  misfit(key, values = {}) {
    const after = this.shape ? new Refusal("weights.after_shape", { shape: written(this.shape) }) : "";
    refuse("weights.misfit", { what: new Refusal(key, values), after });
  }

  /** @type {(shape: number[]) => number[]} */
  sized(shape) {
    if (!isShape(shape) || countOf(shape) < 1 || countOf(shape) > MOST_VALUES) {
      this.misfit("weights.that_shape", { shape: written(shape) });
    }
    return shape;
  }

  /** @type {(layer: LayerFacts) => number[]} */
  shapeBefore({ op, name, shape }) {
    if (op === "dense") return [this.tensor(`${name}.weight`, 2).shape[1]];
    if (op === "subtract") return (this.tensors.get(name) ?? this.tensor(name, 0)).shape;
    if (op === "reshape") return shape;
    return refuse("weights.unknown_input", { op: written(op) });
  }

  /**
   * Let the following steps write to a new buffer for values of `shape`, and return it and the one before.
   * @type {(shape: number[], order: Int32Array | null, content?: Float32Array) => { from: number, to: number }}
   */
  advance(shape, order, content) {
    const from = this.values;
    this.shape = this.sized(shape);
    this.order = order;
    this.values = this.kernels.buffer(content ?? countOf(shape));
    return { from, to: this.values };
  }

  /** @type {(shape: number[]) => void} */
  reshape(shape) {
    if (countOf(this.sized(shape)) !== countOf(this.shape)) this.misfit("weights.that_shape", { shape: written(shape) });
    this.shape = shape;
  }

  /** Bring the values into another order, where they are not in it already. @type {(order: Int32Array | null) => void} */
  arrange(order) {
    if (this.order === order) return;
    const [here, there] = [this.order, order].map((one) => one ?? new Int32Array(countOf(this.shape)).map((_, i) => i));
    if (here.every((place, i) => place === there[i])) return;
    const holder = new Int32Array(here.length);
    here.forEach((place, i) => (holder[place] = i));
    const { from, to } = this.advance(this.shape, order);
    this.kernels.gather(
      from,
      to,
      there.map((place) => holder[place]),
    );
  }

  /** @type {(layer: LayerFacts, following: LayerFacts[]) => void} */
  dense({ name }, following) {
    const inputs = countOf(this.shape);
    const {
      shape: [outputs],
      data,
    } = this.tensor(`${name}.weight`, 2);
    if (this.shape.length !== 1 || data.length !== outputs * inputs) this.misfit("weights.that_dense", { name: written(name) });
    const bias = this.tensor(`${name}.bias`, 1, [outputs]).data;
    // The order of the values before and after is folded into the weights, so that no run has to bring them into it.
    const columns = this.order,
      rows = orderWanted(following, outputs);
    const weightAt = (/** @type {number} */ o, /** @type {number} */ i) => data[(rows ? rows[o] : o) * inputs + (columns ? columns[i] : i)];
    const { from, to } = this.advance([outputs], rows);
    const ordered = rows ? bias.map((_, o) => bias[rows[o]]) : bias;
    this.kernels.weigh({ channels: inputs, taps: 1, paths: [Int32Array.of(0, 0)], weightAt, bias: ordered }, from, to);
  }

  /** @type {(layer: LayerFacts, transposed: boolean) => void} */
  convolve({ name, stride, padding, output_padding: extra = [0, 0] }, transposed) {
    const { shape: sides, data } = this.tensor(`${name}.weight`, 4);
    const [channels, height, width] = this.shape,
      kernel = sides.slice(2),
      taps = countOf(kernel);
    const [inputs, outputs] = transposed ? sides : [sides[1], sides[0]];
    const sound = isShape([stride, padding]) && stride > 0 && isShape(extra) && extra.length === 2 && extra.every((one) => one < stride);
    if (!sound || this.shape.length !== 3 || channels !== inputs) this.misfit("weights.that_convolution", { name: written(name) });
    const outSide = (/** @type {number} */ side, /** @type {number} */ i) =>
      transposed ? (side - 1) * stride - 2 * padding + kernel[i] + extra[i] : Math.floor((side + 2 * padding - kernel[i]) / stride) + 1;
    const outShape = this.sized([outputs, ...[height, width].map(outSide)]);
    this.sized([taps, ...outShape.slice(1)]);
    const bias = this.tensor(`${name}.bias`, 1, [outputs]).data;
    if (!this.repeated) this.arrange(channelsLast(this.shape));
    const sourceOf = (/** @type {number} */ o, /** @type {number} */ k) =>
      transposed ? (o + padding - k) / stride : o * stride - padding + k;
    const seen = convolutionPaths([height, width], kernel, outShape.slice(1), sourceOf);
    const { paths, groups } = this.repeated
      ? joinedPaths(seen, repeatedPlaces(this.repeated, [height, width]))
      : { paths: seen, groups: null };
    this.repeated = null;
    const tapAt = (/** @type {number} */ o, /** @type {number} */ c, /** @type {number} */ tap) =>
      data[(transposed ? c * outputs + o : o * inputs + c) * taps + tap];
    const weightAt = (/** @type {number} */ o, /** @type {number} */ i) => {
      const c = i % inputs,
        n = Math.floor(i / inputs);
      return groups ? groups[n].reduce((sum, tap) => sum + tapAt(o, c, tap), 0) : tapAt(o, c, n);
    };
    const { from, to } = this.advance(outShape, channelsLast(outShape));
    this.kernels.weigh({ channels: inputs, taps: groups?.length ?? taps, paths, weightAt, bias }, from, to);
  }

  /**
   * Every place twice along both sides; of an odd side the last one once. A convolution behind it does so by itself.
   * @type {(layer: LayerFacts, following: LayerFacts[]) => void}
   */
  upsample({ sides = [] }, [next]) {
    const [channels, ...before] = this.shape;
    const fits = isShape(sides) && sides.length === before.length && sides.every((side, i) => Math.ceil(side / 2) === before[i]);
    if (!fits || before.length !== 2) this.misfit("weights.that_shape", { shape: written(sides) });
    const shape = this.sized([channels, ...sides]);
    this.arrange(channelsLast(this.shape));
    if (next?.op === "conv") {
      this.shape = shape;
      this.repeated = before;
      return;
    }
    const { from, to } = this.advance(shape, channelsLast(shape));
    const places = repeatedPlaces(before, sides);
    const source = (/** @type {number} */ i) => channels * places[Math.floor(i / channels)] + (i % channels);
    this.kernels.gather(
      from,
      to,
      Int32Array.from({ length: countOf(shape) }, (_, i) => source(i)),
    );
  }

  /** @type {(layer: LayerFacts) => void} */
  subtract({ name }) {
    const { data } = this.tensor(name, this.shape.length, this.shape);
    this.arrange(null);
    const negative = this.kernels.buffer(data.map((value) => -value));
    this.kernels.add(this.values, negative);
  }

  /** @type {(layer: LayerFacts) => void} */
  append({ name }) {
    const { data } = this.tensor(name, 1);
    if (this.shape.length !== 1) this.misfit("weights.that_append", { name: written(name) });
    this.arrange(null);
    const [size] = this.sized([this.shape[0] + data.length]);
    const content = new Float32Array(size);
    content.set(data, this.shape[0]);
    const { from, to } = this.advance([size], null, content);
    this.kernels.copy(from, to);
  }

  /**
   * x + f(x). Steps may work in place, so f is given a copy of x; it ends in another buffer than x, to which x is added.
   * @type {(layer: LayerFacts) => void}
   */
  residual({ layers }) {
    if (!areLayers(layers)) this.misfit("weights.that_empty_block");
    const { values: x, shape, order } = this;
    this.kernels.copy(x, this.advance(shape, order).to);
    layers.forEach((layer, i) => this.add(layer, layers.slice(i + 1)));
    if (JSON.stringify(this.shape) !== JSON.stringify(shape)) this.misfit("weights.that_sum", { shape: written(shape) });
    this.arrange(order);
    this.kernels.add(this.values, x);
  }
}

/**
 * Return the order in which the layers that follow a dense one read its output: channels last before a convolution.
 * @type {(following: LayerFacts[], outputs: number) => Int32Array | null}
 */
function orderWanted(following, outputs) {
  let shape = [outputs];
  for (const layer of following) {
    const { readsChannelsLast, keepsOrder } = OPS[layer.op] ?? {};
    if (readsChannelsLast) return isShape(shape) && shape.length === 3 && countOf(shape) === outputs ? channelsLast(shape) : null;
    if (!keepsOrder) return null;
    if (layer.op === "reshape") ({ shape } = layer);
  }
  return null;
}

/** Whether layers, and those in their blocks, take several inputs at once. @type {(layers: LayerFacts[]) => boolean} */
export function areBatched(layers) {
  return layers.every(({ op, layers: block }) => OPS[op]?.isBatched && (!areLayers(block) || areBatched(block)));
}

/** @type {(layers: unknown) => boolean} */
export function areLayers(layers) {
  return Array.isArray(layers) && layers.length > 0 && layers.every((layer) => typeof layer?.op === "string");
}
