// What the steps with a pad have in common: the drawing flies to where the encoder puts it on the map, and the map answers with its own version.

import { Pad } from "../js/canvas/pad.js";
import { percentBelow } from "../js/engine/aggregate_posterior.js";
import { judge, USUAL } from "../js/engine/fog.js";
import { klPerDim, normal } from "../js/engine/gaussian.js";
import { framed, levelled } from "../js/engine/ink.js";
import { addCosts } from "../js/engine/likelihoods.js";
import { decimals, total } from "../js/engine/numbers.js";
import { flyFrom, middleOf } from "./flight.js";
import { MACHINE, machineMap } from "./map.js";
import { button, Picture, piece } from "./parts.js";
import { trustOf } from "./trust.js";

const FLIGHT_MS = 1100;
const SAMPLES = 8; // of the encoder's spread, for the cost of redrawing

export class DrawingStep {
  /** `buttons` are the names of the buttons below the pad, with what they do; `moved(a, b)` makes the map one to walk on. */
  constructor(stage, buttons, moved = null) {
    this.stage = stage;
    this.decoder = stage.picture(MACHINE);
    this.encoder = stage.encoder(MACHINE);
    this.trust = trustOf(stage);
    const { height, width } = this.decoder.picture;
    this.parts = { pad: piece("canvas", "ls-touch ls-pad"), eraser: piece("button") };
    this.seen = new Picture(piece("canvas"), height, width);
    this.redrawn = new Picture(piece("canvas"), height, width);
    this.captions = { seen: piece("figcaption"), redrawn: piece("figcaption") };
    this.buttons = Object.entries({ clear: () => this.pad.clear(), ...buttons }).map(([key, action]) => [key, button(stage, action)]);
    this.layOut(moved);
    const home = { find: (name) => this.parts[name], guard: (action) => stage.guard(action), leaving: stage.story.leaving };
    this.pad = new Pad(
      home,
      () => this.schedule(),
      () => this.rested(),
    );
    this.pad.open(height, width);
  }

  layOut(moved) {
    this.canvas = piece("canvas", "ls-touch");
    this.map = machineMap(this.stage, this.canvas, moved);
    const figures = ["seen", "redrawn"].map((name) => piece("figure", "", this[name].canvas, this.captions[name]));
    const row = piece("div", "ls-buttons", ...this.buttons.map(([, element]) => element));
    const pad = piece("div", "ls-column", piece("div", "ls-square", this.parts.pad), row);
    const side = piece("div", "ls-column", piece("div", "ls-square", this.canvas), piece("div", "ls-figures", ...figures));
    this.layout = piece("div", "ls-drawing", pad, side);
    this.stage.box.append(this.layout);
  }

  reset() {
    this.leave();
    this.pad.ink.dots.fill(0);
    this.pad.before = [];
    this.pad.setErasing(false);
    this.eps = Float64Array.from({ length: SAMPLES * this.decoder.latentSize }, () => normal(this.stage.random));
    this.see();
    this.hasLanded = true;
  }

  /** The end of a fast stroke may still wait for its frame: it is shown, and counted, at once. */
  leave() {
    cancelAnimationFrame(this.pending);
    if (this.pending) this.see();
    this.pending = null;
    this.flying?.remove();
    this.flying = null;
    this.hasLanded = true;
  }

  schedule() {
    this.pending ??= requestAnimationFrame(
      this.stage.guard(() => {
        this.pending = null;
        this.see();
        if (this.x) this.stage.done();
        this.draw();
      }),
    );
  }

  /** Lines on the pad, in parts of its sides, instead of what is there. */
  drawLines(lines) {
    this.pad.remember();
    this.pad.ink.dots.fill(0);
    for (const line of lines) this.drawLine(line);
    this.pad.settle(true);
  }

  drawLine(line) {
    const { width, height } = this.pad.ink;
    const at = ([x, y]) => [x * width, y * height];
    for (let n = 1; n < line.length; n++) this.pad.line(at(line[n - 1]), at(line[n]));
  }

  // ------------------------------------------------------------------ flight

