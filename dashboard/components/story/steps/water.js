// Water over the variances of a linear machine: its level is beta times the noise, and what it covers is no longer worth a word.

import { drawSign } from "../../js/canvas/axes.js";
import { decimals, readable } from "../../js/engine/numbers.js";
import { MACHINE } from "../map.js";
import { Picture, piece } from "../parts.js";
import { Sheet } from "../sheet.js";
import { filled, redrawn, settled } from "../water.js";

const STOPS = 400; // of the slider
const DRY = 1.25; // times the largest variance: there the slider ends
const NUDGE = 1e-3; // share of beta between the two machines whose difference is the slope
const BIRTH = 0.6; // times the noise: the foot of the bars

export class WaterStep {
  constructor(stage) {
    this.stage = stage;
    const { eigenvalues, sigma2, scale, place } = stage.facts;
    this.most = (DRY * eigenvalues[0]) / sigma2;
    const { data, shape } = stage.array("axes");
    const [, height, width] = shape;
    const dots = height * width;
    this.axes = eigenvalues.map((_, k) =>
      Float64Array.from(data.subarray(k * dots, (k + 1) * dots), (level) => ((level - 127.5) / 127.5) * scale[k]),
    );
    this.mean = Float64Array.from(stage.array("mean").data, (level) => level / 255);
    this.x = Float64Array.from(stage.picture(MACHINE).decode(place));
    this.lake = new Sheet(stage, () => this.paintLake(), "ls-touch");
    this.curve = new Sheet(stage, () => this.paintCurve());
    this.figures = ["picture", "redrawn"].map((name) => {
      const shown = new Picture(piece("canvas"), height, width);
      const caption = piece("figcaption");
      return { name, shown, caption, element: piece("figure", "", shown.canvas, caption) };
    });
    this.slider = Object.assign(piece("input"), { type: "range", min: 0, max: STOPS, step: 1 });
    this.label = piece("label", "ls-column", piece("span"), this.slider);
    stage.on(this.slider, "input", () => this.raise(this.most ** (this.slider.value / STOPS)));
    const left = piece("div", "ls-column", this.lake.element, this.label);
    const pair = piece("div", "ls-figures", ...this.figures.map(({ element }) => element));
    const right = piece("div", "ls-column", pair, this.curve.element);
    stage.box.append(piece("div", "ls-watering", left, right));
    this.listen();
  }

