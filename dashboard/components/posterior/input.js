// The hand on the instrument: it moves q and stretches it, on the large map, on the small one and by keys.

import { REACH } from "./layout.js";

const NEAR = 16; // CSS px from a handle that still take hold of it
const STEP = 0.25; // of a standard deviation, per arrow key
const STRETCH = 1.08; // times, per arrow key with Shift

/** Listen to pointer and keys until the instrument leaves the page. */
export function listen(instrument) {
  instrument.on("encoder", "click", () => instrument.go("encoder"));
  instrument.on("best", "click", () => instrument.go("best"));
  instrument.on("home", "click", () => instrument.go("encoder"));
  instrument.on("over", "pointerdown", (event) => take(instrument, event));
  instrument.on("over", "pointermove", (event) => drag(instrument, event));
  instrument.on("over", "keydown", (event) => pressed(instrument, event));
  for (const name of ["pointerup", "pointercancel"]) instrument.on("over", name, () => (instrument.grip = null));
  for (const name of ["pointerdown", "pointermove"]) instrument.on("overview", name, (event) => jump(instrument, event));
}

/** Where a pointer is, in units of z; a map of one dimension has no second. */
function zOf({ view, d }, event) {
  const box = event.currentTarget.getBoundingClientRect();
  return [
    view.x + ((event.clientX - box.left) * view.ratio - view.width / 2) / view.scale,
    view.y - ((event.clientY - box.top) * view.ratio - view.height / 2) / view.scale,
  ].slice(0, d);
}

function take(instrument, event) {
  if (event.button !== 0) return;
  event.currentTarget.setPointerCapture(event.pointerId);
  const { view, mu, sigma } = instrument;
  const z = zOf(instrument, event);
  const reach = (NEAR * view.ratio) / view.scale;
  const isNear = (axis) => z.every((value, j) => Math.abs(Math.abs(value - mu[j]) - (j === axis ? REACH * sigma[j] : 0)) < reach);
  instrument.slide = null;
  instrument.grip = { axis: z.findIndex((_, axis) => isNear(axis)), z, mu };
}

function drag(instrument, event) {
  if (!instrument.grip) return;
  const z = zOf(instrument, event);
  const { axis, mu, z: start } = instrument.grip;
  const { sigma } = instrument;
  if (axis < 0) instrument.set({ mu: mu.map((value, j) => value + z[j] - start[j]), sigma }, "hand");
  else instrument.set({ mu: instrument.mu, sigma: sigma.map((value, j) => (j === axis ? Math.abs(z[j] - mu[j]) / REACH : value)) }, "hand");
}

/** The small map: q goes where the pointer is. */
function jump(instrument, event) {
  if (!(event.buttons & 1)) return; // the first one, under which a finger counts too
  if (event.type === "pointerdown") event.currentTarget.setPointerCapture(event.pointerId);
  const box = event.currentTarget.getBoundingClientRect();
  const { low, high } = instrument.field.levels.at(-1);
  const shares = [(event.clientX - box.left) / box.width, 1 - (event.clientY - box.top) / box.height];
  instrument.slide = null;
  instrument.set({ mu: low.map((edge, j) => edge + shares[j] * (high[j] - edge)), sigma: instrument.sigma }, "hand");
}

function pressed(instrument, event) {
  const [axis, sign] = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowUp: [1, 1], ArrowDown: [1, -1] }[event.key] ?? [-1, 0];
  if (event.key === "Home") instrument.go("encoder");
  if (event.key !== "Tab") event.stopPropagation(); // r and c would reach Streamlit
  if (axis < 0) return;
  event.preventDefault();
  const isStretch = event.shiftKey || (instrument.d === 1 && axis === 1);
  const target = instrument.d === 1 ? 0 : axis;
  const [mu, sigma] = [[...instrument.mu], [...instrument.sigma]];
  if (isStretch) sigma[target] *= STRETCH ** sign;
  else mu[target] += sign * STEP * sigma[target];
  instrument.slide = null;
  instrument.set({ mu, sigma }, "hand");
}
