// Bars: how far blind and aimed guesses of log p(x) are off for each number of knobs, on a logarithmic scale that is named.

import { drawLabel } from "../js/canvas/axes.js";
import { fitCanvas } from "../js/canvas/stage.js";
import { View } from "../js/canvas/view.js";
import { decimals } from "../js/engine/numbers.js";

/** How far a guess is off, in words that no reader takes for nothing at all. */
export function aimError(nats) {
  const size = Math.abs(nats);
  return size < 0.01 ? "< 0.01" : decimals(size, size < 10 ? 2 : 0);
}

/** Paint the lines {knobs, blind_error, aimed_error}, one of them chosen. */
export function paintLinear(stage, canvas, lines, chosen) {
  const [context, view] = [canvas.getContext("2d"), new View()];
  fitCanvas(canvas, stage.ratio);
  view.resize(canvas.width, canvas.height, stage.ratio);
  const { theme, textSize } = stage;
  context.fillStyle = theme.ground;
  context.fillRect(0, 0, canvas.width, canvas.height);
  const most = Math.max(...lines.map((line) => Math.abs(line.blind_error)));
  const length = (value) => Math.max(0, Math.log10(1 + Math.abs(value) * 10) / Math.log10(1 + most * 10));
  const row = canvas.height / (lines.length + 0.5);
  const [left, room] = [canvas.width * 0.28, canvas.width * 0.38];
  const label = (text, x, y, weight, align) => drawLabel(context, view, text, x, y, theme, textSize, weight, align);
  lines.forEach((line, n) => {
    const top = row * (n + 0.3);
    const isChosen = n === chosen;
    label(stage.text("knobs_short", { knobs: line.knobs }), left - 8 * view.ratio, top + row * 0.33, isChosen ? 700 : 400, "right");
    [
      [line.blind_error, "text", "blind"],
      [line.aimed_error, "accent", "aimed"],
    ].forEach(([error, colour, key], k) => {
      const y = top + row * (0.06 + 0.36 * k);
      const wide = Math.max(2 * view.ratio, room * length(error));
      context.globalAlpha = isChosen ? 1 : 0.45;
      context.fillStyle = stage.colour(colour);
      context.fillRect(left, y, wide, row * 0.28);
      context.globalAlpha = 1;
      label(`${stage.text(key)} ${aimError(error)}`, left + wide + 6 * view.ratio, y + row * 0.14, isChosen ? 600 : 400, "left");
    });
  });
}
