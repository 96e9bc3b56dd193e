// The time line: reconstruction above, KL below, over steps that are drawn ever closer together, and the cursor that moves with the film.

import { fontOf } from "../js/canvas/font.js";
import { fitCanvas } from "../js/canvas/stage.js";
import { signed, ticks } from "../js/engine/numbers.js";

const MARGIN = { left: 54, right: 14, top: 20, between: 24, bottom: 27 };
const LEAST_KL = 0.1; // nats that the KL's panel spans at least
const SHARE = 0.58; // of the height, for the upper panel

/** Where a step stands on the time line, 0 to 1; steps are drawn on a logarithmic scale that begins at 0. */
export function placeOf(step, last) {
  return last > 0 ? Math.log1p(step) / Math.log1p(last) : 0;
}

/** The moment t, in frames, at a place on the time line; between two frames time runs evenly. */
export function momentAt(place, steps, last) {
  const places = steps.map((step) => placeOf(step, last));
  let n = 0;
  while (n < places.length - 2 && places[n + 1] <= place) n++;
  const size = places[n + 1] - places[n];
  return size > 0 ? Math.min(steps.length - 1, Math.max(0, n + (place - places[n]) / size)) : 0;
}

/** The place on the time line of a moment t in frames. */
export function placeAt(t, steps, last) {
  const [before, after] = [Math.floor(t), Math.min(steps.length - 1, Math.ceil(t))];
  const [from, to] = [placeOf(steps[before], last), placeOf(steps[after], last)];
  return from + (to - from) * (t - before);
}

/** The range of a curve's panel, with some air; the first value of each line is left out where it would press all others flat. */
export function spanOf(lines, isFromZero) {
  const rest = lines.flatMap((line) => (line.length > 2 ? line.slice(1) : line)).filter((value) => value !== null);
  if (!rest.length) return null;
  const limit = 2 * Math.max(...rest) - Math.min(...rest);
  const known = [...rest, ...lines.map((line) => line[0]).filter((value) => value !== null && value <= limit)];
  const [low, high] = [isFromZero ? 0 : Math.min(...known), Math.max(...known)];
  if (isFromZero && high < LEAST_KL) return [0, LEAST_KL]; // near 0 is drawn near 0
  const air = 0.08 * (high - low) || Math.max(1, Math.abs(high)) * 0.1;
  return [isFromZero ? 0 : low - air, high + air];
}

/** The numbers of the values that no line reaches: each with none beside it, as after an only epoch. */
export function lonely(values) {
  return values.flatMap((value, n) => (value !== null && (values[n - 1] ?? null) === null && (values[n + 1] ?? null) === null ? [n] : []));
}

export class Curves {
  constructor(stage, canvas) {
    this.stage = stage;
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
  }

  /** The last step that anything is known of. */
  get last() {
    const { curves, steps } = this.stage.data;
    return Math.max(1, steps.at(-1) ?? 0, ...Object.values(curves).map(({ step }) => step.at(-1)));
  }

  resize() {
    this.ratio = Math.min(2, devicePixelRatio || 1);
    fitCanvas(this.canvas, this.ratio);
  }

  x(place) {
    return this.ratio * MARGIN.left + place * (this.canvas.width - this.ratio * (MARGIN.left + MARGIN.right));
  }

