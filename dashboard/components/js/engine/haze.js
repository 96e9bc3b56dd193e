// The texture of fog: soft noise on a tile that joins itself on every side.

import { seeded } from "./numbers.js";

const LEAST = 3; // cells of the coarsest octave along a side
const OCTAVES = 5;

/**
 * Fractal value noise (side x side), even from 0 to 1, the same at every call; the tile can be laid side by side without a seam.
 * @type {(side: number, seed?: number) => Float32Array}
 */
export function haze(side, seed = 1) {
  const random = seeded(seed);
  const sums = new Float32Array(side * side);
  for (let octave = 0; octave < OCTAVES; octave++) {
    const cells = LEAST << octave;
    const knots = Float32Array.from({ length: cells * cells }, random);
    for (let n = 0; n < sums.length; n++) {
      const [x, y] = [((n % side) / side) * cells, (Math.floor(n / side) / side) * cells];
      sums[n] += between(knots, cells, x, y) / 2 ** octave;
    }
  }
  return evened(sums);
}

/** Knots on a torus, smooth between them. @type {(knots: Float32Array, cells: number, x: number, y: number) => number} */
function between(knots, cells, x, y) {
  const [column, row] = [Math.floor(x), Math.floor(y)];
  const [right, down] = [smooth(x - column), smooth(y - row)];
  const at = (/** @type {number} */ i, /** @type {number} */ j) => knots[(j % cells) * cells + (i % cells)];
  const above = at(column, row) * (1 - right) + at(column + 1, row) * right;
  const below = at(column, row + 1) * (1 - right) + at(column + 1, row + 1) * right;
  return above * (1 - down) + below * down;
}

/** From 0 to 1 without a corner at either end. @type {(share: number) => number} */
export function smooth(share) {
  return share * share * (3 - 2 * share);
}

/** Values on the way from their least to their largest. @type {(values: Float32Array) => Float32Array} */
function evened(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return values.map((value) => (value - low) / (high - low || 1));
}
