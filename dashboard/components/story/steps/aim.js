// How likely is a picture? Blind throws at the map mostly miss; the encoder says where to aim. With many knobs blindness is hopeless.

import { drawLabel } from "../../js/canvas/axes.js";
import { fitCanvas } from "../../js/canvas/stage.js";
import { View } from "../../js/canvas/view.js";
import { decimals } from "../../js/engine/numbers.js";
import { inkSheet, Picture, piece } from "../parts.js";

const GUESSES = [10, 100, 1000]; // of 10,000 throws, how many will be of use?
const THROW_MS = 900; // from the first dart to the last
const INK = 0.3; // of the map's pictures below the darts
const FAINT = 0.04; // share of the heaviest dart's weight below which a dart is drawn as a miss

/** How far a guess is off, in words that no reader takes for nothing at all. */
function aimError(nats) {
  const size = Math.abs(nats);
  return size < 0.01 ? "< 0.01" : decimals(size, size < 10 ? 2 : 0);
}

export class AimStep {
  constructor(stage) {
    this.stage = stage;
    const {
      shape: [, height, width],
    } = stage.array("pictures");
    const shown = piece("canvas");
    this.picture = new Picture(shown, height, width);
    this.means = new Float32Array(height * width);
    this.caption = piece("figcaption");
    this.canvas = piece("canvas");
    this.context = this.canvas.getContext("2d");
    this.view = new View();
    const button = (action) => {
      const element = piece("button");
      stage.on(element, "click", action);
      return element;
    };
    this.guesses = GUESSES.map((count) => [count, button(() => this.throwBlind(count))]);
    this.aimButton = button(() => this.throwAimed());
    this.otherButton = button(() => this.other());
    this.actions = piece("div", "ls-buttons", ...this.guesses.map(([, element]) => element), this.aimButton, this.otherButton);
    const aside = piece("div", "ls-column", piece("figure", "", shown, this.caption), this.actions);
    stage.box.append(piece("div", "ls-aiming", piece("div", "ls-square", this.canvas), aside));
    this.slider = Object.assign(piece("input"), { type: "range", min: 0, max: stage.facts.linear.length - 1, step: 1, value: 0 });
    stage.on(this.slider, "input", () => this.take(Number(this.slider.value)));
    this.sliderLabel = piece("label", "ls-column", piece("span"), this.slider);
    this.backButton = button(() => this.reset());
    stage.more.append(this.sliderLabel, piece("div", "ls-buttons", this.backButton));
  }

  reset() {
    this.leave();
    Object.assign(this, { n: 0, mode: "guess", guess: null, thrown: 0, row: null });
    this.slider.value = 0;
    this.refresh();
  }

  other() {
    this.leave();
    Object.assign(this, { n: (this.n + 1) % this.stage.array("pictures").shape[0], mode: "guess", guess: null, thrown: 0, row: null });
    this.refresh();
  }

  // ------------------------------------------------------------------ throwing

  throwBlind(guess) {
    Object.assign(this, { guess, mode: "blind", row: null });
    this.stage.done();
    this.fly(this.stage.array("darts").shape[0]);
  }

  throwAimed() {
    Object.assign(this, { mode: "aimed", row: null });
    this.stage.done();
    this.fly(this.stage.array("aimed").shape[1]);
  }

  /** Darts land one after another; where motion is not wanted, all at once. */
  fly(count) {
    this.leave();
    this.thrown = this.stage.isStill || this.stage.isPrinting ? count : 0;
    const began = performance.now();
    const frame = this.stage.guard(() => {
      this.thrown = Math.min(count, Math.ceil((count * (performance.now() - began)) / THROW_MS));
      this.paint();
      this.timer = this.thrown < count ? requestAnimationFrame(frame) : null;
    });
    if (this.thrown < count) this.timer = requestAnimationFrame(frame);
    this.refresh();
  }