  /** The place on the time line under a pointer event. */
  under(event) {
    const box = this.canvas.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left - MARGIN.left) / (box.width - MARGIN.left - MARGIN.right)));
  }

  draw(t) {
    const { context, canvas, stage } = this;
    const { data, theme } = stage;
    const { width, height } = canvas;
    context.fillStyle = theme.ground;
    context.fillRect(0, 0, width, height);
    const r = this.ratio;
    const middle = data.has_kl
      ? MARGIN.top * r + SHARE * (height - (MARGIN.top + MARGIN.bottom + MARGIN.between) * r)
      : height - MARGIN.bottom * r;
    this.panel("reconstruction", MARGIN.top * r, middle);
    if (data.has_kl) this.panel("kl", middle + MARGIN.between * r, height - MARGIN.bottom * r);
    this.steps();
    for (const note of data.notes) this.mark(note, t);
    if (!data.steps.length) return;
    const x = this.x(placeAt(t, data.steps, this.last));
    this.line(x, MARGIN.top * r, x, height - MARGIN.bottom * r, theme.text, 2);
  }

  line(fromX, fromY, toX, toY, colour, width, alpha = 1) {
    const { context } = this;
    Object.assign(context, { strokeStyle: colour, lineWidth: width * this.ratio, globalAlpha: alpha });
    context.beginPath();
    context.moveTo(fromX, fromY);
    context.lineTo(toX, toY);
    context.stroke();
    context.globalAlpha = 1;
  }

  words(text, x, y, colour, align, size = 12) {
    const { context } = this;
    Object.assign(context, {
      font: fontOf(size * this.ratio),
      textAlign: align,
      textBaseline: "middle",
      fillStyle: colour,
    });
    context.fillText(text, x, y);
  }

  /** Whether words have room, by default the whole line. */
  isFitting(text, size, room = this.x(1) - this.x(0)) {
    this.context.font = fontOf(size * this.ratio);
    return this.context.measureText(text).width < room;
  }

  /** One part of the price between two heights: its name, two numbers on the axis, the lines, and for the KL the frames' own dots. */
  panel(part, top, bottom) {
    const { stage, context, ratio } = this;
    const { curves, kl, steps } = stage.data;
    const { theme } = stage;
    const colour = theme.parts[part];
    const dots = part === "kl" ? (kl ?? []) : [];
    const span = spanOf([...Object.values(curves).map((curve) => curve[part]), ...dots.map((value) => [value])], part === "kl");
    const name = this.isFitting(stage.text(part), 13) ? part : `${part}_short`;
    this.words(stage.text(name), this.x(0), top - 10 * ratio, colour, "left", 13);
    this.line(this.x(0), bottom, this.x(1), bottom, theme.quiet, 1, 0.5);
    if (!span) {
      this.words(stage.text("no_curve"), this.x(0.5), (top + bottom) / 2, theme.quiet, "center");
      return;
    }
    const y = (value) => bottom - ((value - span[0]) / (span[1] - span[0])) * (bottom - top);
    for (const value of ticks(...span, (bottom - top) / ratio, 18)) {
      this.words(signed(value), this.x(0) - 8 * ratio, y(value), theme.quiet, "right");
      this.line(this.x(0), y(value), this.x(1), y(value), theme.quiet, 1, 0.2);
    }
    const first = Math.min(...Object.values(curves).map(({ step }) => this.x(placeOf(step[0], this.last))));
    const isFree = !dots.length && this.isFitting(stage.text("before_first"), 12, first - this.x(0));
    if (isFree) this.words(stage.text("before_first"), (this.x(0) + first) / 2, (top + bottom) / 2, theme.quiet, "center");
    context.save();
    context.beginPath();
    context.rect(this.x(0), top - 4 * ratio, this.x(1) - this.x(0) + 6 * ratio, bottom - top + 5 * ratio);
    context.clip();
    this.lines(part, colour, y);
    dots.forEach((value, n) => value !== null && this.dot(steps[n], y(value), colour, 2.5));
    context.restore();
  }

  dot(step, y, colour, radius) {
    const { context, ratio } = this;
    context.fillStyle = colour;
    context.beginPath();
    context.arc(this.x(placeOf(step, this.last)), y, radius * ratio, 0, 2 * Math.PI);
    context.fill();
  }

  /** Validation as a full line, training beside it dashed; training alone is full. What has no line is a dot, larger than a frame's. */
  lines(part, colour, y) {
    const { curves } = this.stage.data;
    const { context, ratio } = this;
    for (const [split, curve] of Object.entries(curves)) {
      const isFaint = split === "train" && curves.validation;
      Object.assign(context, { strokeStyle: colour, lineWidth: (isFaint ? 1.25 : 2) * ratio });
      context.setLineDash(isFaint ? [4 * ratio, 4 * ratio] : []);
      context.beginPath();
      let isDown = false;
      curve[part].forEach((value, n) => {
        if (value !== null) context[isDown ? "lineTo" : "moveTo"](this.x(placeOf(curve.step[n], this.last)), y(value));
        isDown = value !== null;
      });
      context.stroke();
      for (const n of lonely(curve[part])) this.dot(curve.step[n], y(curve[part][n]), colour, isFaint ? 3.5 : 4.5);
    }
    context.setLineDash([]);
  }

  /** Round numbers of steps below the panels, as many as have room. */
  steps() {
    const { stage, canvas, ratio } = this;
    const y = canvas.height - 9 * ratio; // below the triangles of the notes
    let free = -Infinity;
    for (const step of [0, ...Array.from({ length: 9 }, (_, power) => 10 ** power), this.last]) {
      const x = this.x(placeOf(step, this.last));
      const isLast = step === this.last;
      // The last number always stands; a power of ten makes way for it.
      const room = isLast ? free : Math.max(free, x > this.x(1) - 70 * ratio ? Infinity : -Infinity);
      if (step > this.last || x < room) continue;
      this.words(step.toLocaleString(stage.data.language), x, y, stage.theme.quiet, isLast ? "right" : "center");
      free = x + 40 * ratio;
    }
  }

  /** A note's place: a thin line with a triangle on top; full where the cursor has come to it. */
  mark(note, t) {
    const { stage, canvas, context, ratio } = this;
    const x = this.x(placeOf(note.step, this.last));
    const bottom = canvas.height - MARGIN.bottom * ratio;
    const isNow = stage.notesAt(t).includes(note);
    this.line(x, MARGIN.top * ratio, x, bottom, stage.theme.quiet, 1, 0.6);
    context.fillStyle = isNow ? stage.theme.text : stage.theme.quiet;
    context.beginPath();
    for (const [dx, dy] of [
      [0, 0],
      [-5, 8],
      [5, 8],
    ])
      context.lineTo(x + dx * ratio, bottom + dy * ratio - ratio);
    context.fill();
  }
}
