// The pad: pen or brush, eraser, undo, and pictures that are laid on it; by pointer, touch and keys. Keys that are handled stop here.

import { PAD } from "../engine/brush.js";
import { Ink } from "../engine/ink.js";
import { Paint } from "../engine/paint.js";
import { channels } from "./colour.js";

const PEN = 12; // dots of half the pen's width: framed, a stroke is as wide as the data's own
const MOST_UNDO = 40;
const STEP = 8; // dots per arrow key, three times as many with Shift

export class Pad {
  /** `changed` is called with whether the picture is a new one, `rested` when the pen is lifted. */
  constructor(stage, changed, rested) {
    Object.assign(this, { stage, changed, rested });
    this.ink = null; // until it is laid out, and a hand may be faster
    this.before = [];
    this.canvas = stage.find("pad");
    this.context = this.canvas.getContext("2d");
    this.listen();
  }

  /** Lay out an empty pad for pictures of this shape; what was drawn stays where the shape is the same. */
  open(height, width, isColour = false) {
    const ink = isColour ? Paint.forPicture(height, width, [0, 0, 0]) : Ink.forPicture(height, width);
    this.before = [];
    if (this.ink?.constructor !== ink.constructor || this.ink.width !== ink.width || this.ink.height !== ink.height) this.ink = ink;
    this.picked = null;
    this.brush ??= [255, 255, 255];
    this.image = new ImageData(ink.width, ink.height);
    this.pixels = new Uint32Array(this.image.data.buffer);
    Object.assign(this.canvas, { width: ink.width, height: ink.height });
    this.canvas.style.setProperty("--wide", ink.width / PAD); // the longer side is as long as the pad has room
    this.key = { x: ink.width / 2, y: ink.height / 2, isDown: false, isShown: false };
    this.setErasing(false);
    this.setDark(this.isDark);
    this.paint();
  }

  /** The colours to paint with, as #rrggbb: the first is the paper's, and the brush begins with the one that is most unlike it. */
  setColours(colours) {
    const [paper, ...others] = colours.map(channels);
    const isEmpty = this.ink.isEmpty;
    this.ink.paper = paper;
    if (isEmpty) this.ink.clear();
    const far = (colour) => colour.reduce((sum, level, c) => sum + (level - paper[c]) ** 2, 0);
    this.brush = others.reduce((best, one) => (far(one) > far(best) ? one : best), others[0] ?? paper);
    this.paint();
  }

  get isColour() {
    return this.ink instanceof Paint;
  }

  /** Whether ink is dark and paper light, as the data have it or as somebody wishes. */
  setDark(isDark = false) {
    if (this.picked?.own && isDark !== this.isDark && !this.isColour) this.ink.invert(); // such a picture looks as it is with either
    this.isDark = isDark;
    this.stage.find("dark_ink")?.setAttribute("aria-pressed", String(isDark)); // the story has no such button
  }

  /** The other ink, for all that is drawn and all that is not from the data themselves. */
  switchInk() {
    this.setDark(!this.isDark);
    if (this.ink) this.settle(false);
  }

  setErasing(isErasing) {
    this.isErasing = isErasing;
    this.stage.find("eraser").setAttribute("aria-pressed", String(isErasing));
  }

  // ------------------------------------------------------------------ changes

  /** Keep what is there, to come back to. */
  remember() {
    this.before.push({ dots: this.ink.dots.slice(), picked: this.picked, isDark: this.isDark });
    if (this.before.length > MOST_UNDO) this.before.shift();
  }

  undo() {
    const last = this.before.pop();
    if (!last) return;
    this.ink.dots = last.dots;
    this.picked = last.picked;
    if (this.picked?.own && last.isDark !== this.isDark && !this.isColour) this.ink.invert();
    this.settle(true);
  }

  clear() {
    if (!this.ink || this.ink.isEmpty) return;
    this.remember();
    this.ink.clear();
    this.picked = null;
    this.setErasing(false);
    this.settle(true);
  }

  /** Lay a picture on the pad; until a pen touches it, it counts as it is and not as a drawing. */
  pick(picked) {
    this.remember();
    this.picked = picked;
    this.ink.show(picked.pixels, picked.height, picked.width, picked.divisor, picked.own && this.isDark);
    this.setErasing(false);
    this.settle(true);
  }

