// What Python would answer, where the map lives without a page of the dashboard.

import { combined, toText } from "../js/engine/sets.js";
import { shared } from "../js/host/store.js";
import { changed, toldOf } from "./kept_alone.js";
import { byRule } from "./rules_alone.js";

const MOST_STEPS = 30; // back

/** What the map is told after it has handed over a value: how it is laid out, or what was chosen and kept on it. */
export function answered(data, name, value, liveMap) {
  if (name === "layout") {
    const { serial, ...layout } = value;
    return { ...data, layout, layout_serial: serial };
  }
  return name === "sets" ? { ...data, sets: done(data.sets, value, liveMap) } : data;
}

/**
 * Whether the map lives where something is not at hand: "draw", what drawing takes, "row", images by their number, "sets", which are kept,
 * or "answers", what Python says of a choice.
 */
export function lacks({ absent = [] }, name) {
  return absent.includes(name);
}

/** Do what was asked for; where it cannot be done, say why. A lasso and a set that was picked are shown already. */
function done(sets, asked, liveMap) {
  const { now = null, steps = [], kept = [] } = sets;
  const { do: act, serial } = asked;
  const before = { ...sets, serial, said: "" };
  if (act === "undo") {
    const step = steps.at(-1) ?? { now: null, kept };
    return chosen({ ...before, ...toldOf(step.kept), steps: steps.slice(0, -1) }, step.now);
  }
  const after = { ...before, steps: [...steps, { now, kept }].slice(-MOST_STEPS) };
  try {
    if (act === "rule") {
      const next = combined(asked.how, now, byRule(asked, liveMap));
      return next ? chosen(after, next) : before;
    }
    const next = changed(kept, asked, now);
    return next ? { ...after, ...toldOf(next), can_undo: true } : chosen(after, liveMap.sets.choice);
  } catch (error) {
    return { ...before, said: liveMap.worded(error) };
  }
}

/** What the map is told of a choice, a byte for each point or null: the key of its packet. */
export function chosen(sets, now) {
  const store = shared();
  store.choices = (store.choices ?? 0) + 1;
  const key = now ? `choice/${store.choices}` : "";
  if (now) store.parts.set(key, { bits: Uint8Array.from(atob(toText(now)), (letter) => letter.charCodeAt(0)) });
  return { ...sets, now, choice: key, can_undo: sets.steps.length > 0 };
}
