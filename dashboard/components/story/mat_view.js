// A mat of flat tiles, and the piece of it under the glass, as seen slantwise from above and from far away.

import { mixed } from "../js/canvas/colour.js";
import { fitCanvas } from "../js/canvas/stage.js";
import { plane } from "./mat.js";

const TILES = 14; // along each side
const TILE = 0.9; // of its place: the rest is the gap to the next
const [YAW, PITCH] = [0.62, 0.62]; // how far the mat is turned, and how far the eye is above it; radians
const [SIN, COS, LOW, HIGH] = [Math.sin(YAW), Math.cos(YAW), Math.sin(PITCH), Math.cos(PITCH)];
const LIGHT = [-0.5, 0.35, 0.79]; // where light comes from
const [DARKEST, LIGHTEST] = [0.78, 0.22]; // of the text's colour in a tile
const REACH = 1.52; // what is seen: from -REACH to REACH
const FACETS = 12; // of the piece under the glass, along each side
const EDGE = 12; // pieces of each edge of a square that lies on the mat

/** Where a point of the room lies on the picture: [right, up]. */
export const seen = ([u, v, h]) => [u * COS - v * SIN, h * HIGH + (u * SIN + v * COS) * LOW];

/** How far a height of 1 reaches upward on the picture, of what a length of 1 to the right is. */
export const RISE = HIGH;

/** Paints quadrangles of a room into a canvas, [-reach, reach] of it in sight. */
class Painter {
  constructor(stage, canvas, reach = REACH) {
    fitCanvas(canvas, stage.ratio);
    Object.assign(this, { stage, canvas, context: canvas.getContext("2d") });
    this.scale = Math.min(canvas.width, canvas.height) / (2 * reach);
    this.context.fillStyle = stage.colour("background");
    this.context.fillRect(0, 0, canvas.width, canvas.height);
    this.context.lineJoin = "round";
  }

  at(point) {
    const [x, y] = seen(point);
    return [this.canvas.width / 2 + x * this.scale, this.canvas.height / 2 - y * this.scale];
  }

  trace(points, isClosed) {
    const { context } = this;
    context.beginPath();
    points.forEach((point, n) => context[n ? "lineTo" : "moveTo"](...this.at(point)));
    if (isClosed) context.closePath();
  }

  /** A flat piece, darker where it turns from the light. */
  facet(points, [right, up], isChosen = false) {
    const { stage, context } = this;
    const lit = Math.max(0, (LIGHT[2] - LIGHT[0] * right - LIGHT[1] * up) / Math.hypot(1, right, up));
    const share = DARKEST + (LIGHTEST - DARKEST) * lit;
    this.trace(points, true);
    context.fillStyle = mixed(stage.colour(isChosen ? "accent" : "text"), stage.colour("background"), isChosen ? 1 : share);
    context.fill();
  }

  line(points, colour, width, isDashed = false) {
    const { stage, context } = this;
    this.trace(points, false);
    context.strokeStyle = stage.colour(colour);
    context.lineWidth = width * stage.ratio;
    context.setLineDash(isDashed ? [5 * stage.ratio, 5 * stage.ratio] : []);
    context.stroke();
    context.setLineDash([]);
  }
}

/** A line (u, v) laid on a mat. */
function laid(height, line) {
  const inside = ([u, v]) => Math.max(Math.abs(u), Math.abs(v)) <= 1;
  const places = line.slice(1).flatMap((end, n) =>
    Array.from({ length: EDGE + 1 }, (_, k) => {
      const share = k / EDGE;
      return [0, 1].map((i) => line[n][i] + share * (end[i] - line[n][i]));
    }),
  );
  return places.filter(inside).map(([u, v]) => [u, v, height(u, v)]);
}

/** The square of `half` to each side of a place. */
const square = ([u, v], half) =>
  [
    [-1, -1],
    [1, -1],
    [1, 1],
    [-1, 1],
    [-1, -1],
  ].map(([a, b]) => [u + a * half, v + b * half]);

