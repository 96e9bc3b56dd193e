// One value for each point: as it comes from Python, and in words.

import { decimals, signed, significant } from "./numbers.js";

/** @import { Numbers } from "./types.js" */

/**
 * How numbers spread, as dashboard/components/column_packets.py says it: their ends, the two between which colours run, how many lie where
 * in equal steps between these, and how many points have none.
 * @typedef {{ ends: [number, number], clip: [number, number], bars: number[], missing: number }} Scale
 */

/**
 * One value for each point, as vae_core/runs/columns.py has it: of a category an index into `categories`, or one beyond them where there is
 * none; else a number in `unit`, or seconds since 1970, NaN where there is none. `values` is null where nothing is known of the points.
 * @typedef {object} Column
 * @property {string} name
 * @property {"category" | "number" | "date"} kind
 * @property {Numbers | null} values
 * @property {string[]} categories
 * @property {string} unit
 * @property {Scale | null} [scale]  of numbers; null where no point has one
 */

/** @typedef {{ [type: string]: Uint8ArrayConstructor | Uint16ArrayConstructor | Float32ArrayConstructor | Float64ArrayConstructor }} Arrays */

/** @type {Arrays} */
const ARRAYS = { u1: Uint8Array, u2: Uint16Array, f4: Float32Array, f8: Float64Array };
const DAY = 86400; // seconds
const [LARGEST_WHOLE, LARGEST, SMALLEST] = [1e9, 1e6, 1e-3]; // that are written with all their digits, or without powers of ten

/** The column of a packet. @type {(part: { values: Uint8Array, type: string }) => Column} */
export function columnOf({ values, type, ...facts }) {
  return /** @type {any} */ ({ ...facts, values: new ARRAYS[type](values.slice().buffer) });
}

/** A value of a column that is no category. @type {(column: Column, value: number) => string} */
export function inWords({ kind, unit, scale }, value) {
  if (kind === "date") return dateInWords(value, !scale || scale.ends[1] - scale.ends[0] > 2 * DAY);
  return `${numberInWords(value)} ${unit}`.trim();
}

/** A time in seconds since 1970, in UTC, or its day alone; of what no calendar holds, the number. @type {(seconds: number, isDay: boolean) => string} */
function dateInWords(seconds, isDay) {
  const date = new Date(1000 * seconds);
  if (Number.isNaN(date.getTime())) return numberInWords(seconds);
  const [day, time] = date.toISOString().split("T");
  return isDay ? day : `${day} ${time.slice(0, 5)} UTC`;
}

/** A number of any size: whole ones with all their digits, others with three. @type {(value: number) => string} */
export function numberInWords(value) {
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < LARGEST_WHOLE) return size < 10000 ? signed(value) : decimals(value, 0);
  if (size < LARGEST && size >= SMALLEST) return significant(value, "en");
  const [digits, power] = value.toExponential(2).split("e");
  return `${signed(Number(digits), digits)} × 10${superscript(Number(power))}`;
}

/** @type {(power: number) => string} */
function superscript(power) {
  return String(power).replace(/./g, (letter) => (letter === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(letter)]));
}
