// In which ink each picture of the map is drawn.

import { channels } from "../js/canvas/colour.js";
import { inkedCells } from "../js/canvas/pictures.js";
import { Neighbours, Plane } from "../js/engine/plane.js";
import { seen } from "./captions.js";

/** Colour and strength of the picture at z: faint under the points; else in the colour of the class that lies nearest. */
export function inkAt(liveMap, z) {
  const { mu, count, rows, distances, data, colouring, inks } = liveMap;
  const plain = channels(liveMap.theme.text);
  if (liveMap.isCovered || data.collapsed || !mu || !colouring.labels) return [plain, liveMap.ink];
  if (liveMap.neighbours?.points !== mu) liveMap.neighbours = new Neighbours(mu, count, z.length);
  liveMap.neighbours.find(seen(liveMap, z), rows, distances);
  return [inks[colouring.vote(rows)], liveMap.ink];
}

/** The stored map, whose plane runs through the middle, in these inks; null where other pictures are asked for. */
export function inkStored(liveMap, bitmap) {
  const { mosaic, data, view } = liveMap;
  if (mosaic.side !== data.map.side || view.across) return null;
  const z = new Float64Array(liveMap.z.length);
  const plane = Plane.ofAxes(z.length, ...data.dims);
  return inkedCells(bitmap, mosaic.side, mosaic.rows, (n) => {
    plane.moveTo(z, ...mosaic.placeOf(n));
    return inkAt(liveMap, z);
  });
}
