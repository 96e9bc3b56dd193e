// How far points lie from a plane through z: near ones are drawn last and strong, far ones first and faint.

/** @import { Directions, Numbers } from "./types.js" */

const LEAST = 40; // strength of the farthest, of 255
const STEPS = 128;
const [NEAR, FAR] = [0.05, 0.95]; // quantiles between which the strength falls

/**
 * Distances (N,) of points (N, d) from the plane through z along the unit vectors u and v.
 * @type {(plane: Directions, points: Numbers, count: number, z: Numbers) => Float32Array}
 */
export function distances({ u, v }, points, count, z) {
  const d = z.length;
  const found = new Float32Array(count);
  for (let row = 0, at = 0; row < count; row++) {
    let [all, right, up] = [0, 0, 0];
    for (let j = 0; j < d; j++, at++) {
      const gap = points[at] - z[j];
      all += gap * gap;
      right += gap * u[j];
      if (v) up += gap * v[j];
    }
    found[row] = Math.sqrt(Math.max(0, all - right * right - up * up));
  }
  return found;
}

/**
 * The order in which points are drawn, farthest first, how strong each is, and the distances at which strength begins and ends to fall.
 * @type {(far: Float32Array) => { order: Uint32Array, strengths: Uint8Array, near: number, far: number }}
 */
export function depthOf(far) {
  const sorted = Float32Array.from(far).sort();
  const at = (/** @type {number} */ share) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  const [near, most] = [at(NEAR), at(FAR)];
  const size = most - near || 1;
  const steps = Uint8Array.from(far, (distance) => Math.round((STEPS - 1) * Math.min(1, Math.max(0, (distance - near) / size))));
  const starts = new Uint32Array(STEPS + 1);
  for (const step of steps) starts[STEPS - step]++;
  for (let n = 1; n <= STEPS; n++) starts[n] += starts[n - 1];
  const order = new Uint32Array(far.length);
  for (let row = 0; row < far.length; row++) order[starts[STEPS - 1 - steps[row]]++] = row;
  return { order, strengths: steps.map((step) => 255 - Math.round(((255 - LEAST) * step) / (STEPS - 1))), near, far: most };
}
