// A second window for whoever speaks: notes of the step that is open, what comes next, and the time. The story writes it; it knows nothing itself.

import { piece } from "./parts.js";

const STYLE = `
  body { margin: 0; padding: 24px; font: 20px/1.5 system-ui, "Noto Sans SC", "PingFang SC", "Microsoft YaHei", sans-serif; color: #1f2328; background: #fff; }
  h1 { font-size: 26px; line-height: 1.25; margin: 0 0 12px; }
  p { margin: 0 0 12px; }
  .notes { white-space: pre-wrap; overflow-wrap: anywhere; font-size: 22px; }
  .quiet { color: #59636e; }
  button { font: inherit; color: inherit; background: transparent; min-height: 44px; padding: 4px 16px; border: 1px solid #59636e; border-radius: 8px; cursor: pointer; }
  @media (prefers-color-scheme: dark) { body { color: #e6edf3; background: #14181d; } .quiet { color: #a9b4bf; } }`;

export class Speaker {
  constructor(story) {
    this.story = story;
    this.window = null;
    story.leaving.signal.addEventListener("abort", () => this.close());
    addEventListener("pagehide", () => this.close(), { signal: story.leaving.signal });
  }

  get isOpen() {
    return Boolean(this.window && !this.window.closed);
  }

  /** Open the window, or bring it to the front. */
  open(talk) {
    if (!this.isOpen) {
      this.window = globalThis.open("", "latent-lens-speaker", "popup,width=640,height=720");
      if (!this.window) {
        this.story.say(this.story.text("talk.blocked"));
        return;
      }
      this.lay(this.window.document);
      clearInterval(this.timer);
      this.began = performance.now();
      this.timer = setInterval(() => this.writeClock(), 1000);
    }
    this.write(talk);
    this.window.focus();
  }

  /** Turn the story from here, also where the plan that opened this window still stands in place of the steps. */
  turn(by) {
    const { talk } = this.story;
    if (talk.isOpen) talk.close();
    this.story.turn(by);
  }

  lay(page) {
    const style = page.createElement("style");
    style.textContent = STYLE;
    page.head.replaceChildren(style);
    const parts = {
      place: piece("p", "quiet"),
      sentence: piece("h1"),
      notes: piece("p", "notes"),
      next: piece("p", "quiet"),
      clock: piece("p", "quiet"),
    };
    const turns = { back: -1, next: 1 };
    const buttons = Object.entries(turns).map(([key, by]) => {
      const element = piece("button");
      element.addEventListener("click", () => this.turn(by));
      return [key, element];
    });
    this.parts = { ...parts, buttons };
    const row = piece("p", "", buttons[0][1], " ", buttons[1][1]);
    page.body.replaceChildren(parts.place, parts.sentence, parts.notes, parts.next, parts.clock, row);
    const keys = { PageUp: -1, PageDown: 1, ArrowLeft: -1, ArrowRight: 1 };
    page.onkeydown = (event) => {
      if (!keys[event.key]) return;
      event.preventDefault();
      this.turn(keys[event.key]);
    };
  }

  close() {
    clearInterval(this.timer);
    if (this.isOpen) this.window.close();
    this.window = null;
  }

  /** What belongs to the step that is open. */
  write(talk) {
    const { story, parts } = this;
    if (!this.isOpen || !story.page) return;
    const { order } = story.data;
    const { name } = story.page.stage;
    const next = order[story.at + 1];
    this.window.document.title = talk.title || story.text("talk.speaker");
    this.window.document.documentElement.lang = story.language;
    parts.place.textContent = story.text("step_of", { n: story.at + 1, all: order.length, name: story.text(`${name}.name`) });
    parts.sentence.textContent = story.text(`${name}.sentence`);
    parts.notes.textContent = talk.notes[name] || story.text("talk.no_notes");
    parts.next.textContent = next ? story.text("talk.next_up", { name: story.text(`${next}.name`) }) : story.text("talk.last");
    for (const [key, element] of parts.buttons) element.textContent = story.text(key);
    this.writeClock();
  }

  writeClock() {
    if (this.isOpen) this.parts.clock.textContent = this.story.text("clock", this.story.clock.times(this.began));
  }
}
