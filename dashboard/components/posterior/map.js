// The instrument's maps: the exact posterior as ground, q over it, and the whole of it once more, small.

import { CIVIDIS } from "../js/canvas/colour.js";
import { paintScale } from "../js/canvas/pictures.js";
import { arrow, handle, roundLength, strokeTwice, words } from "./drawing.js";
import { REACH } from "./layout.js";

const EDGE = 3.4; // standard deviations that the large picture shows on either side
const AROUND = 5; // standard deviations that `low` and `high` lie from the posterior's middle, as in vae_core.evaluation.posterior_grid
const DOTS = 220; // side of the heat map before it is enlarged

/** What is seen large: the exact posterior's mass and the two q, to EDGE standard deviations. */
export function windowOf({ held: { low, high }, encoder, optimum }) {
  const shrunk = low.map((edge, j) => ({ middle: (edge + high[j]) / 2, reach: (EDGE / AROUND) * 0.5 * (high[j] - edge) }));
  const normals = [encoder, optimum].map(({ mu, sigma }) => mu.map((middle, j) => ({ middle, reach: EDGE * sigma[j] })));
  const edges = (sign) => low.map((_, j) => [shrunk, ...normals].map((one) => one[j].middle + sign * one[j].reach));
  return { low: edges(-1).map((all) => Math.min(...all)), high: edges(1).map((all) => Math.max(...all)) };
}

// ------------------------------------------------------------------ the exact posterior

/** Two dimensions: each dot at its own place; drawn small and enlarged, once per image and size. */
export function drawHeat(instrument) {
  const { view, field, ground } = instrument;
  const values = new Float64Array(DOTS * DOTS);
  for (let row = 0; row < DOTS; row++) {
    const b = view.y + ((DOTS / 2 - row - 0.5) / DOTS) * (view.height / view.scale);
    for (let column = 0; column < DOTS; column++) {
      values[row * DOTS + column] = field.posterior([view.x + ((column + 0.5 - DOTS / 2) / DOTS) * (view.width / view.scale), b]);
    }
  }
  const top = values.reduce((most, value) => Math.max(most, value), 1e-300);
  const image = new ImageData(DOTS, DOTS);
  paintScale(image, values, 0, top);
  instrument.heat = new OffscreenCanvas(DOTS, DOTS);
  instrument.heat.getContext("2d").putImageData(image, 0, 0);
  ground.imageSmoothingQuality = "high";
  ground.drawImage(instrument.heat, 0, 0, view.width, view.height);
}

/** One dimension: a filled curve. */
export function drawExactBell(instrument) {
  const { view, ground, field, encoder, optimum } = instrument;
  const heat = Float64Array.from({ length: view.width }, (_, x) => field.posterior([view.x + (x + 0.5 - view.width / 2) / view.scale]));
  const peaks = [encoder, optimum].map(({ sigma }) => 1 / (sigma[0] * Math.sqrt(2 * Math.PI)));
  instrument.heat = heat;
  instrument.top = 1.1 * heat.reduce((most, value) => Math.max(most, value), Math.max(...peaks));
  ground.fillStyle = CIVIDIS[0];
  ground.fillRect(0, 0, view.width, view.height);
  ground.beginPath();
  ground.moveTo(0, view.height);
  heat.forEach((value, x) => ground.lineTo(x, heightOf(instrument, value)));
  ground.lineTo(view.width, view.height);
  ground.fillStyle = CIVIDIS.at(-2);
  ground.fill();
}

function heightOf({ view, top }, density) {
  return view.height * (0.92 - 0.88 * Math.min(1.2, density / top));
}

// ------------------------------------------------------------------ q

export function drawBell(instrument) {
  const { view, over, mu, sigma } = instrument;
  const bell = (z) => Math.exp(-0.5 * ((z - mu[0]) / sigma[0]) ** 2) / (sigma[0] * Math.sqrt(2 * Math.PI));
  const zAt = (x) => view.x + (x - view.width / 2) / view.scale;
  strokeTwice(over, view.ratio, () => {
    for (let x = 0; x <= view.width; x += 2) over.lineTo(x, heightOf(instrument, bell(zAt(x))));
  });
  const base = heightOf(instrument, 0);
  for (const side of [-REACH, REACH]) handle(over, instrument.px(mu[0] + side * sigma[0]), base, view.ratio);
}

