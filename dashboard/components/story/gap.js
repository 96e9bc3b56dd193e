// What a normal q over the map loses against the exact posterior of a picture. Pure numbers; all of them in nats.

import { closingIn } from "../js/engine/exact_posterior.js";
import { klPerDim, LOG_2_PI } from "../js/engine/gaussian.js";
import { total } from "../js/engine/numbers.js";

const SIDE = 48; // cells along each side of the grid that closes in on the posterior
const PASSES = 3;
const [NODES, FAR] = [33, 5]; // places along each axis, as far as so many standard deviations; Gauss-Hermite needs more where q is wide
const AROUND = 6; // standard deviations of q that its own grid reaches
const CELLS = 60; // along each side of that grid

/** -ELBO of q = N(mu, diag sigma^2): the mean of `cost(a, b)` = -log p(x|z) at equal steps, and KL(q || p(z)) in closed form. */
export function negativeElbo(cost, mu, sigma) {
  const steps = Array.from({ length: NODES }, (_, n) => FAR * ((2 * n) / (NODES - 1) - 1));
  const bells = steps.map((step) => Math.exp(-0.5 * step * step));
  const whole = total(bells);
  let mean = 0;
  steps.forEach((right, i) => {
    steps.forEach((up, j) => {
      mean += (bells[i] / whole) * (bells[j] / whole) * cost(mu[0] + sigma[0] * right, mu[1] + sigma[1] * up);
    });
  });
  const logVar = sigma.map((width) => 2 * Math.log(width));
  return mean + total(klPerDim(mu, logVar));
}

/** The exact posterior over [-reach, reach]^2 as `closingIn` gives it, with log p(x) from the sum of its cells; `logJoint(a, b)` = log p(x, z). */
export function exactly(logJoint, reach) {
  const steps = closingIn(logJoint, [-reach, reach, -reach, reach], SIDE, PASSES);
  let step = steps.next();
  while (!step.done) step = steps.next();
  const { cells, top, box } = step.value;
  const area = ((box[1] - box[0]) * (box[3] - box[2])) / cells.length;
  return { cells, side: SIDE, box, logP: top + Math.log(total(cells) * area) };
}

/** KL(q || p(z|x)) as a sum over equal cells round q. */
export function gapOnGrid(logJoint, logP, mu, sigma) {
  let [sum, mass] = [0, 0];
  const at = (n) => AROUND * ((2 * (n + 0.5)) / CELLS - 1);
  for (let i = 0; i < CELLS; i++) {
    for (let j = 0; j < CELLS; j++) {
      const [right, up] = [at(i), at(j)];
      const bell = Math.exp(-0.5 * (right * right + up * up));
      const logQ = -0.5 * (right * right + up * up) - LOG_2_PI - Math.log(sigma[0] * sigma[1]);
      mass += bell;
      sum += bell * (logQ - logJoint(mu[0] + sigma[0] * right, mu[1] + sigma[1] * up) + logP);
    }
  }
  return sum / mass;
}
