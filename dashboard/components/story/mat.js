// A mat that is pulled up and down: its height, and how far a piece of it stands off from the plane that touches it.

/** @import { Place } from "../js/engine/types.js" */
/** @typedef {{ u: number, v: number, by: number }} Pull  where, and by how much upward */
/** @typedef {(u: number, v: number) => number} Height */

const SOFT = 0.42; // standard deviation of a pull on the soft mat
const TENT = 0.85; // from the top of a pull to its foot on the folded mat
const GRID = 4; // a piece is tried on (2 GRID + 1)^2 places
const STEP = 1e-3; // of a piece: how far apart the heights are from which a slope is read
const FINEST = [7, 8, 9, 10, 11]; // halvings of a piece at which the power is read
const NOTHING = 1e-9; // of a piece: rounding errors alone

const relu = (x) => Math.max(0, x);

/** A soft mat. @type {(pulls: Pull[]) => Height} */
export const soft = (pulls) => (u, v) =>
  pulls.reduce((sum, pull) => sum + pull.by * Math.exp(-((u - pull.u) ** 2 + (v - pull.v) ** 2) / (2 * SOFT * SOFT)), 0);

/** A mat as a network with two layers of ReLU makes it: flat pieces, and folds between them. @type {(pulls: Pull[]) => Height} */
export const folded = (pulls) => (u, v) =>
  pulls.reduce((sum, pull) => {
    const [across, along] = [u - pull.u, v - pull.v];
    return sum + pull.by * relu(1 - (relu(across) + relu(-across) + relu(along) + relu(-along)) / TENT);
  }, 0);

/** Lines (u, v) on which a pull folds the mat: its cross and its foot. @type {(pull: Pull) => Place[][]} */
export const foldsOf = ({ u, v }) => [
  [
    [u - TENT, v],
    [u + TENT, v],
  ],
  [
    [u, v - TENT],
    [u, v + TENT],
  ],
  [
    [u + TENT, v],
    [u, v + TENT],
    [u - TENT, v],
    [u, v - TENT],
    [u + TENT, v],
  ],
];

/**
 * A place of the folded mat, brought to the fold that it is no farther from than `within`; else as it is.
 * @type {(pulls: Pull[], place: Place, within: number) => Place}
 */
export function ontoFold(pulls, [u, v], within) {
  for (const pull of pulls) {
    const [across, along] = [u - pull.u, v - pull.v];
    const foot = Math.abs(across) + Math.abs(along);
    if (pull.by === 0 || foot > TENT + within) continue;
    if (Math.abs(foot - TENT) < within) return [pull.u + (across * TENT) / foot, pull.v + (along * TENT) / foot];
    if (Math.abs(across) < within && Math.abs(along) < within) return [pull.u, pull.v];
    if (Math.abs(across) < within) return [pull.u, v];
    if (Math.abs(along) < within) return [u, pull.v];
  }
  return [u, v];
}

/** Height and slopes at a place, by differences that are right for a quadratic. @type {(height: Height, place: Place, step: number) => number[]} */
export function plane(height, [u, v], step) {
  const slope = (du, dv) => (height(u + du, v + dv) - height(u - du, v - dv)) / (2 * step);
  return [height(u, v), slope(step, 0), slope(0, step)];
}

/**
 * The piece of `half` to each side of a place: its greatest distance from the plane that touches it there, and at which [u, v] that is.
 * @type {(height: Height, place: Place, half: number) => { size: number, at: Place }}
 */
export function bump(height, [u, v], half) {
  const [middle, right, up] = plane(height, [u, v], half * STEP);
  const lean = Math.hypot(1, right, up);
  let [size, at] = [0, [u + half, v + half]];
  for (let i = -GRID; i <= GRID; i++) {
    for (let j = -GRID; j <= GRID; j++) {
      const [du, dv] = [(half * i) / GRID, (half * j) / GRID];
      const off = Math.abs(height(u + du, v + dv) - middle - right * du - up * dv) / lean;
      if (off > size) [size, at] = [off, [u + du, v + dv]];
    }
  }
  return size < NOTHING * half ? { size: 0, at } : { size, at };
}

/**
 * The power of a piece's length with which its bump shrinks, as it becomes ever smaller: the slope of a straight line through the
 * logarithms of both. Null where no bump is left.
 * @type {(height: Height, place: Place, half: number) => number | null}
 */
export function power(height, place, half) {
  const points = FINEST.map((n) => [-n * Math.LN2, Math.log(bump(height, place, half / 2 ** n).size)]);
  if (points.some(([, y]) => !Number.isFinite(y))) return null;
  const [x, y] = [0, 1].map((k) => points.reduce((sum, point) => sum + point[k], 0) / points.length);
  const along = points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
  return points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0) / along;
}

/**
 * What curvature alone says of the bump of a small piece of the soft mat: half the greatest |d'Hd| on it over the lean of its plane, with the
 * second derivatives H in closed form.
 * @type {(pulls: Pull[], place: Place, half: number) => number}
 */
export function curved(pulls, [u, v], half) {
  const s2 = SOFT * SOFT;
  let [gu, gv, uu, uv, vv] = [0, 0, 0, 0, 0];
  for (const pull of pulls) {
    const [a, b] = [u - pull.u, v - pull.v];
    const weight = (pull.by * Math.exp(-(a * a + b * b) / (2 * s2))) / s2;
    gu -= weight * a;
    gv -= weight * b;
    uu += weight * ((a * a) / s2 - 1);
    uv += (weight * a * b) / s2;
    vv += weight * ((b * b) / s2 - 1);
  }
  const form = (a, b) => Math.abs(uu * a * a + 2 * uv * a * b + vv * b * b);
  const turns = [clamped(-uv / (vv || Infinity)), clamped(-uv / (uu || Infinity))]; // where an edge's parabola turns
  const most = Math.max(form(1, 1), form(1, -1), form(1, turns[0]), form(turns[1], 1));
  return (half * half * most) / 2 / Math.sqrt(1 + gu * gu + gv * gv);
}

const clamped = (share) => Math.min(1, Math.max(-1, share));
