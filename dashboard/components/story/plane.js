// A plane to draw in: points, lines and words in its own coordinates, and where pointer, finger and arrow keys are.

import { drawLabel } from "../js/canvas/axes.js";
import { fitCanvas } from "../js/canvas/stage.js";
import { View } from "../js/canvas/view.js";
import { piece } from "./parts.js";

export const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/** Where a pointer is on a canvas, in the coordinates of the view through which that is drawn. */
export function pointed(event, canvas, view) {
  const box = canvas.getBoundingClientRect();
  const ratio = canvas.width / box.width;
  return [view.worldX((event.clientX - box.left) * ratio), view.worldY((event.clientY - box.top) * ratio)];
}

export class Plane {
  constructor(stage) {
    this.stage = stage;
    this.canvas = piece("canvas", "ls-touch");
    this.context = this.canvas.getContext("2d");
    this.view = new View();
  }

  // ------------------------------------------------------------------ pointer and keys

  /** Where a pointer is, in the plane's coordinates. */
  spot(event) {
    return pointed(event, this.canvas, this.view);
  }

  /**
   * Listen: `down(place, event)`, `move(place, event)` also where a mouse hovers (`isDown` tells), `up()`; `step([right, up], event)` for an
   * arrow key, `key(event)` for any other, true where it was understood.
   */
  listen({ down = () => {}, move = () => {}, up = () => {}, step = () => {}, key = () => false }) {
    const { canvas, stage } = this;
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    const on = (name, action) => canvas.addEventListener(name, stage.guard(action));
    on("pointerdown", (event) => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      canvas.focus({ preventScroll: true });
      this.isDown = true;
      down(this.spot(event), event);
    });
    on("pointermove", (event) => (this.isDown || event.pointerType !== "touch") && move(this.spot(event), event));
    for (const name of ["pointerup", "pointercancel"]) {
      on(name, () => {
        if (this.isDown) up();
        this.isDown = false;
      });
    }
    on("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const arrow = ARROWS[event.key];
      if (arrow) step(arrow, event);
      else if (!key(event)) return;
      event.preventDefault();
      event.stopPropagation();
    });
  }

  // ------------------------------------------------------------------ drawing

  /** Take the size of the place on the screen. */
  fit() {
    const { canvas, view, stage } = this;
    if (fitCanvas(canvas, stage.ratio)) view.resize(canvas.width, canvas.height, stage.ratio);
  }

  /** An empty plane; what it shows was set in `view` before. */
  clear() {
    const { canvas, context, stage } = this;
    context.fillStyle = stage.colour("background");
    context.fillRect(0, 0, canvas.width, canvas.height);
  }

  /** A line through points; the gaps of dashes are its own width and some more. */
  stroke(points, colour, width, isDashed = false) {
    const { context, view, stage } = this;
    context.strokeStyle = stage.colour(colour);
    context.lineWidth = width * stage.ratio;
    context.lineJoin = context.lineCap = "round";
    context.setLineDash(isDashed ? [6 * stage.ratio, 8 * stage.ratio] : []);
    context.beginPath();
    points.forEach(([x, y], n) => context[n ? "lineTo" : "moveTo"](view.px(x), view.py(y)));
    context.stroke();
    context.setLineDash([]);
  }

  dot([x, y], colour, size) {
    const { context, view, stage } = this;
    context.fillStyle = stage.colour(colour);
    context.beginPath();
    context.arc(view.px(x), view.py(y), size * stage.ratio, 0, 2 * Math.PI);
    context.fill();
  }

  /** Many small dots of one colour, each `size` across. */
  dots(places, colour, size) {
    const { context, view, stage } = this;
    const side = size * stage.ratio;
    context.fillStyle = stage.colour(colour);
    for (const [x, y] of places) context.fillRect(view.px(x) - side / 2, view.py(y) - side / 2, side, side);
  }

  ring([x, y], colour, size) {
    const { context, view, stage } = this;
    context.strokeStyle = stage.colour(colour);
    context.lineWidth = 2 * stage.ratio;
    context.beginPath();
    context.arc(view.px(x), view.py(y), size * stage.ratio, 0, 2 * Math.PI);
    context.stroke();
  }

  /** Words at a place, `gap` px to its right (left where it is negative), or in its middle. */
  label(text, [x, y], gap = 0) {
    const { context, view, stage } = this;
    const align = gap ? (gap > 0 ? "left" : "right") : "center";
    drawLabel(context, view, text, view.px(x) + gap * stage.ratio, view.py(y), stage.theme, stage.textSize, 600, align);
  }
}
