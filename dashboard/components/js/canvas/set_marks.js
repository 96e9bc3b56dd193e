// Marks of sets round points: a shape and a colour for each set, written into pixels, so that tens of thousands take milliseconds.

import { densest } from "../engine/density.js";
import { markedIn } from "../engine/sets.js";
import { packed } from "./colour.js";
import { fontOf } from "./font.js";
import { PixelLayer } from "./pixel_layer.js";

const REACH = 5; // device-independent px from a point to the edge of its mark
const ROUND = 16; // pieces of a circle

/** Shapes within [-1, 1], as lines from corner to corner; their signs in words are SHAPES of dashboard/figures/colours.py. */
const SHAPES = [
  [ring(4, 0.25, 1.25)],
  [ring(4, 0, 1.25)],
  [ring(ROUND, 0)],
  [ring(3, 0.75, 1.2)],
  [ring(3, 0.25, 1.2)],
  [line(0, 1.25), line(0.5, 1.25)],
  [line(0.25, 1.25), line(0.75, 1.25)],
  [line(0.5, 1.2), line(1 / 6, 1.2), line(5 / 6, 1.2)],
];

/** Corners of a regular polygon; `turn` is in halves of pi. */
function ring(corners, turn, size = 1) {
  return Array.from({ length: corners + 1 }, (_, n) => {
    const angle = (2 * Math.PI * n) / corners + turn * Math.PI;
    return [size * Math.cos(angle), -size * Math.sin(angle)];
  });
}

/** A line through the middle. */
function line(turn, size) {
  const [x, y] = [size * Math.cos(turn * Math.PI), size * Math.sin(turn * Math.PI)];
  return [
    [-x, y],
    [x, -y],
  ];
}

const STAMPS = new Map(); // that were asked for: each frame asks for the same ones

/** The pixels of a shape round its middle, [x, y, ...], each once; lines are so many pixels thick. */
export function stampOf(shape, radius, thick) {
  const key = `${shape} ${radius} ${thick}`;
  if (!STAMPS.has(key)) STAMPS.set(key, stamped(shape, radius, thick));
  return STAMPS.get(key);
}

function stamped(shape, radius, thick) {
  const pixels = new Set();
  const low = -Math.floor(thick / 2);
  const dot = (x, y) => {
    for (let i = low; i < low + thick; i++) for (let j = low; j < low + thick; j++) pixels.add(`${x + i},${y + j}`);
  };
  for (const corners of SHAPES[shape]) {
    for (let n = 1; n < corners.length; n++) {
      const [[ax, ay], [bx, by]] = [corners[n - 1], corners[n]];
      const steps = Math.max(1, Math.ceil(2 * radius * Math.hypot(bx - ax, by - ay)));
      for (let k = 0; k <= steps; k++)
        dot(Math.round(radius * (ax + ((bx - ax) * k) / steps)), Math.round(radius * (ay + ((by - ay) * k) / steps)));
    }
  }
  return Int16Array.from([...pixels].flatMap((pixel) => pixel.split(",").map(Number)));
}

/** @typedef {{ bit: number, colour: string, shape: number, glyph: string, name: string }} Mark  of a set that is shown */

export class SetMarks extends PixelLayer {
  constructor() {
    super();
    this.spots = new Map(); // where each set is named, while points and sets are these
    this.members = new Map(); // the rows of each set, while sets are these: a frame looks at no other points
  }

  /** Draw round flat world points (2N) the marks of the sets that are shown; `marks` has a byte for each point, a bit for each set; of `visible`, a
   * byte for each point, those with 0 have none. */
  draw(context, view, flat, marks, shown, theme, visible = null) {
    if (!shown.length) return;
    this.clear(view.width, view.height);
    const radius = Math.round(REACH * view.ratio);
    const thick = Math.max(1, Math.round(1.25 * view.ratio));
    const ground = packed(theme.ground, 200);
    for (const { bit, colour, shape } of shown) {
      const places = this.placesOf(view, flat, this.membersOf(marks, bit), radius + thick + 2, visible);
      this.stamp(places, stampOf(shape, radius, thick + 2), ground);
      this.stamp(places, stampOf(shape, radius, thick), packed(colour));
    }
    this.lay(context);
  }

