// The ground of the map, drawn when something but z has changed: pictures, fog, density, points, rings, axes, names of the classes.

import { drawAxes, drawLabel, drawRings } from "../js/canvas/axes.js";
import { densityPicture, drawPicture } from "../js/canvas/pictures.js";
import { density } from "../js/engine/density.js";
import { ticks } from "../js/engine/numbers.js";

export const FAINT = 0.45; // ink of the mosaic under the points
const DENSITY_SIDE = 96;
const STRIP_AT = -1.25; // where the pictures run below the points of a map of one dimension

/** The world's rectangle [left, right, low, high] that a map of side x side pictures fills; one row of them where there is one dimension. */
export function areaOf(reach, side, isFlat) {
  return isFlat ? [-reach, reach, STRIP_AT - reach / side, STRIP_AT + reach / side] : [-reach, reach, -reach, reach];
}

export function drawGround(liveMap) {
  const { ground, view, theme, layers, plane, flat } = liveMap;
  const isFlat = !plane.v;
  ground.fillStyle = theme.ground;
  ground.fillRect(0, 0, view.width, view.height);
  ground.imageSmoothingEnabled = true;
  if (layers.mosaic) drawMosaic(liveMap);
  if (layers.fog) liveMap.fog.draw();
  if (layers.density && flat) drawDensity(liveMap);
  if (layers.points && flat) liveMap.points.draw(ground, view, flat, liveMap.colouring, liveMap.outline);
  if (layers.rings) drawRings(ground, view, theme.text, isFlat);
  drawAxesOf(liveMap);
  if (layers.mosaic || layers.points || layers.density) drawNames(liveMap);
}

/** The axes of the window that is seen. */
export function drawAxesOf(liveMap) {
  const { ground, view, theme, plane } = liveMap;
  const across = ticks(view.worldX(0), view.worldX(view.width), view.width / view.ratio);
  const upward = ticks(view.worldY(view.height), view.worldY(0), view.height / view.ratio);
  drawAxes(ground, view, across, upward, theme, !plane.v, liveMap.axisNames());
}

export function drawMosaic({ ground, view, mosaic, area, stored, planeName, data }) {
  // The stored picture holds the place until the new one is whole; it knows one plane only, through the middle.
  const isStored = !mosaic.isWhole && stored && planeName === data.dims.join();
  const picture = isStored ? stored : mosaic.canvas;
  if (picture) drawPicture(ground, view, picture, area);
}

function drawDensity(liveMap) {
  const { ground, view, flat, colouring, reach } = liveMap;
  liveMap.cloud ??= densityPicture(
    density(flat, DENSITY_SIDE, -reach, reach, (row) => colouring.shown[row] > 0),
    DENSITY_SIDE,
  );
  drawPicture(ground, view, liveMap.cloud, [-reach, reach, -reach, reach]);
}

function drawNames({ places, ground, view, theme, colouring }) {
  const { column, hidden } = colouring;
  places?.forEach((place, n) => {
    if (place && !hidden.has(n)) drawLabel(ground, view, column.categories[n], view.px(place[0]), view.py(place[1]), theme, 15);
  });
}
