// The likelihoods: means of pixels, what a pixel costs, and draws. Pure arithmetic.

/** @import { Likelihood, Noise, Numbers, PixelFacts, PixelNoise } from "./types.js" */

import { LOG_2_PI } from "./gaussian.js";

/**
 * What a likelihood makes of the decoder's parameters, by the pixels that it is made for; see vae_core/model/likelihoods.py.
 * @type {Record<string, Likelihood>}
 */
const LIKELIHOODS = {
  binary: {
    mean: "sigmoid",
    means: sigmoids,
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
    cost: (mean, x, { variance }) => 0.5 * ((x - mean) ** 2 / variance + LOG_2_PI + Math.log(variance)),
    draw: (_param, mean, _uniform, bell, { sigma }) => mean + sigma * bell,
  },
  levels: {
    mean: "discretised-logistic",
    means: meansOfLogistic,
    cost: costOfLevel,
    draw: (middle, _mean, uniform, _bell, { scale, quantum }) => {
      const drawn = middle + scale * Math.log(uniform / (1 - uniform));
      return Math.round(Math.min(1, Math.max(0, drawn)) / quantum) * quantum;
    },
  },
};

/**
 * The function that writes the means of all pixels, by what model.safetensors says of it: its name and, where it takes one, a scale.
 * @type {(metadata: Record<string, string>) => ((params: Float32Array, means: Float32Array) => void) | undefined}
 */
export function meansOf({ mean: name, scale = "1" }) {
  const write = Object.values(LIKELIHOODS).find(({ mean }) => mean === name)?.means,
    number = Number(scale);
  return write && number > 0 ? (params, means) => write(params, means, number) : undefined;
}

/** 1 / (1 + e^-param); kernels.c has the same. @type {(params: Float32Array, means: Float32Array) => void} */
export function sigmoids(params, means) {
  for (let n = 0; n < means.length; n++) means[n] = 1 / (1 + Math.exp(-params[n]));
}

/** @type {(facts: PixelFacts) => PixelNoise} */
function noiseOf({ sigma, levels }) {
  const known = sigma ?? 1;
  return { sigma: known, variance: known * known, scale: (known * Math.sqrt(3)) / Math.PI, quantum: 1 / (levels || 255) };
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

/** log(1 + e^u). @type {(u: number) => number} */
function softplus(u) {
  return Math.max(u, 0) + Math.log1p(Math.exp(-Math.abs(u)));
}

/** The mean of a logistic that is cut off at 0 and 1; mirrored, so that no two large numbers are subtracted. @type {Likelihood["means"]} */
function meansOfLogistic(params, means, scale) {
  for (let n = 0; n < means.length; n++) {
    const inner = Math.min(params[n], 1 - params[n]);
    const mean = scale * (softplus(inner / scale) - softplus((inner - 1) / scale));
    means[n] = params[n] < 0.5 ? mean : 1 - mean;
  }
}

/**
 * -log of what a logistic has from half a level below x to half a level above: all of its tail at the first and the last level.
 * @type {Likelihood["cost"]}
 */
function costOfLevel(middle, x, { scale, quantum }) {
  const half = quantum / 2;
  const below = x < 1 - half ? softplus((middle - x - half) / scale) : 0;
  const above = x > half ? softplus((x - middle - half) / scale) : 0;
  return below + above - (x > half && x < 1 - half ? Math.log(-Math.expm1(-quantum / scale)) : 0);
}

/**
 * Add the cost of every pixel of the picture x to `sums`; `params` are what the decoder makes of one z.
 * @type {(likelihood: PixelFacts, params: Numbers, x: Numbers, sums: number[] | Float64Array) => void}
 */
export function addCosts(likelihood, params, x, sums) {
  const { cost } = LIKELIHOODS[likelihood.support];
  const noise = noiseOf(likelihood);
  for (let n = 0; n < sums.length; n++) sums[n] += cost(params[n], x[n], noise);
}

/**
 * One draw from p(x|z) into `drawn`, with noise that stays while z moves, so that only z changes the picture.
 * @type {(likelihood: PixelFacts, params: Numbers, means: Numbers, noise: Noise, drawn: Float32Array) => Float32Array}
 */
export function sample(likelihood, params, means, { uniform, bell }, drawn) {
  const { draw } = LIKELIHOODS[likelihood.support];
  const noise = noiseOf(likelihood);
  for (let n = 0; n < means.length; n++) drawn[n] = draw(params[n], means[n], uniform[n], bell[n], noise);
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
