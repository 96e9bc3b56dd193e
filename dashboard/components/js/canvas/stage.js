// What a component on canvases needs: its parts by name, its words, its theme, sizes, and a guard against Streamlit's red box.

import { Refusal } from "../engine/refusal.js";
import { filled } from "../engine/words.js";
import { shared } from "../host/store.js";
import { channels } from "./colour.js";

export class Stage {
  /** `prefix` begins the class of every part. */
  constructor(root, prefix) {
    this.root = root;
    this.leaving = new AbortController();
    this.find = (name) => root.querySelector(`.${prefix}-${name}`);
    this.guardedFrame = this.guard(() => {
      this.pending = 0;
      if (this.data && root.isConnected) this.frame();
    });
    this.wake = this.guard((key) => this.receive(key));
    shared().waiting.add(this.wake);
    this.sizes = new ResizeObserver(this.guard(() => this.data && this.resize()));
    this.sizes.observe(root);
    this.leaving.signal.addEventListener("abort", () => {
      shared().waiting.delete(this.wake);
      this.sizes.disconnect();
    });
  }

  /** Wrap a handler so that a mistake becomes one sentence on the page. */
  guard(action) {
    return (...values) => {
      try {
        return action(...values);
      } catch (error) {
        this.say(this.worded(error));
        return undefined;
      }
    };
  }

  /** What went wrong, in the language of the page. */
  worded(error) {
    if (!(error instanceof Refusal)) return error.message;
    const words = Object.entries(error.values).map(([name, value]) => [name, value instanceof Refusal ? this.worded(value) : value]);
    return this.text(error.key, Object.fromEntries(words));
  }

  say(sentence) {
    this.find("note").textContent = sentence;
  }

  text(key, values = {}) {
    return filled(this.data.texts[key] ?? key, (name) => values[name] ?? "");
  }

  /** Listen to a part, or to the whole, until the component leaves the page. */
  on(part, name, action, options) {
    const element = part ? this.find(part) : this.root;
    element.addEventListener(name, this.guard(action), { ...options, signal: this.leaving.signal });
  }

  get isCalm() {
    return matchMedia("(prefers-reduced-motion: reduce)").matches;
  }

  schedule() {
    if (!this.pending) this.pending = requestAnimationFrame(this.guardedFrame);
  }

  readTheme() {
    const style = getComputedStyle(this.root);
    const read = (name, otherwise) => {
      const value = style.getPropertyValue(`--st-${name}`).trim();
      return /^#[0-9a-f]{6}/i.test(value) ? value : otherwise;
    };
    this.theme = {
      text: read("text-color", "#222222"),
      ground: read("background-color", "#ffffff"),
      accent: read("primary-color", "#3f90da"),
    };
    this.theme.parts = { reconstruction: read("green-text-color", "#2e7d32"), kl: read("violet-text-color", "#c2188b") };
    this.theme.isDark = channels(this.theme.ground).reduce((sum, one) => sum + one) < 384;
    this.theme.quiet = read("gray-text-color", "#5b636b");
  }

  write() {
    this.root.lang = this.data.language; // which shapes Han letters take, and which voice reads
    for (const element of this.root.querySelectorAll("[data-text]")) element.textContent = this.text(element.dataset.text);
  }
}

/** Give a canvas as many pixels as its place on the screen has; true where that has changed. */
export function fitCanvas(canvas, ratio) {
  const box = canvas.getBoundingClientRect();
  const [width, height] = [Math.max(1, Math.round(box.width * ratio)), Math.max(1, Math.round(box.height * ratio))];
  if (canvas.width === width && canvas.height === height) return false;
  Object.assign(canvas, { width, height });
  return true;
}
