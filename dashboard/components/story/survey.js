// Five questions before and after the story, in place of its steps while they are asked, and the answers of the room as bars.

import { beginAt, piece } from "./parts.js";
import { PHASES, QUESTIONS, UNSURE } from "./survey_questions.js";
import { Voices } from "./voices.js";

export class Survey {
  constructor(story) {
    this.story = story;
    this.voices = new Voices();
    this.view = null; // what is open: { phase, at } while asking, { at, isResult } for the bars
  }

  // ------------------------------------------------------------------ what there is to ask

  /** The questions that a step of this route answers. */
  get questions() {
    return QUESTIONS.filter(({ step }) => this.story.data.order.includes(step));
  }

  /** At which of its sides the story is on a step, "before" or "after" it; null on all others. */
  phaseOf(step) {
    const { order } = this.story.data;
    if (!this.questions.length || order.length < 2) return null;
    return step === order[0] ? "before" : step === order.at(-1) ? "after" : null;
  }

  text(key, values) {
    return this.story.text(`survey.${key}`, values);
  }

  get isOpen() {
    return Boolean(this.view);
  }

  /** Steps at which somebody has guessed. */
  get guessed() {
    return Object.entries(this.voices.counts.steps).filter(([step]) => this.story.has(`${step}.name`));
  }

  // ------------------------------------------------------------------ the viewer's moves

  open() {
    this.story.takeOver();
    this.show({ phase: this.phaseOf(this.story.page.stage.name), at: 0 });
  }

  close() {
    if (!this.isOpen) return;
    this.view = null;
    this.story.write();
    this.story.root.focus({ preventScroll: true });
  }

  show(view) {
    this.view = view;
    this.isSure = false;
    this.story.write();
    beginAt(this.story.find("survey").querySelector("h2"));
  }

  /** To the question before or after; in front of the first is the story again. */
  turn(by) {
    const { view, questions } = this;
    const last = view.isResult ? questions.length - (this.guessed.length ? 0 : 1) : questions.length;
    if (view.at + by < 0) this.close();
    else if (view.at + by <= last) this.show({ ...view, at: view.at + by });
  }

  /** One voice; a viewer alone goes on, before an audience the question stays until all have answered. */
  tap(question, answer) {
    this.voices.add(this.view.phase, question.name, answer);
    if (this.story.isPresenting) this.write();
    else this.turn(1);
  }

  undo() {
    const tap = this.voices.undo();
    const at = this.questions.findIndex(({ name }) => name === tap?.question);
    if (at >= 0) this.show({ phase: tap.phase, at });
  }