/** The tiles from the farthest to the nearest, each {place, points, slopes}: flat, and as the mat lies in its middle. */
export function tiles(height) {
  const side = 2 / TILES;
  const found = [];
  for (let i = 0; i < TILES; i++) {
    for (let j = 0; j < TILES; j++) {
      const place = [-1 + side * (i + 0.5), -1 + side * (j + 0.5)];
      const [middle, right, up] = plane(height, place, side / 50);
      const points = square(place, (TILE * side) / 2)
        .slice(1)
        .map(([u, v]) => [u, v, middle + right * (u - place[0]) + up * (v - place[1])]);
      found.push({ place, points, slopes: [right, up] });
    }
  }
  return found.sort((one, other) => other.place[0] * SIN + other.place[1] * COS - one.place[0] * SIN - one.place[1] * COS);
}

/** The mat with the square that lies under the glass, and its folds. Returns what makes a place on the canvas one of the mat. */
export function paintMat(stage, canvas, { height, place, half, folds }) {
  const painter = new Painter(stage, canvas);
  const all = tiles(height);
  for (const { points, slopes } of all) painter.facet(points, slopes);
  for (const line of folds) painter.line(laid(height, line), "text", 2);
  painter.line(laid(height, square(place, half)), "background", 7);
  painter.line(laid(height, square(place, half)), "accent", 4);
  return { scale: painter.scale, pick: (x, y) => picked(all, painter, [x, y]) };
}

/** The place of the mat at a place of the canvas, in device pixels: on the nearest tile that covers it, else on the one that is least off. */
function picked(all, painter, [x, y]) {
  const { canvas, scale } = painter;
  const [right, up] = [(x - canvas.width / 2) / scale, (canvas.height / 2 - y) / scale];
  const side = 1 / TILES;
  let best = null;
  for (const { place, points, slopes } of all) {
    const middle = (points[0][2] + points[2][2]) / 2;
    // right = u cos - v sin; up = h HIGH + (u sin + v cos) LOW, with h = middle + slopes . (u, v) on the tile.
    const [a, b, c, d] = [COS, -SIN, slopes[0] * HIGH + SIN * LOW, slopes[1] * HIGH + COS * LOW];
    const [x0, y0] = seen([...place, middle]);
    const [dx, dy, det] = [right - x0, up - y0, a * d - b * c];
    const [du, dv] = [(d * dx - b * dy) / det, (a * dy - c * dx) / det];
    const off = Math.max(Math.abs(du), Math.abs(dv), side) - side;
    if (Number.isFinite(off) && (!best || off <= best.off)) {
      const kept = (value) => Math.min(side, Math.max(-side, value));
      best = { off, spot: [place[0] + kept(du), place[1] + kept(dv)] };
    }
  }
  return best.spot;
}

/** The piece under the glass, as large as if it had a side of 2, the plane that touches it, and the bump: where they are farthest apart. */
export function paintGlass(stage, canvas, { height, place, half, at }) {
  const painter = new Painter(stage, canvas, 1.7);
  const [middle, right, up] = plane(height, place, half / 1000);
  const local = ([u, v], h) => [(u - place[0]) / half, (v - place[1]) / half, (h - middle) / half];
  const onPlane = ([u, v]) => local([u, v], middle + right * (u - place[0]) + up * (v - place[1]));
  const onMat = ([u, v]) => local([u, v], height(u, v));
  const side = (2 * half) / FACETS;
  for (let n = FACETS - 1; n >= 0; n--) {
    for (let m = FACETS - 1; m >= 0; m--) {
      const middleOf = [place[0] - half + side * (m + 0.5), place[1] - half + side * (n + 0.5)];
      painter.facet(
        square(middleOf, side * 0.52)
          .slice(1)
          .map(onMat),
        plane(height, middleOf, side / 4).slice(1),
      );
    }
  }
  painter.line(square(place, half).map(onPlane), "accent", 3, true);
  painter.line([onPlane(at), onMat(at)], "background", 8);
  painter.line([onPlane(at), onMat(at)], "accent", 5);
}
