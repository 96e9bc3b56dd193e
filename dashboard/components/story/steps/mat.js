// A mat of stiff tiles that the hand bends, and a glass over one spot of it: twice as near, and its bump is four times smaller.

import { decimals } from "../../js/engine/numbers.js";
import { bump, curved, folded, foldsOf, ontoFold, power, soft } from "../mat.js";
import { paintGlass, paintMat, RISE } from "../mat_view.js";
import { button, piece } from "../parts.js";
import { Plane } from "../plane.js";

const PIECE = 0.4; // of the mat's half side: half the side of the piece under the glass, as it is at first
const NEAREST = 6; // doublings
const START = [
  { u: -0.45, v: 0.4, by: 0.45 },
  { u: 0.5, v: -0.35, by: -0.3 },
];
const SPOT = [-0.2, 0.15];
const MOST_PULL = 0.75;
const MOST_PULLS = 12; // of which the oldest is let go
const MERGE = 0.2; // pulls nearer than that are one
const [SNAP, KEY_SNAP] = [0.07, 0.02]; // so near to a fold the glass goes onto it
const TAP = 4; // CSS px: less is no pull
const [KEY_STEP, KEY_PULL] = [0.05, 0.05];

export class MatStep {
  constructor(stage) {
    this.stage = stage;
    this.plane = new Plane(stage);
    this.glass = piece("canvas");
    this.glass.setAttribute("role", "img");
    this.slider = Object.assign(piece("input"), { type: "range", min: 0, max: NEAREST, step: 1 });
    this.label = piece("label", "ls-column", piece("span"), this.slider);
    const side = piece("div", "ls-column", piece("div", "ls-square", this.glass), this.label);
    stage.box.append(piece("div", "ls-mat", piece("div", "ls-square", this.plane.canvas), side));
    const actions = { soft: () => this.fold(false), folded: () => this.fold(true), flat: () => this.flatten() };
    this.buttons = Object.entries(actions).map(([name, action]) => [name, button(stage, action)]);
    stage.more.append(piece("div", "ls-buttons", ...this.buttons.map(([, element]) => element)));
    stage.on(this.slider, "input", () => this.zoom(Number(this.slider.value)));
    this.plane.listen({
      down: (_, event) => this.grasp(event),
      move: (_, event) => this.plane.isDown && this.drag(event),
      up: () => (this.grasped = null),
      step: (arrow, event) => (event.shiftKey ? this.tug(KEY_PULL * arrow[1]) : this.walk(arrow)),
      key: ({ key }) => ["+", "-"].includes(key) && (this.tug(key === "+" ? KEY_PULL : -KEY_PULL), true),
    });
  }

  reset() {
    this.pulls = START.map((pull) => ({ ...pull }));
    Object.assign(this, { spot: SPOT, doublings: 2, isFolded: false, grasped: null });
  }

  leave() {
    this.grasped = null;
  }

  // ------------------------------------------------------------------ the viewer's moves

  get height() {
    return (this.isFolded ? folded : soft)(this.pulls);
  }

  get half() {
    return PIECE / 2 ** this.doublings;
  }

  changed() {
    this.stage.done();
    this.draw();
  }

  zoom(doublings) {
    this.doublings = doublings;
    this.changed();
  }

  fold(isFolded) {
    this.isFolded = isFolded;
    this.changed();
  }

  flatten() {
    this.pulls = [];
    this.changed();
  }

  /** Put the glass on a place, or on the fold that is near; what is under it stays on the mat. */
  look(place, snap = SNAP) {
    const spot = this.isFolded ? ontoFold(this.pulls, place, snap) : place;
    this.spot = spot.map((value) => Math.min(1 - PIECE / 2, Math.max(PIECE / 2 - 1, value)));
  }

  grasp(event) {
    const box = this.plane.canvas.getBoundingClientRect();
    const ratio = this.plane.canvas.width / box.width;
    this.look(this.seen.pick((event.clientX - box.left) * ratio, (event.clientY - box.top) * ratio));
    this.grasped = { y: event.clientY, pull: null, from: 0, perHeight: (this.seen.scale * RISE) / ratio };
    this.changed();
  }

