// Noise over a picture, and two ways to take it off; vae_core/evaluation/denoisers.py measures the same and more.

import { normal } from "./gaussian.js";
import { seeded } from "./numbers.js";

/** @import { Decoder, Numbers, PictureShape } from "./types.js" */

/** Standard normal numbers, the same for the same seed. @type {(size: number, seed: number) => Float32Array} */
export function noiseOf(size, seed) {
  const random = seeded(seed);
  return Float32Array.from({ length: size }, () => normal(random));
}

/** A picture with noise of standard deviation sigma, not cut off. @type {(x: Numbers, noise: Numbers, sigma: number) => Float32Array} */
export function withNoise(x, noise, sigma) {
  return Float32Array.from(x, (value, n) => value + sigma * noise[n]);
}

/**
 * A picture whose pixels are the medians of three by three, plane after plane; beyond its edge lie the pixels of the edge.
 * @type {(x: Numbers, picture: PictureShape) => Float32Array}
 */
export function median(x, { height, width }) {
  const within = (/** @type {number} */ at, /** @type {number} */ size) => Math.min(size - 1, Math.max(0, at));
  const around = new Float32Array(9);
  return Float32Array.from(x, (_, n) => {
    const [plane, at] = [n - (n % (height * width)), n % (height * width)];
    const [row, column] = [Math.floor(at / width), at % width];
    for (let k = 0; k < 9; k++)
      around[k] = x[plane + within(row + Math.floor(k / 3) - 1, height) * width + within(column + (k % 3) - 1, width)];
    return around.sort()[4];
  });
}

/**
 * What the model draws at the mean of q(z|x) of a picture, cut off at black and white before where its pixels are: the decoder's own array.
 * @type {(encoder: { run: (x: Numbers) => Float32Array }, decoder: Decoder, x: Numbers, isBounded: boolean) => Numbers}
 */
export function redrawn(encoder, decoder, x, isBounded) {
  const seen = isBounded ? Float32Array.from(x, (value) => Math.min(1, Math.max(0, value))) : x;
  return decoder.decode(encoder.run(seen).subarray(0, decoder.latentSize));
}

/** The root of the mean square difference of two pictures. @type {(one: Numbers, other: Numbers) => number} */
export function errorOf(one, other) {
  let sum = 0;
  for (let n = 0; n < one.length; n++) sum += (one[n] - other[n]) ** 2;
  return Math.sqrt(sum / one.length);
}
