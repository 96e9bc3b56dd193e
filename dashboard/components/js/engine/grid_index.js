// Many points on a plane, sorted into the cells of a grid: what lies near a place, in a window or within a polygon is found without a look
// at all of them.

/** @import { Numbers, Place } from "./types.js" */

import { consider } from "./plane.js";
import { crosses } from "./selection.js";

export const MANY = 70000; // points up to which a look at all of them is fast enough; dashboard/components/point_packets.py has the same
const PER_CELL = 8; // points, on average
const MOST_SIDE = 1024; // cells along the grid
const SLICE = 1 << 16; // points of one step of work
const SAMPLE = 2048; // points that say where most of them lie
const REST = 0.005; // of the points lie beyond each edge of the grid, in its outermost cells: these have no end
const SLACK = 1e-6; // of a cell, by which rounding may have moved a point across an edge

/**
 * Rows of flat points (2N) by cell: those of cell n are `rows[starts[n]]` up to `rows[starts[n + 1]]`, in an order that has nothing to do
 * with theirs and is always the same; cells run row by row from the lowest.
 */
export class GridIndex {
  /** @param {Float32Array} flat */
  constructor(flat) {
    this.flat = flat;
    this.count = flat.length / 2;
    this.isReady = false;
    this.side = Math.max(1, Math.min(MOST_SIDE, Math.round(Math.sqrt(this.count / PER_CELL))));
    const [[left, right], [low, high]] = [this.middle(0), this.middle(1)];
    this.left = left;
    this.low = low;
    this.across = (right - left) / this.side || 1;
    this.up = (high - low) / this.side || 1;
    this.rows = new Uint32Array(this.count);
    this.starts = new Uint32Array(this.side ** 2 + 1);
  }

  /** Between which coordinates most points lie along an axis. @type {(axis: number) => number[]} */
  middle(axis) {
    const step = Math.max(1, Math.floor(this.count / SAMPLE));
    const found = new Float32Array(Math.ceil(this.count / step));
    for (let n = 0; n < found.length; n++) found[n] = this.flat[2 * n * step + axis];
    found.sort();
    const last = found.length - 1;
    return [found[Math.floor(REST * last)], found[Math.ceil((1 - REST) * last)]];
  }

  /** @type {(x: number) => number} */
  columnOf(x) {
    return Math.max(0, Math.min(this.side - 1, Math.floor((x - this.left) / this.across)));
  }

  /** @type {(y: number) => number} */
  lineOf(y) {
    return Math.max(0, Math.min(this.side - 1, Math.floor((y - this.low) / this.up)));
  }

  /** Sort all points in, a slice a step. */
  *build() {
    const { flat, count, side, starts, rows } = this;
    const cells = new Uint32Array(count);
    for (let row = 0; row < count; row++) {
      const cell = this.lineOf(flat[2 * row + 1]) * side + this.columnOf(flat[2 * row]);
      cells[row] = cell;
      starts[cell + 1]++;
      if (row % SLICE === SLICE - 1) yield;
    }
    for (let n = 0; n < side * side; n++) starts[n + 1] += starts[n];
    const next = starts.slice();
    yield;
    const step = strideOf(count);
    for (let n = 0, row = 0; n < count; n++) {
      rows[next[cells[row]]++] = row;
      row += step;
      if (row >= count) row -= count;
      if (n % SLICE === SLICE - 1) yield;
    }
    this.isReady = true;
  }

  /**
   * Where in `rows` the points between these edges lie, [first, end) for each line of cells, and some around it.
   * @type {(left: number, right: number, low: number, high: number) => number[][]}
   */
  around(left, right, low, high) {
    const { side, starts } = this;
    const [from, to] = [this.columnOf(left), this.columnOf(right)];
    const found = [];
    for (let line = this.lineOf(low); line <= this.lineOf(high); line++)
      found.push([starts[line * side + from], starts[line * side + to + 1]]);
    return found;
  }

  /**
   * The rows nearest to a place, nearest first, as `nearest` of plane.js finds them.
   * @type {(place: Place, rows: Int32Array, distances: Float32Array | Float64Array) => void}
   */
  nearest(place, rows, distances) {
    const [column, line] = [this.columnOf(place[0]), this.lineOf(place[1])];
    distances.fill(Infinity);
    rows.fill(-1);
    for (let ring = 0; ring < this.side; ring++) {
      this.ring(column, line, ring, place, rows, distances);
      const free = this.freeAround(column, line, ring, place);
      if (distances[rows.length - 1] < free * free) break;
    }
    for (let n = 0; n < rows.length; n++) distances[n] = Math.sqrt(distances[n]);
  }