  line(from, to) {
    this.ink.stroke(...from, ...to, PEN, this.isColour ? (this.isErasing ? this.ink.paper : this.brush) : this.isErasing);
    this.picked = null;
  }

  settle(isNew) {
    this.paint();
    this.changed(isNew);
    this.rested();
  }

  paint() {
    this.ink.write(this.pixels, this.isDark);
    this.context.putImageData(this.image, 0, 0);
    if (this.key.isShown) this.drawKeyPen();
  }

  drawKeyPen() {
    const { x, y, isDown } = this.key;
    for (const [colour, width] of [
      ["#000000", 5],
      ["#ffa90e", 2.5],
    ]) {
      this.context.strokeStyle = colour;
      this.context.lineWidth = width;
      this.context.beginPath();
      this.context.arc(x, y, isDown ? PEN / 2 : PEN, 0, 2 * Math.PI);
      this.context.stroke();
    }
  }

  // ------------------------------------------------------------------ pointer and keys

  listen() {
    const { stage, canvas } = this;
    const on = (name, action) => canvas.addEventListener(name, stage.guard(action), { signal: stage.leaving.signal });
    let [pen, last, scale] = [null, null, null];
    const place = (event) => [(event.clientX - scale.left) * scale.x, (event.clientY - scale.top) * scale.y];
    on("pointerdown", (event) => {
      if (event.button !== 0 || pen !== null || !this.ink) return;
      const box = canvas.getBoundingClientRect();
      scale = { left: box.left, top: box.top, x: canvas.width / box.width, y: canvas.height / box.height };
      pen = event.pointerId;
      canvas.setPointerCapture(pen);
      canvas.focus({ preventScroll: true });
      this.key.isShown = false;
      const isNew = this.ink.isEmpty;
      this.remember();
      last = place(event);
      this.line(last, last);
      this.changed(isNew);
    });
    on("pointermove", (event) => {
      if (event.pointerId !== pen) return;
      // A fast hand moves several times between two frames; the stroke follows all of it.
      const path = event.getCoalescedEvents?.() ?? [];
      for (const step of path.length ? path : [event]) {
        const next = place(step);
        this.line(last, next);
        last = next;
      }
      this.changed(false);
    });
    const up = (event) => {
      if (event.pointerId !== pen) return;
      pen = null;
      this.rested();
    };
    on("pointerup", up);
    on("pointercancel", up);
    on("keydown", (event) => this.pressed(event));
    on("blur", () => this.showKeyPen(false));
  }

  showKeyPen(isShown) {
    if (this.key) Object.assign(this.key, { isShown, isDown: false });
    if (this.image) this.paint();
  }

  /** Arrows move the pen, the space bar lowers and lifts it. */
  pressed(event) {
    const isUndo = event.key === "z" && (event.ctrlKey || event.metaKey);
    if (event.key === "Tab" || (!isUndo && (event.ctrlKey || event.metaKey || event.altKey))) return;
    event.stopPropagation();
    if (!this.ink) return;
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (isUndo) this.undo();
    else if (event.key === "Delete") this.clear();
    else if (event.key === " ") this.lowerPen();
    else if (event.key === "Escape") this.showKeyPen(false);
    else if (steps[event.key]) this.movePen(...steps[event.key], event.shiftKey ? 3 * STEP : STEP);
    else return;
    event.preventDefault();
  }

  lowerPen() {
    const { key } = this;
    Object.assign(key, { isDown: !key.isDown, isShown: true });
    if (!key.isDown) {
      this.paint();
      this.rested();
      return;
    }
    this.remember();
    this.movePen(0, 0, 0);
  }

  movePen(right, down, step) {
    const { key, ink } = this;
    const from = [key.x, key.y];
    key.isShown = true;
    key.x = Math.min(ink.width, Math.max(0, key.x + right * step));
    key.y = Math.min(ink.height, Math.max(0, key.y + down * step));
    if (!key.isDown) {
      this.paint();
      return;
    }
    const isNew = ink.isEmpty;
    this.line(from, [key.x, key.y]);
    this.changed(isNew);
  }
}
