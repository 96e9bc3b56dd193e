// The principal axis of points in the plane, and where a line of points turns back along an axis.

/** @import { Place } from "./types.js" */

/**
 * Mean, variances along the two principal axes (largest first, divided by n) and the first axis of points (n, 2).
 * @type {(points: Place[]) => { mean: number[], along: number, across: number, axis: number[] }}
 */
export function principalAxis(points) {
  const count = points.length;
  const mean = [0, 1].map((k) => points.reduce((sum, point) => sum + point[k], 0) / count);
  const [xx, xy, yy] = [
    [0, 0],
    [0, 1],
    [1, 1],
  ].map(([k, l]) => points.reduce((sum, point) => sum + (point[k] - mean[k]) * (point[l] - mean[l]), 0) / count);
  const half = Math.hypot((xx - yy) / 2, xy);
  const middle = (xx + yy) / 2;
  const angle = 0.5 * Math.atan2(2 * xy, xx - yy);
  return { mean, along: middle + half, across: Math.max(0, middle - half), axis: [Math.cos(angle), Math.sin(angle)] };
}

/**
 * The places n at which points (n, 2), walked in their order, turn back along an axis: there one knob position stands for two places.
 * @type {(points: Place[], axis: number[], least?: number) => number[]}
 */
export function foldsAlong(points, axis, least = 0) {
  const position = (/** @type {Place} */ point) => point[0] * axis[0] + point[1] * axis[1];
  const folds = [];
  let [direction, extreme, at] = [0, position(points[0]), 0];
  for (let n = 1; n < points.length; n++) {
    const gap = position(points[n]) - extreme;
    if (direction === 0 ? Math.abs(gap) > least : gap * direction > 0) {
      direction = Math.sign(gap);
      [extreme, at] = [position(points[n]), n];
    } else if (direction !== 0 && gap * direction < -least) {
      folds.push(at);
      direction = -direction;
      [extreme, at] = [position(points[n]), n];
    }
  }
  return folds;
}
