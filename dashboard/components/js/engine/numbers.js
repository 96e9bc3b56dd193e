// Numbers as they are printed and counted.

/** @import { Numbers } from "./types.js" */

/** @type {(values: Iterable<number>) => number} */
export function total(values) {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

/**
 * The values to so many decimals, such that they add up to their rounded sum, or to `whole`, as it was printed as a part of a larger sum:
 * what rounding down loses goes to those that lost most. See vae_core/rounding.py.
 * @type {(values: ArrayLike<number> & Iterable<number>, places?: number, whole?: number) => number[]}
 */
export function printed(values, places = 1, whole = Number(total(values).toFixed(places))) {
  const unit = 10 ** places;
  const down = Array.from(values, (value) => Math.floor(value * unit));
  const missing = Math.round(whole * unit) - total(down);
  const order = down.map((_, n) => n).sort((one, other) => values[other] * unit - down[other] - (values[one] * unit - down[one]));
  for (const n of order.slice(0, missing)) down[n]++;
  return down.map((value) => value / unit);
}

/** The name of a latent dimension counted from 0: z₁, z₂ ... @type {(dim: number) => string} */
export function axisName(dim) {
  return `z${String(dim + 1).replace(/\d/g, (digit) => String.fromCharCode(0x2080 + Number(digit)))}`;
}

/**
 * Ticks of a round step, at least `room` pixels apart, over [low, high].
 * @type {(low: number, high: number, pixels: number, room?: number) => number[]}
 */
export function ticks(low, high, pixels, room = 64) {
  const rough = ((high - low) * room) / pixels;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5].find((n) => n * power >= rough) ?? 10) * power;
  const found = [];
  for (let n = Math.ceil(low / step); n * step <= high; n++) found.push(Number((n * step).toPrecision(6)));
  return found;
}

/** A number, or its text, with a true minus sign; none before zero. @type {(value: number, text?: string) => string} */
export function signed(value, text = String(value)) {
  return text.replace("-", value === 0 ? "" : "−");
}

/** A number for the eye: so many decimals. @type {(value: number, places: number) => string} */
export function fixed(value, places) {
  const text = value.toFixed(places);
  return signed(Number(text), text);
}

/**
 * A number with so many decimals, and its thousands apart as a language has it.
 * @type {(value: number, places: number, language?: string) => string}
 */
export function decimals(value, places, language = "en") {
  const text = value.toLocaleString(language, { minimumFractionDigits: places, maximumFractionDigits: places });
  return signed(Number(value.toFixed(places)), text);
}

/**
 * A number with three significant digits at the most, two where it is below one tenth.
 * @type {(value: number, language: string) => string}
 */
export function significant(value, language) {
  const size = Math.abs(value);
  if (size > 0 && size < 0.1) return decimals(value, Math.min(4, 1 - Math.floor(Math.log10(size))), language);
  return decimals(value, size >= 100 ? 0 : size >= 10 ? 1 : 2, language);
}

/** Numbers in [0, 1) that are the same after every reset (mulberry32). @type {(seed: number) => () => number} */
export function seeded(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A number in print: three significant digits, whole ones are kept; a word stays as it is. @type {(value: number | string) => string} */
export function readable(value) {
  if (typeof value !== "number") return value;
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  return decimals(value, Number.isInteger(value) || size >= 100 ? 0 : size >= 10 ? 1 : 2);
}
