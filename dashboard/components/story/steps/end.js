// The words that were earned: what each stands for, and the step at which it was met.

import { piece } from "../parts.js";

/** The words in the order in which they were met, each with its step; two of them have a colour of their own. */
const WORDS = {
  latent_space: "map",
  decoder: "map",
  latent_variable: "halves",
  encoder: "aim",
  reconstruction: "strict",
  kl: "strict",
  beta: "strict",
  elbo: "strict",
  vae: "end",
};
const PAGES = ["explore", "train", "inspect"];
// What a map is good for, on the page Use.
const TRIALS = { try_few_labels: "use/few-labels", try_compression: "use/compression", try_completion: "use/completion" };

export class EndStep {
  constructor(stage) {
    this.stage = stage;
    this.cards = Object.entries(WORDS).map(([word, step]) => {
      const [name, short, place] = [piece("b"), piece("span"), piece("span", "ls-place")];
      const button = piece("button", "ls-word", name, short, place);
      button.dataset.word = word;
      stage.on(button, "click", () => this.choose(word));
      return { word, step, button, name, short, place };
    });
    this.list = piece("div", "ls-words", ...this.cards.map(({ button }) => button));
    this.list.setAttribute("role", "group");
    stage.box.append(this.list);
    this.links = stage.story.data.isExport ? [] : PAGES.map((page) => this.link(page, `go_${page}`));
    this.doors = piece("div", "ls-buttons", ...this.links.map(({ button }) => button));
    this.doors.hidden = !this.links.length;
    stage.find("folds").before(this.doors);
    this.trials = stage.story.data.isExport ? [] : Object.entries(TRIALS).map(([key, page]) => this.link(page, key));
    if (this.trials.length) stage.more.append(piece("div", "ls-buttons", ...this.trials.map(({ button }) => button)));
  }

  link(page, key) {
    const button = piece("button");
    this.stage.on(button, "click", () => this.stage.story.visit(page));
    return { key, button };
  }

  reset() {
    this.chosen = null;
    this.write();
  }

  leave() {}

  choose(word) {
    this.chosen = word;
    this.stage.done();
    this.write();
  }

  /** Whether the step is one of those that are told. */
  wasMet(step) {
    return this.stage.story.data.order.includes(step);
  }

  /** The words that this route has earned. */
  get met() {
    return this.cards.filter(({ step }) => this.wasMet(step));
  }

  /** Where a word was met: the number of its step, and the step's name. */
  placeOf(step) {
    const { order } = this.stage.story.data;
    return { n: order.indexOf(step) + 1, name: this.stage.story.text(`${step}.name`) };
  }

  write() {
    const { stage, chosen } = this;
    for (const { word, step, button, name, short, place } of this.cards) {
      button.hidden = !this.wasMet(step);
      name.textContent = stage.text(word);
      short.textContent = stage.text(`${word}_short`);
      place.textContent = stage.text("step", this.placeOf(step));
      button.setAttribute("aria-pressed", String(word === chosen));
    }
    if (!chosen) {
      const count = this.met.length;
      stage.number(count, count === 1 ? "meaning_one" : "meaning_start");
      stage.say(null);
      return;
    }
    stage.number(stage.text(chosen), `${chosen}_said`);
    if (WORDS[chosen] === stage.name) stage.say(null);
    else stage.say("met", this.placeOf(WORDS[chosen]));
  }

  draw() {
    const { stage } = this;
    this.list.setAttribute("aria-label", stage.text("words_label"));
    for (const { key, button } of [...this.links, ...this.trials]) button.textContent = stage.text(key);
    this.write();
  }

  /** For the printer: all words are there as they are. */
  pose() {}

  async show(pause) {
    for (const { word } of this.met) {
      this.choose(word);
      await pause(2600);
    }
  }
}
