// How likely is each weather? Bars of one's own beside the true ones; below the line hangs what each weather surprises whoever has these odds.

import { fontOf } from "../../js/canvas/font.js";
import { decimals, printed } from "../../js/engine/numbers.js";
import { crossEntropy, divergence, divergenceByArea, entropy, surprise, withChance } from "../odds.js";
import { button, piece } from "../parts.js";
import { Legend, Plot } from "../plot.js";

const MOST_BITS = 7; // below the line
const TINY = 0.01; // a chance below is none
const KEY_STEP = 0.01;
const BAR = 0.36; // of a column: how wide a bar is
const SIDES = ["truth", "odds"];

export class SurpriseStep {
  constructor(stage) {
    this.stage = stage;
    this.plot = new Plot(stage, () => this.draw());
    this.legend = new Legend(stage, [
      ["text", "truth"],
      ["accent", "odds"],
      ["text", "bits", 0.4],
    ]);
    stage.box.append(piece("div", "ls-charting", this.legend.element, this.plot.element));
    const { names } = stage.facts;
    this.plot.listen(
      (x, y, isFirst) => {
        if (isFirst) this.at = Math.min(names.length - 1, Math.max(0, Math.floor(x)));
        this.set(this.chanceAt(y));
      },
      (right, up) => {
        this.at = (this.at + Math.sign(right) + names.length) % names.length;
        if (up) this.set(this[this.hand][this.at] + KEY_STEP * up);
        else this.draw();
      },
    );
    this.addMore();
  }

  addMore() {
    const { stage } = this;
    const moves = {
      even: () => this.take(this.truth.map(() => 1 / this.truth.length)),
      true_odds: () => this.take([...this.truth]),
      never: () => this.take(withChance(this.odds, this.truth.length - 1, 0)),
      truth_hand: () => this.hold(this.hand === "truth" ? "odds" : "truth"),
    };
    this.buttons = Object.entries(moves).map(([key, action]) => [key, button(stage, action)]);
    stage.more.append(piece("div", "ls-buttons", ...this.buttons.map(([, element]) => element)));
  }

  reset() {
    const { odds } = this.stage.facts;
    Object.assign(this, { hand: "odds", at: 0, truth: [...odds], odds: odds.map(() => 1 / odds.length) });
    this.write();
  }

  leave() {
    this.plot.isDown = false;
  }

  // ------------------------------------------------------------------ the viewer's moves

  /** The bar under the hand gets a chance; the others share what is left as they did. */
  set(chance) {
    const kept = chance < TINY ? 0 : Math.min(1, chance);
    this[this.hand] = withChance(this[this.hand], this.at, kept);
    this.stage.done();
    this.draw();
  }

  take(odds) {
    this.odds = odds;
    this.stage.done();
    this.draw();
  }

  /** Which bars the hand moves. */
  hold(name) {
    this.hand = name;
    this.draw();
  }

  // ------------------------------------------------------------------ words

  write() {
    const { stage, truth, odds } = this;
    this.legend.write();
    for (const [key, element] of this.buttons) element.textContent = stage.text(key);
    this.buttons.at(-1)[1].setAttribute("aria-pressed", String(this.hand === "truth"));
    stage.find("do").textContent = stage.text(this.hand === "truth" ? "do_truth" : "do");
    const [extra, other] = [divergence(truth, odds), divergence(odds, truth)];
    this.writeTheory(extra, other);
    const never = truth.findIndex((chance, n) => chance > 0 && odds[n] === 0);
    if (never >= 0) {
      stage.number("∞", "meaning_never", { name: stage.text(stage.facts.names[never]) });
      stage.say("said_never");
      return;
    }
    const all = crossEntropy(truth, odds);
    const [least, lost] = printed([entropy(truth), extra], 2).map((bits) => decimals(bits, 2));
    if (Number(lost) === 0) {
      stage.number(decimals(all, 2), "meaning_true");
      stage.say("said_true", { most: Math.log2(truth.length) });
    } else {
      stage.number(decimals(all, 2), "meaning", { least, lost });
      stage.say(Number.isFinite(other) ? "said" : "said_swapped", { other: decimals(other, 2) });
    }
  }

  /** By the formula, and as an area that knows no logarithm of odds. */
  writeTheory(extra, other) {
    const { stage, truth, odds } = this;
    const even = truth.map(() => 1 / truth.length);
    const rows = [
      { name: stage.text("theory_extra"), theory: extra, here: divergenceByArea(truth, odds) },
      { name: stage.text("theory_other"), theory: other, here: divergenceByArea(odds, truth) },
      { name: stage.text("theory_entropy"), theory: entropy(truth), here: Math.log2(truth.length) - divergenceByArea(truth, even) },
    ];
    stage.theory(rows.filter(({ theory }) => Number.isFinite(theory)));
  }

