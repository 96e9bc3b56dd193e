// Which digit lies face down? Yes-or-no questions about kinds of digits, counted in bits, against the entropy of the bag.

import { decimals } from "../../js/engine/numbers.js";
import { button, Picture, piece } from "../parts.js";
import { asked, bestPlan, huffman, huffmanOfBlocks, kindsOf, weigh, worth, worthOfAll } from "../questions.js";

const MOST_BLOCK = 5; // draws that are asked about together at most
const SIDE = 8; // pixels of a picture

export class GuessStep {
  constructor(stage) {
    this.stage = stage;
    const { counts, digits, most } = stage.facts;
    const { data } = stage.array("pictures");
    this.pictures = Array.from({ length: data.length / SIDE ** 2 }, (_, n) =>
      Float32Array.from(data.subarray(n * SIDE ** 2, (n + 1) * SIDE ** 2), (level) => level / most),
    );
    this.kindOf = counts.flatMap((count, kind) => Array(count).fill(kind));
    this.all = (1 << counts.length) - 1;
    this.best = bestPlan(counts);
    this.card = new Picture(piece("canvas"), SIDE, SIDE);
    this.question = piece("b", "ls-hidden");
    this.rows = digits.map((digit, kind) => this.row(digit, kind));
    this.askButton = button(stage, () => this.ask());
    this.otherButton = button(stage, () => this.another());
    const card = piece("div", "ls-card", this.card.canvas, this.question);
    const head = piece("div", "ls-row", card, piece("div", "ls-buttons", this.askButton, this.otherButton));
    stage.box.append(piece("div", "ls-guessing", head, ...this.rows.map(({ element }) => element)));
    this.addMore();
  }

  /** A kind of digit and its pictures, to be tapped. */
  row(digit, kind) {
    const pictures = this.pictures
      .filter((_, n) => this.kindOf[n] === kind)
      .map((means) => {
        const picture = new Picture(piece("canvas"), SIDE, SIDE);
        picture.show(means);
        return picture.canvas;
      });
    const element = button(this.stage, () => this.mark(kind), "ls-kind");
    element.append(piece("b", "", String(digit)), ...pictures);
    return { element, digit, count: pictures.length };
  }

  addMore() {
    const { stage } = this;
    this.slider = Object.assign(piece("input"), { type: "range", min: 1, max: MOST_BLOCK, step: 1 });
    stage.on(this.slider, "input", () => this.join(Number(this.slider.value)));
    this.sliderLabel = piece("label", "ls-column", piece("span"), this.slider);
    stage.more.append(this.sliderLabel);
  }

  reset() {
    this.plan = new Map();
    this.slider.value = 1;
    this.another();
  }

  leave() {}

  // ------------------------------------------------------------------ the viewer's moves

  /** Another picture is drawn from the whole bag and laid face down. */
  another() {
    this.hidden = Math.floor(this.stage.random() * this.pictures.length);
    Object.assign(this, { left: this.all, marked: 0, count: 0, answer: null, block: 0 });
    this.write();
  }

  mark(kind) {
    this.marked ^= 1 << kind;
    this.block = 0;
    this.stage.done();
    this.write();
  }

  /** Ask whether it is one of the marked kinds; how this set is asked about is remembered, for the average of all ways. */
  ask() {
    const { left, marked } = this;
    if (!marked || marked === left) return;
    const isYes = Boolean((marked >> this.kindOf[this.hidden]) & 1);
    this.plan.set(left, marked);
    this.answer = isYes ? "yes" : "no";
    this.left = isYes ? marked : left ^ marked;
    Object.assign(this, { marked: 0, count: this.count + 1, block: 0 });
    this.stage.done();
    this.write();
  }

  /** Ask about so many draws together. */
  join(draws) {
    this.block = draws;
    this.stage.done();
    this.write();
  }

  get isFound() {
    return kindsOf(this.left) === 1;
  }

  /** Questions on average, where every set is asked about as it was last, and otherwise as is best. */
  get average() {
    return asked(this.stage.facts.counts, this.plan, this.best, this.all) / this.pictures.length;
  }

