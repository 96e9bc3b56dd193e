// What a picture costs and where it lies: likelihoods, KL, density of the codes, ellipses. Pure arithmetic, so that node can test it.

const LOG_2_PI = Math.log(2 * Math.PI);

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

/** KL(q(z_j|x) || N(0, 1)) of each dimension in nats, for means and logarithms of variances. */
export function klPerDim(mu, logVar) {
  return Float64Array.from(mu, (mean, j) => 0.5 * (mean * mean + Math.exp(logVar[j]) - 1 - logVar[j]));
}

export function total(values) {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

/**
 * The values to so many decimals, such that they add up to their rounded sum, or to `whole`, as it was printed as a part of a larger sum:
 * what rounding down loses goes to those that lost most. See vae_core/rounding.py.
 */
export function printed(values, places = 1, whole = Number(total(values).toFixed(places))) {
  const unit = 10 ** places;
  const down = Array.from(values, (value) => Math.floor(value * unit));
  const missing = Math.round(whole * unit) - total(down);
  const order = down.map((_, n) => n).sort((one, other) => values[other] * unit - down[other] - (values[one] * unit - down[one]));
  for (const n of order.slice(0, missing)) down[n]++;
  return down.map((value) => value / unit);
}

/** How many percent of the cases lie below a value, from their 0, 1, ... 100 % quantiles. */
export function percentBelow(quantiles, value) {
  if (value <= quantiles[0]) return 0;
  const above = quantiles.findIndex((quantile) => quantile >= value);
  if (above < 0) return 100;
  const step = quantiles[above] - quantiles[above - 1];
  return above - (step > 0 ? (quantiles[above] - value) / step : 0);
}

/** The density of all posteriors together, q(z) = 1/N sum_n N(z; mu_n, diag exp(log_var_n)); see vae_core/latent/aggregate_posterior.py. */
export class Density {
  /** `places`: log q, ascending, at places where images lie. */
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

  /** log q(z) in nats; `own` is a row whose posterior is left out, as if that image had not been seen. */
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

  /** How many of the places have a log q strictly below this one. */
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
 * The Gaussian with these means and standard deviations as seen on the plane of the unit vectors u and v (null: a line).
 *
 * Returns its middle (a, b), the standard deviations along its two axes and the angle of the longer one, counter-clockwise from u:
 * covariance U diag(sigma^2) U^T, exact for every plane.
 */
export function ellipse({ u, v }, mu, sigma) {
  let [a, b, uu, uv, vv] = [0, 0, 0, 0, 0];
  for (let j = 0; j < mu.length; j++) {
    const variance = sigma[j] * sigma[j];
    const across = v ? v[j] : 0;
    a += u[j] * mu[j];
    b += across * mu[j];
    uu += u[j] * u[j] * variance;
    uv += u[j] * across * variance;
    vv += across * across * variance;
  }
  const [mean, spread] = [(uu + vv) / 2, Math.hypot((uu - vv) / 2, uv)];
  return { a, b, major: Math.sqrt(mean + spread), minor: Math.sqrt(Math.max(0, mean - spread)), angle: 0.5 * Math.atan2(2 * uv, uu - vv) };
}

/**
 * How far from z the encoder's answer for the picture of z lies along the dimensions `dims`: in units of the map, and in its own standard
 * deviations (root mean square).
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
//# sourceURL=nats.js
