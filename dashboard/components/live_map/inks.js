// Of which class each picture of the map is, and how strong it is drawn: in ink of the class, or in its own colours with a dot of the class.

import { channels, strokeOf } from "../js/canvas/colour.js";
import { Plane } from "../js/engine/plane.js";
import { seen } from "./captions.js";

/** The class of the images that lie nearest to z; -1 where pictures do not tell it: under the points, and without classes. */
export function classAt(liveMap, z) {
  const { mu, rows, distances, data, colouring } = liveMap;
  if (liveMap.isCovered || data.collapsed || !mu || !colouring.labels) return -1;
  return liveMap.points.nearestOften(seen(liveMap, z), rows, distances) ? colouring.vote(rows) : -1;
}

/** The categories' colours for the strokes of pictures, and for the dots on those that have colours of their own. */
export function mixInks(liveMap) {
  liveMap.marks = liveMap.colouring.hues;
  liveMap.inks = liveMap.marks.map((colour) => colour && strokeOf(colour, liveMap.theme.text));
}

/** Colour and strength of the pictures of a class: faint under the points. */
export function inkOf(liveMap, category) {
  return [liveMap.inks[category] ?? channels(liveMap.theme.text), liveMap.ink];
}

/** The stored map, whose plane runs through the middle, as it will be drawn anew, and the classes of its pictures; null where others are asked for. */
export function inkStored(liveMap, bitmap) {
  const { mosaic, data, view, painter } = liveMap;
  if (mosaic.side !== data.map.side || view.across) return null;
  const z = new Float64Array(liveMap.z.length);
  const plane = Plane.ofAxes(z.length, ...data.dims);
  const classes = Int16Array.from({ length: mosaic.side * mosaic.rows }, (_, n) => {
    plane.moveTo(z, ...mosaic.placeOf(n));
    return classAt(liveMap, z);
  });
  return { canvas: painter.tintCells(bitmap, mosaic.side, mosaic.rows, (n) => inkOf(liveMap, classes[n])), classes };
}
