// What the map says in words: where z lies, what is near it, and which image lies under the pointer.

import { paintPicture } from "../js/canvas/pictures.js";
import { fixed } from "../js/engine/numbers.js";
import { nearest } from "../js/engine/plane.js";

export const NEIGHBOURS = 20;
const SILENCE = 500; // ms that the hand rests before the screen reader is told

export const inWords = (value) => fixed(value, 2);

/** z as far as pictures show it: along dimensions asleep all images are alike, so they say nothing of what is near. */
export function seen({ awake, awakeZ }, z) {
  awakeZ.fill(0);
  for (const dim of awake) awakeZ[dim] = z[dim];
  return awakeZ;
}

/** Say where z lies and what is near it; the screen reader hears it when the hand rests. */
export function describe(explorer) {
  const [x, y] = explorer.axisNames();
  const place = explorer.text(explorer.plane.v ? "place" : "place_1", { x, y, a: inWords(explorer.a), b: inWords(explorer.b) });
  nearest(explorer.mu, explorer.count, seen(explorer, explorer.z), explorer.rows, explorer.distances);
  const isOutside = explorer.isOutside();
  const words = trust(explorer, isOutside);
  explorer.badge.request();
  explorer.find("place").textContent = place;
  explorer.find("trust").textContent = words;
  clearTimeout(explorer.resting);
  explorer.resting = setTimeout(() => {
    explorer.find("spoken").textContent = explorer.isWandering ? "" : `${place}. ${words} ${explorer.drawing.bill.spoken}`;
  }, SILENCE);
}

/** Whether the model knows this place; nothing where there are too few images to tell, and of a collapsed map that it says nothing. */
export function trust(explorer, isOutside) {
  const { colouring, rows, count, data } = explorer;
  if (data.collapsed) return explorer.text("collapsed");
  if (isOutside) return explorer.text("outside");
  if (colouring.labels && count) {
    const winner = colouring.vote(rows);
    const values = { name: colouring.column.categories[winner], votes: colouring.votes[winner], of: Math.min(NEIGHBOURS, count) };
    return explorer.text("near", values);
  }
  return data.reach === null ? "" : explorer.text("inside");
}

/** Show the image whose point lies under the pointer, redrawn from its own place; null: none. */
export function showNearby(explorer, row) {
  if (row === explorer.hovered) return;
  explorer.hovered = row;
  explorer.find("nearby").classList.toggle("ll-found", row !== null);
  if (row !== null) {
    redraw(explorer, row, explorer.near);
    explorer.find("caption").textContent = explorer.text("redrawn_there", { image: nameOf(explorer, row) });
  }
  explorer.drawOver();
}

/** Draw the picture that the model draws at the place of a test image. */
export function redraw(explorer, row, context) {
  const d = explorer.z.length;
  paintPicture(explorer.small, explorer.decoder.decode(explorer.mu.subarray(row * d, (row + 1) * d)));
  context.putImageData(explorer.small, 0, 0);
}

/** What a test image is called: its row, and its class where there is one. */
export function nameOf(explorer, row) {
  const { colouring, indexes } = explorer;
  return explorer.text(colouring.labels ? "test_image" : "test_image_unnamed", { row: indexes[row], name: colouring.nameOf(row) });
}

/** The row of the point nearest to a place in device pixels, or null where none lies within so many. */
export function pointAt({ flat, layers, view, count, colouring }, px, py, within = 6) {
  if (!flat || !layers.points) return null;
  let [best, limit] = [null, (within * view.ratio) ** 2];
  for (let row = 0; row < count; row++) {
    if (!colouring.shown[row]) continue;
    const far = (view.px(flat[2 * row]) - px) ** 2 + (view.py(flat[2 * row + 1]) - py) ** 2;
    if (far < limit) [best, limit] = [row, far];
  }
  return best;
}