  save() {
    const blob = new Blob([`\ufeff${this.voices.csv((key) => this.story.text(key))}`], { type: "text/csv" });
    const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: "story-answers.csv" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href));
  }

  /** At the second press all counts go. */
  clear() {
    if (this.isSure) this.voices.clear();
    this.isSure = !this.isSure;
    this.write();
  }

  // ------------------------------------------------------------------ what stands there

  write() {
    const { story, view } = this;
    const box = story.find("survey");
    box.hidden = !view;
    if (!view) return;
    const held = box.getRootNode().activeElement;
    const focus = box.contains(held) && held.dataset.key;
    const question = this.questions[view.at];
    const parts = view.isResult ? (question ? this.result(question) : this.guesses()) : question ? this.asked(question) : this.thanks();
    const [head, ...others] = parts;
    head.tabIndex = -1;
    box.replaceChildren(head, ...others);
    if (focus) box.querySelector(`[data-key="${focus}"]`)?.focus({ preventScroll: true });
  }

  button(key, label, action, className = "") {
    const element = piece("button", className);
    element.addEventListener("click", this.story.guard(action));
    element.dataset.key = key;
    element.textContent = label;
    return element;
  }

  progress(phase, n) {
    return piece("p", "ls-how", this.text("progress", { phase: this.text(phase), n: n + 1, all: this.questions.length }));
  }

  asked(question) {
    const { phase, at } = this.view;
    const answers = [...question.answers, UNSURE].map((answer) =>
      this.button(answer, this.answer(question, answer), () => this.tap(question, answer), "ls-answer"),
    );
    const group = piece("div", "ls-answers", ...answers);
    group.setAttribute("role", "group");
    const { isPresenting } = this.story;
    const how = piece("p", "ls-how", this.text(isPresenting ? "how_room" : "how"));
    const voices = piece("p", "ls-how", this.text("voices", { n: this.voices.total(phase, question.name) }));
    voices.setAttribute("role", "status");
    return [
      piece("h2", "", this.text(`${question.name}_ask`)),
      this.progress(phase, at),
      group,
      how,
      voices,
      this.buttons(this.undoButton()),
    ];
  }

  thanks() {
    const { phase } = this.view;
    const most = Math.max(...this.questions.map(({ name }) => this.voices.total(phase, name)));
    const next = this.button("again", this.text("next_person"), () => this.show({ phase, at: 0 }));
    const results = this.button("results", this.text("results"), () => this.show({ isResult: true, at: 0 }));
    const said = phase === "before" ? "done_before" : "done_after";
    const foot = [this.storyButton(), next, this.undoButton(), ...(phase === "after" ? [results] : [])];
    return [piece("h2", "", this.text("done", { n: most })), piece("p", "ls-how", this.text(said)), this.buttons(...foot)];
  }

  result(question) {
    const rows = [...question.answers, UNSURE].map((answer) => {
      const name = piece("p", "ls-vote-name", this.answer(question, answer));
      const bars = PHASES.map((phase) =>
        this.bar(phase, this.voices.counts[phase][question.name][answer], this.voices.total(phase, question.name)),
      );
      const row = piece("div", "ls-vote", name, ...bars);
      if (answer === question.right) {
        row.dataset.right = "yes";
        name.append(` ✓ ${this.text("right")}`);
      }
      return row;
    });
    const step = this.story.text(`${question.step}.name`);
    const there = this.button("there", this.text("seen_at", { name: step, words: this.text(`${question.name}_words`) }), () =>
      this.story.go(question.step),
    );
    return [piece("h2", "", this.text(`${question.name}_ask`)), piece("div", "ls-votes", ...rows), there, this.resultButtons()];
  }

  guesses() {
    const rows = this.guessed.map(([step, { right, wrong }]) => {
      const row = piece(
        "div",
        "ls-vote",
        piece("p", "ls-vote-name", this.story.text(`${step}.name`)),
        this.bar("guess_right", right, right + wrong),
      );
      row.dataset.right = "yes";
      return row;
    });
    return [piece("h2", "", this.text("guesses")), piece("div", "ls-votes", ...rows), this.resultButtons()];
  }

  answer({ name }, answer) {
    return this.text(answer === UNSURE ? "unsure" : `${name}_${answer}`);
  }

  bar(label, n, all) {
    const track = piece("span", "ls-vote-track", piece("i"));
    track.firstChild.style.width = `${all ? (100 * n) / all : 0}%`;
    const row = piece(
      "div",
      "ls-vote-bar",
      piece("span", "", this.text(`bar_${label}`)),
      track,
      piece("span", "", this.text("share", { n, all })),
    );
    row.dataset.bar = label;
    return row;
  }

  resultButtons() {
    const save = this.button("save", this.text("save"), () => this.save());
    const clear = this.button("clear", this.text(this.isSure ? "clear_sure" : "clear"), () => this.clear());
    return this.buttons(this.storyButton(), save, clear);
  }

  storyButton() {
    return this.button("close", this.text("close"), () => this.close());
  }

  undoButton() {
    const element = this.button("undo", this.text("undo"), () => this.undo());
    element.disabled = !this.voices.canUndo;
    return element;
  }

  buttons(...all) {
    return piece("div", "ls-buttons", ...all);
  }
}
