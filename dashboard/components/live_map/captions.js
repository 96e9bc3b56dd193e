// What the map says in words: where z lies, what is near it, and which image lies under the pointer.

import { paintPicture } from "../js/canvas/pictures.js";
import { fixed } from "../js/engine/numbers.js";
import { nearest } from "../js/engine/plane.js";

export const NEIGHBOURS = 20;
const SILENCE = 500; // ms without a move before a screen reader speaks

export const inWords = (value) => fixed(value, 2);

/** z as far as pictures show it: along dimensions asleep all images are alike, so they say nothing of what is near. */
export function seen({ awake, awakeZ }, z) {
  awakeZ.fill(0);
  for (const dim of awake) awakeZ[dim] = z[dim];
  return awakeZ;
}

/** Say where z lies and what is near it; a screen reader speaks when nothing moves any more. */
export function describe(liveMap) {
  const place = placeInWords(liveMap);
  nearest(liveMap.mu, liveMap.count, seen(liveMap, liveMap.z), liveMap.rows, liveMap.distances);
  const isOutside = liveMap.isOutside();
  const words = trust(liveMap, isOutside);
  liveMap.badge.request();
  liveMap.find("place").textContent = place;
  liveMap.find("trust").textContent = words;
  clearTimeout(liveMap.resting);
  liveMap.resting = setTimeout(() => {
    liveMap.find("spoken").textContent = liveMap.isWandering ? "" : `${place}. ${words} ${liveMap.drawing.bill.spoken}`;
  }, SILENCE);
}

/** A sentence with its powers set as powers: 10^236. */
export function withPowers(sentence) {
  const power = (exponent) => Object.assign(document.createElement("sup"), { textContent: exponent });
  return sentence.split(/\^(\d+)/).map((part, n) => (n % 2 ? power(part) : part));
}

/** Where z lies: for strangers how many numbers make the picture, for others the axes by name. */
function placeInWords(liveMap) {
  const [x, y] = liveMap.axisNames();
  const d = liveMap.z.length;
  const many = d > 2 ? "_many" : "";
  const key = liveMap.isLanding ? `made${d === 1 ? "_1" : many}` : d === 1 ? "place_1" : "place";
  return liveMap.text(key, { x, y, d, a: inWords(liveMap.a), b: inWords(liveMap.b) });
}

/** Whether the model knows this place; nothing where there are too few images to tell, and of a collapsed map that it says nothing. */
export function trust(liveMap, isOutside) {
  const { colouring, rows, count, data } = liveMap;
  if (data.collapsed) return liveMap.text("collapsed");
  if (isOutside) return liveMap.text("outside");
  if (colouring.labels && count) {
    const winner = colouring.vote(rows);
    const values = { name: colouring.column.categories[winner], votes: colouring.votes[winner], of: Math.min(NEIGHBOURS, count) };
    return liveMap.text("near", values);
  }
  return data.reach === null ? "" : liveMap.text("inside");
}

/** Show the image whose point lies under the pointer, redrawn from its own place; null: none. */
export function showNearby(liveMap, row) {
  if (row === liveMap.hovered || !liveMap.decoder) return;
  liveMap.hovered = row;
  liveMap.find("nearby").classList.toggle("ll-found", row !== null);
  if (row !== null) {
    redraw(liveMap, row, liveMap.near);
    liveMap.find("caption").textContent = liveMap.text("redrawn_there", { image: nameOf(liveMap, row) });
  }
  liveMap.drawOver();
}

/** Draw the picture that the model draws at the place of a test image. */
export function redraw(liveMap, row, context) {
  const d = liveMap.z.length;
  paintPicture(liveMap.small, liveMap.decoder.decode(liveMap.mu.subarray(row * d, (row + 1) * d)));
  context.putImageData(liveMap.small, 0, 0);
}

/** What a test image is called: its row, and its class where there is one. */
export function nameOf(liveMap, row) {
  const { colouring, indexes } = liveMap;
  return liveMap.text(colouring.labels ? "test_image" : "test_image_unnamed", { row: indexes[row], name: colouring.nameOf(row) });
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
