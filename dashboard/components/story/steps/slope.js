// Two ways to feel a slope: by the heights at which throws land, or underfoot where they land. The same throws, and thousands of times less noise.

import { normal } from "../../js/engine/gaussian.js";
import { decimals, readable, ticks } from "../../js/engine/numbers.js";
import { button, piece } from "../parts.js";
import { Sheet } from "../sheet.js";
import { binned, byHeight, spreadOf, underfoot, usual } from "../slopes.js";

const THROWS = [100, 10000];
const MOST = 40000; // throws that are kept
const SHOWN = 30; // of them on the ground
const BINS = 121;
const WAYS = { height: byHeight, underfoot };
const STEADY = "underfoot"; // the way that trembles less
const WIDE = 4.5; // standard deviations of the noisy way, on each side of the strips
const GROUND = [-0.6, 2.4]; // z, from left to right

export class SlopeStep {
  constructor(stage) {
    this.stage = stage;
    this.plot = new Sheet(stage, () => this.paint());
    this.canvas = this.plot.canvas;
    this.buttons = THROWS.map((count) => [count, button(stage, () => this.throw(count))]);
    this.guesses = Object.keys(WAYS).map((name) => [name, button(stage, () => this.guess(name))]);
    const row = piece("div", "ls-buttons", ...[...this.guesses, ...this.buttons].map(([, element]) => element));
    stage.box.append(piece("div", "ls-plotting", this.plot.element, row));
    const { widths } = stage.facts;
    this.slider = Object.assign(piece("input"), { type: "range", min: 0, max: widths.length - 1, step: 1 });
    this.label = piece("label", "ls-column", piece("span"), this.slider);
    stage.on(this.slider, "input", () => this.widen(Number(this.slider.value)));
    stage.more.append(this.label);
  }

  reset() {
    const { widths, sigma } = this.stage.facts;
    this.eps = [];
    this.guessed = null;
    this.width = widths.findIndex((one) => one.sigma === sigma);
    this.slider.value = this.width;
    this.measure();
    this.draw();
  }

  leave() {}

  // ------------------------------------------------------------------ the viewer's moves

  /** Which way trembles less, said before the first throw. */
  guess(name) {
    this.guessed = name;
    this.stage.predicted(name === STEADY);
    this.throw(THROWS[0]);
  }

  throw(count) {
    const { random } = this.stage;
    if (this.eps.length + count > MOST) this.eps = [];
    for (let n = 0; n < count; n++) this.eps.push(normal(random));
    this.stage.done();
    this.measure();
    this.draw();
  }

  /** The same throws, wider or narrower. */
  widen(width) {
    this.width = width;
    this.stage.done();
    this.measure();
    this.draw();
  }

  get known() {
    return this.stage.facts.widths[this.width];
  }

  measure() {
    const { mu } = this.stage.facts;
    const { sigma } = this.known;
    this.told = Object.fromEntries(
      Object.entries(WAYS).map(([name, feel]) => {
        const values = this.eps.map((eps) => feel(mu, sigma, eps));
        return [name, { values, ...(values.length > 1 ? { ...spreadOf(values), usual: usual(values) } : {}) }];
      }),
    );
  }

  // ------------------------------------------------------------------ words

  draw() {
    this.write();
    this.paint();
  }

  write() {
    const { stage, known, eps } = this;
    const { slope } = stage.facts;
    const { height, underfoot: foot } = this.told;
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", stage.text("plot_label"));
    this.writeButtons();
    this.label.firstElementChild.textContent = stage.text("width", { sigma: known.sigma });
    this.slider.setAttribute("aria-valuetext", stage.text("width", { sigma: known.sigma }));
    if (!eps.length) {
      stage.number(slope, "meaning_start");
      stage.say("intro");
      stage.theory([]);
      return;
    }
    const theory = readable(Math.round(known.score / known.pathwise));
    const values = { n: decimals(eps.length, 0), theory, height: height.variance, underfoot: small(foot.variance) };
    stage.number(stage.text("times", { n: Math.round(height.variance / foot.variance) }), "meaning", values);
    const range = ([low, high]) => [low, high].map((value) => decimals(value, 1));
    const [[low, high], [least, most]] = [range(height.usual), range(foot.usual)];
    stage.say("said", { low, high, least, most });
    const row = (name, truth, here) => ({ name: stage.text(name), theory: truth, here });
    stage.theory([
      row("mean_height", slope, height.mean),
      row("mean_underfoot", slope, foot.mean),
      row("noise_height", known.score, height.variance),
      row("noise_underfoot", known.pathwise, foot.variance),
    ]);
  }

