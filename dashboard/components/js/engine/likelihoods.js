// The likelihoods: means of pixels, what a pixel costs, and draws. Pure arithmetic.

/** @import { Likelihood, Noise, Numbers, PixelFacts } from "./types.js" */

import { LOG_2_PI } from "./gaussian.js";

/**
 * What a likelihood makes of the decoder's parameters, by the pixels that it is made for; see vae_core/model/likelihoods.py.
 * @type {Record<string, Likelihood>}
 */
const LIKELIHOODS = {
  binary: {
    mean: "sigmoid",
    means: (params, means) => {
      for (let n = 0; n < means.length; n++) means[n] = 1 / (1 + Math.exp(-params[n]));
    },
    cost: (logit, x) => Math.max(logit, 0) - logit * x + Math.log1p(Math.exp(-Math.abs(logit))),
    draw: (_logit, mean, uniform) => (uniform < mean ? 1 : 0),
  },
  unit: {
    mean: "continuous-bernoulli",
    means: meansOfContinuousBernoulli,
    cost: (eta, x) => logPartition(eta) - eta * x,
    draw: (eta, _mean, uniform) => continuousBernoulli(eta, uniform),
  },
  real: {
    mean: "identity",
    means: (params, means) => means.set(params),
    cost: (mean, x, variance) => 0.5 * ((x - mean) ** 2 / variance + LOG_2_PI + Math.log(variance)),
    draw: (_param, mean, _uniform, bell, sigma) => mean + sigma * bell,
  },
};

/**
 * The function that writes the means of all pixels, by the name that model.safetensors has for it.
 * @type {(name: string) => Likelihood["means"] | undefined}
 */
export function meansNamed(name) {
  return Object.values(LIKELIHOODS).find(({ mean }) => mean === name)?.means;
}

/**
 * 1 / (1 - e^-eta) - 1 / eta. Near zero its two terms cancel, so there it is a series; far below, it is mirrored to stay finite.
 * @type {Likelihood["means"]}
 */
function meansOfContinuousBernoulli(params, means) {
  for (let n = 0; n < means.length; n++) {
    const eta = params[n];
    const [size, square] = [Math.abs(eta), eta * eta];
    if (size < 0.3) {
      means[n] = 0.5 + eta * (1 / 12 - square * (1 / 720 - square * (1 / 30240 - square / 1209600)));
    } else {
      const mirrored = -1 / Math.expm1(-size) - 1 / size;
      means[n] = eta > 0 ? mirrored : 1 - mirrored;
    }
  }
}

/**
 * log((e^eta - 1) / eta) of the continuous Bernoulli, stable for every eta (Loaiza-Ganem & Cunningham 2019).
 * @type {(eta: number) => number}
 */
function logPartition(eta) {
  const size = Math.abs(eta);
  const square = size * size;
  const even = size < 0.3 ? square * (1 / 24 - square * (1 / 2880 - square / 181440)) : size / 2 + Math.log(-Math.expm1(-size) / size);
  return eta / 2 + even;
}

/**
 * Add the cost of every pixel of the picture x to `sums`; `params` are what the decoder makes of one z.
 * @type {(likelihood: PixelFacts, params: Numbers, x: Numbers, sums: number[] | Float64Array) => void}
 */
export function addCosts({ support, sigma }, params, x, sums) {
  const { cost } = LIKELIHOODS[support];
  const variance = sigma === null ? 1 : sigma * sigma;
  for (let n = 0; n < sums.length; n++) sums[n] += cost(params[n], x[n], variance);
}

/**
 * One draw from p(x|z) into `drawn`, with noise that stays while z moves, so that only z changes the picture.
 * @type {(likelihood: PixelFacts, params: Numbers, means: Numbers, noise: Noise, drawn: Float32Array) => Float32Array}
 */
export function sample({ support, sigma }, params, means, { uniform, bell }, drawn) {
  const { draw } = LIKELIHOODS[support];
  for (let n = 0; n < means.length; n++) drawn[n] = draw(params[n], means[n], uniform[n], bell[n], sigma ?? 0);
  return drawn;
}

/**
 * The inverse of the continuous Bernoulli's distribution function; eta > 0 is the mirror image of eta < 0.
 * @type {(eta: number, uniform: number) => number}
 */
function continuousBernoulli(eta, uniform) {
  const size = Math.abs(eta);
  const low = size < 1e-4 ? uniform : -Math.log1p(uniform * Math.expm1(-size)) / size;
  return eta > 0 ? 1 - low : low;
}
