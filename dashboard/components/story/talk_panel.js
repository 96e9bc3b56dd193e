// Where a talk is prepared, in place of the steps: which of them and in which order, a title, notes, the link, the speaker's window.

import { beginAt, piece } from "./parts.js";
import { Speaker } from "./speaker.js";
import { MOST_NOTES, MOST_TITLE, Talk } from "./talk.js";

export class TalkPanel {
  constructor(story) {
    this.story = story;
    this.isOpen = false;
    this.speaker = new Speaker(story);
  }

  get talk() {
    const { data } = this.story;
    this.kept ??= new Talk(data.routes.long, data.order, data.title);
    return this.kept;
  }

  text(key, values) {
    return this.story.text(`talk.${key}`, values);
  }

  open() {
    this.story.takeOver();
    this.story.survey.view = null;
    this.isOpen = true;
    this.story.write();
    beginAt(this.story.find("talk").querySelector("h2"));
  }

  close() {
    this.isOpen = false;
    this.story.write();
    this.story.root.focus({ preventScroll: true });
  }

  /** There is one page of it. */
  turn() {}

  // ------------------------------------------------------------------ what stands there

  write() {
    const box = this.story.find("talk");
    box.hidden = !this.isOpen;
    this.speaker.write(this.talk);
    if (!this.isOpen) return;
    const held = box.getRootNode().activeElement;
    const focus = box.contains(held) && held.dataset.key;
    const open = [...box.querySelectorAll("details[open]")].map((fold) => fold.dataset.step);
    const head = piece("h2", "", this.text("open"));
    head.tabIndex = -1;
    const rows = piece("ol", "ls-plan", ...this.talk.listed.map((step) => this.row(step, open.includes(step))));
    box.replaceChildren(
      head,
      piece("p", "ls-how", this.text("intro")),
      this.titleField(),
      this.presets(),
      rows,
      this.linkField(),
      this.foot(),
    );
    if (focus) box.querySelector(`[data-key="${focus}"]`)?.focus({ preventScroll: true });
  }

  button(key, label, action) {
    const element = piece("button", "", label);
    element.dataset.key = key;
    element.addEventListener("click", this.story.guard(action));
    return element;
  }

  /** Do something to the plan, and show it. */
  changed(action) {
    action();
    this.write();
  }

  field(label, element) {
    return piece("label", "ls-field", piece("span", "", label), element);
  }

  titleField() {
    const input = Object.assign(piece("input"), { type: "text", maxLength: MOST_TITLE, value: this.talk.title });
    input.dataset.key = "title";
    input.addEventListener("input", () => {
      this.talk.tell(input.value);
      this.writeLink();
    });
    return this.field(this.text("title"), input);
  }

  presets() {
    const buttons = ["short", "long"].map((name) =>
      this.button(name, this.story.text(`route_${name}`), () => this.changed(() => this.talk.choose(this.story.data.routes[name]))),
    );
    return piece("div", "ls-buttons", ...buttons);
  }

  row(step, isUnfolded) {
    const { talk } = this;
    const name = this.story.text(`${step}.name`);
    const at = talk.order.indexOf(step);
    const box = Object.assign(piece("input"), { type: "checkbox", checked: at >= 0 });
    box.dataset.key = `choose-${step}`;
    box.addEventListener("change", () => this.changed(() => talk.toggle(step)));
    const number = at >= 0 ? `${at + 1}. ` : "";
    const moves = [
      ["up", -1, "↑"],
      ["down", 1, "↓"],
    ].map(([key, by, arrow]) => {
      const element = this.button(`${key}-${step}`, arrow, () => this.changed(() => talk.move(step, by)));
      element.setAttribute("aria-label", this.text(key, { name }));
      element.disabled = at < 0 || at + by < 0 || at + by >= talk.order.length;
      return element;
    });
    const row = piece("div", "ls-plan-row", piece("label", "", box, piece("span", "", number + name)), ...moves);
    return piece("li", "", row, ...(at >= 0 ? [this.notes(step, name, isUnfolded)] : []));
  }

  notes(step, name, isUnfolded) {
    const { talk } = this;
    const area = Object.assign(piece("textarea"), { rows: 4, maxLength: MOST_NOTES, value: talk.notes[step] });
    area.dataset.key = `notes-${step}`;
    area.setAttribute("aria-label", this.text("notes", { name }));
    const label = piece("summary", "", this.text(talk.notes[step] ? "has_notes" : "no_notes_yet"));
    area.addEventListener("input", () => {
      talk.note(step, area.value);
      label.textContent = this.text(area.value ? "has_notes" : "no_notes_yet");
      this.speaker.write(talk);
    });
    const fold = piece("details", "", label, area);
    fold.dataset.step = step;
    fold.open = isUnfolded;
    return fold;
  }

  linkField() {
    this.link = Object.assign(piece("input"), { type: "text", readOnly: true });
    this.link.dataset.key = "link";
    this.writeLink();
    return this.field(this.text("link"), this.link);
  }

  writeLink() {
    this.link.value = this.talk.order.length ? this.talk.link(location.href) : "";
  }

  foot() {
    const { story, talk } = this;
    const copy = this.button("copy", this.text("copy"), () => this.copy());
    const go = this.button("go", this.text("go"), () => location.assign(talk.link(location.href)));
    for (const element of [copy, go]) element.disabled = !talk.order.length;
    const speaker = this.button("speaker", this.text("speaker"), () => this.speaker.open(talk));
    const print = this.button("print", this.text("print"), () => globalThis.print());
    print.hidden = !story.data.isExport;
    const hint = piece("p", "ls-how", this.text(!talk.order.length ? "none" : story.data.isExport ? "print_file" : "print_page"));
    const close = this.button("close", this.text("close"), () => this.close());
    return piece("div", "ls-column", piece("div", "ls-buttons", copy, go, speaker, print, close), hint);
  }

  copy() {
    this.link.select();
    const done = () => this.story.say(this.text("copied"));
    const otherwise = () => this.story.say(this.text(document.execCommand("copy") ? "copied" : "copy_by_hand"));
    if (navigator.clipboard) navigator.clipboard.writeText(this.link.value).then(done, otherwise);
    else otherwise();
  }
}
