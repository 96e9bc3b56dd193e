// Where points on a plane lie close together.

/** @import { Numbers, Place } from "./types.js" */

import { whole } from "./task.js";

const SLICE = 1 << 17; // points of one step of work

/**
 * Smoothed counts of flat points (2N) on a side x side grid over [low, high]^2, row 0 on top, largest value 1.
 * @type {(flat: Numbers, side: number, low: number, high: number, keep?: (row: number) => boolean) => Float32Array}
 */
export function density(flat, side, low, high, keep = (/** @type {number} */ _row) => true) {
  const counts = smoothed(counted(flat, side, low, high, keep), side);
  let top = 0;
  for (const value of counts) top = Math.max(top, value);
  return top > 0 ? counts.map((value) => value / top) : counts;
}

/** Counts. @type {(flat: Numbers, side: number, low: number, high: number, keep: (row: number) => boolean) => Float32Array} */
function counted(flat, side, low, high, keep) {
  const counts = new Float32Array(side * side);
  for (let row = 0; row < flat.length / 2; row++) {
    const cell = cellOf(flat, row, side, low, high);
    if (cell >= 0 && keep(row)) counts[cell]++;
  }
  return counts;
}

/** In which cell a point lies; -1 where in none. @type {(flat: Numbers, row: number, side: number, low: number, high: number) => number} */
function cellOf(flat, row, side, low, high) {
  const x = Math.floor(((flat[2 * row] - low) / (high - low)) * side);
  const y = Math.floor(((high - flat[2 * row + 1]) / (high - low)) * side);
  return x >= 0 && x < side && y >= 0 && y < side ? y * side + x : -1;
}

/** Three passes of a box of 2r+1 cells, which are close to a bell. @type {(counts: Float32Array, side: number) => Float32Array} */
function smoothed(counts, side) {
  for (let pass = 0; pass < 3; pass++) counts = blurred(blurred(counts, side, 1, side), side, side, 1);
  return counts;
}

/** @type {(values: Float32Array, side: number, step: number, stride: number, radius?: number) => Float32Array} */
function blurred(values, side, step, stride, radius = 2) {
  const result = new Float32Array(values.length);
  for (let line = 0; line < side; line++) {
    for (let n = 0; n < side; n++) {
      let sum = 0;
      for (let m = Math.max(0, n - radius); m <= Math.min(side - 1, n + radius); m++) sum += values[line * stride + m * step];
      result[line * stride + n * step] = sum / (2 * radius + 1);
    }
  }
  return result;
}

/** The root of the mean square of flat points' (2N) distances from their middle. @type {(flat: Numbers) => number} */
export function spread(flat) {
  let [x, y, squares] = [0, 0, 0];
  for (let n = 0; n < flat.length; n += 2) [x, y, squares] = [x + flat[n], y + flat[n + 1], squares + flat[n] ** 2 + flat[n + 1] ** 2];
  const count = flat.length / 2;
  return Math.sqrt(Math.max(0, squares / count - (x / count) ** 2 - (y / count) ** 2));
}

/**
 * World coordinates of the spot where each class is densest, the less so the more of others lie there, `apart` from the spots before it;
 * null for a class without points. Of two classes on one heap each is named where it has the upper hand.
 * None at all while the points lie closer together than that: on one spot no class has a place of its own.
 * @type {(flat: Numbers, labels: Numbers, classes: number, low: number, high: number, apart: number, side?: number) => (Place | null)[]}
 */
export function densest(flat, labels, classes, low, high, apart, side = 48) {
  return whole(findingDensest(flat, labels, classes, low, high, apart, side));
}

/**
 * The same in steps.
 * @type {(flat: Numbers, labels: Numbers, classes: number, low: number, high: number, apart: number, side?: number) =>
 *   Generator<undefined, (Place | null)[]>}
 */
export function* findingDensest(flat, labels, classes, low, high, apart, side = 48) {
  if (!(spread(flat) > apart)) return [];
  yield;
  const size = (high - low) / side;
  /** @type {(Place | null)[]} */
  const spots = [];
  const [counts, total] = [Array.from({ length: classes }, () => new Float32Array(side * side)), new Float32Array(side * side)];
  for (let row = 0; row < flat.length / 2; row++) {
    const cell = cellOf(flat, row, side, low, high);
    if (cell < 0) continue;
    total[cell]++;
    const own = counts[labels[row]];
    if (own) own[cell]++;
    if (row % SLICE === SLICE - 1) yield;
  }
  const all = smoothed(total, side);
  for (const own of counts) {
    const cells = smoothed(own, side);
    /** @type {[Place | null, number]} */
    let [best, most] = [null, 0];
    for (let n = 0; n < cells.length; n++) {
      const score = cells[n] > 0 ? cells[n] ** 2 / all[n] : 0;
      if (score <= most) continue;
      const spot = [low + ((n % side) + 0.5) * size, high - (Math.floor(n / side) + 0.5) * size];
      if (spots.every((taken) => !taken || Math.hypot(taken[0] - spot[0], taken[1] - spot[1]) >= apart)) [best, most] = [spot, score];
    }
    spots.push(best);
  }
  return spots;
}
