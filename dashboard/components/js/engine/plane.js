// Planes through the latent space, nearest points, and the way between two of them.

/** @import { Floats, Numbers, Place } from "./types.js" */

import { whole } from "./task.js";

const SLICE = 1 << 18; // numbers of one step of work

/** A plane through the current z: unit vectors u and v (d,) that run right and upward; v is null for one dimension. */
export class Plane {
  /** @param {Floats} u @param {Floats | null} v */
  constructor(u, v) {
    this.u = u;
    this.v = v;
  }

  /** @type {(d: number, i: number, j: number) => Plane} */
  static ofAxes(d, i, j) {
    const unit = (/** @type {number} */ k) => Float64Array.from({ length: d }, (_, n) => (n === k ? 1 : 0));
    return new Plane(unit(i), d > 1 ? unit(j) : null);
  }

  /**
   * Coordinate of z, or of row `row` of a flat array of points, along one of the two directions.
   * @type {(direction: Numbers, points: Numbers, row?: number) => number}
   */
  static along(direction, points, row = 0) {
    let sum = 0;
    for (let n = 0, at = row * direction.length; n < direction.length; n++, at++) sum += direction[n] * points[at];
    return sum;
  }

  /**
   * Move z within the plane until its coordinates are (a, b); what lies across the plane stays.
   * @type {(z: Floats, a: number, b: number) => void}
   */
  moveTo(z, a, b) {
    const stepU = a - Plane.along(this.u, z);
    const stepV = this.v ? b - Plane.along(this.v, z) : 0;
    for (let n = 0; n < z.length; n++) z[n] += stepU * this.u[n] + (this.v ? stepV * this.v[n] : 0);
  }

  /**
   * Flat coordinates (2N) of N points; one dimension gets a second coordinate by which it stays readable, never a meaning.
   * @type {(points: Numbers, count: number) => Float32Array}
   */
  project(points, count) {
    return whole(this.projecting(points, count));
  }

  /** The same in steps. @type {(points: Numbers, count: number) => Generator<undefined, Float32Array>} */
  *projecting(points, count) {
    const { u, v } = this;
    const [flat, slice] = [new Float32Array(2 * count), Math.ceil(SLICE / u.length)];
    for (let row = 0, at = 0; row < count; row++) {
      let [a, b] = [0, 0];
      for (let n = 0; n < u.length; n++, at++) {
        a += u[n] * points[at];
        if (v) b += v[n] * points[at];
      }
      flat[2 * row] = a;
      flat[2 * row + 1] = v ? b : ((row * 0.6180339887) % 1) * 2 - 1;
      if (row % slice === slice - 1) yield;
    }
    return flat;
  }
}

/**
 * The k rows of `points` (N, d) nearest to z, nearest first, into `rows` and `distances` (both of length k).
 * @type {(points: Numbers, count: number, z: Numbers, rows: Int32Array, distances: Float32Array | Float64Array) => void}
 */
export function nearest(points, count, z, rows, distances) {
  distances.fill(Infinity);
  rows.fill(-1);
  for (let row = 0; row < count; row++) consider(points, z, row, rows, distances);
  for (let n = 0; n < rows.length; n++) distances[n] = Math.sqrt(distances[n]);
}

/** Row numbers below which a row and a float32 fit into one double. */
const MOST_ROWS = 2 ** 21;

/** Rows by their point's first number, and of equal ones by themselves. @type {(points: Numbers, count: number, d: number) => Int32Array} */
function byFirst(points, count, d) {
  if (!(points instanceof Float32Array) || count > MOST_ROWS)
    return Int32Array.from({ length: count }, (_, row) => row).sort((one, other) => points[one * d] - points[other * d]);
  // Numbers are sorted ten times faster than by a comparison: the bits of a float32, made to ascend, and behind them the row.
  const [keys, first] = [new Float64Array(count), new Float32Array(1)];
  const bits = new Uint32Array(first.buffer);
  for (let row = 0; row < count; row++) {
    first[0] = points[row * d] + 0; // no zero is below another
    keys[row] = ((bits[0] >> 31 ? ~bits[0] : bits[0] | 0x80000000) >>> 0) * MOST_ROWS + row;
  }
  return Int32Array.from(keys.sort(), (key) => key % MOST_ROWS);
}

