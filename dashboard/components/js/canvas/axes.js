// Axes, rings, labels and the cursor on a map.

import { signed } from "../engine/numbers.js";
import { fontOf } from "./font.js";

const ROUND = 180; // pieces of a ring, which an axis with a scale of its own bends
const NARROW = 22; // device-independent px between the numbers of an axis at least

/** Prior rings at 1, 2 and 3 standard deviations (one dimension: bars). */
export function drawRings(context, view, colour, isFlat) {
  context.save();
  context.strokeStyle = colour;
  context.lineWidth = 1.25 * view.ratio;
  context.setLineDash([5 * view.ratio, 5 * view.ratio]);
  for (const radius of [1, 2, 3]) {
    context.beginPath();
    if (isFlat) {
      for (const side of [-radius, radius]) {
        context.moveTo(view.px(side), 0);
        context.lineTo(view.px(side), view.height);
      }
    } else {
      for (let n = 0; n <= ROUND; n++) {
        const angle = (2 * Math.PI * n) / ROUND;
        context.lineTo(view.px(radius * Math.cos(angle)), view.py(radius * Math.sin(angle)));
      }
    }
    context.stroke();
  }
  context.restore();
}

/** Text with a halo, so that it reads on any ground. */
export function drawLabel(context, view, text, x, y, theme, size = 13, weight = 600, align = "center") {
  context.font = fontOf(size * view.ratio, weight);
  context.textAlign = align;
  context.textBaseline = "middle";
  context.lineJoin = "round";
  context.lineWidth = 4 * view.ratio;
  context.strokeStyle = theme.ground;
  context.strokeText(text, x, y);
  context.fillStyle = theme.text;
  context.fillText(text, x, y);
}

/** Words on a plate, for what must not be overlooked. */
export function drawSign(context, view, text, x, y, theme, size = 15) {
  context.font = fontOf(size * view.ratio, 600);
  const [half, tall] = [(context.measureText(text)?.width ?? 0) / 2 + 0.7 * size * view.ratio, 0.85 * size * view.ratio];
  context.fillStyle = theme.accent;
  context.beginPath();
  context.roundRect(x - half, y - tall, 2 * half, 2 * tall, tall);
  context.fill();
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillStyle = theme.ground;
  context.fillText(text, x, y);
}

/** Tick marks and numbers along the bottom and the left edge, and the axes' names in the corners. */
export function drawAxes(context, view, across, upward, theme, isFlat, names) {
  const mark = 6 * view.ratio;
  const line = (fromX, fromY, toX, toY) => {
    context.strokeStyle = theme.text;
    context.lineWidth = view.ratio;
    context.beginPath();
    context.moveTo(fromX, fromY);
    context.lineTo(toX, toY);
    context.stroke();
  };
  // The name stands in the line of the numbers, so that it covers nothing of the map; numbers make way for it.
  const name = `${names[0]} →`;
  drawLabel(context, view, name, view.width - 2 * mark, view.height - 2.4 * mark, theme, 13, 600, "right");
  const end = view.width - 4 * mark - (context.measureText(name)?.width ?? 0);
  let last = Number.NEGATIVE_INFINITY;
  for (const value of across) {
    const x = view.px(value);
    line(x, view.height, x, view.height - mark);
    if (x < 30 * view.ratio || x > end || x - last < NARROW * view.ratio) continue;
    drawLabel(context, view, signed(value), x, view.height - 2.4 * mark, theme, 12, 400);
    last = x;
  }
  if (isFlat) return;
  drawLabel(context, view, `${names[1]} ↑`, 2 * mark, 2.4 * mark, theme, 13, 600, "left");
  last = Number.POSITIVE_INFINITY;
  for (const value of upward) {
    const y = view.py(value);
    line(0, y, mark, y);
    if (y < 30 * view.ratio || y > view.height - 30 * view.ratio || last - y < NARROW * view.ratio) continue;
    drawLabel(context, view, signed(value), 3 * mark, y, theme, 12, 400);
    last = y;
  }
}

/** The cursor: a ring that is seen on white and on black, `size` px across its half. */
export function drawCursor(context, view, a, b, theme, size = 8, letter = "") {
  const [x, y, r] = [view.px(a), view.py(b), size * view.ratio];
  for (const [colour, width] of [
    [theme.ground, 5],
    [theme.accent, 2.5],
  ]) {
    context.strokeStyle = colour;
    context.lineWidth = width * view.ratio;
    context.beginPath();
    context.arc(x, y, r, 0, 2 * Math.PI);
    context.stroke();
  }
  if (letter) drawLabel(context, view, letter, x, y - 2 * r, theme, 14);
}