  /** Where the darts lie and how much each weighs beside the heaviest. */
  get darts() {
    const { stage, n, mode } = this;
    const count = mode === "aimed" ? stage.array("aimed").shape[1] : stage.array("darts").shape[0];
    const places = mode === "aimed" ? stage.array("aimed").data.subarray(2 * n * count, 2 * (n + 1) * count) : stage.array("darts").data;
    const logs = stage.array(mode === "aimed" ? "aimed_weights" : "dart_weights").data.subarray(n * count, (n + 1) * count);
    const top = logs.reduce((most, value) => Math.max(most, value), -Infinity);
    return Array.from({ length: count }, (_, k) => ({ place: [places[2 * k], places[2 * k + 1]], weight: Math.exp(logs[k] - top) }));
  }

  take(n) {
    this.leave();
    this.row = n;
    this.stage.done();
    this.refresh();
  }

  // ------------------------------------------------------------------ words

  refresh() {
    const { stage, n } = this;
    const { data } = stage.array("pictures");
    for (let k = 0; k < this.means.length; k++) this.means[k] = data[n * this.means.length + k] / stage.facts.divisor;
    this.picture.show(this.means);
    this.write();
    this.paint();
  }

  write() {
    const { stage, mode, row } = this;
    const { facts } = stage;
    this.caption.textContent = stage.text("picture", { label: facts.labels[this.n] });
    for (const [count, element] of this.guesses) {
      element.textContent = stage.text("guess", { count: decimals(count, 0) });
      element.hidden = mode !== "guess" || row !== null;
    }
    this.aimButton.textContent = stage.text("aim", { n: facts.aimed });
    this.otherButton.textContent = stage.text("other");
    this.aimButton.hidden = mode !== "blind" || row !== null;
    this.otherButton.hidden = mode !== "aimed" || row !== null;
    this.picture.canvas.parentElement.hidden = row !== null;
    const knobs = facts.linear[row ?? 0].knobs;
    this.sliderLabel.firstElementChild.textContent = stage.text("knobs", { knobs });
    this.slider.setAttribute("aria-valuetext", stage.text("knobs", { knobs }));
    this.backButton.textContent = stage.text("back_to_digits");
    for (const [name, element] of [
      ["picture_label", this.picture.canvas],
      ["map_label", this.canvas],
    ]) {
      element.setAttribute("aria-label", stage.text(name));
      element.setAttribute("role", "img");
    }
    if (row !== null) this.writeLinear(facts.linear[row]);
    else this.writeThrows(facts.pictures[this.n]);
    stage.find("do").textContent = stage.text(row !== null ? "do_knobs" : mode === "guess" ? "do" : `do_${mode}`);
  }

  writeThrows(told) {
    const { stage, mode } = this;
    const { facts } = stage;
    stage.theory(mode === "guess" ? [] : [{ name: stage.text("log_p"), theory: told.exact, here: told[mode] }]);
    const counts = { blind: decimals(facts.blind, 0), aimed: decimals(facts.aimed, 0) };
    if (mode === "guess") {
      stage.number(counts.blind, "meaning_guess", counts);
      stage.say("hint", counts);
      return;
    }
    const useful = decimals(told[`useful_${mode}`], 0);
    stage.number(stage.text("hits", { useful, thrown: counts[mode] }), `meaning_${mode}`);
    if (mode === "blind") {
      stage.say("said_blind", { guess: decimals(this.guess, 0), shown: this.darts.length });
    } else {
      stage.say("said_aimed", { ...counts, useful: decimals(told.useful_blind, 0) });
    }
  }

  writeLinear(line) {
    const { stage } = this;
    const { facts } = stage;
    stage.theory([
      { name: stage.text("theory_blind"), theory: line.exact, here: line.blind },
      { name: stage.text("theory_aimed"), theory: line.exact, here: line.aimed },
    ]);
    stage.number(aimError(line.blind_error), "meaning_linear", { knobs: line.knobs, blind: decimals(facts.blind, 0) });
    stage.say("said_linear", { knobs: line.knobs, aimed: decimals(facts.aimed, 0), error: aimError(line.aimed_error) });
  }

  // ------------------------------------------------------------------ drawing

  paint() {
    const { stage, canvas, context, view } = this;
    if (fitCanvas(canvas, stage.ratio)) view.resize(canvas.width, canvas.height, stage.ratio);
    view.fit(stage.facts.reach, false);
    context.fillStyle = stage.colour("background");
    context.fillRect(0, 0, canvas.width, canvas.height);
    if (this.row !== null) this.paintLinear();
    else {
      this.paintGround();
      if (this.mode !== "guess") this.paintDarts();
    }
  }