export function drawEllipse(instrument) {
  const { view, over, mu, sigma } = instrument;
  const [x, y] = [instrument.px(mu[0]), instrument.py(mu[1])];
  for (const times of [1, REACH]) {
    const [a, b] = sigma.map((value) => times * value * view.scale);
    strokeTwice(over, view.ratio, () => over.ellipse(x, y, a, b, 0, 0, 7), times === 1 ? [5, 4] : []);
  }
  for (const side of [-REACH, REACH]) {
    handle(over, x + side * sigma[0] * view.scale, y, view.ratio);
    handle(over, x, y + side * sigma[1] * view.scale, view.ratio);
  }
}

export function drawLength(instrument) {
  const { view, over } = instrument;
  const length = roundLength(view.width / view.scale);
  const [left, y] = [14 * view.ratio, view.height - 14 * view.ratio];
  strokeTwice(over, view.ratio, () => {
    over.moveTo(left, y);
    over.lineTo(left + length * view.scale, y);
  });
  words(over, view, instrument.number(length), left + length * view.scale + 8 * view.ratio, y);
}

/** Where q has left the picture: an arrow at the edge points to it, and Home leads back. */
export function drawWay(instrument) {
  const { view, over, mu } = instrument;
  const [x, y] = [instrument.px(mu[0]), instrument.d > 1 ? instrument.py(mu[1]) : view.height / 2];
  const isAway = x < 0 || y < 0 || x > view.width || y > view.height;
  instrument.find("home").hidden = !isAway;
  if (!isAway) return;
  const angle = Math.atan2(y - view.height / 2, x - view.width / 2);
  const margin = 18 * view.ratio;
  const clamp = (value, size) => Math.min(size - margin, Math.max(margin, value));
  const [tipX, tipY] = [clamp(x, view.width), clamp(y, view.height)];
  arrow(over, tipX, tipY, angle, view.ratio);
  words(over, view, instrument.text("out_there"), view.width / 2, 20 * view.ratio, "center");
}

// ------------------------------------------------------------------ all of it, small

/** The whole map: the bell curve's rings, the magnified window, and q. */
export function drawOverview(instrument) {
  const { overview: context, theme, view, mu, sigma } = instrument;
  const { width, height } = context.canvas;
  const { low, high } = instrument.field.levels.at(-1);
  const at = (z) => [
    ((z[0] - low[0]) / (high[0] - low[0])) * width,
    instrument.d > 1 ? (1 - (z[1] - low[1]) / (high[1] - low[1])) * height : height / 2,
  ];
  const unit = width / (high[0] - low[0]);
  const [ratio, origin] = [view.ratio, at(low.map(() => 0))];
  context.clearRect(0, 0, width, height);
  Object.assign(context, { strokeStyle: theme.quiet, lineWidth: ratio });
  for (const k of [1, 2, 3]) {
    context.beginPath();
    context.arc(...origin, k * unit, 0, 7);
    context.stroke();
  }
  const home = at([view.x, view.y]);
  const side = Math.max(7 * ratio, (view.width / view.scale) * unit);
  Object.assign(context, { strokeStyle: theme.text, lineWidth: 2 * ratio });
  context.strokeRect(home[0] - side / 2, home[1] - side / 2, side, side);
  const here = at(mu);
  context.beginPath();
  if (!instrument.find("home").hidden) {
    context.moveTo(...here);
    context.lineTo(...home);
    context.stroke();
  }
  context.beginPath();
  context.ellipse(...here, ...[0, 1].map((j) => Math.max(3 * ratio, REACH * (sigma[j] ?? sigma[0]) * unit)), 0, 0, 7);
  context.fillStyle = theme.parts.kl;
  context.fill();
  context.canvas.setAttribute("aria-label", instrument.text("overview"));
}