/** Points in the order of their first number: in few dimensions most of them lie too far off along it to be looked at. */
export class Neighbours {
  /** @param {Numbers} points (N, d)  @param {number} count  @param {number} d */
  constructor(points, count, d) {
    this.points = points;
    this.d = d;
    this.order = byFirst(points, count, d);
  }

  /**
   * As `nearest`, for many places: the same rows, found sooner.
   * @param {Numbers} z  @param {Int32Array} rows  @param {Float64Array} distances
   */
  find(z, rows, distances) {
    const { points, d, order } = this;
    distances.fill(Infinity);
    rows.fill(-1);
    const last = rows.length - 1;
    let [low, high] = [0, order.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (points[order[middle] * d] < z[0]) low = middle + 1;
      else high = middle;
    }
    for (const [from, step] of [
      [low, 1],
      [low - 1, -1],
    ]) {
      for (let place = from; place >= 0 && place < order.length; place += step) {
        const gap = points[order[place] * d] - z[0];
        if (gap * gap > distances[last]) break;
        consider(points, z, order[place], rows, distances);
      }
    }
    for (let n = 0; n <= last; n++) distances[n] = Math.sqrt(distances[n]);
  }
}

/**
 * Put a row among the nearest, by its squared distance, where it belongs there; of two as near the lower row is first.
 * @type {(points: Numbers, z: Numbers, row: number, rows: Int32Array, distances: Float32Array | Float64Array) => void}
 */
export function consider(points, z, row, rows, distances) {
  const d = z.length;
  let place = rows.length - 1;
  const worst = distances[place];
  let sum = 0;
  for (let n = 0; n < d && sum <= worst; n++) {
    const gap = points[row * d + n] - z[n];
    sum += gap * gap;
  }
  if (sum > worst || (sum === worst && rows[place] >= 0 && rows[place] < row)) return;
  while (place > 0 && (distances[place - 1] > sum || (distances[place - 1] === sum && rows[place - 1] > row))) {
    distances[place] = distances[place - 1];
    rows[place] = rows[place - 1];
    place--;
  }
  distances[place] = sum;
  rows[place] = row;
}

/**
 * Index and votes of the class that most of `rows` have; `votes` is scratch of one number per class.
 * @type {(labels: Numbers, rows: Iterable<number>, votes: Int32Array) => number}
 */
export function vote(labels, rows, votes) {
  votes.fill(0);
  let best = 0;
  for (const row of rows) if (row >= 0) votes[labels[row]]++;
  for (let n = 1; n < votes.length; n++) if (votes[n] > votes[best]) best = n;
  return best;
}

/**
 * The point a share t of the way from a to b: along the straight line, or along the arc that keeps the length of a prior's draw.
 * @type {(a: Floats, b: Floats, t: number, isSpherical: boolean, into: Floats) => Floats}
 */
export function between(a, b, t, isSpherical, into) {
  let [wa, wb] = [1 - t, t];
  if (isSpherical) {
    const [la, lb] = [Math.hypot(...a), Math.hypot(...b)];
    const cosine = la && lb ? Plane.along(a, b) / (la * lb) : 1;
    const angle = Math.acos(Math.min(1, Math.max(-1, cosine)));
    // Opposite or parallel points define no arc: the straight line is the answer then.
    if (angle > 1e-6 && Math.PI - angle > 1e-6)
      [wa, wb] = [Math.sin((1 - t) * angle) / Math.sin(angle), Math.sin(t * angle) / Math.sin(angle)];
  }
  for (let n = 0; n < a.length; n++) into[n] = wa * a[n] + wb * b[n];
  return into;
}

/** The place a share of the way from one to another. @type {(from: Place, to: Place, share: number) => Place} */
export function between2([x, y], [toX, toY], share) {
  return [x + (toX - x) * share, y + (toY - y) * share];
}
