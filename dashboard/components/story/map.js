// A map of one decoder: its pictures as ground, and a cursor that follows pointer, finger and arrow keys.

import { drawCursor, drawLabel } from "../js/canvas/axes.js";
import { channels } from "../js/canvas/colour.js";
import { Mosaic } from "../js/canvas/mosaic.js";
import { drawPicture, paintInk } from "../js/canvas/pictures.js";
import { fitCanvas } from "../js/canvas/stage.js";
import { View } from "../js/canvas/view.js";
import { nearest, vote } from "../js/engine/plane.js";

const TILES = 16; // pictures along each side of the ground
const TILE_BUDGET = 8; // ms of drawing the ground per frame
const GROUND_INK = 1;
const KEY_STEP = 0.1;
const VOTERS = 5; // nearest test images that give a place its colour
const CLASSES = 10;
const ONE_TO_ONE = ([a, b]) => [a, b];

export class StoryMap {
  /** `moved(a, b)` is called with where the pointer goes; without it the map only shows. */
  constructor(stage, canvas, reach, moved = null) {
    Object.assign(this, { stage, canvas, reach, moved, grounds: new Map(), a: 0, b: 0 });
    this.context = canvas.getContext("2d");
    this.view = new View();
    if (moved) this.listen();
    else canvas.setAttribute("role", "img");
  }

  /**
   * Show the map of a decoder: `placeOf([a, b])` is the z that lies there; `points` (N, 2) and `labels` (N,) of test images give the
   * pictures their colours; `names` lists [a, b] for each class.
   */
  open(id, decoder, { placeOf = ONE_TO_ONE, points = null, labels = null, names = [] } = {}) {
    Object.assign(this, { id, decoder, placeOf, points, labels, names });
  }

  /** Bring the cursor to a place; it stays on the map. */
  put(a, b) {
    const inside = (value) => Math.min(this.reach, Math.max(-this.reach, value));
    [this.a, this.b] = [inside(a), inside(b)];
  }

  // ------------------------------------------------------------------ pointer and keys

  listen() {
    const { canvas } = this;
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    const on = (name, action) => canvas.addEventListener(name, this.stage.guard(action));
    const go = (event) => {
      const box = canvas.getBoundingClientRect();
      const place = (share) => this.reach * (2 * share - 1);
      this.take(place((event.clientX - box.left) / box.width), -place((event.clientY - box.top) / box.height));
    };
    on("pointerdown", (event) => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      canvas.focus({ preventScroll: true });
      go(event);
    });
    on("pointermove", (event) => (event.pointerType !== "touch" || event.buttons) && go(event));
    on("keydown", (event) => this.pressed(event));
  }

  pressed(event) {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const step = steps[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    const size = event.shiftKey ? 5 * KEY_STEP : KEY_STEP;
    this.take(this.a + step[0] * size, this.b + step[1] * size);
  }

  take(a, b) {
    this.put(a, b);
    this.moved(this.a, this.b);
  }

  // ------------------------------------------------------------------ drawing

  /** The ground's pictures, drawn once for each map and theme, in the colour of the class that lies there. */
  ground() {
    const { id, decoder, placeOf } = this;
    const key = `${id} ${this.stage.colour("text")}`;
    if (!this.grounds.has(key)) {
      const mosaic = new Mosaic(TILES, TILES, this.reach);
      mosaic.restart(decoder.picture.height, decoder.picture.width);
      const inkAt = this.inks();
      this.grounds.set(key, { mosaic, paint: (tile, a, b) => paintInk(tile, decoder.decode(placeOf([a, b])), inkAt([a, b]), GROUND_INK) });
    }
    return this.grounds.get(key);
  }

  /** Which colour a place has: its nearest test images vote. */
  inks() {
    const { stage, points, labels } = this;
    const plain = channels(stage.colour("text"));
    if (!points) return () => plain;
    const [rows, distances, votes] = [new Int32Array(VOTERS), new Float32Array(VOTERS), new Int32Array(CLASSES)];
    const colours = Array.from(votes, (_, n) => channels(stage.colour(`class${n}`)));
    return (place) => {
      nearest(points, labels.length, place, rows, distances);
      return colours[vote(labels, rows, votes)];
    };
  }

  draw() {
    const { stage, canvas, context, view } = this;
    const { mosaic, paint } = this.ground();
    if (!mosaic.isWhole) {
      mosaic.work(stage.isPrinting ? Infinity : TILE_BUDGET, paint);
      if (!mosaic.isWhole) this.schedule();
    }
    if (fitCanvas(canvas, stage.ratio)) view.resize(canvas.width, canvas.height, stage.ratio);
    view.fit(this.reach, false);
    context.fillStyle = stage.colour("background");
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.imageSmoothingEnabled = true;
    const reach = this.film?.reach ?? this.reach;
    drawPicture(context, view, this.film?.canvas ?? mosaic.canvas, [-reach, reach, -reach, reach]);
    if (!this.film) this.drawHand();
  }

  /** What lies on the ground: names of the classes, darts, a mark, and the ring where the pointer is. */
  drawHand() {
    const { stage, context, view } = this;
    const theme = { ground: stage.colour("background"), accent: stage.colour("text"), text: stage.colour("text") };
    this.names.forEach(([a, b], n) => drawLabel(context, view, String(n), view.px(a), view.py(b), theme, stage.textSize, 700));
    for (const [a, b] of this.darts ?? []) drawDart(context, view, a, b, theme);
    if (this.mark) drawSpot(context, view, ...this.mark, theme);
    if (!this.isHandless) drawCursor(context, view, this.a, this.b, theme, 11);
  }

  schedule() {
    this.pending ??= requestAnimationFrame(
      this.stage.guard(() => {
        this.pending = null;
        if (this.canvas.isConnected && this.canvas.offsetParent !== null) this.draw();
      }),
    );
  }
}

/** A cross that is seen on every ground. */
function drawDart(context, view, a, b, theme) {
  const [x, y, arm] = [view.px(a), view.py(b), 6 * view.ratio];
  for (const [colour, width] of [
    [theme.ground, 6],
    [theme.text, 3],
  ]) {
    context.strokeStyle = colour;
    context.lineWidth = width * view.ratio;
    context.beginPath();
    for (const [dx, dy] of [
      [1, 1],
      [1, -1],
    ]) {
      context.moveTo(x - dx * arm, y - dy * arm);
      context.lineTo(x + dx * arm, y + dy * arm);
    }
    context.stroke();
  }
}

/** A full dot: a place that is kept. */
function drawSpot(context, view, a, b, theme) {
  for (const [colour, size] of [
    [theme.ground, 10],
    [theme.text, 7],
  ]) {
    context.fillStyle = colour;
    context.beginPath();
    context.arc(view.px(a), view.py(b), size * view.ratio, 0, 2 * Math.PI);
    context.fill();
  }
}
