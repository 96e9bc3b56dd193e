// A map of one decoder: its pictures as ground, and a cursor that follows pointer, finger and arrow keys.

import { drawCursor, drawLabel } from "../js/canvas/axes.js";
import { channels, strokeOf } from "../js/canvas/colour.js";
import { Mosaic } from "../js/canvas/mosaic.js";
import { drawPicture, paintInk } from "../js/canvas/pictures.js";
import { fitCanvas } from "../js/canvas/stage.js";
import { View } from "../js/canvas/view.js";
import { nearest, vote } from "../js/engine/plane.js";
import { inkSheet } from "./parts.js";
import { pointed } from "./plane.js";

export const MACHINE = "mnist-2d"; // the run of the page Start: one machine and one map for all steps
export const REACH = 3.3; // of its map
const TILES = 16; // pictures along each side of the ground
const TILE_BUDGET = 8; // ms of drawing the ground per frame
const GROUND_INK = 1;
const KEY_STEP = 0.1;
const WIDE = 1.25; // times the map's own reach: from here on test images are seen where they lie
const STREWN = 0.055; // of the map's side: one of their pictures
const VOTERS = 5; // nearest test images that give a place its colour
const CLASSES = 10;
const STAMP = 0.24; // of the map's side: the picture that stands where a drawing landed
const ZOOM_MS = 700;
const ONE_TO_ONE = ([a, b]) => [a, b];

/** The map of the story's machine, in the colours of its test images. */
export function machineMap(stage, canvas, moved = null) {
  const { store } = stage.story;
  const map = new StoryMap(stage, canvas, REACH, moved);
  const [points, labels] = ["points", "point_labels"].map((name) => store.array(`map/${name}`).data);
  map.open(MACHINE, stage.picture(MACHINE), { points, labels, names: store.parts.facts.map.labels });
  return map;
}

export class StoryMap {
  /** `moved(a, b)` is called with where the pointer goes; without it the map only shows. */
  constructor(stage, canvas, reach, moved = null) {
    Object.assign(this, { stage, canvas, reach, moved, window: reach, grounds: new Map(), sheets: new Map(), a: 0, b: 0 });
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
    const go = (event) => this.take(...pointed(event, canvas, this.view)); // as it is drawn: a zoomed map shows more than its reach
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
    const colours = Array.from(votes, (_, n) => strokeOf(stage.colour(`class${n}`), stage.colour("text")));
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
    view.fit(this.window, false);
    context.fillStyle = stage.colour("background");
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.imageSmoothingEnabled = true;
    const reach = this.film?.reach ?? this.reach;
    drawPicture(context, view, this.film?.canvas ?? mosaic.canvas, [-reach, reach, -reach, reach]);
    if (this.fog) this.fog.draw(context, view, { text: stage.colour("text"), ground: stage.colour("background") });
    if (this.window > WIDE * this.reach) this.drawStrewn();
    if (!this.film) this.drawHand();
  }

  /** Test images that lie outside the map's own reach: what it draws at their places, strewn as they lie. */
  drawStrewn() {
    const { context, view } = this;
    const side = STREWN * Math.min(view.width, view.height);
    for (const { place, sheet } of this.strewn()) {
      context.drawImage(sheet, view.px(place[0]) - side / 2, view.py(place[1]) - side / 2, side, side);
    }
  }

  strewn() {
    const { id, stage, decoder, placeOf, points, labels, reach, sheets } = this;
    const key = `${id} ${stage.colour("text")}`;
    if (!sheets.has(key)) {
      const { height, width } = decoder.picture;
      const places = Array.from(labels, (_, n) => [points[2 * n], points[2 * n + 1]]);
      const made = places.map((place, n) => {
        if (Math.max(...place.map(Math.abs)) < reach) return null;
        return { place, sheet: inkSheet(decoder.decode(placeOf(place)), height, width, stage.colour(`class${labels[n]}`)) };
      });
      sheets.set(key, made.filter(Boolean));
    }
    return sheets.get(key);
  }

