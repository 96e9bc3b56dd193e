// Points on a square map: each image in the colour of its column's value, a class's name where it is densest, ways and rings on top.

import { ticks } from "../engine/numbers.js";
import { between2 } from "../engine/plane.js";
import { drawAxes, drawCursor, drawLabel } from "./axes.js";
import { packed } from "./colour.js";
import { PointLayer } from "./point_layer.js";
import { fitCanvas } from "./stage.js";
import { View } from "./view.js";

const REST = 0.35; // strength of a way that lies ahead

export class Scatter {
  constructor(stage, canvas) {
    this.stage = stage;
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.view = new View();
    this.points = new PointLayer(() => stage.schedule());
    this.axes = null; // their names; a map that was turned has none
    this.isFlat = false; // one dimension: the height has no meaning, so no axis
  }

  resize(reach) {
    const ratio = Math.min(2, devicePixelRatio || 1);
    fitCanvas(this.canvas, ratio);
    this.view.resize(this.canvas.width, this.canvas.height, ratio);
    this.view.fit(reach, false);
    this.reach = reach;
  }

  /** Draw flat points (2N) in their colouring, and the names of its classes at `places`. */
  draw(flat, colouring, places) {
    const { context, view, stage } = this;
    const { theme } = stage;
    context.fillStyle = theme.ground;
    context.fillRect(0, 0, view.width, view.height);
    this.points.layOut(flat);
    this.points.draw(context, view, flat, colouring, packed(theme.ground, 220));
    const across = ticks(view.worldX(0), view.worldX(view.width), view.width / view.ratio);
    if (this.axes) drawAxes(context, view, across, across, theme, this.isFlat, this.axes);
    else this.ruler();
    const names = colouring.column.categories;
    places?.forEach((place, n) => place && drawLabel(context, view, names[n], view.px(place[0]), view.py(place[1]), theme, 14));
  }

  /** The length of one latent unit, where axes have no meaning. */
  ruler() {
    const { context, view, stage } = this;
    const [right, low] = [view.width - 14 * view.ratio, view.height - 14 * view.ratio];
    Object.assign(context, { strokeStyle: stage.theme.text, lineWidth: 2 * view.ratio });
    context.beginPath();
    context.moveTo(right - view.scale, low);
    context.lineTo(right, low);
    context.stroke();
    drawLabel(context, view, "1", right - view.scale / 2, low - 11 * view.ratio, stage.theme, 12, 400);
  }

  /** Draw the way through all frames, `spots` as [x, y]: full up to `t`, faint from there on, a dot for each frame and a ring at t. */
  way(spots, t, name = "") {
    const { context, view, stage } = this;
    const { theme } = stage;
    const line = (from, to, colour, width, alpha) => {
      context.globalAlpha = alpha;
      context.strokeStyle = colour;
      context.lineWidth = width * view.ratio;
      context.beginPath();
      for (let n = from; n <= to; n++) context.lineTo(view.px(spots[n][0]), view.py(spots[n][1]));
      context.stroke();
    };
    const now = Math.floor(t);
    context.lineJoin = "round";
    line(0, spots.length - 1, theme.ground, 4, 0.8);
    line(0, spots.length - 1, theme.text, 1.5, REST);
    line(0, now, theme.text, 1.5, 1);
    spots.forEach(([x, y], n) => {
      context.globalAlpha = n <= t ? 1 : REST;
      context.fillStyle = theme.text;
      context.beginPath();
      context.arc(view.px(x), view.py(y), 2.25 * view.ratio, 0, 2 * Math.PI);
      context.fill();
    });
    context.globalAlpha = 1;
    this.ring(between2(spots[now], spots[Math.min(spots.length - 1, now + 1)], t - now), name);
  }

  /** A ring round one place, with a name above it. */
  ring([x, y], name = "") {
    const { context, view, stage } = this;
    drawCursor(context, view, x, y, { ...stage.theme, accent: stage.theme.text }, 8);
    if (name) drawLabel(context, view, name, view.px(x), view.py(y) - 17 * view.ratio, stage.theme, 13);
  }

  /** Where a pointer is, in device pixels. */
  placeOf(event) {
    const box = this.canvas.getBoundingClientRect();
    const { ratio } = this.view;
    return [(event.clientX - box.left) * ratio, (event.clientY - box.top) * ratio];
  }

  /** The row of the point that is `shown` nearest to a pointer event, or null where none lies near. */
  rowAt(event, flat, shown, within = 8) {
    this.points.layOut(flat);
    return this.points.at(this.view, shown, ...this.placeOf(event), within * this.view.ratio);
  }
}
