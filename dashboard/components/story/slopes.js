// The slope of E[z^2] by mu, z = mu + sigma eps, as one draw eps tells it in two ways. Pure numbers.

import { total } from "../js/engine/numbers.js";

/** Score function (Williams 1992): the height z^2, weighed by how far off the draw was. */
export const byHeight = (mu, sigma, eps) => ((mu + sigma * eps) ** 2 * eps) / sigma;

/** Reparameterisation (Kingma & Welling 2014): the slope of the ground where the draw landed. */
export const underfoot = (mu, sigma, eps) => 2 * (mu + sigma * eps);

/** Mean and variance (divided by n - 1) of at least two values. */
export function spreadOf(values) {
  const mean = total(values) / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return { mean, variance: squares / (values.length - 1) };
}

/** The values below which 5 and 95 of 100 lie. */
export function usual(values) {
  const sorted = Float64Array.from(values).sort();
  return [0.05, 0.95].map((share) => sorted[Math.round(share * (sorted.length - 1))]);
}

/** How many values fall into each of `count` equal bins over [low, high]; what lies outside is counted at the ends. */
export function binned(values, low, high, count) {
  const bins = new Float64Array(count);
  for (const value of values) {
    const bin = Math.floor(((value - low) / (high - low)) * count);
    bins[Math.min(count - 1, Math.max(0, bin))]++;
  }
  return bins;
}
