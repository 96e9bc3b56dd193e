// Planes through the latent space, nearest points, and the way between two of them.

/** @import { Floats, Numbers, Place } from "./types.js" */

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
    const flat = new Float32Array(2 * count);
    for (let row = 0; row < count; row++) {
      flat[2 * row] = Plane.along(this.u, points, row);
      flat[2 * row + 1] = this.v ? Plane.along(this.v, points, row) : ((row * 0.6180339887) % 1) * 2 - 1;
    }
    return flat;
  }
}

/**
 * The k rows of `points` (N, d) nearest to z, nearest first, into `rows` and `distances` (both of length k).
 * @type {(points: Numbers, count: number, z: Numbers, rows: Int32Array, distances: Float32Array | Float64Array) => void}
 */
export function nearest(points, count, z, rows, distances) {
  const d = z.length;
  const k = rows.length;
  distances.fill(Infinity);
  rows.fill(-1);
  for (let row = 0, at = 0; row < count; row++, at += d) {
    const worst = distances[k - 1];
    let sum = 0;
    for (let n = 0; n < d && sum < worst; n++) {
      const gap = points[at + n] - z[n];
      sum += gap * gap;
    }
    if (sum >= worst) continue;
    let place = k - 1;
    while (place > 0 && distances[place - 1] > sum) {
      distances[place] = distances[place - 1];
      rows[place] = rows[place - 1];
      place--;
    }
    distances[place] = sum;
    rows[place] = row;
  }
  for (let n = 0; n < k; n++) distances[n] = Math.sqrt(distances[n]);
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
