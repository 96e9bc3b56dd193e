// The points of the map. Up to MANY of them are looked at and drawn one by one; of more there is an index, and a cloud that is drawn between
// frames.

import { Cloud } from "../js/canvas/cloud.js";
import { PointPainter } from "../js/canvas/points.js";
import { GridIndex, MANY } from "../js/engine/grid_index.js";
import { Neighbours, nearest, Plane } from "../js/engine/plane.js";
import { and } from "../js/engine/selection.js";
import { Task } from "../js/engine/task.js";

export class MapPoints {
  constructor(liveMap) {
    this.liveMap = liveMap;
    this.painter = new PointPainter();
    this.cloud = new Cloud(() => liveMap.invalidate());
    const work = (task) => ({ task, work: (until) => task.work(until) });
    this.indexing = work(new Task(() => this.sort()));
    this.choosing = work(new Task(() => this.select()));
    this.workers = [this.indexing, this.choosing, this.cloud];
    this.index = this.neighbours = null;
  }

  /** Forget the last run. */
  open() {
    for (const { task } of this.workers) task.stop();
    this.cloud.forget();
    this.index = this.neighbours = null;
  }

  get isMany() {
    return this.liveMap.count > MANY;
  }

  get isBusy() {
    return this.workers.some(({ task }) => task.isBusy);
  }

  /** Points lie elsewhere: they are sorted anew. */
  layOut() {
    const { flat } = this.liveMap;
    if (!flat || this.index?.flat === flat) return;
    for (const { task } of this.workers) task.stop();
    this.index = this.isMany ? new GridIndex(flat) : null;
    if (this.index) this.indexing.task.request();
  }

  *sort() {
    yield* this.index.build();
    this.liveMap.inkFirst();
    if (!this.liveMap.isCovered) this.liveMap.restartMosaic();
    this.liveMap.invalidate();
  }

  draw(context, view, flat, colouring, outline, depth = null) {
    const { index } = this;
    if (index?.flat === flat) {
      this.cloud.draw(context, view, { flat, colouring, outline, depth, index });
      if (this.cloud.isBusy) this.liveMap.schedule(); // the frame may have been the last one asked for
    } else this.painter.draw(context, view, flat, colouring, outline, depth);
  }

  /** Whether all that z says is where its point lies on the map, so that near on the map is near. */
  get isWholePlane() {
    return this.index?.isReady && this.liveMap.z.length === 2;
  }

  /** The rows of the points nearest to z, nearest first. */
  nearest(z, rows, distances) {
    const { mu, count, plane } = this.liveMap;
    if (this.isWholePlane) this.index.nearest([Plane.along(plane.u, z), Plane.along(plane.v, z)], rows, distances);
    else nearest(mu, count, z, rows, distances);
  }

  /** The same for many places; false while it would take too long. */
  nearestOften(z, rows, distances) {
    const { mu, count } = this.liveMap;
    if (this.isMany && z.length === 2) {
      if (this.isWholePlane) this.nearest(z, rows, distances);
      return this.isWholePlane;
    }
    if (this.neighbours?.points !== mu) this.neighbours = new Neighbours(mu, count, z.length);
    this.neighbours.find(z, rows, distances);
    return true;
  }

  /** The row of the point nearest to a place in device pixels, or null where none that is shown lies within so many. */
  at(px, py, within) {
    const { flat, view, count, colouring } = this.liveMap;
    let [best, limit] = [null, (within * view.ratio) ** 2];
    const consider = (row) => {
      if (!colouring.shown[row]) return;
      const far = (view.px(flat[2 * row]) - px) ** 2 + (view.py(flat[2 * row + 1]) - py) ** 2;
      if (far < limit || (far === limit && row < best)) [best, limit] = [row, far];
    };
    if (this.index?.isReady) {
      const reach = within * view.ratio;
      const [left, right] = [view.worldX(px - reach), view.worldX(px + reach)];
      for (const [first, end] of this.index.around(left, right, view.worldY(py + reach), view.worldY(py - reach)))
        for (let at = first; at < end; at++) consider(this.index.rows[at]);
    } else for (let row = 0; row < count; row++) consider(row);
    return best;
  }

  /** Select what lies within a polygon, bit by bit, and then hand it over. */
  choose(polygon) {
    this.polygon = polygon;
    this.choosing.task.request();
    this.liveMap.schedule();
  }

  *select() {
    const { index, polygon, liveMap } = this;
    const within = polygon ? yield* index.inside(polygon) : null;
    const set = within && and(within, liveMap.colouring.shown);
    yield;
    liveMap.sets.take(set);
  }
}
