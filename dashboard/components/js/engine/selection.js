// Sets of points, a byte for each: 1 where it is in the set. Between pages they travel as ranges of their images' row numbers.

/** @import { Numbers, Place } from "./types.js" */

/** @typedef {[number, number]} Range  the first number and the one after the last */

/**
 * The flat points (2N) within a polygon, which may cross itself: what an even number of its edges go round is outside.
 * @type {(polygon: Place[], flat: Numbers) => Uint8Array}
 */
export function inside(polygon, flat) {
  const set = new Uint8Array(flat.length / 2);
  let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const [x, y] of polygon) [left, right, low, high] = [Math.min(left, x), Math.max(right, x), Math.min(low, y), Math.max(high, y)];
  for (let n = 0; n < set.length; n++) {
    const [x, y] = [flat[2 * n], flat[2 * n + 1]];
    if (x < left || x > right || y < low || y > high) continue;
    for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
      if (crosses(polygon[i], polygon[j], x, y)) set[n] ^= 1;
    }
  }
  return set;
}

/** Whether the way from (x, y) to the right crosses the edge from b to a. @type {(a: Place, b: Place, x: number, y: number) => boolean} */
export function crosses(a, b, x, y) {
  return a[1] > y !== b[1] > y && x < a[0] + ((y - a[1]) / (b[1] - a[1])) * (b[0] - a[0]);
}

/** What is in both sets. @type {(one: Uint8Array, other: Uint8Array) => Uint8Array} */
export function and(one, other) {
  return one.map((value, n) => (value && other[n] ? 1 : 0));
}

/** What is in one of two sets at least. @type {(one: Uint8Array, other: Uint8Array) => Uint8Array} */
export function or(one, other) {
  return one.map((value, n) => (value || other[n] ? 1 : 0));
}

/** A set as ranges, in order and apart. @type {(set: Uint8Array) => Range[]} */
export function toRanges(set) {
  /** @type {Range[]} */
  const ranges = [];
  for (let n = 0; n < set.length; n++) {
    if (!set[n]) continue;
    const first = n;
    while (set[n]) n++;
    ranges.push([first, n]);
  }
  return ranges;
}

/** The set of so many that ranges hold; what lies beyond is left out. @type {(ranges: Range[], count: number) => Uint8Array} */
export function fromRanges(ranges, count) {
  const set = new Uint8Array(count);
  for (const [first, end] of ranges) set.fill(1, first, end);
  return set;
}

/** A set of points as ranges of the row numbers that their images have. @type {(set: Uint8Array, rows: Int32Array) => Range[]} */
export function rangesOf(set, rows) {
  const numbers = new Uint8Array(countOf(rows));
  for (let n = 0; n < rows.length; n++) numbers[rows[n]] = set[n];
  return toRanges(numbers);
}

/**
 * The points whose images any of these selections holds, each as ranges of row numbers; null where nothing is selected.
 * @type {(selections: Range[][] | undefined, rows: Int32Array) => Uint8Array | null}
 */
export function pointsOf(selections, rows) {
  if (!selections?.length) return null;
  const numbers = selections.map((ranges) => fromRanges(ranges, countOf(rows))).reduce(or);
  return Uint8Array.from(rows, (row) => numbers[row]);
}

/** How many row numbers there are up to the highest. @type {(rows: Int32Array) => number} */
function countOf(rows) {
  let most = 0;
  for (let n = 0; n < rows.length; n++) if (rows[n] >= most) most = rows[n] + 1;
  return most;
}
