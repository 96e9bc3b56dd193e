// What points look like by a column of their images: classes in colours of their own, numbers on a scale.

import { significant } from "../engine/numbers.js";
import { vote } from "../engine/plane.js";
import { CIVIDIS, packed, paintCividis } from "./colour.js";

export const FULL = 1; // how a point is shown; 0 where it is not
export const FAINT = 2;
const FAINT_ALPHA = 56; // of 255

/**
 * One value for each point, as vae_core/runs/columns.py has it: of a category an index into `categories`, else a number in `unit`;
 * `values` is null where nothing is known of the points.
 * @typedef {{ name: string, kind: "category" | "number", values: ArrayLike<number> | null, categories: string[], unit: string }} Column
 */

/** The column of the classes; without labels, of points that have none. @type {(labels: Int32Array | null, categories: string[]) => Column} */
export function classColumn(labels, categories) {
  return { name: "class", kind: "category", values: labels, categories, unit: "" };
}

export class Colouring {
  /**
   * @param {Column} column
   * @param {string[]} palette  a colour as #rrggbb for each category; the first for points of which nothing is known
   * @param {number} count  of points
   * @param {Set<number>} hidden  categories that are switched off
   */
  constructor(column, palette, count, hidden = new Set()) {
    this.column = column;
    this.palette = palette;
    this.hidden = hidden;
    this.colours = new Uint32Array(count); // packed
    this.shown = new Uint8Array(count);
    this.selected = null; // a byte for each point, or nothing: all are shown alike
    this.painted = 0; // how often colours have changed
    this.votes = new Int32Array(Math.max(1, column.categories.length));
    this.paint();
  }

  paint() {
    this.painted++;
    if (this.column.kind === "number") this.paintNumbers();
    else this.paintCategories();
    if (this.selected) this.fade();
  }

  /** Show what is not selected faintly. */
  fade() {
    for (let row = 0; row < this.shown.length; row++) {
      if (!this.shown[row] || this.selected[row]) continue;
      this.shown[row] = FAINT;
      this.colours[row] = (this.colours[row] & 0xffffff) | (FAINT_ALPHA << 24);
    }
  }

  /** Show a set of points in full and the rest faintly, or with null all points alike. */
  select(set) {
    this.selected = set;
    this.paint();
  }

  /** Where each point has a class, its index; null for numbers, and for points without a class. */
  get labels() {
    return this.column.kind === "category" ? this.column.values : null;
  }

  paintCategories() {
    const { values } = this.column;
    const colours = this.palette.map((hex) => packed(hex));
    const isShown = colours.map((_, category) => !this.hidden.has(category));
    for (let row = 0; row < this.colours.length; row++) {
      const category = values ? values[row] : 0;
      this.colours[row] = colours[category];
      this.shown[row] = isShown[category] ? FULL : 0;
    }
  }

  paintNumbers() {
    const { values } = this.column;
    [this.low, this.high] = [Infinity, -Infinity];
    for (const value of values) if (Number.isFinite(value)) [this.low, this.high] = [Math.min(this.low, value), Math.max(this.high, value)];
    const bytes = new Uint8ClampedArray(this.colours.buffer);
    for (let row = 0; row < this.colours.length; row++) {
      this.shown[row] = Number.isFinite(values[row]) ? FULL : 0;
      if (!this.shown[row]) continue;
      paintCividis(bytes, row, (values[row] - this.low) / (this.high - this.low || 1));
      bytes[4 * row + 3] = 255;
    }
  }

  /** Switch a category off, or on again. */
  toggle(category) {
    if (!this.hidden.delete(category)) this.hidden.add(category);
    this.paint();
  }

  /** Switch these categories off, and all others on. */
  hide(categories) {
    this.hidden = categories;
    this.paint();
  }

  /** Call the classes by other names; another column keeps those that it came with. */
  rename(categories) {
    if (this.column.name === "class") this.column = { ...this.column, categories };
  }

  /** What point `row` is called, or has as its number; undefined where nothing is known of it. */
  nameOf(row) {
    const { kind, values, categories } = this.column;
    if (kind === "number") return Number.isFinite(values[row]) ? this.inWords(values[row]) : undefined;
    return categories[values?.[row]];
  }

  inWords(value) {
    return `${significant(value, "en")} ${this.column.unit}`.trim();
  }

  /** What the colours mean: a row for each category, or for each of the two ends of the scale. */
  legend() {
    const { kind, categories } = this.column;
    if (kind === "category") return categories.map((name, n) => ({ name, colour: this.palette[n], isShown: !this.hidden.has(n) }));
    const ends = [
      [this.low, CIVIDIS[0]],
      [this.high, CIVIDIS.at(-1)],
    ];
    return ends.map(([value, colour]) => ({ name: this.inWords(value), colour, isShown: true }));
  }

  /** The index of the category that most of `rows` have; `votes` says how many. Only for points with classes. */
  vote(rows) {
    return vote(this.labels, rows, this.votes);
  }
}
