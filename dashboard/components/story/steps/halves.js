// Half of one digit glued to half of another: which one is the fake? The viewer against three models.

import { decimals } from "../../js/engine/numbers.js";
import { Picture, piece } from "../parts.js";

const ROUNDS = 10;
const MODELS = ["dots", "digit", "vae"];

/** A picture of whole numbers as a button, with its seam where that is to be seen. */
class HalvesPicture {
  constructor(height, width) {
    const canvas = piece("canvas");
    this.picture = new Picture(canvas, height, width);
    this.means = new Float32Array(height * width);
    this.seam = piece("span", "ls-seam");
    this.caption = piece("figcaption");
    this.button = piece("button", "ls-choice", canvas, this.seam);
    this.element = piece("figure", "", this.button, this.caption);
    this.seam.hidden = true;
  }

  show(values, divisor) {
    for (let n = 0; n < values.length; n++) this.means[n] = values[n] / divisor;
    this.picture.show(this.means);
  }

  /** What became of it: "", "fake" or "real". */
  mark(fate) {
    this.button.dataset.fate = fate;
    this.seam.hidden = fate !== "fake";
  }

  /** There is nothing to choose; the button keeps the focus, so that the keys of the story go on working. */
  hold(isHeld) {
    this.button.ariaDisabled = String(isHeld);
  }
}

export class HalvesStep {
  constructor(stage) {
    this.stage = stage;
    const [, , height, width] = stage.array("pairs").shape;
    this.size = height * width;
    this.sides = [0, 1].map(() => new HalvesPicture(height, width));
    this.sides.forEach((side, place) => stage.on(side.button, "click", () => this.choose(place)));
    this.verdicts = MODELS.map(() => [piece("th"), piece("td"), piece("td")]);
    this.table = piece("table", "ls-verdicts", ...this.verdicts.map((cells) => piece("tr", "", ...cells)));
    this.next = piece("button");
    stage.on(this.next, "click", () => this.another());
    const pair = piece("div", "ls-pair", ...this.sides.map((side) => side.element));
    stage.box.append(piece("div", "ls-judging", pair, piece("div", "ls-row", this.table, this.next)));
    this.addMore();
  }

  addMore() {
    const button = (action) => {
      const element = piece("button");
      this.stage.on(element, "click", action);
      return element;
    };
    this.twinButton = button(() => this.twin());
    this.ownButton = button(() => this.join(this.own[0], this.own[1]));
    this.choosers = [0, 1].map((side) => [-1, 1].map((by) => button(() => this.turnOwn(side, by))));
    this.ownRow = piece("div", "ls-buttons", ...this.choosers.flat());
    this.stage.more.append(piece("div", "ls-buttons", this.twinButton, this.ownButton), this.ownRow);
  }

  reset() {
    const { stage } = this;
    const order = Array.from({ length: stage.array("pairs").shape[0] }, (_, n) => ({ n, by: stage.random() }));
    this.order = order.sort((one, other) => one.by - other.by).map(({ n }) => n);
    Object.assign(this, { round: -1, found: 0, judged: 0, twinAt: -1, own: [10, 1] });
    this.another();
  }

  /** The part of an array that belongs to row `n`. */
  row(name, n) {
    const { data, shape } = this.stage.array(name);
    const size = shape.slice(1).reduce((product, side) => product * side, 1);
    return data.subarray(n * size, (n + 1) * size);
  }

  // ------------------------------------------------------------------ which one is the fake

  another() {
    if (this.judged >= ROUNDS) Object.assign(this, { judged: 0, found: 0 });
    this.round = (this.round + 1) % this.order.length;
    Object.assign(this, { mode: "pair", chosen: null, n: this.order[this.round] });
    this.write();
  }

  choose(place) {
    if (this.mode !== "pair" || this.chosen !== null) return;
    this.chosen = place;
    this.judged++;
    if (place === this.fake) this.found++;
    this.stage.done();
    this.write();
  }

  get fake() {
    return this.stage.array("pair_fake").data[this.n];
  }

  /** Nats of model `m` for the picture on side `place`: a log-probability, so higher is likelier. */
  nats(place, m) {
    return this.row("pair_nats", this.n)[place * MODELS.length + m];
  }