  /** What the map draws at each place, faintly. */
  paintGround() {
    const { stage, context, view } = this;
    const {
      data,
      shape: [height, width],
    } = stage.array("ground");
    const colour = stage.colour("text");
    if (this.inkColour !== colour)
      this.ground = inkSheet(
        Float32Array.from(data, (grey) => grey / 255),
        height,
        width,
        colour,
        INK,
      );
    this.inkColour = colour;
    const side = 2 * stage.facts.reach * view.scale;
    context.imageSmoothingEnabled = false;
    context.drawImage(this.ground, view.px(0) - side / 2, view.py(0) - side / 2, side, side);
  }

  /** A miss is a small cross, a dart of use a disc as large as its weight: seen without colour. */
  paintDarts() {
    const { stage, context, view } = this;
    const darts = this.darts.slice(0, this.thrown);
    const arm = 3 * stage.ratio;
    context.strokeStyle = stage.colour("text");
    context.lineWidth = 1.25 * stage.ratio;
    context.beginPath();
    for (const {
      place: [a, b],
      weight,
    } of darts) {
      if (weight >= FAINT) continue;
      const [x, y] = [view.px(a), view.py(b)];
      context.moveTo(x - arm, y - arm);
      context.lineTo(x + arm, y + arm);
      context.moveTo(x + arm, y - arm);
      context.lineTo(x - arm, y + arm);
    }
    context.stroke();
    context.lineWidth = 1.5 * stage.ratio;
    context.strokeStyle = stage.colour("background");
    context.fillStyle = stage.colour("accent");
    for (const {
      place: [a, b],
      weight,
    } of darts) {
      if (weight < FAINT) continue;
      context.beginPath();
      context.arc(view.px(a), view.py(b), (3 + 6 * Math.sqrt(weight)) * stage.ratio, 0, 2 * Math.PI);
      context.fill();
      context.stroke();
    }
  }

  /** Bars: how far blind and aimed guesses are off, for each number of knobs; a logarithmic scale, named. */
  paintLinear() {
    const { stage, canvas, context, view } = this;
    const { linear } = stage.facts;
    const most = Math.max(...linear.map((line) => Math.abs(line.blind_error)));
    const length = (value) => Math.max(0, Math.log10(1 + Math.abs(value) * 10) / Math.log10(1 + most * 10));
    const row = canvas.height / (linear.length + 0.5);
    const theme = { ground: stage.colour("background"), text: stage.colour("text") };
    const [left, room] = [canvas.width * 0.28, canvas.width * 0.38];
    linear.forEach((line, n) => {
      const top = row * (n + 0.3);
      const isChosen = n === this.row;
      const size = stage.textSize;
      drawLabel(
        context,
        view,
        stage.text("knobs_short", { knobs: line.knobs }),
        left - 8 * view.ratio,
        top + row * 0.33,
        theme,
        size,
        isChosen ? 700 : 400,
        "right",
      );
      for (const [k, [error, colour, key]] of [
        [line.blind_error, "text", "blind"],
        [line.aimed_error, "accent", "aimed"],
      ].entries()) {
        const y = top + row * (0.06 + 0.36 * k);
        context.globalAlpha = isChosen ? 1 : 0.45;
        context.fillStyle = stage.colour(colour);
        context.fillRect(left, y, Math.max(2 * view.ratio, room * length(error)), row * 0.28);
        context.globalAlpha = 1;
        const x = left + Math.max(2 * view.ratio, room * length(error)) + 6 * view.ratio;
        drawLabel(context, view, `${stage.text(key)} ${aimError(error)}`, x, y + row * 0.14, theme, size, isChosen ? 600 : 400, "left");
      }
    });
  }

  draw() {
    this.refresh();
  }

  /** For the printer: what blind throws hit. */
  pose() {
    this.throwBlind(GUESSES[1]);
  }

  async show(pause) {
    this.reset();
    await pause(900);
    this.throwBlind(GUESSES[1]);
    await pause(3500);
    this.throwAimed();
    await pause(3500);
  }

  leave() {
    cancelAnimationFrame(this.timer);
    this.timer = null;
  }
}
