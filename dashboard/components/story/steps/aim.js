// Which places of the map could have drawn a picture? Blind darts miss nearly all of them; the encoder says where to aim.

import { normal } from "../../js/engine/gaussian.js";
import { addCosts } from "../../js/engine/likelihoods.js";
import { decimals, total } from "../../js/engine/numbers.js";
import { flyFrom } from "../flight.js";
import { aimError, paintLinear } from "../linear.js";
import { MACHINE, machineMap } from "../map.js";
import { button, Picture, piece } from "../parts.js";

const GUESSES = [0, 10, 50]; // of a hundred blind darts, how many hit?
const RIGHT = { 0: [0, 5], 10: [5, 30], 50: [30, 100] }; // hits per hundred for which a guess is right, the last left out
const DARTS = 100;
const THROW_MS = 1600; // from the first dart to the last
const FLIGHT_MS = 700;
const TRAY = 5; // pictures below each map: of every twentieth dart
const SIDES = ["blind", "aimed"];
const FIRST = 3; // the digit to begin with

export class AimStep {
  constructor(stage) {
    this.stage = stage;
    this.decoder = stage.picture(MACHINE);
    const { height, width } = this.decoder.picture;
    this.target = new Picture(piece("canvas"), height, width);
    this.caption = piece("figcaption");
    this.sides = Object.fromEntries(SIDES.map((name) => [name, this.side(height, width)]));
    this.guesses = GUESSES.map((count) => [count, button(stage, () => this.guessed(count))]);
    this.aimButton = button(stage, () => this.throw("aimed"));
    this.otherButton = button(stage, () => this.other());
    const buttons = piece("div", "ls-column", ...this.guesses.map(([, element]) => element), this.aimButton, this.otherButton);
    const middle = piece("div", "ls-column ls-target", piece("figure", "", this.target.canvas, this.caption), buttons);
    const { blind, aimed } = this.sides;
    this.layout = piece("div", "ls-aiming", blind.element, middle, aimed.element);
    stage.box.append(this.layout);
    this.addMore();
  }

  /** A map, its name, and the pictures that come from its darts. */
  side(height, width) {
    const { stage } = this;
    const canvas = piece("canvas");
    const name = piece("b");
    const tray = Array.from({ length: TRAY }, () => new Picture(piece("canvas"), height, width));
    const row = piece("div", "ls-tray", ...tray.map((picture) => picture.canvas));
    const element = piece("div", "ls-column", name, piece("div", "ls-square", canvas), row);
    const map = machineMap(stage, canvas);
    Object.assign(map, { isHandless: true, names: [] });
    return { element, canvas, name, tray, map, darts: [], thrown: 0 };
  }

  addMore() {
    const { stage } = this;
    this.bars = piece("canvas");
    this.barBox = piece("div", "ls-square", this.bars);
    stage.box.append(this.barBox);
    this.slider = Object.assign(piece("input"), { type: "range", min: 0, max: stage.facts.linear.length - 1, step: 1, value: 0 });
    stage.on(this.slider, "input", () => this.take(Number(this.slider.value)));
    this.sliderLabel = piece("label", "ls-column", piece("span"), this.slider);
    this.backButton = button(stage, () => {
      this.reset();
      this.draw();
    });
    stage.more.append(this.sliderLabel, piece("div", "ls-buttons", this.backButton));
  }

  reset() {
    this.slider.value = 0;
    this.open(FIRST);
  }

  /** No more frames come: what is still in the air lands, since the number counts all darts. */
  leave() {
    cancelAnimationFrame(this.timer);
    this.timer = null;
    for (const side of Object.values(this.sides)) if (side.thrown < side.darts.length) this.land(side, side.darts.length, true);
  }

  // ------------------------------------------------------------------ the viewer's moves

  /** Another digit's picture: as the map draws it where that digit is densest. */
  open(digit) {
    this.leave();
    Object.assign(this, { digit, mode: "guess", guess: null, row: null });
    const place = this.stage.facts.places[digit];
    this.x = this.decoder.decode(place).slice();
    this.best = this.logLikelihood(place);
    this.target.show(this.x);
    for (const side of Object.values(this.sides)) {
      Object.assign(side, { darts: [], thrown: 0 });
      side.map.darts = [];
      for (const { canvas } of side.tray) canvas.style.visibility = "hidden";
    }
    this.write();
  }

  other() {
    this.open((this.digit + 1) % this.stage.facts.places.length);
    this.draw();
  }

  /** Whether so many of a hundred darts is right, over the many throws that were made beforehand. */
  isRight(count) {
    const [low, high] = RIGHT[count];
    const { blind_hits } = this.stage.facts.pictures[this.digit];
    return blind_hits >= low && blind_hits < high;
  }

  guessed(count) {
    this.guess = count;
    this.stage.predicted(this.isRight(count));
    this.throw("blind");
  }

  /** All darts are worked out at once; then they land one after another, and some of their pictures fly below the map. */
  throw(name) {
    this.leave();
    const side = this.sides[name];
    Object.assign(this, { mode: name, row: null });
    side.darts = this.thrown(name);
    side.thrown = 0;
    this.stage.done();
    this.write();
    const isStill = this.stage.isStill || this.stage.isPrinting;
    const began = performance.now();
    const land = this.stage.guard(() => {
      const share = isStill ? 1 : (performance.now() - began) / THROW_MS;
      this.land(side, Math.min(DARTS, Math.ceil(DARTS * share)), isStill);
      this.timer = side.thrown < DARTS ? requestAnimationFrame(land) : null;
    });
    land();
  }

