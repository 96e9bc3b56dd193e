// Which one is the fake? One picture is drawn from one place of the map, the other put together from pieces of many: halves, patches, dots.

import { normal } from "../../js/engine/gaussian.js";
import { decimals } from "../../js/engine/numbers.js";
import { MACHINE } from "../map.js";
import { button, Picture, piece, power } from "../parts.js";

const CUTS = ["2", "16", "784"]; // pieces of the fake, round by round
const MODELS = ["coin", "dots", "digit", "vae"];
const POOL = 60; // pictures of the map from which pieces come
const AGAIN_MS = 100; // from one picture that is thrown dot by dot to the next: ten a second
const SECONDS = 13.8e9 * 365.25 * 86400; // since the Big Bang

/** A picture as a button, marked once it is known what it is. */
class Choice {
  constructor(height, width) {
    const canvas = piece("canvas");
    this.picture = new Picture(canvas, height, width);
    this.caption = piece("figcaption");
    this.button = piece("button", "ls-choice", canvas);
    this.element = piece("figure", "", this.button, this.caption);
  }

  /** What became of it: "", "fake" or "real". There is then nothing to choose; the button keeps the focus, so that the story's keys go on working. */
  mark(fate) {
    this.button.dataset.fate = fate;
    this.button.ariaDisabled = String(fate !== "");
  }
}

export class HalvesStep {
  constructor(stage) {
    this.stage = stage;
    this.decoder = stage.picture(MACHINE);
    const { height, width } = this.decoder.picture;
    this.sides = [0, 1].map(() => new Choice(height, width));
    this.sides.forEach((side, place) => stage.on(side.button, "click", () => this.choose(place)));
    this.rates = MODELS.map(() => [piece("th"), piece("td")]);
    this.head = piece("caption");
    this.table = piece("table", "ls-verdicts", this.head, ...this.rates.map((cells) => piece("tr", "", ...cells)));
    this.next = button(stage, () => this.another());
    const pair = piece("div", "ls-pair", ...this.sides.map((side) => side.element));
    stage.box.append(piece("div", "ls-judging", pair, piece("div", "ls-row", this.table, this.next)));
  }

  reset() {
    this.leave();
    const { random } = this.stage;
    this.pool = Array.from({ length: POOL }, () => this.decoder.decode([normal(random), normal(random)]).slice());
    Object.assign(this, { round: -1, found: 0 });
    this.another();
  }

  leave() {
    clearInterval(this.timer);
    this.timer = null;
  }

  // ------------------------------------------------------------------ the viewer's moves

  /** The next round, with smaller pieces; after the last the first again. */
  another() {
    this.leave();
    const { random } = this.stage;
    this.round = (this.round + 1) % CUTS.length;
    if (this.round === 0) this.found = 0;
    this.chosen = null;
    this.fake = random() < 0.5 ? 0 : 1;
    this.real = this.pool[Math.floor(random() * POOL)];
    this.pieces = this.pieced();
    this.write();
  }

  choose(place) {
    if (this.chosen !== null) return;
    this.chosen = place;
    if (place === this.fake) this.found++;
    this.stage.predicted(place === this.fake);
    this.stage.done();
    this.write();
    this.throwAgain();
  }

  get isLast() {
    return this.round === CUTS.length - 1;
  }

  /** A fake: each of its pieces from a picture of its own. */
  pieced() {
    const { random } = this.stage;
    const { height, width } = this.decoder.picture;
    const [rows, columns] = this.stage.facts.cuts[CUTS[this.round]];
    const from = Array.from({ length: rows * columns }, () => this.pool[Math.floor(random() * POOL)]);
    return Float32Array.from({ length: height * width }, (_, n) => {
      const row = Math.floor((Math.floor(n / width) * rows) / height);
      const column = Math.floor(((n % width) * columns) / width);
      return from[row * columns + column][n];
    });
  }

  /** Dot by dot, ten new pictures a second; where motion is not wanted, one. */
  throwAgain() {
    const { stage } = this;
    if (!this.isLast || stage.isStill || stage.isPrinting) return;
    const again = stage.guard(() => {
      this.pieces = this.pieced();
      this.sides[this.fake].picture.show(this.pieces);
    });
    this.timer = setInterval(again, AGAIN_MS);
  }

  // ------------------------------------------------------------------ what stands there

  write() {
    const { stage, fake, chosen } = this;
    const cut = CUTS[this.round];
    const isOpen = chosen !== null;
    const isLast = isOpen && this.isLast;
    this.sides.forEach((side, place) => {
      side.picture.show(place === fake ? this.pieces : this.real);
      side.mark(isOpen ? (place === fake ? "fake" : "real") : "");
      side.caption.textContent = stage.text(!isOpen ? "tap" : place === fake ? `fake_${cut}` : "real");
    });
    this.writeRates(cut);
    for (const element of [this.table, this.next]) element.style.visibility = isOpen ? "" : "hidden";
    this.next.textContent = stage.text(isLast ? "from_start" : "next_round");
    stage.find("do").textContent = stage.text(this.task);
    if (isLast) this.writeLast();
    else this.writeRound(isOpen);
  }

  /** Which words say what there is to do; where nothing moves there is nothing to watch. */
  get task() {
    const { stage, round, chosen, isLast } = this;
    if (chosen === null) return round ? `do_${CUTS[round]}` : "do";
    if (!isLast) return "do_after";
    return stage.isStill ? "do_last_still" : "do_last";
  }

  writeRates(cut) {
    const { stage } = this;
    this.head.textContent = stage.text("finds", { n: stage.facts.n_real });
    this.rates.forEach(([name, rate], m) => {
      const model = MODELS[m];
      name.textContent = stage.text(model);
      rate.textContent = stage.text("rate", { right: model === "coin" ? 50 : decimals(100 * stage.facts.right[cut][model].value, 0) });
    });
  }

  writeRound(isOpen) {
    const { stage, round, found } = this;
    if (!isOpen) {
      stage.number(stage.text("round", { n: round + 1, all: CUTS.length }), "meaning_start");
      stage.say("hint");
      return;
    }
    stage.number(stage.text("score", { found }), "meaning", { n: round + 1, all: CUTS.length });
    stage.say(this.chosen === this.fake ? "said_right" : "said_wrong");
  }

  writeLast() {
    const { stage } = this;
    const dots = this.pieces.length;
    const most = Math.ceil(Math.log10(SECONDS * (1000 / AGAIN_MS)));
    stage.number(power(Math.floor(dots * Math.log10(2))), "meaning_last", { dots, most: power(most) });
    stage.say("said_last");
  }

  draw() {
    this.sides.forEach((side, place) => side.button.setAttribute("aria-label", this.stage.text("picture_label", { n: place + 1 })));
    this.write();
    if (this.chosen !== null && !this.timer) this.throwAgain();
  }

  /** For the printer: dots that were thrown one by one. */
  pose() {
    while (!this.isLast) this.another();
    this.choose(this.fake);
  }

  async show(pause) {
    this.reset();
    for (let n = 0; n < CUTS.length; n++) {
      await pause(1500);
      this.choose(this.fake);
      await pause(2600);
      if (n < CUTS.length - 1) this.another();
    }
  }
}