  /** The water follows a pointer that is held down. */
  listen() {
    const { stage } = this;
    const { canvas } = this.lake;
    const pull = (event) => {
      const box = canvas.getBoundingClientRect();
      const share = (this.floor - (event.clientY - box.top)) / this.tall;
      this.raise((this.low * (this.high / this.low) ** share) / stage.facts.sigma2);
    };
    stage.on(canvas, "pointerdown", (event) => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      this.isHeld = true;
      pull(event);
    });
    stage.on(canvas, "pointermove", (event) => this.isHeld && pull(event));
    for (const name of ["pointerup", "pointercancel"]) stage.on(canvas, name, () => (this.isHeld = false));
  }

  reset() {
    this.isTouched = this.isHeld = false;
    this.beta = 1;
    this.draw();
  }

  leave() {}

  raise(beta) {
    this.beta = Math.min(this.most, Math.max(1, beta));
    this.isTouched = true;
    this.stage.done();
    this.draw();
  }

  get level() {
    return this.beta * this.stage.facts.sigma2;
  }

  // ------------------------------------------------------------------ words

  draw() {
    const { stage, figures, x, mean, axes, level } = this;
    this.lake.canvas.setAttribute("role", "img");
    this.lake.canvas.setAttribute("aria-label", stage.text("lake_label"));
    this.curve.canvas.setAttribute("role", "img");
    this.curve.canvas.setAttribute("aria-label", stage.text("curve_label"));
    figures[0].shown.show(x);
    figures[1].shown.show(redrawn(x, mean, axes, stage.facts.eigenvalues, level));
    for (const { name, shown, caption } of figures) {
      caption.textContent = stage.text(name);
      shown.canvas.setAttribute("role", "img");
      shown.canvas.setAttribute("aria-label", caption.textContent);
    }
    this.write();
    this.paintLake();
    this.paintCurve();
  }

  write() {
    const { stage, beta, level } = this;
    const { eigenvalues, sigma2, rest } = stage.facts;
    const here = settled(eigenvalues, beta, sigma2);
    const theory = filled(eigenvalues, level);
    this.slider.value = Math.round((STOPS * Math.log(beta)) / Math.log(this.most));
    this.label.firstElementChild.textContent = stage.text("beta", { beta: readable(beta) });
    this.slider.setAttribute("aria-valuetext", stage.text("beta", { beta: readable(beta) }));
    const values = { all: eigenvalues.length, rate: here.rate, error: decimals(here.error + rest, 1), beta: readable(beta) };
    stage.number(stage.text("of", { active: here.active, all: eigenvalues.length }), "meaning", values);
    if (!this.isTouched) stage.say("intro", { all: eigenvalues.length });
    else stage.say(here.active ? "said" : "said_drowned", values);
    const rows = [
      { name: stage.text("rate"), theory: theory.rate, here: here.rate },
      { name: stage.text("error"), theory: theory.error + rest, here: here.error + rest },
    ];
    if (here.active) rows.push({ name: stage.text("slope"), theory: -1 / beta, here: this.slopeHere() });
    stage.theory(rows);
  }

  /** Nats of map for a nat of redrawing, between two machines of nearly the same beta. */
  slopeHere() {
    const { eigenvalues, sigma2 } = this.stage.facts;
    const [one, other] = [1 - NUDGE, 1 + NUDGE].map((share) => settled(eigenvalues, this.beta * share, sigma2));
    return (other.rate - one.rate) / ((other.error - one.error) / (2 * sigma2));
  }

  // ------------------------------------------------------------------ drawing

  /** Bars on a logarithmic scale: half of what stands above the water is what the dimension says, in nats. */
  paintLake() {
    const { lake, stage, level } = this;
    const { eigenvalues, sigma2 } = stage.facts;
    lake.begin();
    const size = stage.textSize;
    [this.low, this.high] = [BIRTH * sigma2, 1.6 * eigenvalues[0]];
    this.floor = lake.height - 1.7 * size;
    this.tall = this.floor - 4;
    const y = (value) => this.floor - (Math.log(value / this.low) / Math.log(this.high / this.low)) * this.tall;
    const step = lake.width / eigenvalues.length;
    eigenvalues.forEach((variance, n) => {
      const [x, wide] = [n * step + 0.15 * step, 0.7 * step];
      const surface = Math.max(y(level), y(variance));
      lake.bar(x, y(variance), wide, surface - y(variance), "kl");
      lake.bar(x, surface, wide, this.floor - surface, "reconstruction");
      const isLast = n === eigenvalues.length - 1;
      if (isLast) lake.words(String(n + 1), lake.width - 3, this.floor + 0.9 * size, { align: "right" });
      else if (step > 1.5 * size || n % 5 === 0) lake.words(String(n + 1), x + wide / 2, this.floor + 0.9 * size, { align: "center" });
    });
    lake.bar(0, y(level), lake.width, this.floor - y(level), "accent", 0.3);
    lake.line(
      [
        [0, y(level)],
        [lake.width, y(level)],
      ],
      "accent",
      { width: 3 },
    );
    const words = stage.text("level", { level: level < 1 ? level.toPrecision(2) : readable(level) });
    const above = y(level) > 3 * size;
    const [x, height] = [lake.px(lake.width / 2), lake.py(y(level) + (above ? -1.1 : 1.1) * size)];
    drawSign(lake.context, lake, words, x, height, stage.theme, size);
  }

  /** Shannon's curve in nats, the machine on it, and the slope there. */
  paintCurve() {
    const { curve, stage, level, beta, most } = this;
    const { eigenvalues, sigma2 } = stage.facts;
    curve.begin();
    const size = stage.textSize;
    const at = (water) => {
      const { rate, error } = filled(eigenvalues, water);
      return [error / (2 * sigma2), rate];
    };
    const [[least, top], [right]] = [at(sigma2), at(most * sigma2)];
    const pad = 6;
    const [floor, left] = [curve.height - 1.5 * size, 1.5 * size];
    const x = (error) => left + ((error - least) / (right - least)) * (curve.width - left - 3 * pad);
    const y = (rate) => floor - (rate / top) * (floor - pad - 8);
    const points = Array.from({ length: 121 }, (_, n) => at(sigma2 * most ** (n / 120))).map(([error, rate]) => [x(error), y(rate)]);
    curve.line(
      [
        [left, pad],
        [left, floor],
        [curve.width - pad, floor],
      ],
      "line",
      { width: 1 },
    );
    curve.line(points, "text", { width: 2.5 });
    const [error, rate] = at(level);
    if (rate > 0) {
      const reach = Math.min(0.22 * (right - least), 0.3 * top * beta);
      const up = Math.min(reach, error - least, (top - rate) * beta);
      const ends = [
        [error - up, rate + up / beta],
        [error + reach, rate - reach / beta],
      ];
      curve.line(
        ends.map(([a, b]) => [x(a), y(b)]),
        "accent",
        { width: 3 },
      );
    }
    curve.spot([x(error), y(rate)], 7, "accent");
    curve.words(stage.text("axis_error"), curve.width - pad, floor + 0.85 * size, {
      align: "right",
      colour: "reconstruction",
      weight: 600,
    });
    const { context } = curve;
    context.save();
    context.translate(0.75 * size * stage.ratio, pad * stage.ratio);
    context.rotate(-Math.PI / 2);
    curve.words(stage.text("axis_rate"), 0, 0, { align: "right", colour: "kl", weight: 600 });
    context.restore();
  }

  /** For the printer: half of the dimensions drowned. */
  pose() {
    const { eigenvalues, sigma2 } = this.stage.facts;
    this.raise((0.98 * eigenvalues[eigenvalues.length / 2 - 1]) / sigma2);
  }

  async show(pause) {
    this.reset();
    await pause(900);
    for (let n = 0; n <= 90; n++) {
      this.raise(this.most ** (n / 90));
      await pause(70);
    }
    await pause(1500);
    this.pose();
    await pause(1500);
  }
}
