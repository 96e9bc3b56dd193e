// The decoder as the map uses it: z to the means of the pixels, the network's output under the mean of its likelihood.

/** @import { Numbers, WeightsFile } from "./types.js" */

import { meansNamed } from "./likelihoods.js";
import { Network } from "./network.js";
import { refuse, written } from "./refusal.js";

/** The decoder of a parsed file together with the mean of its likelihood: z to a picture. Throws as Network does. */
export class Decoder {
  #network;
  #means;
  #picture;

  /** @param {WeightsFile} file */
  constructor(file) {
    this.#network = new Network(file, "decoder");
    this.#means = meansNamed(file.metadata.mean) ?? refuse("weights.unknown_mean", { mean: written(file.metadata.mean) });
    const [params, height, width] = this.#network.outputShape;
    if (this.#network.outputShape.length !== 3 || params !== 1) refuse("weights.no_picture");
    this.latentSize = this.#network.inputSize;
    this.height = height;
    this.width = width;
    this.#picture = new Float32Array(height * width);
  }

  /**
   * Return the means of the pixels, row by row, for z: always the same Float32Array, which the next call overwrites.
   * @type {(z: Numbers) => Float32Array}
   */
  decode(z) {
    this.params = this.#network.run(z);
    this.#means(this.params, this.#picture);
    return this.#picture;
  }
}
