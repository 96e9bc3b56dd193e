// The map of a run as one HTML file.

import { openAlone } from "../js/host/standalone.js";
import { answered } from "./answer.js";
import { inAddress, keptIn, toldOf } from "./kept_alone.js";
import { LiveMap } from "./live_map.js";

/** The sets that the address holds are there from the start, and marked. */
function begin(data) {
  const kept = keptIn(location.hash, data.sets.points);
  const marked = kept.length ? { sel: kept.map(({ name }) => encodeURIComponent(name)).join() } : {};
  return { ...data, layout: { ...data.layout, ...marked }, sets: { ...data.sets, ...toldOf(kept) } };
}

/** Kept sets stand in the address as long as they fit. */
function answer(data, name, value, liveMap) {
  const next = answered(data, name, value, liveMap);
  if (next.sets.kept === data.sets.kept) return next;
  const hash = inAddress(next.sets.kept);
  history.replaceState(null, "", hash || location.pathname + location.search);
  return hash || !next.sets.kept.length ? next : { ...next, sets: { ...next.sets, said: liveMap.text("set_too_large") } };
}

openAlone(".ll", LiveMap, { begin, answer });
