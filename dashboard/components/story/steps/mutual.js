// Two numbers tied together by a slider: what one of them tells of the other, as a band of what is still likely.

import { decimals } from "../../js/engine/numbers.js";
import { informationByArea, informationOfDots, normalInformation, tied } from "../pairs.js";
import { piece } from "../parts.js";
import { Legend, Plot } from "../plot.js";

const REACH = 3.4;
const LIKELY = 1.96; // standard deviations: 95 of 100 lie within
const MOST = 99; // hundredths of a correlation
const START = 1; // of the number that is known
const KEY_STEP = 0.1;
const BESIDE = 0.12; // so near to the known number dots are picked out
const POSE = 80;

export class MutualStep {
  constructor(stage) {
    this.stage = stage;
    const { data, shape } = stage.array("pairs");
    this.loose = Array.from({ length: shape[0] }, (_, n) => [data[2 * n], data[2 * n + 1]]);
    this.plot = new Plot(stage, () => this.draw());
    this.legend = new Legend(stage, [
      ["faint", "unknown", 0.45],
      ["accent", "known"],
    ]);
    this.slider = Object.assign(piece("input"), { type: "range", min: -MOST, max: MOST, step: 1 });
    this.label = piece("label", "ls-column", piece("span"), this.slider);
    stage.box.append(piece("div", "ls-charting", this.legend.element, this.plot.element, this.label));
    stage.on(this.slider, "input", () => this.tie(Number(this.slider.value) / 100));
    this.plot.listen(
      (x) => this.know(x),
      (right) => this.know(this.known + KEY_STEP * right),
    );
  }

  reset() {
    this.known = START;
    this.rho = 0;
    this.dots = this.loose;
    this.write();
  }

  leave() {
    this.plot.isDown = false;
  }

  // ------------------------------------------------------------------ the viewer's moves

  tie(rho) {
    this.rho = rho;
    this.dots = tied(this.loose, rho);
    this.stage.done();
    this.draw();
  }

  know(x) {
    this.known = Math.min(REACH - 0.4, Math.max(0.4 - REACH, x));
    this.stage.done();
    this.draw();
  }

  /** Where the second number lies, 95 of 100 times, once the first is known. */
  get band() {
    const far = LIKELY * Math.sqrt(1 - this.rho ** 2);
    return [this.rho * this.known - far, this.rho * this.known + far];
  }

  // ------------------------------------------------------------------ what stands there

  write() {
    const { stage, rho, known } = this;
    this.legend.write();
    this.slider.value = Math.round(100 * rho);
    this.label.firstElementChild.textContent = stage.text("tie", { rho: decimals(rho, 2) });
    this.slider.setAttribute("aria-valuetext", decimals(rho, 2));
    const nats = normalInformation(rho);
    stage.number(decimals(nats, 2), rho ? "meaning" : "meaning_none", { left: decimals(100 * Math.sqrt(1 - rho * rho), 0) });
    const [low, high] = this.band.map((y) => decimals(y, 1));
    stage.say("said", { known: decimals(known, 1), low, high, far: decimals(LIKELY, 1) });
    stage.theory([
      { name: stage.text("theory_area"), theory: nats, here: informationByArea(rho) },
      { name: stage.text("theory_dots", { n: this.dots.length }), theory: nats, here: informationOfDots(this.dots) },
    ]);
  }

  draw() {
    const { stage, plot, known } = this;
    plot.canvas.setAttribute("aria-label", stage.text("chart_label"));
    this.write();
    const edge = 1.9 * stage.textSize;
    plot.open([-REACH, REACH], [-REACH, REACH], [4, 4, edge, 4]);
    const [low, high] = this.band;
    plot.box([-REACH, -LIKELY], [REACH, LIKELY], "faint", { alpha: 0.16 });
    plot.box([known - BESIDE, low], [known + BESIDE, high], "accent", { alpha: 0.3, outline: "accent" });
    for (const dot of this.dots) {
      const isBeside = Math.abs(dot[0] - known) < BESIDE;
      plot.dot(dot, isBeside ? "accent" : "text", isBeside ? 5 : 3, isBeside ? 1 : 0.55);
    }
    plot.line(
      [-REACH, REACH].map((y) => [known, y]),
      "accent",
      { width: 2, dash: true },
    );
    plot.label(stage.text("first", { known: decimals(known, 1) }), [known, -REACH], { down: 0.95 * stage.textSize, align: this.side });
    plot.label(stage.text("second"), [-REACH, REACH], { right: 8, down: stage.textSize, align: "left" });
  }

  /** To which side the name of the known number stands, so that it stays on the sheet. */
  get side() {
    return this.known > 1 ? "right" : this.known < -1 ? "left" : "center";
  }

  /** For the printer: four fifths tied. */
  pose() {
    this.tie(POSE / 100);
  }

  async show(pause) {
    this.reset();
    for (let n = 0; n <= POSE; n += 2) {
      this.tie(n / 100);
      await pause(60);
    }
    await pause(1200);
    for (let n = 0; n <= 60; n++) {
      this.know(START - 2 * Math.sin((Math.PI * n) / 60));
      await pause(50);
    }
  }
}
