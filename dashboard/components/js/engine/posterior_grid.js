// log p(x|z) / p(x) of one image on nested grids, and how many nats a normal q loses against the exact posterior, as vae_core.evaluation.posterior_grid does it.
// Pure numbers: nothing is drawn.

/** @import { Numbers, PosteriorFacts } from "./types.js" */

/** The weight of a neighbour `t` cells away in cubic convolution with a = -1/2 (Keys 1981). @type {(t: number) => number} */
function keys(t) {
  const far = Math.abs(t);
  if (far < 1) return (1.5 * far - 2.5) * far * far + 1;
  return far < 2 ? ((-0.5 * far + 2.5) * far - 4) * far + 2 : 0;
}

export class Field {
  /**
   * `told`: levels [{low, high, shape}], of which the first that holds a place counts, nodes, weights; `values`: Float32Array of all levels, one after another,
   * rows upward along the second dimension.
   * @param {PosteriorFacts} told
   * @param {Float32Array} values
   */
  constructor(told, values) {
    this.nodes = told.nodes;
    this.weights = told.weights;
    let at = 0;
    this.levels = told.levels.map(({ low, high, shape }) => {
      const count = shape.reduce((product, side) => product * side, 1);
      return { low, high, sides: [...shape].reverse(), values: values.subarray(at, (at += count)) };
    });
    this.d = this.levels[0].low.length;
  }

  /**
   * log p(x|z) / p(x) in nats: cubic convolution in the first level that holds z, else in the last; beyond its middles the edge goes on.
   * @type {(z: number[]) => number}
   */
  logRatio(z) {
    const level = this.levels.find(({ low, high }) => low.every((edge, j) => z[j] >= edge && z[j] <= high[j]));
    const { low, high, sides, values } = level ?? this.levels[this.levels.length - 1];
    const places = sides.map((side, j) => Math.min(side - 1, Math.max(0, ((z[j] - low[j]) / (high[j] - low[j])) * side - 0.5)));
    const [columns, rows] = [neighbours(places[0], sides[0]), this.d > 1 ? neighbours(places[1], sides[1]) : ALONE];
    let sum = 0;
    for (const [row, up] of rows) for (const [column, right] of columns) sum += up * right * values[row * sides[0] + column];
    return sum;
  }

  /** Density of the exact posterior p(z|x) at z. @type {(z: number[]) => number} */
  posterior(z) {
    const logPrior = z.reduce((sum, value) => sum - 0.5 * (value * value + Math.log(2 * Math.PI)), 0);
    return Math.exp(this.logRatio(z) + logPrior);
  }

  /** KL(N(mu, diag sigma^2) || p(z|x)) in nats, by Gauss-Hermite quadrature. @type {(mu: number[], sigma: number[]) => number} */
  gap(mu, sigma) {
    let mean = 0;
    this.nodes.forEach((right, i) => {
      if (this.d === 1) mean += this.weights[i] * this.logRatio([mu[0] + sigma[0] * right]);
      else
        this.nodes.forEach((up, j) => {
          mean += this.weights[i] * this.weights[j] * this.logRatio([mu[0] + sigma[0] * right, mu[1] + sigma[1] * up]);
        });
    });
    const toPrior = mu.reduce((sum, middle, j) => sum + (middle * middle + sigma[j] * sigma[j] - 1) / 2 - Math.log(sigma[j]), 0);
    return toPrior - mean;
  }
}

const ALONE = [[0, 1]];

/** The four cells round a place, [index, weight], clamped at the edge. @type {(place: number, side: number) => number[][]} */
function neighbours(place, side) {
  const base = Math.floor(place);
  return [-1, 0, 1, 2].map((step) => [Math.min(side - 1, Math.max(0, base + step)), keys(place - base - step)]);
}