  /**
   * Consider the points of all cells so many away from one.
   * @type {(column: number, line: number, ring: number, place: Place, rows: Int32Array, distances: Float32Array | Float64Array) => void}
   */
  ring(column, line, ring, place, rows, distances) {
    const { side, flat } = this;
    for (let y = Math.max(0, line - ring); y <= Math.min(side - 1, line + ring); y++) {
      const isEnd = Math.abs(y - line) === ring;
      for (let x = column - ring; x <= column + ring; x += isEnd || ring === 0 ? 1 : 2 * ring) {
        if (x < 0 || x >= side) continue;
        for (let at = this.starts[y * side + x]; at < this.starts[y * side + x + 1]; at++)
          consider(flat, place, this.rows[at], rows, distances);
      }
    }
  }

  /** How far around a place all points have been considered. @type {(column: number, line: number, ring: number, place: Place) => number} */
  freeAround(column, line, ring, [x, y]) {
    const { side, left, low, across, up } = this;
    const edges = [
      column - ring > 0 ? x - left - (column - ring + SLACK) * across : Infinity,
      column + ring < side - 1 ? left + (column + ring + 1 - SLACK) * across - x : Infinity,
      line - ring > 0 ? y - low - (line - ring + SLACK) * up : Infinity,
      line + ring < side - 1 ? low + (line + ring + 1 - SLACK) * up - y : Infinity,
    ];
    return Math.max(0, Math.min(...edges));
  }

  /**
   * The points within a polygon, a byte for each, as `inside` of selection.js finds them: a step is a line of cells. Only where an edge runs
   * through a cell, and in the outermost ones, its points are looked at.
   * @type {(polygon: Place[]) => Generator<undefined, Uint8Array>}
   */
  *inside(polygon) {
    const { side, starts, rows, flat } = this;
    const set = new Uint8Array(this.count);
    let [first, last, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
    for (const [x, y] of polygon)
      [first, last, bottom, top] = [Math.min(first, x), Math.max(last, x), Math.min(bottom, y), Math.max(top, y)];
    const edges = polygon.map((place, n) => [place, polygon[(n || polygon.length) - 1]]);
    for (let line = 0; line < side; line++) {
      const isOutermost = line === 0 || line === side - 1;
      const [low, high] = [this.low + (line - SLACK) * this.up, this.low + (line + 1 + SLACK) * this.up];
      const near = isOutermost ? edges : edges.filter(([a, b]) => Math.min(a[1], b[1]) <= high && Math.max(a[1], b[1]) >= low);
      const crossed = new Uint8Array(side).fill(isOutermost ? 1 : 0);
      crossed[0] = crossed[side - 1] = 1;
      if (!isOutermost) for (const edge of near) this.cross(edge, low, high, crossed);
      const middle = (low + high) / 2;
      for (let column = 0; column < side; column++) {
        const cell = line * side + column;
        if (starts[cell] === starts[cell + 1]) continue;
        const centre = this.left + (column + 0.5) * this.across;
        const isIn = !crossed[column] && near.reduce((odd, [a, b]) => odd !== crosses(a, b, centre, middle), false);
        if (!crossed[column] && !isIn) continue;
        for (let at = starts[cell]; at < starts[cell + 1]; at++) {
          const row = rows[at];
          const [x, y] = [flat[2 * row], flat[2 * row + 1]];
          if (isIn) set[row] = 1;
          else if (x >= first && x <= last && y >= bottom && y <= top) for (const [a, b] of near) if (crosses(a, b, x, y)) set[row] ^= 1;
        }
      }
      yield;
    }
    return set;
  }

  /** Mark the columns in which an edge runs through a band. @type {(edge: Place[], low: number, high: number, crossed: Uint8Array) => void} */
  cross([a, b], low, high, crossed) {
    let [from, to] = [Math.min(a[0], b[0]), Math.max(a[0], b[0])];
    if (Math.abs(a[1] - b[1]) > this.up) {
      const at = (/** @type {number} */ y) => a[0] + ((Math.max(low, Math.min(high, y)) - a[1]) / (b[1] - a[1])) * (b[0] - a[0]);
      const [one, other] = [at(a[1]), at(b[1])];
      [from, to] = [Math.max(from, Math.min(one, other)), Math.min(to, Math.max(one, other))];
    }
    const slack = SLACK * this.across;
    crossed.fill(1, this.columnOf(from - slack), this.columnOf(to + slack) + 1);
  }
}

/** A step of about the golden ratio of a count, that comes by all rows before it comes back. @type {(count: number) => number} */
export function strideOf(count) {
  let step = Math.max(1, Math.round(count * 0.6180339887));
  while (greatestCommon(step, count) > 1) step++;
  return step;
}

/** @type {(one: number, other: number) => number} */
function greatestCommon(one, other) {
  return other ? greatestCommon(other, one % other) : one;
}