  writePair() {
    const { stage, fake, chosen } = this;
    const values = this.row("pairs", this.n);
    const isOpen = chosen !== null;
    this.sides.forEach((side, place) => {
      side.element.hidden = false;
      side.show(values.subarray(place * this.size, (place + 1) * this.size), stage.facts.divisor);
      side.mark(isOpen ? (place === fake ? "fake" : "real") : "");
      side.hold(isOpen);
    });
    const [real, left, right] = this.row("pair_labels", this.n);
    this.sides[fake].caption.textContent = isOpen ? stage.text("fake", { left, right }) : stage.text("tap");
    this.sides[1 - fake].caption.textContent = isOpen ? stage.text("real", { real }) : stage.text("tap");
    this.verdicts.forEach(([name, word, rate], m) => {
      const isRight = this.nats(fake, m) < this.nats(1 - fake, m);
      name.textContent = stage.text(MODELS[m]);
      word.textContent = isOpen ? stage.text(isRight ? "found" : "fooled") : "";
      rate.textContent = stage.text("rate", { right: this.rate(m) });
    });
    const rates = { dots: this.rate(0), digit: this.rate(1), vae: this.rate(2) };
    if (this.judged) stage.number(stage.text("score", { found: this.found, judged: this.judged }), "meaning", rates);
    else stage.number(ROUNDS, "meaning_start");
    stage.say(!isOpen ? "hint" : chosen === fake ? "said_right" : "said_wrong", { left, right, real });
    this.tell(isOpen ? "do_after" : "do", isOpen);
  }

  /** What there is to do now, and whether there is anything to read or to go on to below the pictures. */
  tell(key, isOpen) {
    this.stage.find("do").textContent = this.stage.text(key);
    for (const element of [this.table, this.next]) element.style.visibility = isOpen ? "" : "hidden";
  }

  rate(m) {
    return decimals(100 * this.stage.facts.right[MODELS[m]].value, 0);
  }

  // ------------------------------------------------------------------ one digit twice, and halves of one's own choice

  twin() {
    this.twinAt = (this.twinAt + 1) % this.stage.array("twins").shape[0];
    this.mode = "twin";
    this.write();
  }

  join(left, right) {
    Object.assign(this, { mode: "own", own: [left, right] });
    this.write();
  }

  turnOwn(side, by) {
    const count = this.stage.array("own").shape[0];
    const own = [...this.own];
    own[side] = (own[side] + by + count) % count;
    this.join(...own);
  }

  writeSingle(values, nats, told) {
    const { stage, sides } = this;
    sides[1].element.hidden = true;
    sides[0].show(values, stage.facts.divisor);
    sides[0].mark("fake");
    sides[0].hold(true);
    sides[0].caption.textContent = stage.text("joined", told);
    this.verdicts.forEach(([name, word, rate], m) => {
      name.textContent = stage.text(MODELS[m]);
      word.textContent = stage.text("surprise", { nats: decimals(-nats[m], 1) });
      rate.textContent = stage.text("odder", { share: this.odder(m, nats[m]) });
    });
    const isTwin = told.left === told.right;
    const odder = this.odder(2, nats[2]);
    stage.number(odder, isTwin ? "meaning_twin" : "odder_meaning", { n: odder });
    stage.say(isTwin ? "said_twin" : "said_own", told);
    this.tell("do_single", true);
  }

  /** How many of 100 real held-out digits surprise model `m` less. */
  odder(m, nats) {
    const { usual } = this.stage.facts;
    return usual[MODELS[m]].filter((cost) => cost < -nats).length;
  }

  write() {
    const { stage } = this;
    this.ownRow.hidden = this.mode !== "own";
    if (this.mode === "pair") this.writePair();
    else if (this.mode === "twin") {
      const label = stage.array("twin_labels").data[this.twinAt];
      this.writeSingle(this.row("twins", this.twinAt), this.row("twin_nats", this.twinAt), { left: label, right: label });
    } else this.writeOwn();
  }

  writeOwn() {
    const { stage } = this;
    const {
      shape: [count, height, width],
    } = stage.array("own");
    const [left, right] = this.own.map((n) => this.row("own", n));
    const seam = stage.facts.seam;
    const joined = Float32Array.from({ length: height * width }, (_, n) => (n % width < seam ? left : right)[n]);
    const nats = this.row("own_nats", this.own[0]).subarray(this.own[1] * MODELS.length, (this.own[1] + 1) * MODELS.length);
    const labels = this.own.map((n) => stage.facts.own_labels[n % count]);
    this.writeSingle(joined, nats, { left: labels[0], right: labels[1] });
  }

  draw() {
    const { stage } = this;
    this.next.textContent = stage.text("next_pair");
    this.twinButton.textContent = stage.text("twins");
    this.ownButton.textContent = stage.text("own");
    this.choosers.forEach((pair, side) =>
      pair.forEach((element, n) => {
        element.textContent = stage.text(["left_before", "left_after", "right_before", "right_after"][2 * side + n]);
      }),
    );
    this.sides.forEach((side, place) => side.button.setAttribute("aria-label", stage.text("picture_label", { n: place + 1 })));
    this.write();
  }

  /** For the printer: a pair that was judged. */
  pose() {
    this.choose(this.fake);
  }

  async show(pause) {
    this.another();
    for (let round = 0; round < 3; round++) {
      await pause(1200);
      const place = this.nats(0, 2) < this.nats(1, 2) ? 0 : 1; // as the VAE judges
      this.choose(place);
      await pause(2600);
      this.another();
    }
  }

  leave() {}
}
