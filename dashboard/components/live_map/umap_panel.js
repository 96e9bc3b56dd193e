// The test images by likeness (UMAP), beside a map of more than two dimensions: to look around, not to decode.

import { drawCursor } from "../js/canvas/axes.js";
import { PointPainter } from "../js/canvas/points.js";
import { View } from "../js/canvas/view.js";
import { nameOf, pointAt, redraw } from "./captions.js";

const MARGIN = 0.04; // of the picture's side, around all points
const NEAR = 12; // device-independent px within which a point is meant

export class Umap {
  constructor(liveMap) {
    this.liveMap = liveMap;
    this.fold = liveMap.find("umap");
    this.canvas = liveMap.find("umap_over");
    [this.ground, this.over] = [liveMap.find("umap_ground").getContext("2d"), this.canvas.getContext("2d")];
    this.near = liveMap.find("umap_near").getContext("2d");
    this.view = new View();
    this.points = new PointPainter();
    const on = (target, name, action) => target.addEventListener(name, liveMap.guard(action), { signal: liveMap.leaving.signal });
    on(this.fold, "toggle", () => this.fold.open && this.ask());
    on(this.canvas, "pointermove", (event) => this.point(event));
    on(this.canvas, "pointerdown", (event) => this.point(event));
    on(this.canvas, "pointerleave", () => this.show(null));
  }

  /** A new run. */
  open() {
    this.xy = this.row = null;
    this.isAsked = false;
    if (this.fold.open) this.ask();
  }

  /** Show the fold where it has something to show, or one sentence on how to get it. */
  write() {
    const { data, z } = this.liveMap;
    this.fold.hidden = !data.umap;
    this.liveMap.find("umap_none").hidden = data.umap || z.length < 3;
    this.liveMap.find("umap_over").setAttribute("aria-label", this.liveMap.text("umap_label", { n: this.liveMap.count ?? 0 }));
    if (data.umap && this.fold.open && !this.xy) this.ask();
    this.draw();
  }

  ask() {
    this.liveMap.receive();
    if (this.xy || this.isAsked || !this.liveMap.data.umap) return;
    this.isAsked = true;
    this.liveMap.ask("umap");
  }

  receive(part) {
    if (this.xy || !this.liveMap.decoder) return;
    const xy = new Float32Array(part.xy.slice().buffer);
    if (xy.length !== 2 * this.liveMap.count) return;
    this.xy = xy;
    const { width, height } = this.liveMap.decoder.picture;
    Object.assign(this.near.canvas, { width, height });
    this.draw();
  }

  /** All points, in the map's colours. */
  draw() {
    const { liveMap, view, xy } = this;
    if (!xy || !this.fold.open) return;
    const side = Math.round(this.canvas.clientWidth * Math.min(2, devicePixelRatio || 1));
    if (!side) return;
    for (const { canvas } of [this.ground, this.over]) Object.assign(canvas, { width: side, height: side });
    this.fit(side);
    this.ground.fillStyle = liveMap.theme.ground;
    this.ground.fillRect(0, 0, side, side);
    this.points.draw(this.ground, view, xy, liveMap.colouring, liveMap.outline);
    this.drawOver();
  }

  /** The window that holds all points, its axes equal. */
  fit(side) {
    const edges = [0, 1].map((axis) => {
      let [low, high] = [Infinity, -Infinity];
      for (let n = axis; n < this.xy.length; n += 2) [low, high] = [Math.min(low, this.xy[n]), Math.max(high, this.xy[n])];
      return [low, high];
    });
    const [[left, right], [low, high]] = edges;
    const scale = (side * (1 - 2 * MARGIN)) / Math.max(right - left, high - low, 1e-9);
    const ratio = side / this.canvas.clientWidth;
    Object.assign(this.view, { x: (left + right) / 2, y: (low + high) / 2, scale, width: side, height: side, ratio });
  }

  /** Rings around the image that is pointed at and around the one nearest to z. */
  drawOver() {
    const { over, view, xy, liveMap, row } = this;
    if (!xy || !this.fold.open) return;
    over.clearRect(0, 0, view.width, view.height);
    const { nearest } = liveMap.badge;
    if (nearest >= 0) drawCursor(over, view, xy[2 * nearest], xy[2 * nearest + 1], liveMap.theme);
    if (row !== null) drawCursor(over, view, xy[2 * row], xy[2 * row + 1], liveMap.theme, 5);
  }

  point(event) {
    if (!this.xy) return;
    const box = this.canvas.getBoundingClientRect();
    const { view, liveMap } = this;
    const scope = { flat: this.xy, layers: { points: true }, view, count: liveMap.count, colouring: liveMap.colouring };
    this.show(pointAt(scope, (event.clientX - box.left) * view.ratio, (event.clientY - box.top) * view.ratio, NEAR));
  }

  /** Show an image from its own place, here and on the map. */
  show(row) {
    if (row === this.row || !this.xy) return;
    this.row = row;
    const { liveMap } = this;
    if (row !== null) redraw(liveMap, row, this.near);
    liveMap.find("umap_caption").textContent = row === null ? "" : `${nameOf(liveMap, row)}. ${liveMap.text("umap_caution")}`;
    liveMap.find("umap_found").classList.toggle("ll-found", row !== null);
    liveMap.hovered = row;
    liveMap.drawOver();
    this.drawOver();
  }
}
