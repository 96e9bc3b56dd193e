// How far points lie from a plane through z: near ones are drawn last and strong, far ones first and faint.

/** @import { Directions, Numbers } from "./types.js" */

const SLICE = 1 << 18; // numbers of one step of work
const LEAST = 40; // strength of the farthest, of 255
const STEPS = 128;
const [NEAR, FAR] = [0.05, 0.95]; // quantiles between which the strength falls

/**
 * Distances (N,) of points (N, d) from the plane through z along the unit vectors u and v, in steps.
 * @type {(plane: Directions, points: Numbers, count: number, z: Numbers) => Generator<undefined, Float32Array>}
 */
export function* measuring({ u, v }, points, count, z) {
  const d = z.length;
  const [found, slice] = [new Float32Array(count), Math.ceil(SLICE / d)];
  for (let row = 0, at = 0; row < count; row++) {
    let [all, right, up] = [0, 0, 0];
    for (let j = 0; j < d; j++, at++) {
      const gap = points[at] - z[j];
      all += gap * gap;
      right += gap * u[j];
      if (v) up += gap * v[j];
    }
    found[row] = Math.sqrt(Math.max(0, all - right * right - up * up));
    if (row % slice === slice - 1) yield;
  }
  return found;
}

/**
 * The order in which points are drawn, farthest first, how strong each is, and the distances at which strength begins and ends to fall;
 * in steps.
 * @type {(far: Float32Array) => Generator<undefined, { order: Uint32Array, strengths: Uint8Array, near: number, far: number }>}
 */
export function* ordering(far) {
  const sorted = far.slice().sort();
  yield;
  const at = (/** @type {number} */ share) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  const [near, most] = [at(NEAR), at(FAR)];
  const size = most - near || 1;
  const [steps, starts] = [new Uint8Array(far.length), new Uint32Array(STEPS + 1)];
  for (let row = 0; row < far.length; row++) {
    steps[row] = Math.round((STEPS - 1) * Math.min(1, Math.max(0, (far[row] - near) / size)));
    starts[STEPS - steps[row]]++;
  }
  for (let n = 1; n <= STEPS; n++) starts[n] += starts[n - 1];
  yield;
  const [order, strengths] = [new Uint32Array(far.length), new Uint8Array(far.length)];
  const strengthOf = Uint8Array.from({ length: STEPS }, (_, step) => 255 - Math.round(((255 - LEAST) * step) / (STEPS - 1)));
  for (let row = 0; row < far.length; row++) {
    order[starts[STEPS - 1 - steps[row]]++] = row;
    strengths[row] = strengthOf[steps[row]];
  }
  return { order, strengths, near, far: most };
}
