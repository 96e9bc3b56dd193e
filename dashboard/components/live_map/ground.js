// The ground of the map, drawn when something but z has changed: pictures, fog, points, contours of their density, rings, axes, names of classes.

import { drawAxes, drawLabel, drawRings } from "../js/canvas/axes.js";
import { fontOf } from "../js/canvas/font.js";
import { drawGaps, drawMarks } from "../js/canvas/marks.js";
import { drawPicture } from "../js/canvas/pictures.js";
import { offPlane } from "../js/engine/aggregate_posterior.js";
import { contour, levelsHolding } from "../js/engine/contours.js";
import { density } from "../js/engine/density.js";
import { ticks } from "../js/engine/numbers.js";
import { axisNames } from "./captions.js";

export const FAINT = 0.45; // ink of the mosaic under the points
const DENSITY_SIDE = 96;
const SHARES = [0.95, 0.75, 0.5, 0.25]; // of the images, within each contour
const [NAME, LONGEST] = [15, 24]; // CSS px and letters of a name on the map
const STRIP_AT = -1.25; // where the pictures run below the points of a map of one dimension

/** The world's rectangle [left, right, low, high] that a map of side x side pictures fills; one row of them where there is one dimension. */
export function areaOf(reach, side, isFlat) {
  return isFlat ? [-reach, reach, STRIP_AT - reach / side, STRIP_AT + reach / side] : [-reach, reach, -reach, reach];
}

export function drawGround(liveMap) {
  const { ground, view, theme, layers, plane, flat, isLikeness } = liveMap;
  const isFlat = !plane.v;
  ground.fillStyle = theme.ground;
  ground.fillRect(0, 0, view.width, view.height);
  ground.imageSmoothingEnabled = true;
  if (layers.mosaic && !isLikeness) drawMosaic(liveMap);
  if (layers.fog && !isLikeness && !view.across) liveMap.fog.draw();
  if (layers.points && flat) liveMap.points.draw(ground, view, flat, liveMap.colouring, liveMap.outline, liveMap.depth);
  if (layers.points && flat) liveMap.sets.draw();
  if (layers.density && flat) drawContours(liveMap);
  if (layers.rings && !isLikeness) drawRings(ground, view, theme.text, isFlat);
  if (!isLikeness) drawAxesOf(liveMap);
  if (layers.points || layers.density || (layers.mosaic && !liveMap.setup.isGrid)) drawNames(liveMap);
  if (layers.points && flat) liveMap.sets.name();
}

/** The axes of the window that is seen. */
export function drawAxesOf(liveMap) {
  const { ground, view, theme, plane } = liveMap;
  const most = view.across?.last ?? Infinity; // beyond the pictures the bell curve's tails lie in no room at all
  const within = (value) => Math.max(-most, Math.min(most, value));
  const across = ticks(within(view.worldX(0)), within(view.worldX(view.width)), view.width / view.ratio);
  const upward = ticks(within(view.worldY(view.height)), within(view.worldY(0)), view.height / view.ratio);
  drawAxes(ground, view, across, upward, theme, !plane.v, axisNames(liveMap));
}

export function drawMosaic({ ground, view, mosaic, area, stored, plane, planeName, z, data, painter, theme, marks }) {
  // The stored picture holds the place until the new one is whole; it knows one plane only, through the middle, in even steps.
  const isItsPlane = () => planeName === data.dims.join() && offPlane(plane.u, plane.v, z).every((value) => Math.abs(value) < 1e-6);
  const isStored = !mosaic.isShown && stored && isItsPlane();
  const { canvas, classes } = isStored ? stored : mosaic;
  if (!canvas) return;
  drawPicture(ground, view, canvas, area);
  if (painter.isInk) return;
  drawGaps(ground, view, area, mosaic.side, mosaic.rows, theme);
  drawMarks(ground, view, area, mosaic.side, mosaic.rows, data.shape, theme, (n) => marks[classes[n]]);
}

/** Lines within which so many of the images lie that are shown. */
function drawContours(liveMap) {
  const { ground, view, flat, colouring, reach, theme } = liveMap;
  liveMap.cloud ??= contoursOf(flat, reach, (row) => colouring.shown[row] > 0);
  const cell = (2 * reach) / DENSITY_SIDE;
  ground.lineCap = "round";
  for (const [colour, wider] of [
    [theme.ground, 2.5],
    [theme.text, 0],
  ]) {
    Object.assign(ground, { strokeStyle: colour, lineWidth: (1.25 + wider) * view.ratio });
    ground.beginPath();
    for (const pieces of liveMap.cloud) {
      for (let n = 0; n < pieces.length; n += 4) {
        ground.moveTo(view.px(-reach + pieces[n] * cell), view.py(reach - pieces[n + 1] * cell));
        ground.lineTo(view.px(-reach + pieces[n + 2] * cell), view.py(reach - pieces[n + 3] * cell));
      }
    }
    ground.stroke();
  }
}

function contoursOf(flat, reach, isShown) {
  const cells = density(flat, DENSITY_SIDE, -reach, reach, isShown);
  return levelsHolding(cells, SHARES).map((level) => contour(cells, DENSITY_SIDE, level));
}

/** The names of categories where they are densest; one that would lie on another makes way upward or downward, as far as there is room. */
function drawNames({ places, ground, view, theme, colouring }) {
  const { column, coloured } = colouring;
  const high = NAME * 1.2 * view.ratio;
  const taken = [];
  places?.forEach((place, slot) => {
    if (!place || colouring.isOff(coloured[slot])) return;
    const name = short(column.categories[coloured[slot]]);
    ground.font = fontOf(NAME * view.ratio, 600);
    const half = (ground.measureText(name)?.width ?? 0) / 2;
    const [x, y] = [view.px(place[0]), view.py(place[1])];
    const isFree = (at) => taken.every((other) => Math.abs(other.x - x) >= other.half + half || Math.abs(other.y - at) >= high);
    const at = [0, 1, -1, 2, -2].map((steps) => y + steps * high).find(isFree) ?? y;
    taken.push({ x, y: at, half });
    drawLabel(ground, view, name, x, at, theme, NAME);
  });
}

/** A name as the map has room for it: anybody may have written it. */
export const short = (name) => (name.length > LONGEST ? `${name.slice(0, LONGEST - 1)}…` : name);
