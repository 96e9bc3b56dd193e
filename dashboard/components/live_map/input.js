// The hand on the map: pointer, wheel, touch and keys. Keys that are handled stop here, since r and c mean something to Streamlit.

import { Box, Lasso } from "../js/canvas/tools.js";
import { pointAt, showNearby } from "./captions.js";

const LINE = 16; // px of a line that a mouse wheel scrolls
const MOST_WHEEL = 240; // px that one event counts for

/** Listen to pointer, wheel and keys until the map leaves the page. */
export function listen(liveMap) {
  const canvas = liveMap.find("over");
  let rect = null;
  const { signal } = liveMap.leaving;
  const on = (name, action, options) => canvas.addEventListener(name, liveMap.guard(action), { ...options, signal });
  const local = (event) => {
    rect ??= canvas.getBoundingClientRect();
    return [(event.clientX - rect.left) * liveMap.view.ratio, (event.clientY - rect.top) * liveMap.view.ratio];
  };
  const select = (polygon) => liveMap.sets.enclose(polygon);
  const redraw = () => liveMap.drawOver();
  liveMap.tools = { point: pointing(liveMap), lasso: new Lasso(liveMap.view, redraw, select), box: new Box(liveMap.view, redraw, select) };
  choose(liveMap, "point");

  on("pointerenter", () => {
    rect = null;
    liveMap.isWandering = false;
  });
  on("pointerdown", (event) => {
    if (event.button !== 0) return;
    rect = null;
    canvas.focus({ preventScroll: true });
    canvas.setPointerCapture(event.pointerId);
    liveMap.tool.down(local(event), event);
  });
  on("pointermove", (event) => liveMap.tool.move(local(event), event));
  on("pointerup", (event) => liveMap.tool.up(event));
  on("pointercancel", (event) => liveMap.tool.cancel(event));
  on("pointerleave", () => {
    rect = null;
    showNearby(liveMap, null);
    liveMap.drawing.posterior.lead();
  });
  on("dblclick", () => liveMap.pin(false));
  // On Start a plain wheel scrolls the page; with Ctrl, as a pinch on a touchpad sends it, it zooms everywhere.
  on(
    "wheel",
    (event) => {
      if (liveMap.isLanding && !event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const pixels = event.deltaY * (event.deltaMode ? LINE : 1);
      liveMap.view.zoom(Math.exp(-Math.max(-MOST_WHEEL, Math.min(MOST_WHEEL, pixels)) / 300), ...local(event));
      liveMap.setup.windowMoves();
    },
    { passive: false },
  );
  on("keydown", (event) => pressed(liveMap, event));
  on("keyup", (event) => event.key.startsWith("Arrow") && liveMap.release());
  on("focus", () => (liveMap.isWandering = false));
  addEventListener("scroll", () => (rect = null), { passive: true, capture: true, signal });
}

/** Let pointers do another thing: point, lasso or box. */
export function choose(liveMap, name) {
  liveMap.tool?.cancel();
  liveMap.tool = liveMap.tools[name];
  liveMap.find("over").style.cursor = liveMap.tool.cursor;
}

/** The tool of every day: a pointer moves z; two fingers, or Shift and drag, move the map. */
function pointing(liveMap) {
  const pointers = new Map();
  let isDown = false;
  const go = ([x, y]) => {
    const place = [liveMap.view.worldX(x), liveMap.view.worldY(y)];
    if (liveMap.isLikeness) liveMap.likeness.take(place);
    else liveMap.moveTo(...place);
  };
  const up = (event) => {
    if (!pointers.delete(event.pointerId)) return;
    isDown = false;
    if (!pointers.size) liveMap.release();
  };
  return {
    cursor: "crosshair",
    down(place, event) {
      pointers.set(event.pointerId, place);
      isDown = pointers.size === 1 && !event.shiftKey;
      if (!isDown) return;
      liveMap.pin(true);
      go(place);
    },
    move(place, event) {
      const before = pointers.get(event.pointerId);
      if (before && (pointers.size > 1 || event.shiftKey)) {
        dragMap(liveMap, pointers, event.pointerId, place);
        isDown = false;
      } else if (isDown || (!before && !liveMap.isPinned && !liveMap.film.isOn && event.pointerType !== "touch")) {
        go(place);
      }
      if (before) pointers.set(event.pointerId, place);
      else showNearby(liveMap, pointAt(liveMap, ...place));
    },
    up,
    cancel: (event) => (event ? up(event) : pointers.clear()),
  };
}

/** Two fingers, or Shift and drag: the map moves and scales with them. */
function dragMap(liveMap, pointers, id, [x, y]) {
  const { view } = liveMap;
  const [oldX, oldY] = pointers.get(id);
  const share = 1 / pointers.size;
  view.x -= ((x - oldX) / view.scale) * share;
  view.y += ((y - oldY) / view.scale) * share;
  const other = [...pointers].find(([key]) => key !== id)?.[1];
  if (other) {
    const [before, after] = [Math.hypot(oldX - other[0], oldY - other[1]), Math.hypot(x - other[0], y - other[1])];
    if (before > 8) view.zoom(after / before, ...other);
  }
  liveMap.setup.windowMoves();
}

function pressed(liveMap, event) {
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  const step = steps[event.key];
  const handled = ["+", "-", "=", "0", "Home", "Escape", "Enter", "r", "c", "R", "C"];
  if (!step && !handled.includes(event.key)) return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  event.stopPropagation();
  event.preventDefault();
  if (step) {
    const size = event.shiftKey ? 0.5 : 0.05;
    liveMap.pin(true);
    if (liveMap.isLikeness) liveMap.likeness.step(step);
    else liveMap.moveTo(liveMap.a + step[0] * size, liveMap.b + step[1] * size);
    liveMap.controls.keepInView();
  } else if (event.key === "Home") liveMap.controls.goTo(new Float64Array(liveMap.z.length));
  else if (event.key === "0") liveMap.controls.zoom(0);
  else if (event.key === "+" || event.key === "=") liveMap.controls.zoom(1.25);
  else if (event.key === "-") liveMap.controls.zoom(0.8);
  else if (event.key === "Escape") {
    liveMap.pin(false);
    for (const name of ["lasso", "box"]) liveMap.tools[name].cancel();
  } else if (event.key === "Enter") liveMap.release();
}