  /** The pen is lifted: the drawing flies to its place; there the map's own version stands. */
  rested() {
    const { stage, map } = this;
    this.encode();
    if (!this.x || stage.isStill || stage.isPrinting) return;
    stage.done();
    this.leave();
    this.hasLanded = false;
    this.draw();
    const box = this.canvas.getBoundingClientRect();
    const flying = piece("canvas", "ls-flying");
    const { height, width } = this.decoder.picture;
    new Picture(flying, height, width).show(this.x);
    this.layout.append(flying);
    const home = this.layout.getBoundingClientRect();
    const [a, b] = [map.view.px(map.a) / map.view.ratio, map.view.py(map.b) / map.view.ratio];
    flying.style.left = `${box.left - home.left + a}px`;
    flying.style.top = `${box.top - home.top + b}px`;
    this.flying = flying;
    const share = this.parts.pad.getBoundingClientRect().width / flying.getBoundingClientRect().width;
    const landed = stage.guard(() => {
      if (this.flying !== flying) return;
      this.leave();
      this.draw();
    });
    flyFrom(flying, middleOf(this.parts.pad), FLIGHT_MS, share).finished.then(landed, () => {});
  }

  // ------------------------------------------------------------------ arithmetic

  /** The ink as it is now, on the pad and as the machine sees it. */
  see() {
    this.pad.paint();
    this.encode();
  }

  /** Frame the ink as a digit of the data, and ask the encoder where it lies, the decoder what it costs, and the fog whether digits lie there. */
  encode() {
    const run = this.stage.run(MACHINE);
    const { decoder } = this;
    const { height, width } = decoder.picture;
    const x = framed(this.pad.ink, run.dataset, height, width);
    this.x = x && levelled(x, run.divisor, run.pixels);
    if (!this.x) return;
    const d = decoder.latentSize;
    const codes = this.encoder.run(this.x);
    this.mu = Float64Array.from(codes.subarray(0, d));
    const logVar = Float64Array.from(codes.subarray(d, 2 * d));
    const perPixel = new Float64Array(this.x.length);
    const places = Float64Array.from(this.eps, (eps, n) => this.mu[n % d] + Math.exp(0.5 * logVar[n % d]) * eps);
    for (let n = 0; n < SAMPLES; n++) {
      decoder.decode(places.subarray(n * d, (n + 1) * d));
      addCosts(run, decoder.params, this.x, perPixel);
    }
    this.nats = total(perPixel) / SAMPLES + total(klPerDim(this.mu, logVar));
    this.cost = percentBelow(run.usual.negative_elbo, this.nats);
    this.place = this.trust.at(this.mu).percent;
    this.verdict = judge({ place: this.place, cost: this.cost });
    this.map.put(...this.mu);
  }

  /** Whether the ring stands somewhere on the map. */
  get hasPlace() {
    return Boolean(this.x);
  }

  /** Of a hundred real digits so many are less rare than the drawing. */
  get rarer() {
    return Math.floor(this.cost);
  }

  // ------------------------------------------------------------------ what stands there

  /** What is odd about the drawing, its cost or its place, against real digits; where nothing is odd, what it costs. */
  writeNumber() {
    const { stage, verdict, rarer } = this;
    const nats = decimals(this.nats, 0);
    if (verdict === "fog") stage.number(stage.text("emptier", { n: Math.floor(100 - this.place) }), "meaning_place");
    else if (["odd", "rare", "both"].includes(verdict)) stage.number(stage.text("of_100", { n: rarer }), "meaning", { nats });
    else {
      const [low, high] = USUAL.map((percent) => decimals(stage.run(MACHINE).usual.negative_elbo[percent], 0));
      stage.number(nats, "meaning_cost", { low, high });
    }
  }

  draw() {
    const { stage, parts, map } = this;
    for (const [key, element] of this.buttons) element.textContent = stage.text(key);
    parts.pad.tabIndex = 0;
    parts.pad.setAttribute("role", "application");
    parts.pad.setAttribute("aria-label", stage.text("pad_label"));
    this.canvas.setAttribute("aria-label", stage.text("map_label"));
    this.captions.seen.textContent = stage.text("seen");
    map.isHandless = !this.hasPlace;
    map.stamp = this.hasPlace && this.hasLanded ? this.redrawn.canvas : null;
    this.redrawn.canvas.style.visibility = this.hasLanded ? "" : "hidden";
    this.write();
    map.draw();
  }
}