  land(side, count, isStill) {
    const { map, tray, canvas } = side;
    while (side.thrown < count) {
      const dart = side.darts[side.thrown++];
      map.darts.push(dart);
      if (side.thrown % (DARTS / TRAY)) continue;
      const picture = tray[side.thrown / (DARTS / TRAY) - 1];
      picture.show(this.decoder.decode(dart.slice(0, 2)));
      picture.canvas.style.visibility = "";
      if (isStill) continue;
      const box = canvas.getBoundingClientRect();
      const { view } = map;
      flyFrom(picture.canvas, [box.left + view.px(dart[0]) / view.ratio, box.top + view.py(dart[1]) / view.ratio], FLIGHT_MS);
    }
    map.draw();
  }

  /** The places of a hundred darts, each with whether it hits: [a, b, isHit]. */
  thrown(name) {
    const { random } = this.stage;
    const [mu, spread] = [
      [0, 0],
      [1, 1],
    ];
    if (name === "aimed") {
      const codes = this.stage.encoder(MACHINE).run(this.x);
      for (const k of [0, 1]) [mu[k], spread[k]] = [codes[k], Math.exp(0.5 * codes[2 + k])];
    }
    const least = this.best - this.stage.facts.near;
    return Array.from({ length: DARTS }, () => {
      const place = mu.map((middle, k) => middle + spread[k] * normal(random));
      return [...place, this.logLikelihood(place) >= least];
    });
  }

  /** log p(x|z) of the target at a place. */
  logLikelihood(place) {
    const costs = new Float64Array(this.x.length);
    this.decoder.decode(place);
    addCosts(this.stage.run(MACHINE), this.decoder.params, this.x, costs);
    return -total(costs);
  }

  hits(name) {
    return this.sides[name].darts.filter(([, , isHit]) => isHit).length;
  }

  take(n) {
    this.leave();
    this.row = n;
    this.stage.done();
    this.draw();
  }

  // ------------------------------------------------------------------ words

  write() {
    const { stage, mode, row, digit } = this;
    const { facts } = stage;
    const isLinear = row !== null;
    [this.layout.hidden, this.barBox.hidden] = [isLinear, !isLinear];
    this.caption.textContent = stage.text("picture", { label: digit });
    for (const name of SIDES) this.sides[name].name.textContent = stage.text(name);
    this.sides.aimed.element.dataset.isWaiting = mode === "aimed" ? "no" : "yes";
    for (const [count, element] of this.guesses) {
      element.textContent = stage.text(`guess_${count}`);
      element.hidden = mode !== "guess";
    }
    this.aimButton.textContent = stage.text("aim");
    this.otherButton.textContent = stage.text("other");
    this.aimButton.hidden = mode !== "blind";
    this.otherButton.hidden = mode !== "aimed";
    const { knobs } = facts.linear[row ?? 0];
    this.sliderLabel.firstElementChild.textContent = stage.text("knobs", { knobs });
    this.slider.setAttribute("aria-valuetext", stage.text("knobs", { knobs }));
    this.backButton.textContent = stage.text("back_to_digits");
    stage.find("do").textContent = stage.text(isLinear ? "do_knobs" : mode === "guess" ? "do" : `do_${mode}`, { label: digit });
    if (isLinear) this.writeLinear(facts.linear[row]);
    else this.writeThrows(facts.pictures[digit]);
  }

  writeThrows(told) {
    const { stage, mode, guess } = this;
    const { throws } = stage.facts;
    stage.theory(mode === "guess" ? [] : [{ name: stage.text("log_p"), theory: told.exact, here: told[mode] }]);
    if (mode === "guess") {
      stage.number(DARTS, "meaning_guess");
      stage.say("hint");
      return;
    }
    const rate = told[`${mode}_hits`];
    const values = { rate: decimals(rate, rate < 10 ? 1 : 0), throws: decimals(throws, 0), blind: this.hits("blind") };
    stage.number(stage.text("hits", { hits: this.hits(mode), thrown: DARTS }), `meaning_${mode}`, values);
    if (mode === "aimed") stage.say("said_aimed", values);
    else stage.say(this.isRight(guess) ? "said_right" : "said_wrong", values);
  }

  writeLinear(line) {
    const { stage } = this;
    const { facts } = stage;
    stage.theory([
      { name: stage.text("theory_blind"), theory: line.exact, here: line.blind },
      { name: stage.text("theory_aimed"), theory: line.exact, here: line.aimed },
    ]);
    stage.number(aimError(line.blind_error), "meaning_linear", { knobs: line.knobs, blind: decimals(facts.linear_blind, 0) });
    stage.say("said_linear", { knobs: line.knobs, aimed: decimals(facts.linear_aimed, 0), error: aimError(line.aimed_error) });
  }

  draw() {
    const { stage } = this;
    for (const [name, { canvas }] of Object.entries(this.sides)) canvas.setAttribute("aria-label", stage.text(`map_${name}`));
    this.target.canvas.setAttribute("aria-label", stage.text("picture_label"));
    this.target.canvas.setAttribute("role", "img");
    this.write();
    if (this.row !== null) paintLinear(stage, this.bars, stage.facts.linear, this.row);
    else for (const { map } of Object.values(this.sides)) map.draw();
  }

  /** For the printer: both hundreds of darts. */
  pose() {
    this.guessed(GUESSES[1]);
    this.throw("aimed");
  }

  async show(pause) {
    this.reset();
    this.draw();
    await pause(900);
    this.guessed(GUESSES[1]);
    await pause(3500);
    this.throw("aimed");
    await pause(3500);
  }
}
