// The points of the live map: drawn and chosen as on every map, and what lies near z in all of its dimensions.

import { PointLayer } from "../js/canvas/point_layer.js";
import { MANY } from "../js/engine/grid_index.js";
import { Neighbours, nearest, Plane } from "../js/engine/plane.js";
import { Task } from "../js/engine/task.js";
import { measuringDepth } from "./layout.js";
import { arrive } from "./packets.js";

const LONG = 70000; // coordinates, from which on points are taken in for a while at once
const AT_ONCE = 24; // ms of that while; the rest is done between frames
const SOME = 10000; // of many points in many dimensions, among which the nearest are looked for where it is done for each picture

export class MapPoints {
  constructor(liveMap) {
    this.liveMap = liveMap;
    this.layer = new PointLayer(
      () => liveMap.invalidate(),
      () => this.sorted(),
    );
    this.arriving = { task: new Task(() => arrive(liveMap)), work: (until) => this.arriving.task.work(until) };
    this.deepening = { task: new Task(() => this.measureAgain()), work: (until) => this.deepening.task.work(until) };
    this.workers = [this.arriving, this.deepening, ...this.layer.workers];
    this.neighbours = null;
  }

  /** Forget the last run. */
  open() {
    for (const { task } of [this.arriving, this.deepening]) task.stop();
    this.layer.forget();
    this.neighbours = null;
  }

  get isMany() {
    return this.liveMap.count > MANY;
  }

  get isBusy() {
    return this.workers.some(({ task }) => task.isBusy);
  }

  /** What has arrived is taken in at once as far as that is soon done; of many points between frames alone. */
  take(count) {
    const { liveMap } = this;
    this.arriving.task.request();
    if (!(count > MANY)) this.arriving.work(count * liveMap.z.length > LONG ? performance.now() + AT_ONCE : Infinity);
    liveMap.schedule();
  }

  /** z has left the plane on which it was: the points lie as far from it as they lie from another one now. */
  deepen() {
    this.deepening.task.request();
    if (!this.isMany) this.deepening.work(Infinity);
  }

  *measureAgain() {
    yield* measuringDepth(this.liveMap);
    this.liveMap.invalidate();
  }

  /** Points lie elsewhere. */
  layOut() {
    if (this.liveMap.flat) this.layer.layOut(this.liveMap.flat);
  }

  sorted() {
    const { liveMap } = this;
    if (!liveMap.isCovered) {
      liveMap.inkFirst();
      liveMap.restartMosaic();
    }
    liveMap.invalidate();
  }

  draw(...all) {
    this.layer.draw(...all);
    if (this.layer.cloud.isBusy) this.liveMap.schedule(); // the frame may have been the last one asked for
  }

  /** Whether all that z says is where its point lies on the map, so that near on the map is near. */
  get isWholePlane() {
    return this.layer.index?.isReady && this.liveMap.z.length === 2;
  }

  /** The rows of the points nearest to z, nearest first. */
  nearest(z, rows, distances) {
    const { mu, count, plane } = this.liveMap;
    if (this.isWholePlane) this.layer.index.nearest([Plane.along(plane.u, z), Plane.along(plane.v, z)], rows, distances);
    else nearest(mu, count, z, rows, distances);
  }

  /** The same for many places, of many points in more than two dimensions among SOME of them; false while it would take too long. */
  nearestOften(z, rows, distances) {
    const { mu, count } = this.liveMap;
    const d = z.length;
    if (this.isMany && d === 2) {
      if (this.isWholePlane) this.nearest(z, rows, distances);
      return Boolean(this.isWholePlane);
    }
    const step = this.isMany && d > 2 ? Math.ceil(count / SOME) : 1;
    if (this.neighbours?.of !== mu) {
      const points = step > 1 ? thinned(mu, d, step) : mu;
      this.neighbours = Object.assign(new Neighbours(points, points.length / d, d), { of: mu });
    }
    this.neighbours.find(z, rows, distances);
    if (step > 1) for (let n = 0; n < rows.length; n++) rows[n] *= step;
    return true;
  }

  /** The row of the point nearest to a place in device pixels, or null where none that is shown lies within so many. */
  at(px, py, within) {
    const { view, colouring } = this.liveMap;
    return this.layer.at(view, colouring.shown, px, py, within * view.ratio);
  }

  /** Take what is shown within a polygon as the set that is being chosen; null: nothing. */
  choose(polygon) {
    const { colouring, sets } = this.liveMap;
    this.layer.choose(colouring.shown, polygon, (set) => sets.taking(set));
  }
}

/** Every so many-th of points (N, d). @type {(mu: Float32Array, d: number, step: number) => Float32Array} */
function thinned(mu, d, step) {
  const found = new Float32Array(d * Math.ceil(mu.length / d / step));
  for (let from = 0, to = 0; from < mu.length; from += d * step, to += d) found.set(mu.subarray(from, from + d), to);
  return found;
}
