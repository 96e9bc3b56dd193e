// Points in a plane, two numbers each, and one knob for both: the line, curves that a machine learned, the figure eight, a line of one's own.

import { drawCursor, drawLabel } from "../js/canvas/axes.js";
import { decimals } from "../js/engine/numbers.js";
import { foldsAlong, principalAxis } from "../js/engine/principal_axis.js";
import { button, piece } from "./parts.js";
import { ARROWS, Plane } from "./plane.js";

const FIRST = 10; // points of the line at first
const PIECES = 200; // of a decoded curve
const MARGIN = 0.12; // of the plane, on each side
const START = 1 / 3; // of the knob's way: there the line's point is (4, 4)
const KEY_STEP = 0.05; // of a line of one's own, per arrow key
const WORLDS = ["line", "parabola", "u", "sine", "eight"];

export class Points {
  /** `opened` is called before points are shown. */
  constructor(stage, opened) {
    Object.assign(this, { stage, opened });
    this.plane = new Plane(stage);
    Object.assign(this, { canvas: this.plane.canvas, context: this.plane.context, view: this.plane.view });
    this.slider = Object.assign(piece("input"), { type: "range", min: 0, max: 1000, step: 1 });
    this.label = piece("label", "ls-column", piece("span"), this.slider);
    this.layout = piece("div", "ls-knobbing", piece("div", "ls-square", this.canvas), this.label);
    stage.box.append(this.layout);
    stage.on(this.slider, "input", () => this.turn(this.slider.value / 1000));
    this.addMore();
    this.listen();
  }

  addMore() {
    const { stage } = this;
    this.known = WORLDS.filter((world) => world === "line" || world === "eight" || stage.facts.curves[`curve-${world}`]?.is_proven);
    this.buttons = [...this.known, "own"].map((world) => [world, button(stage, () => this.open(world))]);
    this.many = Object.assign(piece("input"), { type: "range", min: 2, max: 100, step: 1 });
    stage.on(this.many, "input", () => this.take(Number(this.many.value)));
    this.manyLabel = piece("label", "ls-column", piece("span"), this.many);
    stage.more.append(piece("div", "ls-buttons", ...this.buttons.map(([, element]) => element)), this.manyLabel);
  }

  reset() {
    this.leave();
    this.count = FIRST;
    this.many.value = this.count;
    this.world = null;
    this.write();
  }

  // ------------------------------------------------------------------ what lies in the plane

  open(world) {
    this.opened();
    this.world = world;
    this.scribble = [];
    this.share = START;
    if (world !== "line" && world !== "own") this.learned = this.curve(world);
    this.refresh();
  }

  /**
   * What a machine with one knob learned of a curve: its points, and what its knob draws from end to end. No machine follows the eight:
   * there the knob is the true one, -1 to 1, which goes from point to point, and the machine's way is shown beside it.
   */
  curve(world) {
    const { stage } = this;
    const facts = stage.facts.curves[`curve-${world}`];
    const { data, shape } = stage.array(`curve-${world}-points`);
    const points = Array.from({ length: shape[0] }, (_, n) => [data[2 * n], data[2 * n + 1]]);
    const decoder = stage.decoder(`curve-${world}`);
    const drawn = (z) => Array.from(decoder.run([z]).subarray(0, 2));
    const tried = Array.from({ length: PIECES + 1 }, (_, n) => drawn(facts.low + ((facts.high - facts.low) * n) / PIECES));
    if (world !== "eight") return { facts, points, at: drawn, way: tried, range: [facts.low, facts.high] };
    const at = (t) => {
      const place = Math.min(points.length - 1, Math.max(0, ((t + 1) / 2) * points.length - 0.5));
      const [one, other] = [points[Math.floor(place)], points[Math.ceil(place)]];
      return [0, 1].map((k) => one[k] + (other[k] - one[k]) * (place % 1));
    };
    const most = 1 - 1 / points.length; // the last point's t
    const way = Array.from({ length: PIECES + 1 }, (_, n) => at(most * ((2 * n) / PIECES - 1)));
    return { facts, points, at, way, tried, range: [-most, most] };
  }

  take(count) {
    this.count = count;
    this.open("line");
  }

  turn(share) {
    this.share = share;
    this.stage.done();
    this.refresh();
  }

  /** The knob's position, and the place that it sets. */
  get knob() {
    if (this.world === "line") return 1 + (this.count - 1) * this.share;
    const [low, high] = this.world === "own" ? this.ownRange : this.learned.range;
    return low + (high - low) * this.share;
  }

