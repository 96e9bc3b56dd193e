// The decoder as the map uses it: z to the means of the pixels, the network's output under the mean of its likelihood.

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
