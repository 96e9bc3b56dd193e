// What Python would answer, where the map lives without a page of the dashboard.

import { toText } from "../js/engine/sets.js";
import { shared } from "../js/host/store.js";

const MOST_STEPS = 30; // back

/** What the map is told after it has handed over a value: how it is laid out, or what was chosen on it, which it shows already. */
export function answered(data, name, value, liveMap) {
  if (name === "layout") {
    const { serial, ...layout } = value;
    return { ...data, layout, layout_serial: serial };
  }
  return name === "sets" ? { ...data, sets: chosenAnew(data.sets, value, liveMap.sets.choice) } : data;
}

/** Whether the map lives where something is not at hand: "draw", what drawing takes, "row", images by their number, or "sets", which are kept. */
export function lacks({ absent = [] }, name) {
  return absent.includes(name);
}

function chosenAnew(sets, { do: act, serial }, shown) {
  const { now = null, steps = [] } = sets;
  if (act === "undo") return chosen({ ...sets, serial, steps: steps.slice(0, -1) }, steps.at(-1) ?? null);
  return chosen({ ...sets, serial, steps: [...steps, now].slice(-MOST_STEPS) }, shown);
}

/** What the map is told of a choice, a byte for each point or null: the key of its packet. */
export function chosen(sets, now) {
  const store = shared();
  store.choices = (store.choices ?? 0) + 1;
  const key = now ? `choice/${store.choices}` : "";
  if (now) store.parts.set(key, { bits: Uint8Array.from(atob(toText(now)), (letter) => letter.charCodeAt(0)) });
  return { ...sets, now, choice: key, can_undo: sets.steps.length > 0 };
}