  // ------------------------------------------------------------------ what stands there

  draw() {
    this.write();
  }

  write() {
    const { stage, isFound, left, marked } = this;
    this.rows.forEach(({ element, digit, count }, kind) => {
      const isOut = !((left >> kind) & 1);
      element.disabled = isOut || isFound;
      element.dataset.isOut = isOut ? "yes" : "no";
      element.setAttribute("aria-pressed", String(Boolean((marked >> kind) & 1)));
      element.setAttribute("aria-label", stage.text("kind", { digit, count }));
    });
    if (isFound) this.card.show(this.pictures[this.hidden]);
    else this.card.clear();
    this.card.canvas.setAttribute("role", "img");
    this.card.canvas.setAttribute("aria-label", stage.text(isFound ? "card" : "card_down"));
    this.question.textContent = isFound ? "" : "?";
    const names = this.rows.filter((_, kind) => (marked >> kind) & 1).map(({ digit }) => digit);
    this.askButton.textContent = names.length ? stage.text("ask", { names: names.join(stage.text("or")) }) : stage.text("ask_none");
    this.askButton.disabled = !marked || marked === left;
    this.askButton.hidden = isFound;
    this.otherButton.textContent = stage.text("other");
    this.otherButton.hidden = !isFound;
    stage.find("do").textContent = stage.text(isFound ? "do_found" : "do");
    this.slider.value = this.block || 1;
    this.sliderLabel.firstElementChild.textContent = stage.text("together", { n: this.block || 1 });
    this.slider.setAttribute("aria-valuetext", this.sliderLabel.textContent);
    this.writeNumbers();
    this.writeTheory();
  }

  writeNumbers() {
    const { stage, plan, block, answer, count, left, marked } = this;
    const { counts, entropy, best, digits } = stage.facts;
    const values = { entropy: decimals(entropy, 2), best: decimals(best, 2) };
    if (block) stage.number(decimals(huffmanOfBlocks(counts, block), 2), "meaning_together", { ...values, n: block });
    else if (marked) this.writeWorth();
    else if (!plan.size) stage.number(this.pictures.length, "meaning_start");
    else {
      const isBest = this.average < best + 1e-9;
      stage.number(decimals(this.average, 2), isBest ? "meaning_best" : "meaning", values);
    }
    if (!answer) stage.say("hint");
    else if (this.isFound) stage.say("found", { digit: digits[this.kindOf[this.hidden]], count });
    else stage.say(answer, { count, n: weigh(counts, left) });
  }

  /** What the answer to the question that is being put together would be worth. */
  writeWorth() {
    const { stage, left, marked } = this;
    const { counts } = stage.facts;
    const [yes, n] = [weigh(counts, marked), weigh(counts, left)];
    stage.number(decimals(worth(counts, left, marked), 2), "meaning_worth", { yes, no: n - yes });
  }

  /** The entropy by its formula and as what the answers are worth; the best average by Huffman's way and by trying every plan. */
  writeTheory() {
    const { stage, plan, best, all, pictures } = this;
    const { counts, entropy } = stage.facts;
    stage.theory([
      { name: stage.text("theory_entropy"), theory: entropy, here: worthOfAll(counts, plan, best, all) },
      { name: stage.text("theory_best"), theory: huffman(counts), here: best.least[all] / pictures.length },
    ]);
  }

  // ------------------------------------------------------------------ by itself

  /** For the printer: found, by the best questions. */
  pose() {
    while (!this.isFound) {
      this.marked = this.best.ask[this.left];
      this.ask();
    }
  }

  async show(pause) {
    this.reset();
    await pause(900);
    while (!this.isFound) {
      const question = this.best.ask[this.left];
      for (let kind = 0; kind < this.rows.length; kind++) {
        if (!((question >> kind) & 1)) continue;
        this.mark(kind);
        await pause(700);
      }
      this.ask();
      await pause(1800);
    }
  }
}
