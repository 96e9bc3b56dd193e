// One bell curve to stand for two hills: what it costs in either direction of the KL, in nats, and where it costs least.

const MIDDLES = [-2, 2];
const SIGMA = 0.5; // of each hill
const FAR = 12; // standard deviations, beyond which nothing lies
const CELLS = 1200; // of an integral: by the trapezium rule, which for curves that fade on both sides errs by less than rounding
const LOG_ROOT = 0.5 * Math.log(2 * Math.PI);
export const LEAST_SIGMA = 0.4;
export const MOST_SIGMA = 3;
export const MOST_MEAN = 4;

/** ln N(x; mean, sigma) */
export function logBell(x, mean, sigma) {
  return -0.5 * ((x - mean) / sigma) ** 2 - Math.log(sigma) - LOG_ROOT;
}

/** ln p(x) of the two hills, half of the whole each. */
export function logHills(x) {
  const [one, other] = MIDDLES.map((middle) => logBell(x, middle, SIGMA));
  const top = Math.max(one, other);
  return top + Math.log(Math.exp(one - top) + Math.exp(other - top)) - Math.LN2;
}

function integral(curve, low, high) {
  const step = (high - low) / CELLS;
  let sum = 0;
  for (let n = 0; n <= CELLS; n++) sum += curve(low + n * step);
  return sum * step;
}

/** What the bell misses, KL(hills || bell), by quadrature. */
export function missing(mean, sigma) {
  const curve = (x) => Math.exp(logHills(x)) * (logHills(x) - logBell(x, mean, sigma));
  return integral(curve, MIDDLES[0] - FAR * SIGMA, MIDDLES[1] + FAR * SIGMA);
}

/** What the bell invents, KL(bell || hills), by quadrature. */
export function inventing(mean, sigma) {
  const curve = (x) => Math.exp(logBell(x, mean, sigma)) * (logBell(x, mean, sigma) - logHills(x));
  return integral(curve, mean - FAR * sigma, mean + FAR * sigma);
}

export const PRICES = { cover: missing, choose: inventing };

/** What of the price is paid at x: nowhere below zero, and its area is the whole price, since both curves have the area 1. */
export function paidAt(goal, x, mean, sigma) {
  const [p, q] = goal === "cover" ? [logHills(x), logBell(x, mean, sigma)] : [logBell(x, mean, sigma), logHills(x)];
  return Math.exp(p) * (p - q - 1) + Math.exp(q);
}

/** KL(hills || bell) in closed form, from the hills' own entropy in nats. */
export function missingExactly(mean, sigma, hillsEntropy) {
  const second = SIGMA ** 2 + MIDDLES.reduce((sum, middle) => sum + (middle - mean) ** 2, 0) / MIDDLES.length;
  return LOG_ROOT + Math.log(sigma) + second / (2 * sigma * sigma) - hillsEntropy;
}

/** The bell with the least price, found from one nearby by steps to all four sides, half as long whenever none is better. */
export function cheapest(goal, [mean, sigma]) {
  const price = PRICES[goal];
  let best = { mean, sigma, price: price(mean, sigma) };
  for (let step = 0.5; step > 1e-5; step /= 2) {
    for (let isBetter = true; isBetter; ) {
      isBetter = false;
      for (const [right, wide] of [
        [1, 0],
        [-1, 0],
        [0, 1],
        [0, -1],
      ]) {
        const [m, s] = [best.mean + right * step, best.sigma + wide * step];
        if (s < 0.05) continue;
        const found = price(m, s);
        if (found < best.price) [best, isBetter] = [{ mean: m, sigma: s, price: found }, true];
      }
    }
  }
  return best;
}
