// A glass over a line: how many roads leave the spot under it. Two: a line, as anywhere; one: an end; three or more: a crossing.

import { button, piece } from "../parts.js";
import { Plane } from "../plane.js";
import { nearestOn, oddSpots, PEN, SHAPES, spotAt } from "../roads.js";

const REACH = 1.25; // of the plane
const GLASS = 0.36; // radius of the glass as it is seen
const FIRST = { line: [-0.4, -0.3], circle: [0.7, 0], eight: [0.85, 0.2] };
const KEY_STEP = 0.05;
const LEAST = 0.02; // between two points of a stroke
const LEAST_POINTS = 6;
const STEPS = 16; // of a walk to the crossing that shows itself
const STEP_MS = 90;

export class MagnifierStep {
  constructor(stage) {
    this.stage = stage;
    this.plane = new Plane(stage);
    this.buttons = [...Object.keys(SHAPES), "own"].map((name) => [name, button(stage, () => this.choose(name))]);
    this.more = button(stage, () => this.drawOn());
    const row = piece("div", "ls-buttons", ...this.buttons.map(([, element]) => element), this.more);
    stage.box.append(piece("div", "ls-knobbing", piece("div", "ls-square", this.plane.canvas), row));
    this.plane.listen({
      down: (place) => this.press(place),
      move: (place) => this.go(place),
      up: () => this.lift(),
      step: (arrow) => this.nudge(arrow),
      key: ({ key }) => key === "Enter" && this.isDrawing && (this.lift(), true),
    });
  }

  reset() {
    this.open("eight");
  }

  leave() {}

  // ------------------------------------------------------------------ the viewer's moves

  open(shape) {
    Object.assign(this, { shape, strokes: SHAPES[shape] ?? [], isDrawing: shape === "own", pen: null });
    this.odd = oddSpots(this.strokes);
    this.at = FIRST[shape] ?? [0, 0];
  }

  choose(shape) {
    this.open(shape);
    this.changed();
  }

  drawOn() {
    this.isDrawing = true;
    this.changed();
  }

  changed() {
    this.stage.done();
    this.draw();
  }

  press(place) {
    if (this.isDrawing) this.pen = [place];
    else this.at = place;
    this.changed();
  }

  go(place) {
    if (!this.isDrawing) this.at = place;
    else if (this.pen && Math.hypot(...this.pen.at(-1).map((value, k) => value - place[k])) >= LEAST) this.pen.push(place);
    else return;
    this.changed();
  }

  /** The pen is lifted: from here on the glass moves. */
  lift() {
    if (!this.isDrawing) return;
    if (this.pen?.length >= LEAST_POINTS) {
      this.strokes = [...this.strokes, this.pen];
      this.odd = oddSpots(this.strokes);
      this.at = this.pen[Math.floor(this.pen.length / 2)];
      this.isDrawing = false;
    }
    this.pen = null;
    this.changed();
  }

  /** An arrow key moves the glass, or draws. */
  nudge([right, up]) {
    const [x, y] = this.isDrawing ? (this.pen?.at(-1) ?? [0, 0]) : this.at;
    const kept = (value) => Math.min(1, Math.max(-1, value));
    const place = [kept(x + KEY_STEP * right), kept(y + KEY_STEP * up)];
    if (this.isDrawing) this.pen ??= [[x, y]];
    this.go(place);
  }

  // ------------------------------------------------------------------ what stands there

  draw() {
    const { stage, plane, shape, isDrawing } = this;
    const isOwn = shape === "own";
    plane.canvas.setAttribute("aria-label", stage.text(isDrawing ? "pad_label" : "plane_label"));
    for (const [name, element] of this.buttons) {
      element.textContent = stage.text(`shape_${name}`);
      element.setAttribute("aria-pressed", String(name === shape));
    }
    this.more.textContent = stage.text("add");
    this.more.hidden = !isOwn || isDrawing;
    stage.find("do").textContent = stage.text(isDrawing ? "do_draw" : "do");
    plane.fit();
    plane.view.fit(REACH, false);
    plane.clear();
    const width = (PEN * plane.view.scale) / stage.ratio;
    for (const stroke of [...this.strokes, ...(this.pen ? [this.pen] : [])]) plane.stroke(stroke, "text", width);
    const found = isDrawing ? null : spotAt(this.strokes, this.odd, this.at);
    if (found) this.drawGlass(found);
    this.write(found);
  }

  /** What is under the glass, so many times larger as the glass is wider than the circle; a dot for each road on its rim. */
  drawGlass({ spot, radius, roads }) {
    const { stage, plane } = this;
    const { context, view } = plane;
    const times = GLASS / radius;
    const larger = ([x, y]) => [spot[0] + times * (x - spot[0]), spot[1] + times * (y - spot[1])];
    context.save();
    context.beginPath();
    context.arc(view.px(spot[0]), view.py(spot[1]), GLASS * view.scale, 0, 2 * Math.PI);
    context.fillStyle = stage.colour("background");
    context.fill();
    context.clip();
    for (const stroke of this.strokes) plane.stroke(stroke.map(larger), "text", (PEN * times * view.scale) / stage.ratio);
    context.restore();
    const rim = (GLASS * view.scale) / stage.ratio;
    plane.ring(spot, "text", rim);
    for (const road of roads) {
      plane.dot(larger(road), "background", rim / 5);
      plane.dot(larger(road), "accent", rim / 7);
    }
  }

  write(found) {
    const { stage, shape, odd, strokes, pen } = this;
    if (!found) {
      stage.number("–", strokes.length || pen ? "meaning_drawing" : "meaning_empty");
      stage.say("said_empty");
      stage.theory([]);
      return;
    }
    const count = found.roads.length;
    const key = { 0: "meaning_alone", 1: "meaning_end", 2: "meaning_line" }[count] ?? "meaning_crossing";
    stage.number(count, key);
    this.sayOdd();
    const here = odd.reduce((sum, spot) => sum + (2 - spot.count) / 2, 0);
    stage.theory(shape === "own" ? [] : [{ name: stage.text("sum"), theory: stage.facts.pieces_less_loops[shape], here }]);
  }

  /** Ends and crossings of the whole drawing; of one that no road leaves, as a closed one in a small circle, there is nothing to say. */
  sayOdd() {
    const { stage, odd } = this;
    const ends = odd.filter(({ count }) => count === 1).length;
    const crossings = odd.filter(({ count }) => count > 2).length;
    if (ends + crossings) stage.say("said_odd", { ends, crossings });
    else stage.say(odd.length ? null : "said_none");
  }

  /** For the printer: the crossing. */
  pose() {
    this.at = [0, 0];
  }

  async show(pause) {
    this.reset();
    const goals = { eight: [0, 0], line: [0.85, 0.2], circle: [-0.7, 0] };
    for (const [shape, goal] of Object.entries(goals)) {
      this.open(shape);
      const from = this.at;
      const steps = this.stage.isStill ? 2 : STEPS;
      for (let n = 0; n <= steps; n++) {
        this.at = nearestOn(
          this.strokes,
          [0, 1].map((k) => from[k] + (n / steps) * (goal[k] - from[k])),
        );
        this.changed();
        await pause(this.stage.isStill ? 700 : STEP_MS);
      }
      await pause(1800);
    }
  }
}
