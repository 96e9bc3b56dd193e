// How the live map is laid out: its pictures and axes, its plane, and how far points lie from it.

import { Mosaic } from "../js/canvas/mosaic.js";
import { painterOf } from "../js/canvas/pictures.js";
import { findingDensest } from "../js/engine/density.js";
import { Plane } from "../js/engine/plane.js";
import { measuring, ordering } from "../js/engine/slice.js";
import { whole } from "../js/engine/task.js";
import { areaOf } from "./ground.js";
import { mixInks } from "./inks.js";

// How far the window opens beyond the pictures for points that lie outside them, in reaches of the pictures; zooming out shows the rest.
const FARTHEST = { landing: 1.2, explore: 2.5 };
const MARGIN = 1.12; // of the pictures' reach, so that the axes' numbers have room beside them
const LARGE = 48; // dots along a picture that is shown smaller in places

/** Python says another layout: take it over. */
export function layAnew(liveMap) {
  const { setup, view } = liveMap;
  setup.take();
  liveMap.layers = setup.layers;
  layMosaic(liveMap);
  view.fit(liveMap.edge, liveMap.z.length === 1);
  setup.restoreWindow();
  if (setup.get("by") === liveMap.colouring.column.name) liveMap.colouring.sift(setup.filter);
  mixInks(liveMap);
  liveMap.controls.adopt();
  liveMap.tabs.show(setup.get("tab"));
  project(liveMap);
  showLayers(liveMap, true);
}

/** How the run's pictures are painted, and the room that they take, which for a square one would be all of it. */
export function layPictures(liveMap) {
  const { data, root } = liveMap;
  const { height, width } = data.shape;
  liveMap.painter = painterOf(data.shape, data.is_dark);
  root.dataset.picture = liveMap.painter.isInk ? "grey" : "colour";
  root.dataset.large = Math.max(height, width) > LARGE ? "yes" : "no";
  root.style.setProperty("--aspect", width / height);
  root.style.setProperty("--wide", Math.min(1, width / height));
}

/** Pictures as many as are asked for, in even steps or at quantiles of the prior; the axes count alike. */
export function layMosaic(liveMap) {
  const { setup, view, layers } = liveMap;
  const isFlat = liveMap.z.length === 1;
  const { side, scale } = setup.grid;
  const { reach } = liveMap.data.map;
  liveMap.mosaic = new Mosaic(side, isFlat ? 1 : side, reach);
  liveMap.area = areaOf(reach, side, isFlat);
  [view.across, view.upward] = [scale, isFlat ? null : scale];
  if (scale) liveMap.edge = layers.points ? Math.max(MARGIN * reach, scale.to(9)) : MARGIN * reach;
  else if (layers.points || !setup.isGrid) liveMap.edge = Math.min(liveMap.reach, FARTHEST[liveMap.data.mode] * reach);
  else liveMap.edge = MARGIN * reach;
}

/** Another plane, or the images by likeness. */
export function project(liveMap) {
  liveMap.planeName = liveMap.setup.projection;
  liveMap.plane = liveMap.setup.planeOf(liveMap.planeName);
  if (!liveMap.mu) return;
  if (liveMap.isLikeness) liveMap.likeness.ask();
  liveMap.layOut();
  liveMap.moved(false);
}

/** Project the points on the plane, find where the class names go, and begin the mosaic anew. */
export function layOut(liveMap) {
  whole(layingOut(liveMap));
}

/** The same in steps. */
export function* layingOut(liveMap) {
  const { mu, count } = liveMap;
  const flat = liveMap.isLikeness ? liveMap.likeness.flat : yield* liveMap.plane.projecting(mu, count);
  yield;
  liveMap.flat = flat;
  liveMap.points.layOut();
  yield;
  yield* measuringDepth(liveMap);
  yield;
  liveMap.cloud = null;
  yield* namingCategories(liveMap);
  yield;
  liveMap.restartMosaic();
  liveMap.invalidate();
}

/** Find where the names of the categories go that have a colour. */
export function nameCategories(liveMap) {
  whole(namingCategories(liveMap));
}

/** The same in steps. */
function* namingCategories(liveMap) {
  const { flat, reach, colouring, data } = liveMap;
  const { slotOfPoints, coloured } = colouring;
  liveMap.places =
    flat && slotOfPoints && !data.collapsed
      ? yield* findingDensest(flat, slotOfPoints, coloured.length, -reach, reach, 0.06 * reach)
      : null;
}

/** The points have other colours, or others of them are shown: they lie where they lay. */
export function recolour(liveMap) {
  liveMap.cloud = null;
  nameCategories(liveMap);
  mixInks(liveMap);
  if (!liveMap.isCovered) {
    liveMap.inkFirst();
    liveMap.restartMosaic();
  }
  liveMap.invalidate();
}

/** What lies on the map has changed; with points the pictures are faint ink, without them they carry the classes' colours. */
export function showLayers(liveMap, isOtherInk) {
  if (isOtherInk && liveMap.decoder) liveMap.restartMosaic();
  liveMap.inkFirst();
  liveMap.invalidate();
}

/** How far every point lies from the plane, found in steps; in one and two dimensions none does. */
export function* measuringDepth(liveMap) {
  const { z, mu, count, plane, isLikeness } = liveMap;
  if (z.length < 3 || !mu) return;
  liveMap.depthZ = Float64Array.from(z);
  const far = isLikeness ? null : yield* measuring(plane, mu, count, liveMap.depthZ);
  yield;
  liveMap.depth = far && (yield* ordering(far));
  liveMap.toolbar.writeWhy();
}

/** Whether z has left the plane through a place, which comes to lie as near to z as the plane lets it. */
export function isOff({ plane, z }, place) {
  if (z.length < 3) return false;
  plane.moveTo(place, Plane.along(plane.u, z), Plane.along(plane.v, z));
  return place.some((value, n) => Math.abs(value - z[n]) > 1e-6);
}

/** Move z within the plane to a place along the axes, which may have scales of their own. */
export function moveAlongAxes({ plane, view }, z, x, y) {
  plane.moveTo(z, view.across ? view.across.from(x) : x, view.upward ? view.upward.from(y) : y);
}

/** The place of a picture of the mosaic, counted from the upper left, into z. */
export function placeOfPicture(liveMap, n, z) {
  const { side, rows, reach } = liveMap.mosaic;
  const cell = (2 * reach) / side;
  z.set(liveMap.scratch);
  moveAlongAxes(liveMap, z, -reach + ((n % side) + 0.5) * cell, rows > 1 ? reach - (Math.floor(n / side) + 0.5) * cell : 0);
}
