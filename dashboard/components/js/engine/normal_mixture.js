// A mixture of normal distributions as a proposal: draws, density, and its fit to weighted draws; see vae_core/evaluation/completion.py.

import { cholesky, logDiagonal, solveLower, timesLower } from "./cholesky.js";
import { LOG_2_PI } from "./gaussian.js";

/** @import { Numbers } from "./types.js" */

export const LEAST_SHARE = 0.02; // of the draws, of a mode that is not ruled out
const LIKE_DRAWS = 4; // as so many draws for each dimension, and one more, counts what a normal was before

/** @typedef {{ mean: Float64Array, covariance: Float64Array, share: number }} Normal  covariance (d, d), row by row */
/** @typedef {{ normals: Normal[], zs: Float64Array[], logEach: Float64Array[], logDensity: Float64Array }} Draws  logEach of a draw: of each
 *   normal with its share */

/** The logarithm of a sum of exponentials. @type {(values: Numbers) => number} */
export function logSumExp(values) {
  let top = -Infinity;
  for (let n = 0; n < values.length; n++) top = Math.max(top, values[n]);
  if (top === -Infinity) return top;
  let sum = 0;
  for (let n = 0; n < values.length; n++) sum += Math.exp(values[n] - top);
  return top + Math.log(sum);
}

/** So many draws, of each normal as many as its share says. @type {(normals: Normal[], samples: number, bell: () => number) => Draws} */
export function draw(normals, samples, bell) {
  const d = normals[0].mean.length;
  const roots = normals.map(({ covariance }) => cholesky(covariance, d));
  const ends = normals.map((_, k) => normals.slice(0, k + 1).reduce((sum, { share }) => sum + share, 0));
  const counts = normals.map(() => 0);
  for (let s = 0; s < samples; s++) {
    const at = ((s + 0.5) / samples) * ends[ends.length - 1];
    counts[ends.findIndex((end) => at <= end)]++;
  }
  /** @type {Float64Array[]} */
  const zs = [];
  normals.forEach(({ mean }, k) => {
    for (const one of standardised(counts[k], d, bell)) zs.push(timesLower(roots[k], one).map((value, j) => value + mean[j]));
  });
  const drawn = normals.map((normal, k) => ({ ...normal, share: counts[k] / samples }));
  const constants = drawn.map(({ share }, k) => Math.log(share) - logDiagonal(roots[k], d) - 0.5 * d * LOG_2_PI);
  const logEach = zs.map((z) =>
    Float64Array.from(normals, ({ mean }, k) => {
      const off = solveLower(
        roots[k],
        z.map((value, j) => value - mean[j]),
      );
      return constants[k] - 0.5 * off.reduce((sum, value) => sum + value * value, 0);
    }),
  );
  return { normals: drawn, zs, logEach, logDensity: Float64Array.from(logEach, logSumExp) };
}

/** Normal draws; where there are enough of them they have mean 0 and covariance 1. @type {(count: number, d: number, bell: () => number) => Float64Array[]} */
function standardised(count, d, bell) {
  const drawn = Array.from({ length: count }, () => Float64Array.from({ length: d }, bell));
  if (count <= 2 * d) return drawn;
  const { mean, covariance } = moments(
    drawn,
    drawn.map(() => 1 / count),
  );
  const root = cholesky(covariance, d);
  return drawn.map((one) =>
    solveLower(
      root,
      one.map((value, j) => value - mean[j]),
    ),
  );
}

/** Mean and covariance of draws by weights that sum to 1. @type {(zs: Float64Array[], weights: Numbers) => { mean: Float64Array, covariance: Float64Array }} */
export function moments(zs, weights) {
  const d = zs[0].length;
  const [mean, covariance] = [new Float64Array(d), new Float64Array(d * d)];
  zs.forEach((z, s) => {
    for (let i = 0; i < d; i++) mean[i] += weights[s] * z[i];
  });
  zs.forEach((z, s) => {
    for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) covariance[i * d + j] += weights[s] * (z[i] - mean[i]) * (z[j] - mean[j]);
  });
  return { mean, covariance };
}

/**
 * Normals with the moments of what was drawn, weighted, together with what they were before as some draws more.
 * @type {(draws: Draws, weights: Numbers) => Normal[]}
 */
export function fitted({ normals, zs, logEach, logDensity }, weights) {
  const d = zs[0].length;
  const found = normals.map((normal, k) => {
    const mine = zs.map((_, s) => weights[s] * Math.exp(logEach[s][k] - logDensity[s]));
    const share = mine.reduce((sum, one) => sum + one, 0);
    if (!normal.share || !(share > 0)) return { ...normal, share: normal.share && LEAST_SHARE };
    const own = mine.map((one) => one / share);
    const count = 1 / own.reduce((sum, one) => sum + one * one, 0);
    const part = count / (count + LIKE_DRAWS * (d + 1));
    const { mean: drawn, covariance: spread } = moments(zs, own);
    const mean = normal.mean.map((value, j) => part * drawn[j] + (1 - part) * value);
    const covariance = normal.covariance.map((value, n) => {
      const [i, j] = [Math.floor(n / d), n % d];
      const of = spread[n] + (drawn[i] - mean[i]) * (drawn[j] - mean[j]);
      const before = value + (normal.mean[i] - mean[i]) * (normal.mean[j] - mean[j]);
      return part * of + (1 - part) * before;
    });
    return { mean, covariance, share: Math.max(share, LEAST_SHARE) };
  });
  const whole = found.reduce((sum, { share }) => sum + share, 0);
  return found.map((normal) => ({ ...normal, share: normal.share / whole }));
}
