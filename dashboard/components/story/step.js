// What a step of the story is given: a box to fill, words, numbers, arrays and networks, and the places that the shell keeps for it.

import { mixed } from "../js/canvas/colour.js";
import { openDecoder } from "../js/engine/decoder.js";
import { Network } from "../js/engine/network.js";
import { decimals, readable, seeded } from "../js/engine/numbers.js";
import { parseSafetensors } from "../js/engine/safetensors.js";
import { typeset } from "./formula.js";

const ARRAYS = { uint8: Uint8Array, int32: Int32Array, float32: Float32Array };
const SEED = 5;

/** What all steps have in common: the packet's parts, each made once. */
export class Store {
  /** `packets` names the packets, `parts` is what they hold; `refuse(name)` makes the sentence for a part that is not there. */
  constructor(packets, parts, refuse) {
    const joined = (name) => Object.assign({}, ...parts.map((part) => part[name]));
    this.packets = packets;
    this.parts = Object.assign({}, ...parts, { facts: joined("facts"), arrays: joined("arrays"), runs: joined("runs") });
    this.refuse = refuse;
    this.made = new Map();
  }

  once(key, make) {
    if (!this.made.has(key)) this.made.set(key, make());
    return this.made.get(key);
  }

  blob(name) {
    const bytes = this.parts[name];
    if (!bytes) throw new Error(this.refuse(name));
    return bytes;
  }

  array(name) {
    return this.once(name, () => {
      const { dtype, shape } = this.parts.arrays[name] ?? {};
      const bytes = this.blob(name);
      return { data: new ARRAYS[dtype](bytes.slice().buffer), shape };
    });
  }

  weights(run, part) {
    return this.blob(`run/${run}/${part}`);
  }
}

export class StepStage {
  /** `section` is the step's own copy of the sheet in story.html. */
  constructor(story, name, section) {
    Object.assign(this, { story, name, section, shown: null, sentence: null, rows: [] });
    this.find = (part) => section.querySelector(`.ls-${part}`);
    this.box = this.find("box");
    this.more = this.find("more").querySelector(".ls-fold");
    for (const fold of section.querySelectorAll("details")) {
      fold.name = `story-${name}`; // one open at a time
      this.on(fold, "toggle", () => this.writeFolds());
    }
    this.restart();
  }

  /** The same chances as after every reset. */
  restart() {
    this.random = seeded(SEED);
  }

  // ------------------------------------------------------------------ what there is

  get facts() {
    return this.story.store.parts.facts[this.name] ?? {};
  }

  array(name) {
    return this.story.store.array(`${this.name}/${name}`);
  }

  /** The header's entry of a run: latent_size, event_shape, divisor, likelihood, name, usual ... */
  run(id) {
    return this.story.store.parts.runs[id];
  }

  /** The network from z to the likelihood's parameters: `run(z)`. */
  decoder(id) {
    const { store } = this.story;
    return store.once(`${id}/decoder`, () => new Network(parseSafetensors(store.weights(id, "decoder")), "decoder"));
  }

  /** The network from x to mu and log_var side by side: `run(x)`. */
  encoder(id) {
    const { store } = this.story;
    return store.once(`${id}/encoder`, () => new Network(parseSafetensors(store.weights(id, "encoder")), "encoder"));
  }

  /** From z to a picture's pixels in [0, 1]: `decode(z)`, with `params` and `picture`, its height and width. */
  picture(id) {
    const { store } = this.story;
    return store.once(`${id}/picture`, () => openDecoder({ weights: store.weights(id, "decoder") }));
  }

  // ------------------------------------------------------------------ words and colours

  text(key, values = {}) {
    return this.story.text(`${this.name}.${key}`, values);
  }

  /** Words behind the name of what they are about, as the language writes that. */
  saidOf(name, words) {
    return this.story.text("said_of", { name, words });
  }

  /** text, faint, line, background, accent, reconstruction, kl, class0 ... class9, as #rrggbb. */
  colour(name) {
    const { theme, data } = this.story;
    if (name.startsWith("class")) return data.colours[Number(name.slice(5)) % data.colours.length];
    if (name === "line") return mixed(theme.text, theme.ground, 0.3);
    if (name === "faint") return mixed(theme.text, theme.ground, 0.65);
    return { text: theme.text, background: theme.ground, accent: theme.accent, ...theme.parts }[name];
  }