  drag({ clientY }) {
    const { grasped } = this;
    if (!grasped || (!grasped.pull && Math.abs(grasped.y - clientY) < TAP)) return;
    if (!grasped.pull) {
      grasped.pull = this.pullAtSpot();
      grasped.from = grasped.pull.by;
    }
    this.pullTo(grasped.pull, grasped.from + (grasped.y - clientY) / grasped.perHeight);
  }

  /** The pull at the glass: the one that is there, or a new one. */
  pullAtSpot() {
    const [u, v] = this.spot;
    const near = this.pulls.find((pull) => Math.hypot(pull.u - u, pull.v - v) < MERGE);
    if (near) {
      this.look([near.u, near.v]);
      return near;
    }
    this.pulls = [...this.pulls, { u, v, by: 0 }].slice(-MOST_PULLS);
    return this.pulls.at(-1);
  }

  pullTo(pull, by) {
    pull.by = Math.min(MOST_PULL, Math.max(-MOST_PULL, by));
    this.changed();
  }

  tug(by) {
    const pull = this.pullAtSpot();
    this.pullTo(pull, pull.by + by);
  }

  walk([right, up]) {
    this.look([this.spot[0] + KEY_STEP * right, this.spot[1] + KEY_STEP * up], KEY_SNAP);
    this.changed();
  }

  // ------------------------------------------------------------------ what stands there

  draw() {
    const { stage, plane, height, spot, half, isFolded, pulls, doublings } = this;
    plane.canvas.setAttribute("aria-label", stage.text("mat_label"));
    this.glass.setAttribute("aria-label", stage.text("glass_label"));
    const times = 2 ** doublings;
    this.label.firstElementChild.textContent = stage.text("glass", { times });
    this.slider.value = doublings;
    this.slider.setAttribute("aria-label", stage.text("nearer"));
    this.slider.setAttribute("aria-valuetext", stage.text("glass", { times }));
    const pressed = { soft: !isFolded, folded: isFolded };
    for (const [name, element] of this.buttons) {
      element.textContent = stage.text(name);
      if (name in pressed) element.setAttribute("aria-pressed", String(pressed[name]));
    }
    const now = bump(height, spot, half);
    const folds = isFolded ? pulls.filter(({ by }) => by !== 0).flatMap(foldsOf) : [];
    this.seen = paintMat(stage, plane.canvas, { height, place: spot, half, folds });
    paintGlass(stage, this.glass, { height, place: spot, half, at: now.at });
    this.write(now.size);
  }

  write(size) {
    const { stage, height, spot, half, isFolded, pulls } = this;
    const next = bump(height, spot, half / 2).size;
    const exponent = power(height, spot, half);
    const values = { share: share(size, half) };
    const isOnFold = isFolded && exponent !== null;
    if (size === 0) stage.number("0", "meaning_flat");
    else if (isFolded && !isOnFold) stage.number(`${values.share} %`, "meaning_near_fold");
    else stage.number(`${decimals(size / next, 2)} ×`, isOnFold ? "meaning_fold" : "meaning", values);
    stage.say(isFolded ? (isOnFold ? "said_on_fold" : "said_folded") : "said");
    const shown = isOnFold ? stage.facts.fold : stage.facts.smooth;
    const rows = exponent === null ? [] : [{ name: stage.text("power"), theory: shown, here: exponent }];
    const percent = (value) => (100 * value) / (2 * half);
    if (!isFolded && size > 0) {
      rows.push({ name: stage.text("bump"), theory: percent(curved(pulls, spot, half)), here: percent(size) });
    }
    stage.theory(rows);
  }

  /** For the printer: bent once more, and near. */
  pose() {
    this.tug(0.35);
  }

  async show(pause) {
    this.reset();
    for (let n = 0; n < 8; n++) {
      this.tug(0.05);
      await pause(this.stage.isStill ? 200 : 120);
    }
    for (let n = 3; n <= NEAREST; n++) {
      await pause(1100);
      this.zoom(n);
    }
  }
}

/** A bump in percent of the side of its piece, in two digits. */
function share(size, half) {
  const percent = (100 * size) / (2 * half);
  return decimals(percent, percent < 0.095 ? 3 : percent < 0.95 ? 2 : percent < 9.5 ? 1 : 0);
}
