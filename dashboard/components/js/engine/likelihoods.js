// The likelihoods: means of pixels, what a pixel costs, and draws. Pure arithmetic.

import { LOG_2_PI } from "./gaussian.js";

export const MEANS_OF_PIXELS = new Map([
  ["identity", (params, means) => means.set(params)],
  [
    "sigmoid",
    (params, means) => {
      for (let i = 0; i < means.length; i++) means[i] = 1 / (1 + Math.exp(-params[i]));
    },
  ],
  // 1 / (1 - e^-eta) - 1 / eta. Near zero its two terms cancel, so there it is a series; far below, it is mirrored to stay finite.
  [
    "continuous-bernoulli",
    (params, means) => {
      for (let i = 0; i < means.length; i++) {
        const eta = params[i],
          size = Math.abs(eta),
          square = eta * eta;
        if (size < 0.3) {
          means[i] = 0.5 + eta * (1 / 12 - square * (1 / 720 - square * (1 / 30240 - square / 1209600)));
        } else {
          const mirrored = -1 / Math.expm1(-size) - 1 / size;
          means[i] = eta > 0 ? mirrored : 1 - mirrored;
        }
      }
    },
  ],
]);

/** -log p(x|z) of one pixel in nats, for the decoder's parameter and the pixel x; see vae_core/model/likelihoods.py. */
const COSTS = {
  binary: (logit, x) => Math.max(logit, 0) - logit * x + Math.log1p(Math.exp(-Math.abs(logit))),
  unit: (eta, x) => logPartition(eta) - eta * x,
  real: (mean, x, variance) => 0.5 * ((x - mean) ** 2 / variance + LOG_2_PI + Math.log(variance)),
};

/** log((e^eta - 1) / eta) of the continuous Bernoulli, stable for every eta (Loaiza-Ganem & Cunningham 2019). */
function logPartition(eta) {
  const size = Math.abs(eta);
  const square = size * size;
  const even = size < 0.3 ? square * (1 / 24 - square * (1 / 2880 - square / 181440)) : size / 2 + Math.log(-Math.expm1(-size) / size);
  return eta / 2 + even;
}

/** Add the cost of every pixel of the picture x to `sums`; `params` are what the decoder makes of one z. */
export function addCosts({ support, sigma }, params, x, sums) {
  const cost = COSTS[support];
  const variance = sigma === null ? 1 : sigma * sigma;
  for (let n = 0; n < sums.length; n++) sums[n] += cost(params[n], x[n], variance);
}

/** One draw from p(x|z) into `drawn`, with noise that stays while z moves, so that only z changes the picture. */
export function sample({ support, sigma }, params, means, { uniform, bell }, drawn) {
  for (let n = 0; n < means.length; n++) {
    if (support === "binary") drawn[n] = uniform[n] < means[n] ? 1 : 0;
    else drawn[n] = support === "unit" ? continuousBernoulli(params[n], uniform[n]) : means[n] + sigma * bell[n];
  }
  return drawn;
}

/** The inverse of the continuous Bernoulli's distribution function; eta > 0 is the mirror image of eta < 0. */
function continuousBernoulli(eta, uniform) {
  const size = Math.abs(eta);
  const low = size < 1e-4 ? uniform : -Math.log1p(uniform * Math.expm1(-size)) / size;
  return eta > 0 ? 1 - low : low;
}
