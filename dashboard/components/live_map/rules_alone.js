// The rules of the form where no Python answers: which points one holds for, a byte for each; dashboard/widgets/map_sets.py does the same.

import { columnOf } from "../js/engine/column.js";
import { refuse } from "../js/engine/refusal.js";

// A date or time of ISO 8601, as vae_core/inspection/rules.py reads it: in UTC where it names no other zone, wherever the browser is.
const DATE = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:?\d\d)?)?$/;
const ROWS = /^\s*(\d{1,12})\s*(?:-\s*(\d{1,12})\s*)?$/;

/** The points that a rule holds for. @throws {import("../js/engine/refusal.js").Refusal} it is none */
export function byRule(asked, liveMap) {
  return (RULES[asked.by] ?? RULES.rows)(asked, liveMap);
}

const RULES = {
  class: ({ number }, { labels, count }) => chosen(count, (n) => labels?.[n] === number),
  near: ({ number, z }, { mu, count }) => nearest(mu, z, count, number),
  outside: ({ number }, { mu, count, z }) => chosen(count, (n) => squares(mu, n, z.length) > number ** 2),
  rows: ({ words }, { indexes, count }) => {
    const ranges = words.split(",").map((part) => ROWS.exec(part) ?? refuse("set_no_rows", { rows: part }));
    return chosen(count, (n) => ranges.some(([, first, last]) => indexes[n] >= Number(first) && indexes[n] <= Number(last ?? first)));
  },
  range: ({ column, low, high }, liveMap) => {
    const { kind, values } = columnIn(liveMap, column);
    const [from, to] = [low, high].map((text) => text.trim() && endOf(text, kind));
    if (from === "" && to === "") refuse("set_no_end");
    return chosen(liveMap.count, (n) => !Number.isNaN(values[n]) && (from === "" || values[n] >= from) && (to === "" || values[n] <= to));
  },
  words: ({ column, words }, liveMap) => {
    const { values, categories, kind } = columnIn(liveMap, column);
    const letters = words.trim().toLowerCase();
    const holds = categories.map((name) => name.toLowerCase().includes(letters));
    return chosen(liveMap.count, (n) => (kind === "category" ? holds[values[n]] : String(values[n]).includes(letters)));
  },
};

function chosen(count, holds) {
  const set = new Uint8Array(count);
  for (let n = 0; n < count; n++) if (holds(n)) set[n] = 1;
  return set;
}

function columnIn({ host, data }, name) {
  const part = host.bytes(`${data.run}/column/${name}`);
  return part ? columnOf(part) : refuse("set_no_column", { column: name });
}

function endOf(text, kind) {
  const value = kind === "date" ? secondsOf(text) : Number(text);
  return Number.isFinite(value) ? value : refuse("set_no_number", { value: text });
}

/** Seconds since 1970; NaN of what is no date. */
function secondsOf(text) {
  const [, day, time = "00:00", zone = "Z"] = DATE.exec(text) ?? [];
  return Date.parse(`${day}T${time}${zone}`) / 1000;
}

function squares(mu, n, d) {
  let sum = 0;
  for (let j = 0; j < d; j++) sum += mu[n * d + j] ** 2;
  return sum;
}

/** Of equally near ones the first. */
function nearest(mu, z, count, k) {
  const d = z.length;
  const far = new Float64Array(count);
  for (let n = 0; n < count; n++) for (let j = 0; j < d; j++) far[n] += (mu[n * d + j] - z[j]) ** 2;
  const wanted = Math.min(count, Math.max(0, Math.floor(k)));
  if (!wanted) return new Uint8Array(count);
  const limit = far.slice().sort()[wanted - 1];
  let left = wanted - far.reduce((sum, one) => sum + (one < limit ? 1 : 0), 0);
  return chosen(count, (n) => far[n] < limit || (far[n] === limit && left-- > 0));
}
