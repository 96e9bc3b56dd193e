// A cloud of dots, and one rule that moves all of them: a ring, and other rules. Then the ring as one number, whole or cut.

import { drawCursor } from "../../js/canvas/axes.js";
import { normal } from "../../js/engine/gaussian.js";
import { decimals } from "../../js/engine/numbers.js";
import { fromCut, opposites, unbroken } from "../circle_code.js";
import { button, piece } from "../parts.js";
import { Plane } from "../plane.js";
import { between, corner, distances, RULES, rounds, unbent } from "../rules.js";

const DOTS = 4000;
const REACH = 3; // of the plane
const OWN = [-1.7, 1.1]; // the dot that is followed, at first
const KEY_STEP = 0.1;
const FRAMES = 45; // of the way from cloud to ring, when it shows itself
const FRAME_MS = 45;
const LIFT = 0.75; // of the plane: a number of 1 stands so far outside the ring
const CIRCLE = 1.65; // radius of the ring whose numbers are shown
const PIECES = 360; // of a line round it
const MOST_PULL = 1; // of a number
const MERGE = 0.35; // pulls nearer to one another than so many radians are one
const INSIDE = 0.5; // of the ring: there its numbers stand
const BESIDE = 0.45; // radians from the cut to the numbers on its sides
const EPS = 1e-9;

export class RingStep {
  constructor(stage) {
    this.stage = stage;
    this.plane = new Plane(stage);
    this.slider = Object.assign(piece("input"), { type: "range", min: 0, max: 1000, step: 1 });
    this.label = piece("label", "ls-column", piece("span"), this.slider);
    stage.box.append(piece("div", "ls-knobbing", piece("div", "ls-square", this.plane.canvas), this.label));
    this.buttons = [...Object.keys(RULES), "code", "cut"].map((name) => [name, button(stage, () => this.choose(name))]);
    stage.more.append(piece("div", "ls-buttons", ...this.buttons.map(([, element]) => element)));
    stage.on(this.slider, "input", () => this.slide(this.slider.value / 1000));
    this.plane.listen({
      down: (place) => this.take(place, true),
      move: (place) => this.take(place, this.plane.isDown),
      step: (arrow) => this.nudge(arrow),
    });
  }

  reset() {
    const { random } = this.stage;
    this.cloud = Array.from({ length: DOTS }, () => [normal(random), normal(random)]);
    Object.assign(this, { own: OWN, pulls: [], at: 0.8, cut: Math.PI / 2 });
    this.open("ring", 0);
  }

  leave() {}

  // ------------------------------------------------------------------ the viewer's moves

  open(mode, share) {
    this.mode = mode;
    this.share = share;
    this.moved = this.isDots && this.cloud.map(RULES[mode]);
  }

  choose(mode) {
    this.open(mode, 1);
    this.stage.done();
    this.draw();
  }

  get isDots() {
    return this.mode in RULES;
  }

  slide(share) {
    this.share = share;
    this.stage.done();
    this.draw();
  }

  /** A dot of the viewer's own, or a pull at the numbers round the ring, or the place of the cut. */
  take([a, b], isDown) {
    if (this.isDots) this.own = [a, b];
    else if (isDown) {
      const angle = Math.atan2(b, a);
      if (this.mode === "cut") this.cut = angle;
      else this.pull(angle, (Math.hypot(a, b) - CIRCLE) / LIFT);
    } else return;
    this.stage.done();
    this.draw();
  }

  /** Pull until the number at an angle is the one that is wanted. */
  pull(angle, wanted) {
    const near = this.pulls.find(({ at }) => Math.cos(at - angle) > Math.cos(MERGE));
    const pull = near ?? { at: angle, by: 0 };
    if (!near) this.pulls.push(pull);
    const now = unbroken(this.pulls, pull.at);
    pull.by += Math.min(MOST_PULL, Math.max(-MOST_PULL, wanted)) - now;
    this.at = pull.at;
  }

  nudge([right, up]) {
    if (this.isDots) {
      this.own = [this.own[0] + KEY_STEP * right, this.own[1] + KEY_STEP * up];
    } else if (this.mode === "cut") {
      this.cut -= KEY_STEP * (right || -up);
    } else if (right) {
      this.at -= KEY_STEP * right;
    } else {
      this.pull(this.at, unbroken(this.pulls, this.at) + KEY_STEP * up);
    }
    this.stage.done();
    this.draw();
  }

  // ------------------------------------------------------------------ what stands there

  get places() {
    return this.cloud.map((z, n) => between(z, this.moved[n], this.share));
  }