  /** First which way trembles less is asked, then more is thrown. */
  writeButtons() {
    const { stage, eps, guessed } = this;
    for (const [name, element] of this.guesses) {
      element.textContent = stage.text(name);
      element.hidden = eps.length > 0;
    }
    for (const [count, element] of this.buttons) {
      element.textContent = stage.text("throw", { n: decimals(count, 0) });
      element.hidden = eps.length === 0;
    }
    stage.find("do").textContent = stage.text(!eps.length ? "do" : guessed ? `do_${guessed === STEADY ? "right" : "wrong"}` : "do_more");
  }

  // ------------------------------------------------------------------ drawing

  paint() {
    const { plot, stage } = this;
    plot.begin();
    const size = stage.textSize;
    const foot = 1.6 * size; // the strips' numbers
    const top = 0.4 * (plot.height - foot);
    const strip = (plot.height - foot - top) / 2;
    this.paintGround(top);
    const reach = WIDE * Math.sqrt(this.known.score);
    const { slope } = stage.facts;
    const x = (value) => ((value - slope) / (2 * reach) + 0.5) * plot.width;
    this.paintStrip("height", "text", top, strip, reach);
    this.paintStrip("underfoot", "accent", top + strip, strip, reach);
    plot.line(
      [
        [x(slope), top + size],
        [x(slope), top + 2 * strip],
      ],
      "faint",
      { width: 1.5, dash: true },
    );
    const base = top + 2 * strip;
    for (const tick of ticks(slope - reach, slope + reach, plot.width, 5 * size)) {
      if (x(tick) < size || x(tick) > plot.width - size) continue;
      plot.words(decimals(tick, Math.abs(tick) % 1 ? 1 : 0), x(tick), base + 0.9 * size, { align: "center" });
    }
  }

  /** The ground z^2, the bell that throws, and where the last throws landed. */
  paintGround(height) {
    const { plot, stage, eps } = this;
    const { mu } = stage.facts;
    const { sigma } = this.known;
    const [low, high] = GROUND;
    const floor = height - 4;
    const x = (z) => ((z - low) / (high - low)) * plot.width;
    const y = (tall) => floor - (tall / (high * high)) * (height - 10);
    const along = (shape) => Array.from({ length: 201 }, (_, n) => low + ((high - low) * n) / 200).map((z) => [x(z), shape(z)]);
    const bell = (z) => floor - 0.8 * height * Math.exp(-0.5 * ((z - mu) / sigma) ** 2);
    plot.area(along(bell), floor, "accent", 0.3);
    plot.line(
      along((z) => y(z * z)),
      "text",
      { width: 3 },
    );
    for (const one of eps.slice(-SHOWN)) {
      const z = mu + sigma * one;
      const arm = 0.16;
      plot.line(
        [-arm, arm].map((step) => [x(z + step), y(z * z + 2 * z * step)]),
        "accent",
        { width: 2 },
      );
      plot.spot([x(z), y(z * z)], 4, "text");
    }
    const above = low + 0.85 * (high - low);
    plot.words("z²", x(above) - 8, y(above * above) - stage.textSize, { align: "right", weight: 600 });
    plot.words("z ~ N(μ, σ²)", x(mu - sigma) - 10, floor - 0.65 * height, { align: "right", colour: "accent", weight: 600 });
  }

  /** What single throws say of the slope in one way. */
  paintStrip(name, colour, top, height, reach) {
    const { plot, stage } = this;
    const { slope } = stage.facts;
    const { values } = this.told[name];
    const base = top + height;
    plot.line(
      [
        [0, base],
        [plot.width, base],
      ],
      "line",
      { width: 1 },
    );
    const bins = binned(values, slope - reach, slope + reach, BINS);
    const most = bins.reduce((one, other) => Math.max(one, other), 1);
    const wide = plot.width / BINS;
    bins.forEach((count, n) => {
      const tall = (count / most) * (height - 1.7 * stage.textSize);
      if (count) plot.bar(n * wide, base - Math.max(2, tall), Math.max(2, wide - 1), Math.max(2, tall), colour);
    });
    plot.words(stage.text(name), 4, top + stage.textSize, { weight: 600, colour });
  }

  /** For the printer: many throws. */
  pose() {
    this.throw(THROWS[1]);
  }

  async show(pause) {
    this.reset();
    for (let n = 0; n < 8; n++) {
      await pause(600);
      this.throw(THROWS[0]);
    }
    await pause(1200);
    this.throw(THROWS[1]);
    await pause(2500);
  }
}

/** A small variance with the digits that tell. */
function small(value) {
  return value < 1 ? value.toPrecision(2) : readable(value);
}
