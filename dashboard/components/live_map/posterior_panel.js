// Where the encoder puts the picture on the pad: a cloud around a middle, drawn at true scale and magnified, and the dice that pick places in it.

import { drawCursor, drawLabel } from "../js/canvas/axes.js";
import { View } from "../js/canvas/view.js";
import { ellipse, normal } from "../js/engine/gaussian.js";
import { axisName, fixed } from "../js/engine/numbers.js";
import { Plane } from "../js/engine/plane.js";

const DICE = 8;
const MOST_ROWS = 4; // dimensions in the table of the dice
const MAGNIFIED = [20, 15, 10, 5, 3]; // times; the largest that shows two standard deviations
const INSET_SHARE = 0.33; // of the inset's side, for two standard deviations
const INSET_EDGE = 44; // CSS px between an inset and the edges that carry the axes' numbers
const ROUND = 128; // pieces of an ellipse, which an axis with a scale of its own bends

export class Posterior {
  constructor(liveMap) {
    this.liveMap = liveMap;
    this.inset = liveMap.find("inset").getContext("2d");
    this.corner = 0;
    liveMap.find("dice").addEventListener(
      "toggle",
      liveMap.guard(() => this.write()),
      { signal: liveMap.leaving.signal },
    );
    this.clear();
  }

  /** Forget the picture; the dice stay. */
  clear() {
    this.mu = this.sigma = this.logVar = null;
    this.inset.canvas.hidden = true;
  }

  /** New dice for d dimensions; an encoder without a spread needs none. */
  throwDice(d) {
    this.die = 0;
    this.eps = Float64Array.from({ length: this.count * d }, () => normal());
  }

  get hasSpread() {
    return this.liveMap.data.has_spread;
  }

  /** How many places are drawn from the cloud. */
  get count() {
    return this.hasSpread ? DICE : 1;
  }

  /** Take what the encoder says of a picture: mu and log_var side by side. */
  set(codes, d) {
    this.mu = Float64Array.from(codes.subarray(0, d));
    this.logVar = this.hasSpread ? Float64Array.from(codes.subarray(d, 2 * d)) : null;
    this.sigma = Float64Array.from(this.mu, (_, j) => (this.logVar ? Math.exp(0.5 * this.logVar[j]) : 0));
  }

  /** z = mu + sigma * eps of every die, (count * d). */
  places() {
    const d = this.mu.length;
    return this.eps.map((value, n) => this.mu[n % d] + this.sigma[n % d] * value);
  }

  /** Bring z to where the die in hand puts it; a z that is pinned stays. */
  lead() {
    const { liveMap, mu, sigma, eps, die } = this;
    if (!mu || liveMap.isPinned) return;
    for (let j = 0, at = die * mu.length; j < mu.length; j++, at++) liveMap.z[j] = mu[j] + sigma[j] * eps[at];
    liveMap.moved(false);
  }

  // ------------------------------------------------------------------ on the map

  /** Draw one and two standard deviations at true scale, and the inset where they are small. */
  draw(context) {
    const { liveMap } = this;
    const { view, theme } = liveMap;
    const isHere = this.mu && !liveMap.isLikeness; // the cloud has no place among images by likeness
    const times = isHere && this.hasSpread ? this.magnification() : 0;
    this.inset.canvas.hidden = times === 0;
    if (!isHere) return;
    const shape = ellipse(liveMap.plane, this.mu, this.sigma);
    if (times) {
      this.placeInset(shape);
      this.drawInset(shape, times);
      drawLeader(context, view, shape, this.insetBox(), theme);
    }
    if (this.hasSpread) drawEllipses(context, view, shape, theme, !liveMap.plane.v);
    else drawCursor(context, view, shape.a, shape.b, theme, 3);
  }

  /** How many times an inset magnifies; 0: there is none, as where axes have scales of their own, which no number of times tells. */
  magnification() {
    const { liveMap } = this;
    if (liveMap.view.across) return 0;
    const { major } = ellipse(liveMap.plane, this.mu, this.sigma);
    const room = INSET_SHARE * this.insetSide() * liveMap.view.ratio;
    return MAGNIFIED.find((times) => 2 * major * liveMap.view.scale * times <= room) ?? 0;
  }

  insetSide() {
    return this.liveMap.view.width / this.liveMap.view.ratio < 480 ? 112 : 156;
  }

  /** The corners of the map where an inset may lie, [left, top] in CSS px: what else lies on the map keeps its place. */
  corners() {
    const { view } = this.liveMap;
    const [width, height, side] = [view.width / view.ratio, view.height / view.ratio, this.insetSide()];
    const [low, right] = [height - side - INSET_EDGE, width - side - INSET_EDGE];
    return width < 480
      ? [
          [INSET_EDGE, low],
          [INSET_EDGE, INSET_EDGE],
        ]
      : [
          [INSET_EDGE, low],
          [right, low],
          [INSET_EDGE, INSET_EDGE],
        ];
  }

  insetBox() {
    const [left, top] = this.corners()[this.corner];
    return [left, top, this.insetSide()].map((value) => value * this.liveMap.view.ratio);
  }

  /** Keep the corner while the cloud and z are not under it. */
  placeInset({ a, b }) {
    const { view, a: zA, b: zB } = this.liveMap;
    const corners = this.corners();
    const side = this.insetSide();
    const isUnder = ([left, top]) =>
      [
        [a, b],
        [zA, zB],
      ].some(([x, y]) => {
        const [px, py] = [view.px(x) / view.ratio, view.py(y) / view.ratio];
        return px > left - 12 && px < left + side + 12 && py > top - 12 && py < top + side + 12;
      });
    if (this.corner >= corners.length || isUnder(corners[this.corner]))
      this.corner = Math.max(
        0,
        corners.findIndex((corner) => !isUnder(corner)),
      );
    const [left, top] = corners[this.corner];
    Object.assign(this.inset.canvas.style, { left: `${left}px`, top: `${top}px`, width: `${side}px`, height: `${side}px` });
    const dots = Math.round(side * view.ratio);
    if (this.inset.canvas.width !== dots) Object.assign(this.inset.canvas, { width: dots, height: dots });
  }