  // ------------------------------------------------------------------ drawing

  /** Half a line of text, in the chart's own unit: between the line and the bars stand the names. */
  get gap() {
    return (0.9 * this.stage.textSize * this.stage.ratio * 2) / this.plot.high;
  }

  /** The height of a chance above the line, and the chance at a height. */
  heightOf(chance) {
    return this.gap + chance * (1 - this.gap);
  }

  chanceAt(height) {
    return (height - this.gap) / (1 - this.gap);
  }

  draw() {
    const { stage, plot } = this;
    const { names } = stage.facts;
    const values = { name: stage.text(names[this.at]), chance: decimals(100 * this[this.hand][this.at], 0) };
    plot.canvas.setAttribute("aria-label", stage.text("chart_label", values));
    this.write();
    const edge = 1.7 * stage.textSize;
    plot.open([0, names.length], [-1, 1], [edge, 0, edge, 0]);
    names.forEach((name, n) => this.drawColumn(stage.text(name), n));
  }

  drawColumn(name, n) {
    const { plot, gap } = this;
    if (n === this.at) plot.box([n, -gap], [n + 1, gap], "accent", { alpha: 0.16 });
    const bars = SIDES.map((side, k) => this.drawBar(side, n, n + 0.12 + k * (BAR + 0.04)));
    this.drawNumbers(bars, -1, ({ chance }) => `${decimals(100 * chance, 0)}%`);
    this.drawNumbers(bars, 1, ({ bits }) => (Number.isFinite(bits) ? decimals(bits, 1) : "∞"));
    plot.label(name, [n + 0.5, 0], { weight: n === this.at ? 700 : 500 });
  }

  /** A chance, and below the line what hangs on it: so many bits of surprise when it comes. */
  drawBar(side, n, left) {
    const { plot, gap } = this;
    const chance = this[side][n];
    const bits = surprise(chance);
    const colour = side === "odds" ? "accent" : "text";
    const [top, depth] = [this.heightOf(chance), -gap - (Math.min(MOST_BITS, bits) / MOST_BITS) * (1 - gap)];
    const [middle, right] = [left + BAR / 2, left + BAR];
    const isHeld = side === this.hand && n === this.at;
    plot.box([left, gap], [right, top], colour);
    plot.box([left, depth], [right, -gap], colour, { alpha: 0.4 });
    if (isHeld) plot.handle([middle, top], 8);
    const { textSize } = this.stage;
    return { chance, bits, middle, top, depth, above: isHeld ? 22 + textSize / 3 : 0.8 * textSize, below: 0.85 * textSize };
  }

  /** The numbers of both bars, above them (-1) or below (1), side by side or one further off than the other. */
  drawNumbers(bars, way, worded) {
    const { plot, stage } = this;
    const { context, ratio } = plot;
    context.font = fontOf(stage.textSize * ratio, 600);
    const labels = bars.map((bar) => {
      const wide = context.measureText(worded(bar)).width / ratio;
      const end = plot.py(way < 0 ? bar.top : bar.depth) / ratio;
      return { x: plot.px(bar.middle) / ratio, y: end + way * (way < 0 ? bar.above : bar.below), wide, end };
    });
    apart(labels, way, stage.textSize).forEach((y, k) => {
      const bar = bars[k];
      plot.label(worded(bar), [bar.middle, way < 0 ? bar.top : bar.depth], { down: y - labels[k].end });
    });
  }

  // ------------------------------------------------------------------ by itself

  /** For the printer: too sure of the sun. */
  pose() {
    this.odds = withChance(this.odds, 0, 0.85);
  }

  async show(pause) {
    this.reset();
    const steps = [...this.truth.map((chance, n) => [n, chance]), [this.truth.length - 1, 0]];
    for (const [at, chance] of steps) {
      this.at = at;
      const from = this.odds[at];
      for (let n = 1; n <= 20; n++) {
        this.set(from + ((chance - from) * n) / 20);
        await pause(50);
      }
      await pause(700);
    }
    await pause(2500);
    this.take([...this.truth]);
  }
}

/** Heights y of two labels {x, y, wide} in px: the outer one moves a line out, up (-1) or down (1), where they would touch. */
export function apart(labels, way, size) {
  const [one, other] = labels;
  const isBeside = Math.abs(one.x - other.x) >= (one.wide + other.wide) / 2 + size / 4;
  const lacks = 1.1 * size - Math.abs(one.y - other.y);
  const outer = way * one.y > way * other.y ? one : other;
  return labels.map((label) => label.y + (label === outer && !isBeside && lacks > 0 ? way * lacks : 0));
}
