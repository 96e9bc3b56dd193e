// Sets of points at work: joined, counted, packed for the way to Python, and the way between the middles of two of them.

/** @import { Floats, Numbers } from "./types.js" */

/** What becomes of a choice when the next set comes: dashboard/widgets/map_sets.py does the same. @type {readonly string[]} */
export const HOWS = ["new", "add", "without", "within"];

/**
 * The next set in the place of the choice, with it, without it, or what is in both. Without a choice there is nothing to take away from, nor
 * anything that both have: then nothing is chosen, null.
 * @type {(how: string, choice: Uint8Array | null, next: Uint8Array) => Uint8Array | null}
 */
export function combined(how, choice, next) {
  if (!choice && (how === "without" || how === "within")) return null;
  const had = (/** @type {number} */ n) => (choice ? choice[n] : 0);
  const rule = {
    add: (/** @type {number} */ n) => had(n) | bit(next[n]),
    without: (/** @type {number} */ n) => had(n) & (1 - bit(next[n])),
    within: (/** @type {number} */ n) => had(n) & bit(next[n]),
  }[how];
  const found = new Uint8Array(next.length); // a plain loop: "from" takes ten times as long for a million
  for (let n = 0; n < found.length; n++) found[n] = rule ? rule(n) : bit(next[n]);
  return found;
}

const bit = (/** @type {number} */ value) => (value ? 1 : 0);

/** What is not in a set. @type {(set: Uint8Array) => Uint8Array} */
export const inverted = (set) => set.map((value) => (value ? 0 : 1));

/** How many are in it. @type {(set: Uint8Array) => number} */
export function sizeOf(set) {
  let count = 0;
  for (let n = 0; n < set.length; n++) if (set[n]) count++;
  return count;
}

/** Those of which a byte for each point has this bit. @type {(marks: Uint8Array, n: number) => Uint8Array} */
export const markedIn = (marks, n) => marks.map((byte) => (byte >> n) & 1);

/** Eight points to a byte, the first in the highest bit, as base64. @type {(set: Uint8Array) => string} */
export function toText(set) {
  const bytes = new Uint8Array(Math.ceil(set.length / 8));
  for (let n = 0; n < set.length; n++) if (set[n]) bytes[n >> 3] |= 128 >> (n & 7);
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}

/** A byte for each of so many points. @type {(bytes: Uint8Array, count: number) => Uint8Array} */
export function unpackedBits(bytes, count) {
  const set = new Uint8Array(count);
  for (let n = 0; n < count; n++) set[n] = (bytes[n >> 3] >> (7 - (n & 7))) & 1;
  return set;
}

/** How many of a set have each of so many labels. @type {(set: Uint8Array, labels: Numbers, classes: number) => Int32Array} */
export function classesIn(set, labels, classes) {
  const counts = new Int32Array(classes);
  for (let n = 0; n < set.length; n++) if (set[n]) counts[labels[n]]++;
  return counts;
}

/** The mean of the points (N, d) of a set; null where it is empty. @type {(set: Uint8Array, points: Numbers, d: number) => Floats | null} */
export function middleOf(set, points, d) {
  const sum = new Float64Array(d);
  let count = 0;
  for (let n = 0; n < set.length; n++) {
    if (!set[n]) continue;
    count++;
    for (let j = 0; j < d; j++) sum[j] += points[n * d + j];
  }
  return count ? sum.map((value) => value / count) : null;
}

/**
 * The way from the middle of one set to that of another, of points (N, d) whose bytes have a bit for each set; what is in both counts for
 * neither, as in vae_core/evaluation/selected.py. Null where one of them holds nothing else.
 * @type {(marks: Uint8Array, from: number, to: number, points: Numbers, d: number) => { start: Floats, vector: Floats } | null}
 */
export function wayBetween(marks, from, to, points, d) {
  const apart = (/** @type {number} */ one, /** @type {number} */ other) =>
    marks.map((byte) => (byte >> one) & 1 & (1 - ((byte >> other) & 1)));
  const [start, end] = [middleOf(apart(from, to), points, d), middleOf(apart(to, from), points, d)];
  return start && end ? { start, vector: end.map((value, n) => value - start[n]) } : null;
}