  get place() {
    const { knob } = this;
    if (this.world === "line") return [knob, knob];
    if (this.world === "own") return [0, 1].map((k) => this.straight.mean[k] + knob * this.straight.axis[k]);
    return this.learned.at(knob);
  }

  // ------------------------------------------------------------------ a line of one's own

  listen() {
    const { canvas, stage } = this;
    const on = (name, action) => canvas.addEventListener(name, stage.guard(action));
    const spot = (event) => this.plane.spot(event);
    on("pointerdown", (event) => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      this.isDown = true;
      if (this.world === "own") this.scribble = [spot(event)];
      else this.pull(spot(event));
      this.refresh();
    });
    on("pointermove", (event) => {
      if (!this.isDown) return;
      if (this.world === "own") this.scribble.push(spot(event));
      else this.pull(spot(event));
      this.refresh();
    });
    for (const name of ["pointerup", "pointercancel"]) on(name, () => (this.isDown = false));
    on("keydown", (event) => this.pressed(event));
  }

  /** An arrow key draws on from the line's last point, or from the middle; what is drawn stays in the plane. */
  pressed(event) {
    const arrow = ARROWS[event.key];
    if (this.world !== "own" || !arrow || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    if (!this.scribble.length) this.scribble.push([0, 0]);
    const [last, kept] = [this.scribble.at(-1), (value) => Math.min(1, Math.max(-1, value))];
    const next = last.map((value, k) => kept(value + KEY_STEP * arrow[k]));
    if (next.join() === last.join()) return; // at the edge
    this.scribble.push(next);
    this.refresh();
  }

  /** Turn the knob to where its place is nearest to the pointer. */
  pull([x, y]) {
    const far = ([a, b]) => Math.hypot(a - x, b - y);
    const way =
      this.world === "line"
        ? [...Array(PIECES + 1).keys()].map((n) => Array(2).fill(1 + ((this.count - 1) * n) / PIECES))
        : this.learned.way;
    let best = 0;
    for (let n = 1; n < way.length; n++) if (far(way[n]) < far(way[best])) best = n;
    this.share = best / PIECES;
    this.stage.done();
  }

  get isDrawn() {
    return this.scribble.length > 8;
  }

  measure() {
    this.straight = principalAxis(this.scribble);
    const { mean, axis } = this.straight;
    const along = this.scribble.map((point) => (point[0] - mean[0]) * axis[0] + (point[1] - mean[1]) * axis[1]);
    this.ownRange = [Math.min(...along), Math.max(...along)];
    this.folds = foldsAlong(this.scribble, axis, 0.04 * (this.ownRange[1] - this.ownRange[0]));
  }

  // ------------------------------------------------------------------ words

  refresh() {
    if (this.world === "own" && this.isDrawn) this.measure();
    this.write();
    this.paint();
  }

  write() {
    const { stage, world } = this;
    this.manyLabel.firstElementChild.textContent = stage.text("many", { n: this.count });
    for (const [name, element] of this.buttons) {
      element.textContent = stage.text(`world_${name}`);
      element.setAttribute("aria-pressed", String(name === world));
    }
    if (world) this.writeWorld(world);
  }

  writeWorld(world) {
    const { stage } = this;
    const isLine = world === "line";
    const isEmpty = world === "own" && !this.isDrawn;
    this.slider.value = Math.round(1000 * this.share);
    this.slider.disabled = isEmpty;
    const [x, y] = isEmpty ? [0, 0] : this.place;
    this.label.firstElementChild.textContent = isEmpty
      ? stage.text("knob")
      : stage.text("knob_at", { knob: decimals(this.knob, isLine ? 1 : 2) });
    this.slider.setAttribute("aria-label", stage.text("knob"));
    const isOwn = world === "own"; // the other worlds have the slider for keys
    this.canvas.setAttribute("aria-label", stage.text(isOwn ? "pad_label" : "plane_label"));
    this.canvas.setAttribute("role", isOwn ? "application" : "img");
    if (isOwn) this.canvas.tabIndex = 0;
    else this.canvas.removeAttribute("tabindex");
    stage.find("do").textContent = stage.text(isOwn ? "do_own" : "do_points");
    const shown = isEmpty ? "–" : `${decimals(x, isLine ? 1 : 2)}, ${decimals(y, isLine ? 1 : 2)}`;
    if (isLine) this.writeLine(shown);
    else if (world === "own") this.writeOwn(shown);
    else this.writeCurve(shown);
  }

  get linePoints() {
    return Array.from({ length: this.count }, (_, n) => [n + 1, n + 1]);
  }

  writeLine(shown) {
    const { stage, count } = this;
    const theory = stage.facts.line[count - 2];
    const here = principalAxis(this.linePoints);
    stage.number(shown, "meaning_line", {
      n: count,
      along: decimals(here.along, 1),
      across: decimals(here.across, here.across < 0.05 ? 0 : 1),
    });
    stage.say("said_line");
    const row = (name) => ({ name: stage.text(name), theory: theory[name], here: here[name] });
    stage.theory([row("along"), row("across")]);
  }

  writeCurve(shown) {
    const { stage, world } = this;
    const { facts } = this.learned;
    stage.theory([]);
    const [one, other] = [...facts.twice_knob].sort((a, b) => a - b).map((value) => decimals(value, 1));
    const values = { one, other, least: decimals(Math.min(...facts.seeds_miss), 1), seeds: facts.seeds.length };
    const isEight = world === "eight";
    stage.number(shown, isEight ? "meaning_eight" : "meaning_curve", values);
    stage.say(isEight ? "said_eight" : "said_curve", values);
  }

  writeOwn(shown) {
    const { stage } = this;
    stage.theory([]);
    if (!this.isDrawn) {
      stage.number("–", "meaning_empty");
      stage.say("said_empty");
      return;
    }
    const { along, across } = this.straight;
    stage.number(shown, "meaning_own", { share: decimals((100 * along) / (along + across || 1), 0) });
    stage.say(this.folds.length ? "said_folds" : "said_straight", { folds: this.folds.length });
  }

  // ------------------------------------------------------------------ drawing

  frameWorld() {
    const { view, canvas } = this;
    const isLine = this.world === "line";
    const [low, high] = isLine ? [1, Math.max(2, this.count)] : [-1, 1];
    view.x = view.y = (low + high) / 2;
    view.scale = (Math.min(canvas.width, canvas.height) * (1 - 2 * MARGIN)) / (high - low);
  }

  paint() {
    this.plane.fit();
    this.frameWorld();
    this.plane.clear();
    if (this.world === "line") this.paintLine();
    else if (this.world === "own") this.paintOwn();
    else this.paintCurve();
  }

  paintLine() {
    const ends = [1, this.count].map((t) => [t, t]);
    this.plane.stroke(ends, "accent", 3, true);
    const size = Math.max(2.5, Math.min(8, 160 / this.count));
    for (const point of this.linePoints) this.plane.dot(point, "text", size);
    this.hand();
  }

  paintCurve() {
    const { points, way, tried, facts } = this.learned;
    for (const point of points) this.plane.dot(point, "text", 3);
    this.plane.stroke(tried ?? way, "accent", 3, Boolean(tried));
    if (this.world === "eight") for (const place of facts.twice) this.plane.ring(place, "text", 16);
    this.hand();
  }

  paintOwn() {
    if (this.scribble.length > 1) this.plane.stroke(this.scribble, "text", 4);
    if (!this.isDrawn) return;
    const { mean, axis } = this.straight;
    const ends = this.ownRange.map((t) => [mean[0] + t * axis[0], mean[1] + t * axis[1]]);
    this.plane.stroke(ends, "accent", 3);
    const { stage, context, view } = this;
    for (const n of this.folds) {
      this.plane.ring(this.scribble[n], "accent", 14);
      const [x, y] = [view.px(this.scribble[n][0]), view.py(this.scribble[n][1])];
      const [gap, align] = x > this.canvas.width / 2 ? [-22, "right"] : [22, "left"];
      drawLabel(context, view, stage.text("jump"), x + gap * stage.ratio, y, stage.theme, stage.textSize, 600, align);
    }
    this.hand();
  }

  /** The point that the knob sets, with its two numbers as lines to the edges. */
  hand() {
    const { context, view, canvas, stage } = this;
    const [x, y] = this.place;
    context.strokeStyle = stage.colour("line");
    context.lineWidth = stage.ratio;
    context.beginPath();
    context.moveTo(view.px(x), canvas.height);
    context.lineTo(view.px(x), view.py(y));
    context.lineTo(0, view.py(y));
    context.stroke();
    const { theme } = stage;
    const shown = [x, y].map((value) => decimals(value, this.world === "line" ? 1 : 2));
    const edge = 14 * stage.ratio;
    drawLabel(context, view, shown[0], view.px(x), canvas.height - edge, theme, stage.textSize);
    drawLabel(context, view, shown[1], edge / 2, view.py(y) - edge, theme, stage.textSize, 600, "left");
    drawCursor(context, view, x, y, theme, 11);
  }

  draw() {
    this.refresh();
  }

  leave() {
    this.isDown = false;
  }
}