  /** Go so far away, or so near, that the map is seen from -reach to reach. */
  zoomTo(reach) {
    cancelAnimationFrame(this.zooming);
    const [from, began] = [this.window, performance.now()];
    if (this.stage.isStill || this.stage.isPrinting) this.window = reach;
    else if (from !== reach) {
      const step = this.stage.guard(() => {
        const share = Math.min(1, (performance.now() - began) / ZOOM_MS);
        this.window = from * (reach / from) ** (share * share * (3 - 2 * share));
        this.draw();
        if (share < 1) this.zooming = requestAnimationFrame(step);
      });
      this.zooming = requestAnimationFrame(step);
    }
    this.draw();
  }

  /** What lies on the ground: names of the classes, darts, a mark, the ring where the pointer is, and what a step draws `over` it all. */
  drawHand() {
    const { stage, context, view } = this;
    const theme = { ground: stage.colour("background"), accent: stage.colour("text"), text: stage.colour("text") };
    if (this.ring) drawRing(context, view, this.ring, theme);
    if (this.path) drawPath(context, view, this.path, stage.colour("accent"), theme);
    const places = this.names.map(([a, b]) => [view.px(a), view.py(b)]);
    for (const [n, [x, y]] of freed(places, stage.textSize * view.ratio).entries())
      drawLabel(context, view, String(n), x, y, theme, stage.textSize, 700);
    const hitsLast = (this.darts ?? []).toSorted((one, other) => one[2] - other[2]);
    for (const [a, b, isHit] of hitsLast) (isHit ? drawSpot : drawDart)(context, view, a, b, theme);
    if (!this.isHandless) drawCursor(context, view, this.a, this.b, theme, 11);
    if (this.stamp) this.drawStamp(theme);
    this.over?.(context, view, theme);
  }

  /** The rectangle [left, top, side] in device pixels in which the picture stands that belongs to the ring: beside it, inside the map. */
  get stampBox() {
    const { view, a, b } = this;
    const side = STAMP * Math.min(view.width, view.height);
    const gap = 16 * view.ratio;
    const left = a > 0 ? view.px(a) - gap - side : view.px(a) + gap;
    return [left, Math.min(view.height - side - gap / 2, Math.max(gap / 2, view.py(b) - side / 2)), side];
  }

  drawStamp(theme) {
    const { context, view, stamp } = this;
    const [left, top, side] = this.stampBox;
    const edge = 3 * view.ratio;
    context.fillStyle = theme.text;
    context.fillRect(left - edge, top - edge, side + 2 * edge, side + 2 * edge);
    context.imageSmoothingEnabled = false;
    context.drawImage(stamp, left, top, side, side);
    context.imageSmoothingEnabled = true;
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

/** A dashed circle round the middle. */
function drawRing(context, view, radius, theme) {
  context.setLineDash([6 * view.ratio, 5 * view.ratio]);
  context.strokeStyle = theme.text;
  context.lineWidth = 2 * view.ratio;
  context.beginPath();
  context.arc(view.px(0), view.py(0), radius * view.scale, 0, 2 * Math.PI);
  context.stroke();
  context.setLineDash([]);
}

function drawPath(context, view, path, colour, theme) {
  context.lineJoin = context.lineCap = "round";
  for (const [stroke, width] of [
    [theme.ground, 9],
    [colour, 5],
  ]) {
    context.strokeStyle = stroke;
    context.lineWidth = width * view.ratio;
    context.beginPath();
    path.forEach(([a, b], n) => context[n ? "lineTo" : "moveTo"](view.px(a), view.py(b)));
    context.stroke();
  }
}

/** A full dot: a dart that hit. */
function drawSpot(context, view, a, b, theme) {
  for (const [colour, size] of [
    [theme.ground, 7],
    [theme.text, 5],
  ]) {
    context.fillStyle = colour;
    context.beginPath();
    context.arc(view.px(a), view.py(b), size * view.ratio, 0, 2 * Math.PI);
    context.fill();
  }
}

/** Places of names, none on another: one that would touch those before it moves up or down to where it is free. */
export function freed(places, size) {
  const found = [];
  for (const [x, y] of places) {
    const isFree = (at) => !found.some((one) => Math.abs(one[0] - x) < 0.8 * size && Math.abs(one[1] - at) < size);
    const heights = [y, ...found.flatMap(([, other]) => [other - size, other + size])].filter(isFree);
    found.push([x, heights.sort((one, other) => Math.abs(one - y) - Math.abs(other - y))[0]]);
  }
  return found;
}
