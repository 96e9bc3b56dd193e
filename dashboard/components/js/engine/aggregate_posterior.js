// The density of all posteriors together, and how a place or a cost compares with those of the test images.

/** @import { Numbers } from "./types.js" */

import { LOG_2_PI } from "./gaussian.js";

/**
 * How many percent of the cases lie below a value, from their 0, 1, ... 100 % quantiles.
 * @type {(quantiles: number[], value: number) => number}
 */
export function percentBelow(quantiles, value) {
  if (value <= quantiles[0]) return 0;
  const above = quantiles.findIndex((quantile) => quantile >= value);
  if (above < 0) return 100;
  const step = quantiles[above] - quantiles[above - 1];
  return above - (step > 0 ? (quantiles[above] - value) / step : 0);
}

/** The density of all posteriors together, q(z) = 1/N sum_n N(z; mu_n, diag exp(log_var_n)); see vae_core/latent/aggregate_posterior.py. */
export class Density {
  /**
   * `places`: log q, ascending, at places where images lie.
   * @param {Float32Array} mu
   * @param {Float32Array} logVar
   * @param {number} d
   * @param {Float64Array} places
   */
  constructor(mu, logVar, d, places) {
    this.mu = mu;
    this.d = d;
    this.count = mu.length / d;
    this.places = places;
    this.precision = Float64Array.from(logVar, (value) => Math.exp(-value));
    this.constants = new Float64Array(this.count);
    for (let at = 0; at < mu.length; at++) this.constants[Math.floor(at / d)] += logVar[at] + LOG_2_PI;
    this.terms = new Float64Array(this.count);
  }

  /**
   * log q(z) in nats; `own` is a row whose posterior is left out, as if that image had not been seen.
   * @type {(z: Numbers, own?: number) => number}
   */
  log(z, own = -1) {
    const { mu, d, count, precision, constants, terms } = this;
    let top = -Infinity;
    for (let row = 0, at = 0; row < count; row++) {
      let sum = constants[row];
      for (let j = 0; j < d; j++, at++) {
        const gap = z[j] - mu[at];
        sum += gap * gap * precision[at];
      }
      terms[row] = row === own ? -Infinity : -0.5 * sum;
      if (terms[row] > top) top = terms[row];
    }
    let sum = 0;
    // What lies 50 nats below the largest term changes no digit.
    for (let row = 0; row < count; row++) if (terms[row] > top - 50) sum += Math.exp(terms[row] - top);
    return top + Math.log(sum) - Math.log(own < 0 ? count : count - 1);
  }

  /** How many of the places have a log q strictly below this one. @type {(logQ: number) => number} */
  rank(logQ) {
    let [low, high] = [0, this.places.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.places[middle] < logQ) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/**
 * How far from z the encoder's answer for the picture of z lies along the dimensions `dims`: in units of the map, and in its own standard
 * deviations (root mean square).
 * @type {(z: Numbers, codes: Numbers, dims: number[]) => { distance: number, sigmas: number }}
 */
export function roundTrip(z, codes, dims) {
  let [far, squares] = [0, 0];
  for (const j of dims) {
    const gap = (codes[j] - z[j]) ** 2;
    far += gap;
    squares += gap * Math.exp(-codes[z.length + j]);
  }
  return { distance: Math.sqrt(far), sigmas: Math.sqrt(squares / dims.length) };
}
