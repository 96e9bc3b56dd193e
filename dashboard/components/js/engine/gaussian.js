// Normal distributions: KL, ellipses on a plane, draws.

/** @import { Directions, Numbers } from "./types.js" */

export const LOG_2_PI = Math.log(2 * Math.PI);

/**
 * KL(q(z_j|x) || N(0, 1)) of each dimension in nats, for means and logarithms of variances.
 * @type {(mu: Numbers, logVar: Numbers) => Float64Array}
 */
export function klPerDim(mu, logVar) {
  return Float64Array.from(mu, (mean, j) => 0.5 * (mean * mean + Math.exp(logVar[j]) - 1 - logVar[j]));
}

/**
 * The Gaussian with these means and standard deviations as seen on the plane of the unit vectors u and v (null: a line).
 *
 * Returns its middle (a, b), the standard deviations along its two axes and the angle of the longer one, counter-clockwise from u:
 * covariance U diag(sigma^2) U^T, exact for every plane.
 * @type {(plane: Directions, mu: Numbers, sigma: Numbers) => { a: number, b: number, major: number, minor: number, angle: number }}
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

/** One draw of the standard normal distribution (Box & Muller 1958). @type {(random?: () => number) => number} */
export function normal(random = Math.random) {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
