// What the map says in words: where z lies, what is near it, and which image lies under the pointer.

import { axisName, fixed } from "../js/engine/numbers.js";
import { vote } from "../js/engine/plane.js";
import { prose } from "../js/engine/words.js";
import { columnName } from "./column_names.js";

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
  const place = liveMap.isLikeness ? liveMap.likeness.words : placeInWords(liveMap);
  liveMap.points.nearest(seen(liveMap, liveMap.z), liveMap.rows, liveMap.distances);
  const found = liveMap.fog.at(liveMap.z, liveMap.drawing.ownRow);
  const words = trust(liveMap, found);
  liveMap.badge.request();
  liveMap.find("place").textContent = place;
  liveMap.find("trust").textContent = words;
  liveMap.find("ratio").textContent = found ? ratioWords(liveMap, found) : "";
  clearTimeout(liveMap.resting);
  liveMap.resting = setTimeout(() => {
    const stop = /[.。]$/.test(place) ? "" : ".";
    liveMap.find("spoken").textContent = liveMap.isWandering ? "" : prose([place + stop, words, liveMap.drawing.bill.spoken]);
  }, SILENCE);
}

/** A sentence with its powers set as powers: 10^236. */
export function withPowers(sentence) {
  const power = (exponent) => Object.assign(document.createElement("sup"), { textContent: exponent });
  return sentence.split(/\^(\d+)/).map((part, n) => (n % 2 ? power(part) : part));
}

/** What the axes of the plane are called. */
export function axisNames(liveMap) {
  if (liveMap.planeName === "principal") return [1, 2].map((n) => liveMap.text("axis_principal", { n }));
  const name = (dim) => (liveMap.isLanding ? liveMap.text("number", { n: dim + 1 }) : axisName(dim));
  return liveMap.planeName.split(",").map((dim) => name(Number(dim)));
}

/** Where z lies: for strangers how many numbers make the picture, for others the axes by name. */
function placeInWords(liveMap) {
  const [x, y] = axisNames(liveMap);
  const d = liveMap.z.length;
  const many = d > 2 ? "_many" : "";
  const key = liveMap.isLanding ? `made${d === 1 ? "_1" : many}` : d === 1 ? "place_1" : "place";
  return liveMap.text(key, { x, y, d, a: inWords(liveMap.a), b: inWords(liveMap.b) });
}

/**
 * Whether real images lie here, by what was `found` of log q/p; by distance alone where a run has none. Nothing where there are too few
 * images to tell, and of a collapsed map that it says nothing.
 */
export function trust(liveMap, found) {
  const { labels, rows, count, data, fog } = liveMap;
  const images = liveMap.text("images");
  if (data.collapsed) return liveMap.text("collapsed");
  if (found?.isInFog) return liveMap.text(found.percent === 0 ? "in_fog_deep" : "in_fog", { images });
  if (fog.reason && liveMap.isOutside()) return liveMap.text("outside", { images });
  if (labels && count) {
    const votes = new Int32Array(data.names.length);
    const winner = vote(labels, rows, votes);
    const values = { name: data.names[winner], votes: votes[winner], of: Math.min(NEIGHBOURS, count), images };
    return liveMap.text(!liveMap.isLanding ? "near" : data.is_held_out ? "near_unseen" : "near_seen", values);
  }
  return found || (fog.reason && data.reach !== null) ? liveMap.text("inside", { images }) : "";
}

/**
 * log q/p at a place, and how it compares with the test images' own places: by the side on which the larger share of them lies. Beyond the
 * prior's rim p is that at the rim.
 */
export function ratioWords(liveMap, { nats, percent }) {
  const { rim } = liveMap.fog.trust.density;
  const at = Math.hypot(...liveMap.z) > rim ? `|z| = ${fixed(rim, 2)}` : "z";
  const isLow = percent < 50;
  const n = Math.min(99, Math.floor(isLow ? 100 - percent : percent));
  return prose([liveMap.text(isLow ? "ratio_low" : "ratio_high", { at, nats: fixed(nats, 1), n }), ...liveMap.fog.sampled()]);
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
  liveMap.painter.paint(liveMap.small, liveMap.decoder.decode(liveMap.mu.subarray(row * d, (row + 1) * d)));
  context.putImageData(liveMap.small, 0, 0);
}

/** What a test image is called: its row, its class where there is one, what it is coloured by, and its file where it had one of its own. */
export function nameOf(liveMap, row) {
  const { colouring, indexes, labels, data } = liveMap;
  const name = labels ? data.names[labels[row]] : undefined;
  const words = liveMap.text(name === undefined ? "test_image_unnamed" : "test_image", { row: indexes[row], name });
  const { column } = colouring;
  if (column.name === "class") return words + fileOf(liveMap, row);
  const told = { name: columnName(liveMap, column.name), words: colouring.nameOf(row) ?? liveMap.text("no_value") };
  return `${words} · ${liveMap.text("said_of", told)}${fileOf(liveMap, row)}`;
}

/** The name of a test image's file as it stands behind what the image is called; nothing where that is not known. */
export function fileOf({ files }, row) {
  return files[row] ? ` · ${files[row]}` : "";
}

/** The row of the point nearest to a place in device pixels, or null where none lies within so many. */
export function pointAt({ flat, layers, points }, px, py, within = 6) {
  return flat && layers.points ? points.at(px, py, within) : null;
}
