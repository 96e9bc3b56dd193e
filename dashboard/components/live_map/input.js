// The hand on the map: pointer, wheel, touch and keys. Keys that are handled stop here, since r and c mean something to Streamlit.

import { Lasso, selectInside } from "../js/canvas/tools.js";
import { pointAt, showNearby } from "./captions.js";

/** Listen to the hand until the map leaves the page. */
export function listen(explorer) {
  const canvas = explorer.find("over");
  let rect = null;
  const { signal } = explorer.leaving;
  const on = (name, action, options) => canvas.addEventListener(name, explorer.guard(action), { ...options, signal });
  const local = (event) => {
    rect ??= canvas.getBoundingClientRect();
    return [(event.clientX - rect.left) * explorer.view.ratio, (event.clientY - rect.top) * explorer.view.ratio];
  };
  explorer.tools = { point: pointing(explorer), lasso: lasso(explorer) };
  choose(explorer, "point");

  on("pointerenter", () => {
    rect = null;
    explorer.isWandering = false;
  });
  on("pointerdown", (event) => {
    if (event.button !== 0) return;
    rect = null;
    canvas.focus({ preventScroll: true });
    canvas.setPointerCapture(event.pointerId);
    explorer.tool.down(local(event), event);
  });
  on("pointermove", (event) => explorer.tool.move(local(event), event));
  on("pointerup", (event) => explorer.tool.up(event));
  on("pointercancel", (event) => explorer.tool.cancel(event));
  on("pointerleave", () => {
    rect = null;
    showNearby(explorer, null);
    explorer.drawing.posterior.lead();
  });
  on("dblclick", () => explorer.pin(false));
  // A plain wheel scrolls the page; with Ctrl, as a pinch on a touchpad sends it, it zooms.
  on(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      explorer.view.zoom(Math.exp(-event.deltaY / 300), ...local(event));
      explorer.invalidate();
    },
    { passive: false },
  );
  on("keydown", (event) => pressed(explorer, event));
  on("keyup", (event) => event.key.startsWith("Arrow") && explorer.release());
  on("focus", () => (explorer.isWandering = false));
  addEventListener("scroll", () => (rect = null), { passive: true, capture: true, signal });
}

/** Let pointers do another thing: point or lasso. */
export function choose(explorer, name) {
  explorer.tool = explorer.tools[name];
  explorer.find("over").style.cursor = explorer.tool.cursor;
}

/** The tool of every day: a pointer moves z; two fingers, or Shift and drag, move the map. */
function pointing(explorer) {
  const pointers = new Map();
  let isDown = false;
  const go = ([x, y]) => explorer.moveTo(explorer.view.worldX(x), explorer.view.worldY(y));
  const up = (event) => {
    if (!pointers.delete(event.pointerId)) return;
    isDown = false;
    if (!pointers.size) explorer.release();
  };
  return {
    cursor: "crosshair",
    down(place, event) {
      pointers.set(event.pointerId, place);
      isDown = pointers.size === 1 && !event.shiftKey;
      if (!isDown) return;
      explorer.pin(true);
      go(place);
    },
    move(place, event) {
      const before = pointers.get(event.pointerId);
      if (before && (pointers.size > 1 || event.shiftKey)) {
        dragMap(explorer, pointers, event.pointerId, place);
        isDown = false;
      } else if (isDown || (!before && !explorer.isPinned && !explorer.film.isOn && event.pointerType !== "touch")) {
        go(place);
      }
      if (before) pointers.set(event.pointerId, place);
      else showNearby(explorer, pointAt(explorer, ...place));
    },
    up,
    cancel: up,
  };
}

/** The images that are lassoed are selected, here and among those laid out by likeness. */
function lasso(explorer) {
  const select = (polygon) => {
    if (!explorer.flat) return;
    explorer.host.set("selected", selectInside(explorer.colouring, polygon, explorer.flat, explorer.indexes));
    explorer.invalidate();
    explorer.umap.draw();
  };
  return new Lasso(explorer.view, () => explorer.drawOver(), select);
}

/** Two fingers, or Shift and drag: the map moves and scales under the hand. */
function dragMap(explorer, pointers, id, [x, y]) {
  const { view } = explorer;
  const [oldX, oldY] = pointers.get(id);
  const share = 1 / pointers.size;
  view.x -= ((x - oldX) / view.scale) * share;
  view.y += ((y - oldY) / view.scale) * share;
  const other = [...pointers].find(([key]) => key !== id)?.[1];
  if (other) {
    const [before, after] = [Math.hypot(oldX - other[0], oldY - other[1]), Math.hypot(x - other[0], y - other[1])];
    if (before > 8) view.zoom(after / before, ...other);
  }
  explorer.invalidate();
}

function pressed(explorer, event) {
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  const step = steps[event.key];
  const handled = ["+", "-", "=", "0", "Home", "Escape", "Enter", "r", "c", "R", "C"];
  if (!step && !handled.includes(event.key)) return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  event.stopPropagation();
  event.preventDefault();
  if (step) {
    const size = event.shiftKey ? 0.5 : 0.05;
    explorer.pin(true);
    explorer.moveTo(explorer.a + step[0] * size, explorer.b + step[1] * size);
    explorer.controls.keepInView();
  } else if (event.key === "Home") explorer.controls.goTo(new Float64Array(explorer.z.length));
  else if (event.key === "0") explorer.controls.zoom(0);
  else if (event.key === "+" || event.key === "=") explorer.controls.zoom(1.25);
  else if (event.key === "-") explorer.controls.zoom(0.8);
  else if (event.key === "Escape") {
    explorer.pin(false);
    explorer.tools.lasso.cancel();
  } else if (event.key === "Enter") explorer.release();
}
