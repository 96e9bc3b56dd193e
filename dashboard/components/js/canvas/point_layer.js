// The points of a map, few or many. Up to MANY of them are looked at and drawn one by one; of more there is an index, and a cloud that is
// drawn between frames: whoever draws the map works off `workers`.

import { GridIndex, MANY } from "../engine/grid_index.js";
import { and } from "../engine/selection.js";
import { Task } from "../engine/task.js";
import { Cloud } from "./cloud.js";
import { PointPainter } from "./points.js";

export class PointLayer {
  /** `changed` is called when there is something else to draw, and `sorted` when points that lie elsewhere have been sorted in. */
  constructor(changed, sorted = changed) {
    this.changed = changed;
    this.painter = new PointPainter();
    this.cloud = new Cloud(changed);
    this.sorting = { task: new Task(() => this.sort(sorted)), work: (until) => this.sorting.task.work(until) };
    this.choosing = { task: new Task(() => this.select()), work: (until) => this.choosing.task.work(until) };
    this.workers = [this.sorting, this.choosing, this.cloud];
    this.flat = this.index = null;
  }

  /** Forget the points. */
  forget() {
    for (const { task } of this.workers) task.stop();
    this.cloud.forget();
    this.flat = this.index = null;
  }

  get isBusy() {
    return this.workers.some(({ task }) => task.isBusy);
  }

  /** Flat points (2N) lie elsewhere: many are sorted anew. */
  layOut(flat) {
    if (flat === this.flat) return;
    for (const { task } of this.workers) task.stop();
    this.flat = flat;
    this.index = flat.length / 2 > MANY ? new GridIndex(flat) : null;
    if (this.index) this.sorting.task.request();
  }

  *sort(sorted) {
    yield* this.index.build();
    sorted();
  }

  draw(context, view, flat, colouring, outline, depth = null) {
    const { index, cloud } = this;
    if (index?.flat === flat) cloud.draw(context, view, { flat, colouring, outline, depth, index });
    else this.painter.draw(context, view, flat, colouring, outline, depth);
  }

  /** The row of the point nearest to a place in device pixels, or null where none that is `shown` lies within so many. */
  at(view, shown, px, py, within) {
    const { flat, index } = this;
    let [best, limit] = [null, within ** 2];
    const consider = (row) => {
      if (!shown[row]) return;
      const far = (view.px(flat[2 * row]) - px) ** 2 + (view.py(flat[2 * row + 1]) - py) ** 2;
      if (far < limit || (far === limit && row < best)) [best, limit] = [row, far];
    };
    if (index?.isReady) {
      const [left, right] = [view.worldX(px - within), view.worldX(px + within)];
      for (const [first, end] of index.around(left, right, view.worldY(py + within), view.worldY(py - within)))
        for (let at = first; at < end; at++) consider(index.rows[at]);
    } else for (let row = 0; row < shown.length; row++) consider(row);
    return best;
  }

  /** Of many points: find those that are `shown` within a polygon, bit by bit; `done` gets the set, without a polygon null, in steps of its own. */
  choose(shown, polygon, done) {
    this.wish = { shown, polygon, done };
    this.choosing.task.request();
    this.changed();
  }

  *select() {
    const { shown, polygon, done } = this.wish;
    const within = polygon ? yield* this.index.inside(polygon) : null;
    yield;
    const set = within && and(within, shown);
    yield;
    yield* done(set);
  }
}