  /** The colours of labels and cursors. */
  get theme() {
    return { ground: this.colour("background"), text: this.colour("text"), accent: this.colour("accent") };
  }

  /** Size of text on canvases in CSS px: larger where an audience sits far away. */
  get textSize() {
    return this.story.isPresenting ? 24 : 14;
  }

  /** Device pixels per CSS px, for canvases. */
  get ratio() {
    return Math.min(2, devicePixelRatio || 1);
  }

  /** Whether all steps are being laid out for the printer, so that nothing may wait for a frame. */
  get isPrinting() {
    return Boolean(this.story.isPrinting);
  }

  get isStill() {
    return this.story.isCalm;
  }

  guard(action) {
    return this.story.guard(action);
  }

  /** Listen to a part of the step. */
  on(element, name, action) {
    element.addEventListener(name, this.guard(action));
  }

  // ------------------------------------------------------------------ what the shell shows for the step

  /** The one number of the screen, and what it means. */
  number(value, key, values = {}) {
    this.shown = { value, key, values };
    this.writeNumber();
  }

  /** The quiet sentence below; none for null. */
  say(key, values = {}) {
    this.sentence = key && { key, values };
    this.writeSaid();
  }

  /** The viewer has guessed before the step told: it is counted, unless the step shows itself. */
  predicted(isRight) {
    if (!this.story.showing && !this.isPrinting) this.story.survey.voices.predict(this.name, isRight);
  }

  /** The viewer has done it: nothing is offered any more. */
  done() {
    this.story.settle(this);
  }

  /** Lines of {name, theory, here}, two values that come from two different functions. */
  theory(rows) {
    this.rows = rows;
    this.writeTheory();
  }

  // ------------------------------------------------------------------ writing

  /** Everything in the language of now. */
  write() {
    const has = (key) => this.story.has(`${this.name}.${key}`);
    for (const part of ["sentence", "do", "reference"]) this.find(part).textContent = has(part) ? this.text(part) : "";
    this.find("formulas").replaceChildren(...(has("maths") ? typeset(this.text("maths")) : []));
    this.find("maths").hidden = !has("maths");
    this.find("more").hidden = !this.more.childElementCount;
    this.writeFolds();
    this.writeOffer();
    this.writeNumber();
    this.writeSaid();
    this.writeTheory();
  }

  /** On the first and the last step: the questions before and after. */
  writeOffer() {
    const phase = this.story.survey.phaseOf(this.name);
    const ask = this.find("ask");
    ask.hidden = !phase;
    if (phase) ask.textContent = this.story.text(`survey.offer_${phase}`, { n: this.story.survey.questions.length });
  }

  /** What opens a fold, or hides it again. */
  writeFolds() {
    for (const name of ["more", "maths"]) {
      const fold = this.find(name);
      const own = `${this.name}.${name}_title`; // where the step calls it by a name of its own
      const title = this.story.has(own) ? own : name;
      fold.firstElementChild.textContent = this.story.text(fold.open ? "hide" : title);
    }
  }

  writeNumber() {
    if (!this.shown) return;
    const { value, key, values } = this.shown;
    const box = this.find("number");
    box.textContent = readable(value);
    box.title = typeof value === "number" ? String(value) : "";
    this.find("meaning").textContent = key ? this.text(key, values) : "";
    this.story.speakLater();
  }

  writeSaid() {
    this.find("said").textContent = this.sentence ? this.text(this.sentence.key, this.sentence.values) : "";
    this.story.speakLater();
  }

  writeTheory() {
    const table = this.find("theory");
    table.hidden = !this.rows.length;
    const line = (cells, tag) => {
      const row = document.createElement("tr");
      row.append(...cells.map((text) => Object.assign(document.createElement(tag), { textContent: text })));
      return row;
    };
    const head = line(
      ["theory_what", "theory_theory", "theory_here", "theory_gap"].map((key) => this.story.text(key)),
      "th",
    );
    const gap = ({ theory, here }) => (Math.abs(theory - here) < 5e-5 ? "< 0.0001" : decimals(Math.abs(theory - here), 4));
    const lines = this.rows.map((row) => line([row.name, decimals(row.theory, 4), decimals(row.here, 4), gap(row)], "td"));
    table.replaceChildren(head, ...lines);
  }
}
