// Drawing for the instrument: colours, ellipses, bells and the scale of nats. Everything takes a context and numbers and keeps nothing.

import { drawLabel } from "../js/canvas/axes.js";
import { fontOf } from "../js/canvas/font.js";

/** A line that shows on any ground: a dark one under a light one. */
export function strokeTwice(context, ratio, path, dashes = []) {
  for (const [colour, width] of [
    ["#000000", 4],
    ["#ffffff", 2],
  ]) {
    context.beginPath();
    path();
    context.setLineDash(dashes.map((length) => length * ratio));
    context.strokeStyle = colour;
    context.lineWidth = width * ratio;
    context.stroke();
  }
  context.setLineDash([]);
}

export function handle(context, x, y, ratio) {
  context.beginPath();
  context.arc(x, y, 6 * ratio, 0, 7);
  Object.assign(context, { fillStyle: "#ffffff", strokeStyle: "#000000", lineWidth: 1.5 * ratio });
  context.fill();
  context.stroke();
}

/** An arrow whose tip lies at (x, y) and that points along `angle`. */
export function arrow(context, x, y, angle, ratio) {
  context.save();
  context.translate(x, y);
  context.rotate(angle);
  strokeTwice(context, ratio, () => {
    context.moveTo(-26 * ratio, 0);
    context.lineTo(0, 0);
    context.moveTo(-9 * ratio, -7 * ratio);
    context.lineTo(0, 0);
    context.lineTo(-9 * ratio, 7 * ratio);
  });
  context.restore();
}

const ON_HEAT = { ground: "#000000", text: "#ffffff" };

/** Words on the map, light with a dark halo, so that they are read on any ground. */
export function words(context, view, text, x, y, align = "left") {
  drawLabel(context, view, text, x, y, ON_HEAT, 13, 600, align);
}

/** A round number of which the shown width holds a few. */
export function roundLength(width) {
  const power = 10 ** Math.floor(Math.log10(width / 3));
  return [5, 2, 1].map((times) => times * power).find((length) => length <= width / 3) ?? power;
}

/** The end of the scale of nats: round, and well above the encoder's. */
export function endOfScale(nats) {
  const wanted = Math.max(1, 1.5 * nats);
  const power = 10 ** Math.floor(Math.log10(wanted));
  return [1, 2, 3, 4, 5, 6, 8, 10].map((times) => times * power).find((end) => end >= wanted);
}

const BREAK_AT = 0.84; // share of the scale's width where it breaks off

/**
 * The scale of nats from 0 to `end`; what lies beyond stands behind a break. `marks`: [{nats, label, row, colour}], row -1 above the line,
 * 1 and 2 below it.
 */
export function drawScale(context, end, marks, theme, ratio, ticks) {
  const { width, height } = context.canvas;
  const [left, right, line] = [8 * ratio, width - 8 * ratio, height * 0.44];
  const isBroken = marks.some(({ nats }) => nats > end);
  const edge = isBroken ? left + BREAK_AT * (right - left) : right;
  const at = (nats) => (nats > end ? left + 0.95 * (right - left) : left + (Math.max(0, nats) / end) * (edge - left));
  context.clearRect(0, 0, width, height);
  Object.assign(context, { strokeStyle: theme.quiet, lineWidth: ratio });
  context.beginPath();
  context.moveTo(left, line);
  context.lineTo(right, line);
  for (let k = 0; k <= 4; k++) {
    const x = at((end * k) / 4);
    context.moveTo(x, line - 4 * ratio);
    context.lineTo(x, line + 4 * ratio);
  }
  context.stroke();
  if (isBroken) drawBreak(context, left + 0.9 * (right - left), line, theme, ratio);
  Object.assign(context, { font: fontOf(12 * ratio), fillStyle: theme.quiet, textBaseline: "middle" });
  for (const [text, x, align] of [
    ["0", left, "left"],
    [ticks, isBroken ? edge - 14 * ratio : edge, "right"],
  ]) {
    context.textAlign = align;
    context.fillText(text, x, line - 14 * ratio);
  }
  for (const mark of marks) drawMark(context, mark, at(mark.nats), line, theme, ratio);
}

function drawBreak(context, x, y, theme, ratio) {
  context.fillStyle = theme.ground;
  context.fillRect(x - 4 * ratio, y - 6 * ratio, 8 * ratio, 12 * ratio);
  context.beginPath();
  for (const shift of [-4, 4]) {
    context.moveTo(x + (shift - 3) * ratio, y + 7 * ratio);
    context.lineTo(x + (shift + 3) * ratio, y - 7 * ratio);
  }
  context.stroke();
}

function drawMark(context, { label, row, colour }, x, line, theme, ratio) {
  const y = row < 0 ? line - 14 * ratio : line + (4 + 15 * row) * ratio;
  context.beginPath();
  if (row < 0) context.arc(x, line, 6 * ratio, 0, 7);
  else context.rect(x - 1.5 * ratio, line - 6 * ratio, 3 * ratio, 12 * ratio);
  context.fillStyle = colour;
  context.fill();
  Object.assign(context, {
    font: fontOf(13 * ratio, row < 0 ? 600 : 400),
    fillStyle: theme.text,
    textBaseline: "middle",
  });
  const half = context.measureText(label).width / 2;
  context.textAlign = "center";
  const middle = Math.min(context.canvas.width - half - 2 * ratio, Math.max(half + 2 * ratio, x));
  Object.assign(context, { lineWidth: 5 * ratio, strokeStyle: theme.ground, lineJoin: "round" });
  context.strokeText(label, middle, y);
  context.fillText(label, middle, y);
}
