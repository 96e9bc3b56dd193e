// The density of all posteriors together against the prior, and how a place or a cost compares with those of the test images.

/** @import { Numbers } from "./types.js" */

import { LOG_2_PI } from "./gaussian.js";
import { whole } from "./task.js";

const SLICE = 1 << 15; // numbers of one step of work

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

/** What of two logarithms may be left out of a sum: 50 nats below the largest a term changes no digit. */
const NOTHING = 50;

/**
 * The density of all posteriors together, q(z) = 1/N sum_n N(z; mu_n, diag exp(log_var_n)), against the standard normal prior p; see
 * vae_core/latent/aggregate_posterior.py.
 */
export class Density {
  /**
   * `rim`: the radius beyond which p counts as at the rim.
   * @param {Float32Array} mu
   * @param {Float32Array | null} logVar  null: it comes later, by `spreading`
   * @param {number} d
   * @param {number} rim
   */
  constructor(mu, logVar, d, rim) {
    this.mu = mu;
    this.d = d;
    this.rim = rim;
    this.count = mu.length / d;
    this.precision = new Float64Array(mu.length);
    this.constants = new Float64Array(this.count);
    this.terms = new Float64Array(this.count);
    if (logVar) whole(this.spreading(logVar));
  }

  /**
   * The same in steps.
   * @type {(mu: Float32Array, logVar: Float32Array, d: number, rim: number) => Generator<undefined, Density>}
   */
  static *building(mu, logVar, d, rim) {
    const density = new Density(mu, null, d, rim);
    yield* density.spreading(logVar);
    return density;
  }

  /** @type {(logVar: Float32Array) => Generator<undefined, void>} */
  *spreading(logVar) {
    const { precision, constants, count, d } = this;
    for (let row = 0, at = 0; row < count; row++) {
      for (let j = 0; j < d; j++, at++) {
        precision[at] = Math.exp(-logVar[at]);
        constants[row] += logVar[at] + LOG_2_PI;
        if (at % SLICE === SLICE - 1) yield;
      }
    }
  }

  /**
   * log q(z) in nats; `own` is a row whose posterior is left out, as if that image had not been seen.
   * @type {(z: Numbers, own?: number) => number}
   */
  log(z, own = -1) {
    const { mu, d, count, precision, constants, terms } = this;
    let least = Infinity;
    for (let row = 0, at = 0; row < count; row++) {
      let sum = constants[row];
      for (let j = 0; j < d; j++, at++) {
        const gap = z[j] - mu[at];
        sum += gap * gap * precision[at];
      }
      terms[row] = row === own ? Infinity : sum;
      if (terms[row] < least) least = terms[row];
    }
    return logMean(terms, least, own < 0 ? count : count - 1);
  }

  /** log q(z)/p(z) in nats. @type {(z: Numbers, own?: number) => number} */
  logRatio(z, own = -1) {
    let square = 0;
    for (let j = 0; j < this.d; j++) square += z[j] * z[j];
    return this.log(z, own) + this.againstPrior(square);
  }

  /** -log p at a squared distance from the middle. @type {(square: number) => number} */
  againstPrior(square) {
    return 0.5 * (Math.min(square, this.rim * this.rim) + this.d * LOG_2_PI);
  }

  /**
   * log q/p on a grid of cells over a plane, written into `into` (rows x side, row 0 on top) row by row; a step of the iterator is a row at
   * most.
   *
   * `plane` runs through `z` and reaches from -reach to reach; a map of one dimension has one row. On a plane each posterior's exponent is
   * a quadratic form of the two coordinates, so that a cell costs the same in any number of dimensions.
   * @param {{ u: Numbers, v: Numbers | null }} plane
   * @param {Numbers} z
   * @param {number} reach
   * @param {number} side
   * @param {Float32Array} into
   */
  *onPlane({ u, v }, z, reach, side, into) {
    const { count, terms } = this;
    const forms = yield* this.formsOn(u, v, z);
    const rows = v ? side : 1;
    const [size, off] = [(2 * reach) / side, squareOff(u, v, z)];
    for (let row = 0; row < rows; row++) {
      const b = v ? reach - (row + 0.5) * size : 0;
      for (let column = 0; column < side; column++) {
        const a = -reach + (column + 0.5) * size;
        let least = Infinity;
        for (let n = 0, at = 0; n < count; n++, at += 6) {
          const along = forms[at + 1] + forms[at + 3] * a + forms[at + 4] * b;
          const sum = forms[at] + along * a + (forms[at + 2] + forms[at + 5] * b) * b;
          terms[n] = sum;
          if (sum < least) least = sum;
        }
        into[row * side + column] = logMean(terms, least, count) + this.againstPrior(off + a * a + b * b);
      }
      yield;
    }
  }

  /**
   * For each posterior the six numbers c of c0 + c1 a + c2 b + c3 a^2 + c4 ab + c5 b^2, minus twice the logarithm of its density at the
   * place (a, b) of the plane through z; in steps.
   * @type {(u: Numbers, v: Numbers | null, z: Numbers) => Generator<undefined, Float64Array>}
   */
  *formsOn(u, v, z) {
    const { mu, d, count, precision, constants } = this;
    const [base, forms] = [offPlane(u, v, z), new Float64Array(6 * count)];
    for (let n = 0, at = 0; n < count; n++) {
      const form = 6 * n;
      forms[form] = constants[n];
      for (let j = 0; j < d; j++, at++) {
        const [gap, right, up, weight] = [base[j] - mu[at], u[j], v ? v[j] : 0, precision[at]];
        forms[form] += weight * gap * gap;
        forms[form + 1] += 2 * weight * gap * right;
        forms[form + 2] += 2 * weight * gap * up;
        forms[form + 3] += weight * right * right;
        forms[form + 4] += 2 * weight * right * up;
        forms[form + 5] += weight * up * up;
        if (at % SLICE === SLICE - 1) yield;
      }
    }
    return forms;
  }
}

/** log of the mean of exp(-term / 2) over `count` terms, of which `least` is the least. @type {(terms: Float64Array, least: number, count: number) => number} */
function logMean(terms, least, count) {
  let sum = 0;
  for (let n = 0; n < terms.length; n++) if (terms[n] < least + 2 * NOTHING) sum += Math.exp(0.5 * (least - terms[n]));
  return -0.5 * least + Math.log(sum) - Math.log(count);
}

/** The place (0, 0) of the plane through z, what of z lies across it. @type {(u: Numbers, v: Numbers | null, z: Numbers) => Float64Array} */
export function offPlane(u, v, z) {
  let [a, b] = [0, 0];
  for (let j = 0; j < z.length; j++) [a, b] = [a + u[j] * z[j], b + (v ? v[j] * z[j] : 0)];
  return Float64Array.from(z, (value, j) => value - a * u[j] - (v ? b * v[j] : 0));
}

/** The squared distance of the plane through z from the middle. @type {(u: Numbers, v: Numbers | null, z: Numbers) => number} */
function squareOff(u, v, z) {
  return offPlane(u, v, z).reduce((sum, value) => sum + value * value, 0);
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
