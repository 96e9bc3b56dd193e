// What points look like by a column of their images: categories in colours of their own, numbers on a scale.

import { inWords } from "../engine/column.js";
import { vote } from "../engine/plane.js";
import { packed, SHADES, shadesOn } from "./colour.js";

/** @import { Column } from "../engine/column.js" */

export const FULL = 1; // how a point is shown; 0 where it is not
export const FAINT = 2;
export const RING = 4; // beside one of these: with a hole
export const WAY = FULL | FAINT;
export const GREY = "#8b9096"; // points without a value, and those of categories without a colour; rings, too
export const MOST = 20; // categories in colours: so many hues in squares, and the same in rings
const HUES = 10;
const FAINT_ALPHA = 56; // of 255

/** The column of the classes; without labels, of points that have none. @type {(labels: Int32Array | null, categories: string[]) => Column} */
export function classColumn(labels, categories) {
  return { name: "class", kind: "category", values: labels, categories, unit: "" };
}

/**
 * Which points are shown: those of categories that are not hidden, or whose number lies in a range; and which categories were looked for,
 * so that they have a colour. Hidden are also, behind all categories, those without a colour and points without a value. And whether the
 * ground is dark.
 * @typedef {{ hidden?: Set<number>, picked?: number[], range?: [number, number] | null, isDark?: boolean }} Filter
 */

export class Colouring {
  /**
   * @param {Column} column
   * @param {string[]} palette  a colour as #rrggbb for each category; the first for points of which nothing is known
   * @param {number} count  of points
   * @param {Filter} filter
   */
  constructor(column, palette, count, filter = {}) {
    this.column = column;
    this.palette = palette;
    this.colours = new Uint32Array(count); // packed
    this.shown = new Uint8Array(count);
    this.selected = null; // a byte for each point, or nothing: all are shown alike
    this.painted = 0; // how often colours have changed
    this.votes = new Int32Array(Math.max(1, column.categories.length));
    this.counts = countsOf(column);
    this.sift({ hidden: new Set(), picked: [], range: null, isDark: false, ...filter });
  }

  /** Show other points, or give other categories a colour. @param {Filter} filter */
  sift(filter) {
    Object.assign(this, filter);
    this.coloured = colouredOf(this.counts, this.picked);
    this.slots = new Int16Array(this.counts.length - 1).fill(-1);
    this.coloured.forEach((category, slot) => {
      this.slots[category] = slot;
    });
    this.paint();
  }

  paint() {
    this.painted++;
    if (this.isScale) this.paintNumbers();
    else this.paintCategories();
    if (this.selected) this.fade();
  }

  /** Show what is not selected faintly. */
  fade() {
    for (let row = 0; row < this.shown.length; row++) {
      if (!this.shown[row] || this.selected[row]) continue;
      this.shown[row] = FAINT | (this.shown[row] & RING);
      this.colours[row] = (this.colours[row] & 0xffffff) | (FAINT_ALPHA << 24);
    }
  }

  /** Show a set of points in full and the rest faintly, or with null all points alike. */
  select(set) {
    this.selected = set;
    this.paint();
  }

  /** Whether the colours are those of numbers. */
  get isScale() {
    return this.column.kind !== "category";
  }

  /** Where each point has a class, its index; null for numbers, and for points without a class. */
  get labels() {
    return this.isScale ? null : this.column.values;
  }

  /** For each point the place of its category among `coloured`; of more than MOST categories only of those that were looked for. */
  get slotOfPoints() {
    const { labels, picked } = this;
    if (!labels || this.slots.length <= MOST) return labels;
    const slots = this.slots.map((slot, category) => (picked.includes(category) ? slot : -1));
    const found = new Int16Array(labels.length);
    for (let row = 0; row < found.length; row++) found[row] = labels[row] < slots.length ? slots[labels[row]] : -1;
    return found;
  }

  /** Whether a category is switched off. */
  isOff(category) {
    return this.hidden.has(category) || (this.slots[category] < 0 && this.hidden.has(this.slots.length));
  }

  paintCategories() {
    const { values } = this.column;
    const { slots, palette, colours, shown } = this;
    const none = slots.length;
    const [paints, ways] = [new Uint32Array(none + 1), new Uint8Array(none + 1)];
    slots.forEach((slot, category) => {
      paints[category] = packed(slot < 0 ? GREY : palette[slot]);
      ways[category] = this.isOff(category) ? 0 : isRing(slot) ? FULL | RING : FULL;
    });
    paints[none] = packed(values ? GREY : palette[0]);
    ways[none] = this.hidden.has(none + 1) ? 0 : values ? FULL | RING : FULL;
    for (let row = 0; row < colours.length; row++) {
      const category = values && values[row] < none ? values[row] : none;
      colours[row] = paints[category];
      shown[row] = ways[category];
    }
  }

