// Lines of equal density on a grid, and the levels within which so many of the points lie.

/** @import { Numbers } from "./types.js" */

/**
 * For each of these shares, the level above which the densest cells hold it of all.
 * @type {(cells: Numbers, shares: number[]) => number[]}
 */
export function levelsHolding(cells, shares) {
  const sorted = Float64Array.from(cells).sort().reverse();
  const whole = sorted.reduce((sum, value) => sum + value, 0);
  return shares.map((share) => {
    let [sum, n] = [0, 0];
    while (n < sorted.length - 1 && sum + sorted[n] < share * whole) sum += sorted[n++];
    return sorted[n];
  });
}

/**
 * The line along which a grid (side x side, row 0 on top, values in the middles of the cells) passes a level, as pieces
 * [x, y, x, y, ...] in cells from the upper left corner (marching squares; a saddle is cut by its mean).
 * @type {(cells: Numbers, side: number, level: number) => number[]}
 */
export function contour(cells, side, level) {
  /** @type {number[]} */
  const pieces = [];
  for (let row = 0; row + 1 < side; row++) {
    for (let column = 0; column + 1 < side; column++) {
      const at = row * side + column;
      const corners = [cells[at], cells[at + 1], cells[at + side + 1], cells[at + side]]; // clockwise from the upper left
      const kind = corners.reduce((bits, value, n) => bits | (value > level ? 1 << n : 0), 0);
      for (const [one, other] of cuts(kind, corners, level))
        pieces.push(...edge(one, corners, level, row, column), ...edge(other, corners, level, row, column));
    }
  }
  return pieces;
}

/** Which edges of a square a line joins: edge n runs from corner n to the next. @type {(kind: number, corners: number[], level: number) => number[][]} */
function cuts(kind, corners, level) {
  if (kind === 5 || kind === 10) {
    const isHigh = corners.reduce((sum, value) => sum + value, 0) / 4 > level;
    return isHigh === (kind === 5)
      ? [
          [0, 1],
          [2, 3],
        ]
      : [
          [3, 0],
          [1, 2],
        ];
  }
  const crossed = [0, 1, 2, 3].filter((n) => ((kind >> n) & 1) !== ((kind >> ((n + 1) % 4)) & 1));
  return crossed.length ? [crossed] : [];
}

/** Where the line crosses an edge. @type {(n: number, corners: number[], level: number, row: number, column: number) => [number, number]} */
function edge(n, corners, level, row, column) {
  const [from, to] = [corners[n], corners[(n + 1) % 4]];
  const share = (level - from) / (to - from);
  const [x, y] = [column + 0.5, row + 0.5];
  if (n === 0) return [x + share, y];
  if (n === 1) return [x + 1, y + share];
  return n === 2 ? [x + 1 - share, y + 1] : [x, y + 1 - share];
}
