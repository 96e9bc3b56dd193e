// A plot in CSS px from the upper left corner, for pictures of several parts.

import { Plot } from "./plot.js";

export class Sheet extends Plot {
  /** `draw()` as of Plot; `kind` is the canvas' class, and without one it only shows. */
  constructor(stage, draw, kind = "") {
    super(stage, draw);
    this.canvas.className = kind;
  }

  begin() {
    const { width, height } = this.canvas.getBoundingClientRect();
    Object.assign(this, { width, height });
    this.open([0, width], [height, 0]);
  }

  /** What lies between a line and the height `base`. */
  area(places, base, colour, strength = 1) {
    const { context, stage } = this;
    context.globalAlpha = strength;
    context.fillStyle = stage.colour(colour);
    context.beginPath();
    for (const [x, y] of [[places[0][0], base], ...places, [places.at(-1)[0], base]]) context.lineTo(this.px(x), this.py(y));
    context.fill();
    context.globalAlpha = 1;
  }

  bar(x, y, wide, tall, colour, alpha = 1) {
    this.box([x, y + tall], [x + wide, y], colour, { alpha });
  }

  /** A dot that is seen on every ground. */
  spot(place, radius, colour) {
    this.dot(place, "background", radius + 2);
    this.dot(place, colour, radius);
  }

  words(text, x, y, { align = "left", weight = 400, colour = "text" } = {}) {
    this.label(text, [x, y], { align, weight, colour });
  }
}
