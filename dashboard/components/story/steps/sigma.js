// As the noise narrows, the exact answer takes the shape of a blob: the price of answering with one goes to zero.

import { decimals, readable } from "../../js/engine/numbers.js";
import { piece } from "../parts.js";
import { Hills } from "../shape.js";
import { Sheet } from "../sheet.js";

const FIRST = 0; // of the table: the widest noise
const PICTURE = 0.8; // x at first: on the inner slope of a hill
const SEEN = 4.5; // standard deviations of the blob on each side
const WHOLE = 3.6; // of the map, on each side
const PIECES = 240;

export class SigmaStep {
  constructor(stage) {
    this.stage = stage;
    const { middle, width, table, reach } = stage.facts;
    this.hills = new Hills(middle, width);
    this.plot = new Sheet(stage, () => this.paint());
    this.canvas = this.plot.canvas;
    this.slider = Object.assign(piece("input"), { type: "range", min: 0, max: table.length - 1, step: 1 });
    this.label = piece("label", "ls-column", piece("span"), this.slider);
    stage.on(this.slider, "input", () => this.narrow(Number(this.slider.value)));
    stage.box.append(piece("div", "ls-plotting", this.plot.element, this.label));
    this.pictures = Object.assign(piece("input"), { type: "range", min: -reach, max: reach, step: 0.05 });
    this.pictureLabel = piece("label", "ls-column", piece("span"), this.pictures);
    stage.on(this.pictures, "input", () => this.take(Number(this.pictures.value)));
    stage.more.append(this.pictureLabel);
    this.prices = new Map();
  }

  reset() {
    Object.assign(this, { n: FIRST, x: PICTURE, isTouched: false });
    this.draw();
  }

  leave() {}

  // ------------------------------------------------------------------ the viewer's moves

  narrow(n) {
    this.n = n;
    this.isTouched = true;
    this.stage.done();
    this.draw();
  }

  take(x) {
    this.x = x;
    this.stage.done();
    this.draw();
  }

  get sigma() {
    return this.stage.facts.table[this.n].sigma;
  }

  /** The mean price at this noise, worked out once. */
  get price() {
    const { sigma, prices } = this;
    const { reach, pictures } = this.stage.facts;
    if (!prices.has(sigma)) prices.set(sigma, this.hills.meanPrice(sigma, reach, pictures));
    return prices.get(sigma);
  }

  // ------------------------------------------------------------------ words

  draw() {
    this.write();
    this.paint();
  }

  write() {
    const { stage, sigma, x, hills, price } = this;
    const { table, pictures, reach, middle, width } = stage.facts;
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", stage.text("plot_label"));
    this.slider.value = this.n;
    this.pictures.value = x;
    this.label.firstElementChild.textContent = stage.text("noise", { sigma });
    this.slider.setAttribute("aria-valuetext", stage.text("noise", { sigma }));
    const own = hills.price(x, sigma);
    this.pictureLabel.firstElementChild.textContent = stage.text("picture", { x: decimals(x, 2), price: shown(own) });
    this.pictures.setAttribute("aria-valuetext", decimals(x, 2));
    stage.number(shown(price), "meaning", { n: pictures, reach });
    stage.say(this.isTouched ? "said" : "intro", { weight: readable(Math.round(10 / (2 * sigma ** 2)) / 10) });
    stage.theory([
      { name: stage.text("theory_price"), theory: table[this.n].price, here: price },
      {
        name: stage.text("theory_log_p", { x: decimals(x, 2) }),
        theory: logHills(x, middle, Math.hypot(width, sigma)),
        here: hills.logP(x, sigma),
      },
    ]);
  }

  // ------------------------------------------------------------------ drawing

  paint() {
    const { plot, stage } = this;
    plot.begin();
    const size = stage.textSize;
    const strip = Math.min(0.24 * plot.height, 5 * size);
    const { z, slope } = this.hills.place(this.x);
    const wide = slope * this.sigma;
    this.paintWhole(strip, z, wide);
    this.paintNear(strip + 1.4 * size, plot.height - 1.7 * size, z, wide);
  }

  /** The whole map, small: its bell, and which part of it is seen below. */
  paintWhole(height, z, wide) {
    const { plot, stage } = this;
    const x = (place) => (0.5 + place / (2 * WHOLE)) * plot.width;
    const bell = Array.from({ length: PIECES + 1 }, (_, n) => WHOLE * ((2 * n) / PIECES - 1));
    const top = stage.textSize * 1.6;
    plot.area(
      bell.map((place) => [x(place), height - (height - top) * Math.exp(-0.5 * place * place)]),
      height,
      "faint",
      0.35,
    );
    const [left, right] = [-1, 1].map((sign) => Math.min(plot.width, Math.max(0, x(z + sign * SEEN * wide))));
    plot.bar(left, top, Math.max(3, right - left), height - top, "accent", 0.35);
    plot.words(stage.text("whole"), 4, 0.7 * stage.textSize, { weight: 600 });
    const times = WHOLE / (SEEN * wide);
    if (times >= 1.5)
      plot.words(stage.text("times", { n: readable(Math.round(times)) }), plot.width - 4, 0.7 * stage.textSize, { align: "right" });
  }

  /** The exact answer and the blob, at the blob's own scale. */
  paintNear(top, floor, z, wide) {
    const { plot, stage, hills, sigma, x: picture } = this;
    const logP = hills.logP(picture, sigma);
    const steps = Array.from({ length: PIECES + 1 }, (_, n) => SEEN * ((2 * n) / PIECES - 1));
    const exact = steps.map((e) => wide * hills.posterior(z + wide * e, picture, sigma, logP));
    const blob = steps.map((e) => Math.exp(-0.5 * e * e) / Math.sqrt(2 * Math.PI));
    const most = 1.08 * Math.max(...exact, ...blob);
    const x = (e) => (0.5 + e / (2 * SEEN)) * plot.width;
    const drawn = (heights) => heights.map((tall, n) => [x(steps[n]), floor - (tall / most) * (floor - top)]);
    plot.area(drawn(exact), floor, "reconstruction", 0.45);
    plot.line(drawn(exact), "reconstruction", { width: 2 });
    plot.line(drawn(blob), "kl", { width: 4 });
    plot.line(
      [
        [0, floor],
        [plot.width, floor],
      ],
      "line",
      { width: 1 },
    );
    const size = stage.textSize;
    plot.words(stage.text("exact"), 4, top + 0.4 * size, { weight: 600, colour: "reconstruction" });
    plot.words(stage.text("blob"), 4, top + 1.7 * size, { weight: 600, colour: "kl" });
    for (const e of [-3, 0, 3]) {
      const place = z + e * wide;
      plot.words(decimals(place, Math.min(4, Math.max(1, Math.ceil(1 - Math.log10(wide))))), x(e), floor + 0.9 * size, { align: "center" });
    }
  }

  /** For the printer: in between. */
  pose() {
    this.narrow(2);
  }

  async show(pause) {
    this.reset();
    for (let n = 0; n < this.stage.facts.table.length; n++) {
      await pause(1400);
      this.narrow(n);
    }
    await pause(1500);
  }
}

/** A price with the digits that tell. */
function shown(nats) {
  return nats < 0.1 ? nats.toPrecision(2) : readable(nats);
}

/** log of two hills of this width at x, in closed form: what noise makes of the data. */
function logHills(x, middle, width) {
  const [near, far] = [Math.abs(x) - middle, Math.abs(x) + middle].map((off) => -0.5 * (off / width) ** 2);
  return near + Math.log1p(Math.exp(far - near)) - Math.log(2 * width * Math.sqrt(2 * Math.PI));
}
