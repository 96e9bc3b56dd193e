// A chart on a canvas: two scales of its own, marks, words, and a hand that drags or keys that step.

import { drawLabel } from "../js/canvas/axes.js";
import { fitCanvas } from "../js/canvas/stage.js";
import { piece } from "./parts.js";

const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const FAST = 5; // steps of a key with Shift

export class Plot {
  /** `draw()` is called when the chart has another size, as when a fold opens beside it. */
  constructor(stage, draw) {
    this.stage = stage;
    this.canvas = piece("canvas", "ls-touch");
    this.context = this.canvas.getContext("2d");
    this.element = piece("div", "ls-chart", this.canvas);
    new ResizeObserver(stage.guard(() => this.x && !stage.isPrinting && this.canvas.checkVisibility() && draw())).observe(this.canvas);
  }

  /** Call `dragged(x, y, isFirst)` with places of the scales, and `stepped(right, up)` with arrow keys. */
  listen(dragged, stepped) {
    const { canvas, stage } = this;
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    const on = (name, action) => canvas.addEventListener(name, stage.guard(action));
    const go = (event, isFirst) => {
      const box = canvas.getBoundingClientRect();
      const ratio = canvas.width / box.width;
      dragged(this.worldX((event.clientX - box.left) * ratio), this.worldY((event.clientY - box.top) * ratio), isFirst);
    };
    on("pointerdown", (event) => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      canvas.focus({ preventScroll: true });
      this.isDown = true;
      go(event, true);
    });
    on("pointermove", (event) => this.isDown && go(event, false));
    for (const name of ["pointerup", "pointercancel"]) on(name, () => (this.isDown = false));
    on("keydown", (event) => {
      const step = KEYS[event.key];
      if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      stepped(...step.map((one) => one * (event.shiftKey ? FAST : 1)));
    });
  }

  // ------------------------------------------------------------------ scales

  /** An empty sheet that shows x and y from low to high, `margin` CSS px [top, right, bottom, left] from its edges. */
  open(x, y, margin = [0, 0, 0, 0]) {
    const { canvas, context, stage } = this;
    fitCanvas(canvas, stage.ratio);
    this.ratio = stage.ratio;
    const [top, right, bottom, left] = margin.map((pixels) => pixels * this.ratio);
    Object.assign(this, { x, y, left, top, wide: canvas.width - left - right, high: canvas.height - top - bottom });
    context.fillStyle = stage.colour("background");
    context.fillRect(0, 0, canvas.width, canvas.height);
  }

  px(value) {
    return this.left + (this.wide * (value - this.x[0])) / (this.x[1] - this.x[0]);
  }

  py(value) {
    return this.top + (this.high * (this.y[1] - value)) / (this.y[1] - this.y[0]);
  }

  worldX(pixels) {
    return this.x[0] + ((pixels - this.left) / this.wide) * (this.x[1] - this.x[0]);
  }

  worldY(pixels) {
    return this.y[1] - ((pixels - this.top) / this.high) * (this.y[1] - this.y[0]);
  }

  // ------------------------------------------------------------------ marks

  /** A line through places [x, y]; with `fill` the area between it and y = 0 as well. */
  line(places, colour, { width = 3, fill = 0, dash = false } = {}) {
    const { context, stage } = this;
    context.beginPath();
    places.forEach(([x, y], n) => context[n ? "lineTo" : "moveTo"](this.px(x), this.py(y)));
    context.strokeStyle = context.fillStyle = stage.colour(colour);
    context.lineWidth = width * this.ratio;
    context.lineJoin = "round";
    context.setLineDash(dash ? [6 * this.ratio, 6 * this.ratio] : []);
    if (width) context.stroke();
    context.setLineDash([]);
    if (!fill) return;
    context.lineTo(this.px(places.at(-1)[0]), this.py(0));
    context.lineTo(this.px(places[0][0]), this.py(0));
    context.globalAlpha = fill;
    context.fill();
    context.globalAlpha = 1;
  }

  /** A box from one corner to the other. */
  box([left, bottom], [right, top], colour, { alpha = 1, outline = "" } = {}) {
    const { context, stage } = this;
    const at = [this.px(left), this.py(top), this.px(right) - this.px(left), this.py(bottom) - this.py(top)];
    context.globalAlpha = alpha;
    context.fillStyle = stage.colour(colour);
    context.fillRect(...at);
    context.globalAlpha = 1;
    if (!outline) return;
    context.strokeStyle = stage.colour(outline);
    context.lineWidth = 2 * this.ratio;
    context.strokeRect(...at);
  }

  dot([x, y], colour, size, alpha = 1) {
    const { context, stage } = this;
    context.globalAlpha = alpha;
    context.fillStyle = stage.colour(colour);
    context.beginPath();
    context.arc(this.px(x), this.py(y), size * this.ratio, 0, 2 * Math.PI);
    context.fill();
    context.globalAlpha = 1;
  }

  /** What the hand takes hold of: a disc that is seen on every ground. */
  handle(place, size = 10) {
    this.dot(place, "background", size + 3);
    this.dot(place, "accent", size);
    this.dot(place, "background", size / 2.5);
  }

  /** Words at a place, so many CSS px off. */
  label(text, [x, y], { right = 0, down = 0, align = "center", weight = 600, colour = "text" } = {}) {
    const { context, stage, ratio } = this;
    const theme = { ...stage.theme, text: stage.colour(colour) };
    drawLabel(context, this, text, this.px(x) + right * ratio, this.py(y) + down * ratio, theme, stage.textSize, weight, align);
  }
}

/** What the colours mean: lines of [colour, key, strength], written with `write()`. */
export class Legend {
  constructor(stage, lines) {
    Object.assign(this, { stage, lines });
    this.parts = lines.map(() => ({ mark: piece("i"), name: piece("span") }));
    this.element = piece("p", "ls-legend", ...this.parts.map(({ mark, name }) => piece("span", "", mark, name)));
  }

  write() {
    this.parts.forEach(({ mark, name }, n) => {
      const [colour, key, strength = 1] = this.lines[n];
      mark.style.background = this.stage.colour(colour);
      mark.style.opacity = strength;
      name.textContent = this.stage.text(key);
    });
  }
}