  drawInset(shape, times) {
    const { inset, liveMap } = this;
    const { theme, plane } = liveMap;
    const { width } = inset.canvas;
    const { scale, ratio } = liveMap.view;
    const view = Object.assign(new View(), { x: shape.a, y: shape.b, scale: scale * times, width, height: width, ratio });
    inset.fillStyle = theme.ground;
    inset.fillRect(0, 0, width, width);
    liveMap.exact.draw(inset, view, theme);
    drawEllipses(inset, view, shape, theme, !plane.v);
    const d = this.mu.length;
    this.places().forEach((_, n, places) => {
      if (n % d) return;
      const z = places.subarray(n, n + d);
      drawDot(inset, view, Plane.along(plane.u, z), plane.v ? Plane.along(plane.v, z) : 0, theme);
    });
    drawCursor(inset, view, liveMap.a, liveMap.b, theme, 5);
    drawScale(inset, view, theme);
    drawLabel(inset, view, liveMap.text("inset", { times }), width / 2, 11 * view.ratio, theme, 12, 600);
  }

  // ------------------------------------------------------------------ the dice in numbers

  /** The rows of the table: what carries most comes first. For every z that is shown, eps is what makes z = mu + sigma * eps true. */
  rows() {
    const { data, z } = this.liveMap;
    return data.order.slice(0, MOST_ROWS).map((j) => [j, this.mu[j], this.sigma[j], (z[j] - this.mu[j]) / this.sigma[j], z[j]]);
  }

  write() {
    const { liveMap } = this;
    if (!this.hasSpread || !liveMap.find("dice").open) return;
    const body = liveMap.find("dice_rows");
    const rows = this.mu ? this.rows() : [];
    while (body.rows.length > rows.length) body.deleteRow(-1);
    rows.forEach(([j, mu, sigma, eps, z], n) => {
      const row = body.rows[n] ?? body.insertRow();
      [axisName(j), fixed(mu, 3), fixed(sigma, 4), fixed(eps, 3), fixed(z, 3)].forEach((text, m) => {
        (row.cells[m] ?? row.insertCell()).textContent = text;
      });
    });
    liveMap.find("dice_who").textContent = this.mu ? liveMap.text(this.isDie() ? "dice_die" : "dice_hand", { n: this.die + 1 }) : "";
  }

  /** Whether z is where the die in hand puts it. */
  isDie() {
    const d = this.mu.length;
    return this.mu.every((mean, j) => this.liveMap.z[j] === mean + this.sigma[j] * this.eps[this.die * d + j]);
  }
}

/** One and two standard deviations, place by place: ellipses, or on a line a thick and a thin bar. */
function drawEllipses(context, view, { a, b, major, minor, angle }, theme, isFlat) {
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  for (const [colour, wider] of [
    [theme.ground, 3],
    [theme.text, 0],
  ]) {
    context.strokeStyle = colour;
    for (const sigmas of [2, 1]) {
      const [long, short] = [sigmas * major, sigmas * minor];
      context.lineWidth = (1.5 + wider + (isFlat && sigmas === 1 ? 3 : 0)) * view.ratio;
      context.beginPath();
      if (isFlat) for (const end of [-long, long]) context.lineTo(view.px(a + end), view.py(b));
      else {
        for (let n = 0; n < ROUND; n++) {
          const [along, aside] = [long * Math.cos((2 * Math.PI * n) / ROUND), short * Math.sin((2 * Math.PI * n) / ROUND)];
          context.lineTo(view.px(a + along * cosine - aside * sine), view.py(b + along * sine + aside * cosine));
        }
        context.closePath();
      }
      context.stroke();
    }
  }
}

function drawDot(context, view, a, b, theme) {
  context.beginPath();
  context.arc(view.px(a), view.py(b), 3 * view.ratio, 0, 2 * Math.PI);
  context.fillStyle = theme.text;
  context.strokeStyle = theme.ground;
  context.lineWidth = view.ratio;
  context.fill();
  context.stroke();
}

/** A bar of a round length at the foot of the inset. */
function drawScale(context, view, theme) {
  const most = (0.45 * view.width) / view.scale;
  const power = 10 ** Math.floor(Math.log10(most));
  const length = [5, 2, 1].find((n) => n * power <= most) * power;
  const [y, half] = [view.height - 9 * view.ratio, (length * view.scale) / 2];
  context.strokeStyle = theme.text;
  context.lineWidth = 2 * view.ratio;
  context.beginPath();
  context.moveTo(view.width / 2 - half, y);
  context.lineTo(view.width / 2 + half, y);
  context.stroke();
  drawLabel(context, view, String(Number(length.toPrecision(1))), view.width / 2, y - 9 * view.ratio, theme, 12, 400);
}

/** A line from the cloud to the edge of its inset. */
function drawLeader(context, view, { a, b }, [left, top, side], theme) {
  const [x, y] = [view.px(a), view.py(b)];
  const [endX, endY] = [Math.min(left + side, Math.max(left, x)), Math.min(top + side, Math.max(top, y))];
  for (const [colour, width] of [
    [theme.ground, 3],
    [theme.text, 1],
  ]) {
    context.strokeStyle = colour;
    context.lineWidth = width * view.ratio;
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(endX, endY);
    context.stroke();
  }
}
