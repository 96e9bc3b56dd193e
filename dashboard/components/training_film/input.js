// The hand on the film: scrubber, curves, map, buttons and keys. Keys that are handled stop here, since r and c mean something to Streamlit.

import { momentAt } from "./curves.js";

/** Listen to pointer and keys until the film leaves the page. */
export function listen(film) {
  const { follow } = film;
  film.on("play", "click", () => film.toggle());
  film.on("follow", "click", () => follow.toggle());
  film.on("eraser", "click", () => follow.pad.setErasing(!follow.pad.isErasing));
  film.on("dark_ink", "click", () => follow.pad.switchInk());
  film.on("undo", "click", () => follow.pad.undo());
  film.on("clear", "click", () => follow.pad.clear());
  film.on("next", "click", () => follow.album.next());
  for (const name of ["source", "class"]) film.on(name, "change", (event) => follow.album.changed(event.target));
  film.on("scrub", "input", (event) => goToPlace(film, Number(event.target.value) / 1000));
  film.on("", "keydown", (event) => pressed(film, event));
  film.choice.listen(
    film.map,
    (event, isPress) => point(film, event, isPress),
    () => film.flat,
  );
  listenToCurves(film);
  film.leaving.signal.addEventListener("abort", () => clearTimeout(film.waiting));
}

function listenToCurves(film) {
  let isDown = false;
  film.on("curves", "pointerdown", (event) => {
    if (event.button !== 0) return;
    isDown = true;
    film.curves.canvas.setPointerCapture(event.pointerId);
    goToPlace(film, film.curves.under(event));
  });
  film.on("curves", "pointermove", (event) => isDown && goToPlace(film, film.curves.under(event)));
  for (const name of ["pointerup", "pointercancel"]) film.on("curves", name, () => (isDown = false));
}

/** Take the film to a place on the time line, 0 to 1. */
function goToPlace(film, place) {
  if (film.data && film.frames > 1) film.take(momentAt(place, film.data.steps.slice(0, film.frames), film.curves.last), false);
}

/** Show the way of the image under the pointer; a press keeps it, a press beside all lets it go. */
function point(film, event, isPress) {
  if (!film.data || !film.frames || !film.flat) return;
  const row = event && film.map.rowAt(event, film.flat, film.colouring.shown);
  if (isPress) film.pinned = row;
  if (row === film.hovered && !isPress) return;
  film.hovered = row;
  film.schedule();
}

/** Arrows go from frame to frame, Home and End to the first and the last, the space bar plays. */
function pressed(film, event) {
  const { target } = event;
  if (!film.data || target.closest("select, .lf-pad") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key.length === 1) event.stopPropagation(); // Streamlit listens for letters on the whole page
  if (event.key === "Escape") film.choice.cancel();
  if (!target.closest(".lf-scrub, .lf-map") || film.frames < 2) return;
  const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
  const now = film.goal?.to ?? film.t;
  if (step) film.take(step > 0 ? Math.floor(now + 1 + 1e-6) : Math.ceil(now - 1 - 1e-6));
  else if (event.key === "Home") film.take(0);
  else if (event.key === "End") film.take(film.frames - 1);
  else if (event.key === " ") film.toggle();
  else return;
  event.stopPropagation();
  event.preventDefault();
}
