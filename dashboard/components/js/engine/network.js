// A network of model.safetensors, ready to run.

/** @import { Kernels, LayerFacts, Numbers, WeightsFile } from "./types.js" */

import { withKernels } from "./kernels.js";
import { areBatched, areLayers, NetworkPlan } from "./network_plan.js";
import { refuse } from "./refusal.js";

const BATCH = 16; // inputs that a network without convolutions takes at once: weights are loaded once for all

/** @type {(metadata: Record<string, string>, part: string) => LayerFacts[]} */
function layersOf(metadata, part) {
  let layers;
  try {
    layers = JSON.parse(metadata[part]);
  } catch {
    refuse(part === "encoder" ? "weights.no_encoder" : "weights.no_decoder");
  }
  if (!areLayers(layers)) refuse(part === "encoder" ? "weights.odd_encoder" : "weights.odd_decoder");
  return layers;
}

/**
 * One network of a parsed file: "decoder" (z to the likelihood's params) or "encoder" (x to mu and log_var, side by side).
 *
 * The constructor throws a Refusal for a layer that it does not know, a tensor that is missing, shapes that
 * do not fit together, and weights that are not finite.
 */
export class Network {
  #kernels;
  #input;
  #output;
  #inputs;
  #outputs;
  /** Of the likelihood at the last input; null where no kernel computes them. @type {Float32Array | null} */
  means = null;
  /** The same of the last batch. @type {Float32Array | null} */
  meansOfBatch = null;

  /** @param {WeightsFile} file @param {string} part @param {string | null} link  the likelihood's, where its means are wanted */
  constructor(file, part, link = null) {
    const layers = layersOf(file.metadata, part);
    const planned = (/** @type {Kernels} */ each) => {
      const plan = new NetworkPlan(each, file.tensors, layers);
      return { ...plan, means: plan.means(link) };
    };
    const { kernels, input, values, means, shape } = withKernels(planned, areBatched(layers) ? BATCH : 1);
    this.#kernels = kernels;
    this.#input = kernels.values(input);
    this.#output = kernels.values(values);
    this.#inputs = kernels.values(input, kernels.batch);
    this.#outputs = kernels.values(values, kernels.batch);
    if (means !== null) [this.means, this.meansOfBatch] = [kernels.values(means), kernels.values(means, kernels.batch)];
    this.engine = kernels.name;
    this.batch = kernels.batch;
    this.inputSize = this.#input.length;
    this.outputShape = shape;
  }

  /**
   * Return the output for `inputSize` numbers: always the same Float32Array, which the next run overwrites.
   * @type {(input: Numbers) => Float32Array}
   */
  run(input) {
    if (input.length !== this.inputSize) refuse("weights.input_size", { wanted: this.inputSize, given: input.length });
    this.#input.set(input);
    this.#kernels.run(1);
    return this.#output;
  }

  /**
   * Return the outputs for `batch` inputs that stand one after another: always the same Float32Array, which the next run overwrites.
   * @type {(inputs: Numbers) => Float32Array}
   */
  runBatch(inputs) {
    if (inputs.length !== this.#inputs.length) refuse("weights.input_size", { wanted: this.#inputs.length, given: inputs.length });
    this.#inputs.set(inputs);
    this.#kernels.run(this.batch);
    return this.#outputs;
  }
}