  draw() {
    const { stage, plane, mode } = this;
    plane.canvas.setAttribute("aria-label", stage.text(this.isDots ? "plane_label" : "circle_label"));
    this.label.style.visibility = this.isDots ? "" : "hidden";
    this.label.firstElementChild.textContent = stage.text("way");
    this.slider.setAttribute("aria-label", stage.text("way"));
    this.slider.value = Math.round(1000 * this.share);
    for (const [name, element] of this.buttons) {
      element.textContent = stage.text(`rule_${name}`);
      element.setAttribute("aria-pressed", String(name === mode));
    }
    stage.find("do").textContent = stage.text(this.isDots ? "do" : `do_${mode}`);
    plane.fit();
    plane.view.fit(REACH, false);
    plane.clear();
    if (this.isDots) this.drawDots();
    else this.drawCircle();
    stage.say(`said_${mode}`, { n: DOTS });
  }

  drawDots() {
    const { stage, plane, share, own, mode } = this;
    const places = this.places;
    plane.dots(places, "text", 2);
    const goal = between(own, RULES[mode](own), share);
    if (Number.isFinite(goal[0])) {
      plane.stroke([own, goal], "accent", 3, true);
      plane.ring(own, "accent", 7);
      drawCursor(plane.context, plane.view, ...goal, stage.theme, 9);
    }
    this.writeDots(places);
    const here = distances(this.moved);
    const row = (name) => ({ name: stage.text(name, { n: DOTS }), theory: stage.facts[name], here: here[name] });
    stage.theory(mode === "ring" ? [row("mean"), row("sd")] : []);
  }

  writeDots(places) {
    const { stage, mode, cloud, moved } = this;
    if (mode === "ring") {
      const shown = ({ mean, sd }) => `${decimals(mean, 2)} ± ${decimals(sd, 2)}`;
      stage.number(shown(distances(places)), "meaning", { cloud: shown(distances(cloud)) });
    } else if (mode === "bend") {
      const back = moved.filter((place, n) => Math.hypot(...unbent(place).map((value, k) => value - cloud[n][k])) < EPS);
      stage.number(back.length, "meaning_bend", { n: DOTS });
    } else if (mode === "crease") stage.number(`${decimals(corner(RULES.crease, [0, 0]), 0)}°`, "meaning_crease");
    else stage.number(decimals(rounds(cloud), 1), "meaning_wind");
  }

  /** The ring, and outside or inside of it a line that is as far away as the number says. */
  drawCircle() {
    const { stage, plane, mode, pulls, cut } = this;
    const isCut = mode === "cut";
    const code = isCut ? (angle) => fromCut(cut, angle) : (angle) => unbroken(pulls, angle);
    const at = (angle, far) => [far * Math.cos(angle), far * Math.sin(angle)];
    const lift = (angle) => CIRCLE + LIFT * code(angle);
    const from = isCut ? cut + EPS : 0;
    const angles = Array.from({ length: PIECES + 1 }, (_, n) => from + ((2 * Math.PI - 2 * EPS) * n) / PIECES);
    plane.stroke(
      angles.map((angle) => at(angle, CIRCLE)),
      "text",
      7,
    );
    plane.stroke(
      angles.map((angle) => at(angle, lift(angle))),
      "accent",
      3,
    );
    stage.theory([]);
    if (isCut) this.drawCut(at, code);
    else this.drawOpposites(at, code, lift);
  }

  drawOpposites(at, code, lift) {
    const { stage, plane } = this;
    const angle = opposites(code);
    const ends = [angle, angle + Math.PI];
    plane.stroke(
      ends.map((end) => at(end, CIRCLE)),
      "text",
      2,
      true,
    );
    for (const end of ends) {
      plane.stroke([at(end, CIRCLE), at(end, lift(end))], "accent", 2);
      plane.dot(at(end, CIRCLE), "accent", 9);
      plane.label(decimals(code(end), 2), at(end, CIRCLE - INSIDE));
    }
    drawCursor(plane.context, plane.view, ...at(this.at, lift(this.at)), stage.theme, 9);
    stage.number(decimals(code(angle), 2), "meaning_code");
  }

  drawCut(at, code) {
    const { stage, plane, cut } = this;
    const sides = [cut + EPS, cut - EPS].map(code);
    plane.stroke([at(cut, CIRCLE - 0.25), at(cut, CIRCLE + LIFT + 0.2)], "background", 9);
    plane.stroke([at(cut, CIRCLE - 0.25), at(cut, CIRCLE + LIFT + 0.2)], "text", 2, true);
    [BESIDE, -BESIDE].forEach((gap, n) => plane.label(decimals(sides[n], 2), at(cut + gap, CIRCLE - INSIDE)));
    stage.number(decimals(sides[1] - sides[0], 2), "meaning_cut");
  }

  /** For the printer: the ring. */
  pose() {
    this.open("ring", 1);
  }

  async show(pause) {
    this.reset();
    const frames = this.stage.isStill ? 3 : FRAMES;
    for (let n = 0; n <= frames; n++) {
      this.slide(n / frames);
      await pause(this.stage.isStill ? 900 : FRAME_MS);
    }
    for (const place of [OWN, [-0.5, 0.3], [-0.1, 0.06], [0.1, -0.06], [0.5, -0.3], [1.7, -1.1]]) {
      await pause(700);
      this.take(place, false);
    }
  }
}