  membersOf(marks, bit) {
    if (this.of !== marks) {
      this.of = marks;
      this.members.clear();
    }
    if (!this.members.has(bit)) {
      let count = 0;
      for (let row = 0; row < marks.length; row++) count += (marks[row] >> bit) & 1;
      const rows = new Int32Array(count);
      for (let row = 0, at = 0; at < count; row++) if ((marks[row] >> bit) & 1) rows[at++] = row;
      this.members.set(bit, rows);
    }
    return this.members.get(bit);
  }

  /** The pixels round which a set's marks are drawn: where points lie too close for one each, one stands for its neighbours. */
  placesOf(view, flat, rows, room, visible) {
    const { width, height } = view;
    const across = Math.ceil(width / room);
    const taken = new Uint8Array(across * Math.ceil(height / room));
    const [left, top] = [view.px(0), view.py(0)];
    const [right, down] = [view.px(1) - left, view.py(1) - top]; // for each unit: a call for each of a million points takes long
    const isEven = !view.across && !view.upward; // else a unit is not as long in one place as in another
    const places = [];
    for (let at = 0; at < rows.length; at++) {
      const row = rows[at];
      if (visible && !visible[row]) continue;
      const [a, b] = [flat[2 * row], flat[2 * row + 1]];
      const x = Math.round(isEven ? left + right * a : view.px(a));
      const y = Math.round(isEven ? top + down * b : view.py(b));
      if (!(x >= room && y >= room && x + room < width && y + room < height)) continue;
      const cell = Math.floor(y / room) * across + Math.floor(x / room);
      if (taken[cell]) continue;
      taken[cell] = 1;
      places.push(y * width + x);
    }
    return places;
  }

  stamp(places, offsets, colour) {
    const { pixels } = this;
    const steps = Int32Array.from({ length: offsets.length / 2 }, (_, n) => offsets[2 * n + 1] * this.image.width + offsets[2 * n]);
    for (const place of places) for (const step of steps) pixels[place + step] = colour;
  }

  /** Write on plates what the sets that are shown are called, each where it is densest; `below` keeps clear of the classes' names. */
  name(context, view, flat, marks, shown, theme, reach, below) {
    for (const mark of shown) {
      const spot = this.spotOf(flat, marks, mark.bit, reach);
      if (spot) drawPlate(context, view, mark, view.px(spot[0]), view.py(spot[1]) + below * view.ratio, theme);
    }
  }

  spotOf(flat, marks, bit, reach) {
    if (this.flat !== flat || this.marks !== marks) {
      Object.assign(this, { flat, marks });
      this.spots.clear();
    }
    if (!this.spots.has(bit)) {
      const labels = markedIn(marks, bit).map((is) => 1 - is); // 0: in the set
      this.spots.set(bit, densest(flat, labels, 1, -reach, reach, 0)[0] ?? null);
    }
    return this.spots.get(bit);
  }
}

const SIZE = 13; // px of a set's name
const MOST_LETTERS = 24;

/** A name on a plate with its sign and an edge in its colour. */
function drawPlate(context, view, { name, glyph, colour }, x, y, theme) {
  const words = `${glyph} ${name.length > MOST_LETTERS ? `${name.slice(0, MOST_LETTERS - 1)}…` : name}`;
  context.font = fontOf(SIZE * view.ratio, 600);
  const [half, tall] = [(context.measureText(words)?.width ?? 0) / 2 + 7 * view.ratio, 0.85 * SIZE * view.ratio];
  x = Math.max(half + 2 * view.ratio, Math.min(view.width - half - 2 * view.ratio, x));
  context.fillStyle = theme.ground;
  Object.assign(context, { strokeStyle: colour, lineWidth: 2 * view.ratio });
  context.beginPath();
  context.roundRect(x - half, y - tall, 2 * half, 2 * tall, 4 * view.ratio);
  context.fill();
  context.stroke();
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillStyle = theme.text;
  context.fillText(words, x, y);
}
