// The exact posterior over a plane, on a grid that closes in on where it lies.

/** @import { Box } from "./types.js" */

const NATS = 14; // below the highest place: what lies lower holds nothing

/**
 * Look where a density is high, a place a step: first over the whole box, then ever closer. The last result is what counts:
 * `cells` of side x side, row 0 on top, the highest 1, whose logarithm was `top`, over `box` = [left, right, low, high].
 * @type {(logDensity: (a: number, b: number) => number, box: Box, side: number, passes: number) => Generator<undefined, { cells: Float64Array, top: number, box: Box }, unknown>}
 */
export function* closingIn(logDensity, box, side, passes) {
  const cells = new Float64Array(side * side);
  for (let pass = 0; ; pass++) {
    const [left, right, low, high] = box;
    const [width, height] = [(right - left) / side, (high - low) / side];
    for (let row = 0; row < side; row++) {
      for (let column = 0; column < side; column++) {
        cells[row * side + column] = logDensity(left + (column + 0.5) * width, high - (row + 0.5) * height);
        yield;
      }
    }
    const top = cells.reduce((most, value) => Math.max(most, value), -Infinity);
    if (pass === passes - 1) return { cells: cells.map((value) => Math.exp(value - top)), top, box };
    let [first, last, upper, lower] = [side, -1, side, -1];
    cells.forEach((value, n) => {
      if (value < top - NATS) return;
      const [column, row] = [n % side, Math.floor(n / side)];
      [first, last, upper, lower] = [Math.min(first, column), Math.max(last, column), Math.min(upper, row), Math.max(lower, row)];
    });
    box = [left + (first - 1) * width, left + (last + 2) * width, high - (lower + 2) * height, high - (upper - 1) * height];
  }
}
