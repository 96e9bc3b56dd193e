// Blobs on a map: normals as ellipses with arrows to pull, and the lines within which an exact posterior has half and most of its mass.

import { drawLabel } from "../js/canvas/axes.js";
import { fontOf } from "../js/canvas/font.js";
import { contour, levelsHolding } from "../js/engine/contours.js";
import { EDGE, tips } from "./blob_hand.js";

const SHARES = [0.95, 0.5]; // of the posterior, within each line

/** The posterior's lines as pieces [a, b, a, b, ...] on the map. */
export function linesOf({ cells, side, box }) {
  const [left, right, low, high] = box;
  const place = (value, n) => (n % 2 ? high - (value * (high - low)) / side : left + (value * (right - left)) / side);
  return levelsHolding(cells, SHARES).map((level) => contour(cells, side, level).map(place));
}

/** Draw twice, so that it is seen on every ground. */
function strokeTwice(context, view, colours, width, path) {
  for (const [colour, wider] of [
    [colours.ground, 3],
    [colours.line, 0],
  ]) {
    Object.assign(context, { strokeStyle: colour, lineWidth: (width + wider) * view.ratio, lineCap: "round", lineJoin: "round" });
    context.beginPath();
    path();
    context.stroke();
  }
}

export function drawLines(context, view, lines, colours) {
  strokeTwice(context, view, colours, 2.5, () => {
    for (const pieces of lines) {
      for (let n = 0; n < pieces.length; n += 4) {
        context.moveTo(view.px(pieces[n]), view.py(pieces[n + 1]));
        context.lineTo(view.px(pieces[n + 2]), view.py(pieces[n + 3]));
      }
    }
  });
}

/** Of heights at which a name may stand, `half` px to each side of x, the first that is on the sheet and on none of the others' places. */
export function freeHeight(heights, x, half, others, size, tall) {
  const isFree = (at) => !others.some(([left, top]) => Math.abs(left - x) < half + size / 2 && Math.abs(top - at) < size);
  const seen = heights.filter((at) => at > size && at < tall - size);
  return seen.find(isFree) ?? seen[0] ?? heights[0];
}

/** A normal as its edge, and its name below or above it where it has one, on none of the `others` on the map. */
export function drawNormal(context, view, { mu, sigma }, colours, { isDashed = false, name = "", size = 14, others = [] } = {}) {
  const [x, y] = [view.px(mu[0]), view.py(mu[1])];
  const [wide, high] = sigma.map((width) => Math.max(3 * view.ratio, EDGE * width * view.scale));
  if (isDashed) context.setLineDash([7 * view.ratio, 6 * view.ratio]);
  strokeTwice(context, view, colours, 3, () => context.ellipse(x, y, wide, high, 0, 0, 2 * Math.PI));
  context.setLineDash([]);
  if (!name) return;
  const line = size * view.ratio;
  context.font = fontOf(line, 700);
  const half = context.measureText(name).width / 2;
  const places = others.map(([a, b]) => [view.px(a), view.py(b)]);
  const heights = [...[1, 1.5, 2].map((lines) => y + high + lines * line), y - high - line];
  const at = freeHeight(heights, x, half, places, line, view.height);
  drawLabel(context, view, name, x, at, { ground: colours.ground, text: colours.line }, size, 700);
}

/** Arrows at the four sides of a blob, which stretch it. */
export function drawArrows(context, view, { mu, sigma }, colours) {
  const arm = 6 * view.ratio;
  strokeTwice(context, view, colours, 3, () => {
    for (const [axis, sign, x, y] of tips(view, mu, sigma)) {
      const turned = (along, across) => (axis === 0 ? [x + sign * along, y + across] : [x + across, y - sign * along]);
      context.moveTo(...turned(-arm, -arm));
      context.lineTo(...turned(0, 0));
      context.lineTo(...turned(-arm, arm));
    }
  });
}