  paintNumbers() {
    const { values, scale } = this.column;
    const { colours, shown } = this;
    const shades = shadesOn(this.isDark);
    const [low, high] = scale?.clip ?? [0, 0];
    const [from, to] = this.range ?? [-Infinity, Infinity];
    const steps = (SHADES - 1) / (high - low || 1);
    const grey = packed(GREY);
    const missing = this.range ? 0 : FULL | RING;
    for (let row = 0; row < colours.length; row++) {
      const value = values[row];
      if (!Number.isFinite(value)) {
        colours[row] = grey;
        shown[row] = missing;
        continue;
      }
      const shade = (value - low) * steps;
      colours[row] = shades[shade <= 0 ? 0 : shade >= SHADES - 1 ? SHADES - 1 : Math.round(shade)];
      shown[row] = value >= from && value <= to ? FULL : 0;
    }
  }

  /** Switch a category off, or on again. */
  toggle(category) {
    if (!this.hidden.delete(category)) this.hidden.add(category);
    this.paint();
  }

  /** Call the classes by other names; another column keeps those that it came with. */
  rename(categories) {
    if (this.column.name === "class") this.column = { ...this.column, categories };
  }

  /** What point `row` is called, or has as its number; undefined where nothing is known of it. */
  nameOf(row) {
    const { values, categories } = this.column;
    if (this.isScale) return Number.isFinite(values[row]) ? inWords(this.column, values[row]) : undefined;
    return categories[values?.[row]];
  }

  /** The colour of each category as #rrggbb; null where it has none. */
  get hues() {
    return this.isScale ? [] : Array.from(this.slots, (slot) => (slot < 0 ? null : this.palette[slot]));
  }

  /** What the colours of categories mean: a row for each that has one, how many points are of it and whether they are shown. */
  legend() {
    if (this.isScale) return [];
    const { counts } = this;
    return this.coloured.map((category, slot) => ({
      category,
      name: this.column.categories[category],
      count: counts[category],
      colour: this.palette[slot],
      isRing: isRing(slot),
      isShown: !this.hidden.has(category),
    }));
  }

  /** The points beside those: of how many categories without a colour, and without a value; how many they are and whether they are shown. */
  legendBeside() {
    const { slots, counts, hidden } = this;
    const none = slots.length;
    if (this.isScale || !this.column.values) return { others: null, missing: null };
    const without = Array.from(slots, (slot, category) => (slot < 0 ? counts[category] : 0));
    const others = { category: none, kinds: none - this.coloured.length, count: sum(without), isShown: !hidden.has(none) };
    const missing = { category: none + 1, count: counts[none], isShown: !hidden.has(none + 1) };
    return { others: others.kinds ? others : null, missing: missing.count ? missing : null };
  }

  /** How many points are shown. */
  get shownCount() {
    let count = 0;
    for (const way of this.shown) if (way) count++;
    return count;
  }

  /** The index of the category that most of `rows` have, -1 where none has one; `votes` says how many. Only for points with classes. */
  vote(rows) {
    const winner = vote(this.labels, rows, this.votes);
    return this.votes[winner] ? winner : -1;
  }
}

const isRing = (slot) => slot < 0 || slot >= HUES;
const sum = (numbers) => numbers.reduce((total, one) => total + one, 0);

/** How many points are of each category, and at the end how many of none. @type {(column: Column) => Int32Array} */
function countsOf({ kind, values, categories }) {
  const none = kind === "category" ? categories.length : 0;
  const counts = new Int32Array(none + 1);
  if (kind === "category" && values) for (let row = 0; row < values.length; row++) counts[Math.min(values[row], none)]++;
  return counts;
}

/**
 * The categories that have a colour, each at its own: all where they are MOST, else those with most points; what was picked takes the place
 * of the rarest of these.
 */
function colouredOf(counts, picked) {
  const all = Array.from({ length: counts.length - 1 }, (_, category) => category);
  if (all.length <= MOST) return all;
  const found = all.sort((one, other) => counts[other] - counts[one] || one - other).slice(0, MOST);
  let at = MOST - 1;
  for (const category of picked) {
    if (found.includes(category)) continue;
    while (at >= 0 && picked.includes(found[at])) at--;
    if (at >= 0) found[at--] = category;
  }
  return found;
}
