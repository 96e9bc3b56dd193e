// Two true knobs turn and scale a "5"; the encoder, shown only pictures, puts it where its turn and size can be read off.

import { drawCursor } from "../../js/canvas/axes.js";
import { fitCanvas } from "../../js/canvas/stage.js";
import { View } from "../../js/canvas/view.js";
import { decimals } from "../../js/engine/numbers.js";
import { nearest } from "../../js/engine/plane.js";
import { inkSheet, Picture, piece } from "../parts.js";

const RUNS = { part: "turn-60", full: "turn-180" };
const START = { part: [20, 19], full: [30, 19] }; // large enough for the gap that makes it a 5 and no 6
const NEIGHBOURS = 10;
const MARGIN = 0.1;
const SIGNS = { part: [-60, 0, 60], full: [-90, -45, 0, 45] }; // turns at which a small 5 stands on the map

/**
 * The glyph (data, shape [height, width], grey 0 to 255) turned by so many degrees counter-clockwise, `tall` pixels high before that, in the
 * middle of side x side grey levels; each is the mean of finer x finer dots. As worlds.turned does it, to the grey level.
 */
export function turnedGlyph({ data, shape: [height, width] }, turn, tall, side, finer) {
  const dots = side * finer;
  const [scale, angle] = [height / (tall * finer), (turn * Math.PI) / 180];
  const [across, along] = [scale * Math.cos(angle), scale * Math.sin(angle)];
  const right = width / 2 - (dots / 2) * (across - along);
  const down = height / 2 - (dots / 2) * (along + across);
  const fine = new Uint8Array(dots * dots);
  const inside = (value, size) => Math.min(size - 1, Math.max(0, value));
  let [left, end, top, bottom] = [dots, 0, dots, 0];
  for (let y = 0; y < dots; y++) {
    for (let x = 0; x < dots; x++) {
      const fromX = across * (x + 0.5) - along * (y + 0.5) + right;
      const fromY = along * (x + 0.5) + across * (y + 0.5) + down;
      if (fromX < 0 || fromX >= width || fromY < 0 || fromY >= height) continue;
      const [column, row] = [Math.floor(fromX - 0.5), Math.floor(fromY - 0.5)];
      const [dx, dy] = [fromX - 0.5 - column, fromY - 0.5 - row];
      const mixedAt = (line) => {
        const one = data[line * width + inside(column, width)];
        return one + (data[line * width + inside(column + 1, width)] - one) * dx;
      };
      const upper = mixedAt(inside(row, height));
      const value = row + 1 < height ? upper + (mixedAt(row + 1) - upper) * dy : upper;
      const grey = Math.trunc(value);
      if (!grey) continue;
      fine[y * dots + x] = grey;
      [left, end, top, bottom] = [Math.min(left, x), Math.max(end, x + 1), Math.min(top, y), Math.max(bottom, y + 1)];
    }
  }
  // Moved so that its box stands in the middle, then every finer x finer dots are one pixel.
  const [shiftX, shiftY] = [Math.floor((dots - left - end) / 2), Math.floor((dots - top - bottom) / 2)];
  const sums = new Float32Array(side * side);
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < end; x++) {
      sums[Math.floor((y + shiftY) / finer) * side + Math.floor((x + shiftX) / finer)] += fine[y * dots + x];
    }
  }
  return sums.map((sum) => Math.floor(sum / finer ** 2 + 0.5));
}

export class TurnStep {
  constructor(stage) {
    this.stage = stage;
    const { side } = stage.facts;
    const shown = piece("canvas");
    this.picture = new Picture(shown, side, side);
    this.canvas = piece("canvas");
    this.context = this.canvas.getContext("2d");
    this.view = new View();
    this.signs = new Map();
    this.knobs = [0, 1].map((n) => {
      const slider = Object.assign(piece("input"), { type: "range", step: n ? 0.1 : 1 });
      stage.on(slider, "input", () => this.turn());
      return { slider, label: piece("label", "ls-column", piece("span"), slider) };
    });
    const left = piece("div", "ls-column", piece("figure", "", shown), ...this.knobs.map(({ label }) => label));
    stage.box.append(piece("div", "ls-turning", left, piece("div", "ls-square", this.canvas)));
    this.fullButton = piece("button");
    this.flipButton = piece("button");
    stage.on(this.fullButton, "click", () => this.open(this.mode === "full" ? "part" : "full"));
    stage.on(this.flipButton, "click", () => this.flip());
    stage.more.append(piece("div", "ls-buttons", this.fullButton, this.flipButton));
  }

  reset() {
    this.leave();
    this.open("part");
  }

  /** Turns within 60 degrees ("part"), or all of them ("full"), each with the model that was shown them. */
  open(mode) {
    const { stage } = this;
    this.mode = mode;
    this.id = RUNS[mode];
    const half = mode === "full" ? 180 : 60;
    const [turning, sizing] = this.knobs;
    Object.assign(turning.slider, { min: -half, max: half, value: START[mode][0] });
    Object.assign(sizing.slider, { min: stage.facts.smallest, max: stage.facts.largest, value: START[mode][1] });
    this.refresh();
  }

  turn() {
    this.stage.done();
    this.refresh();
  }

  set(turn, size) {
    const [turning, sizing] = this.knobs;
    [turning.slider.value, sizing.slider.value] = [turn, size];
    this.turn();
  }

  /** Upside down: half a circle on. */
  flip() {
    if (this.mode !== "full") this.open("full");
    const { turn, size } = this.truth;
    this.set(turn > 0 ? turn - 180 : turn + 180, size);
  }

  get truth() {
    const [turn, size] = this.knobs.map(({ slider }) => Number(slider.value));
    return { turn, size };
  }

  // ------------------------------------------------------------------ what the machine makes of it

  glyph(turn, size) {
    const { side, finer } = this.stage.facts;
    return turnedGlyph(this.stage.array("glyph"), turn, size, side, finer).map((grey) => grey / 255);
  }

  /** Where the encoder puts a picture: mu. */
  placeOf(picture) {
    return Array.from(this.stage.encoder(this.id).run(picture).subarray(0, 2));
  }

  /** Turn and size of the nearest pictures that the machine was trained on; turns are averaged round the circle. */
  read(place) {
    const known = this.stage.array(`${this.id}-known`);
    const factors = this.stage.array(`${this.id}-known-factors`).data;
    const [rows, distances] = [new Int32Array(NEIGHBOURS), new Float64Array(NEIGHBOURS)];
    nearest(known.data, known.shape[0], place, rows, distances);
    let [cosine, sine, size] = [0, 0, 0];
    for (const row of rows) {
      const angle = (factors[2 * row] * Math.PI) / 180;
      cosine += Math.cos(angle) / NEIGHBOURS;
      sine += Math.sin(angle) / NEIGHBOURS;
      size += factors[2 * row + 1] / NEIGHBOURS;
    }
    return { turn: (Math.atan2(sine, cosine) * 180) / Math.PI, size };
  }

  refresh() {
    const { turn, size } = this.truth;
    const picture = this.glyph(turn, size);
    this.picture.show(picture);
    this.place = this.placeOf(picture);
    this.opposite = this.mode === "full" ? this.placeOf(this.glyph(turn + 180, size)) : null;
    this.write();
    this.paint();
  }

  write() {
    const { stage, mode } = this;
    const { turn, size } = this.truth;
    const [turning, sizing] = this.knobs;
    turning.label.firstElementChild.textContent = stage.text("turn_at", { turn: decimals(turn, 0) });
    sizing.label.firstElementChild.textContent = stage.text("size_at", { size: decimals(size, 1) });
    this.fullButton.textContent = stage.text(mode === "full" ? "part" : "full");
    this.flipButton.textContent = stage.text("flip");
    this.picture.canvas.setAttribute("aria-label", stage.text("picture_label"));
    this.picture.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", stage.text("map_label"));
    this.canvas.setAttribute("role", "img");
    if (mode === "part") this.writePart(turn, size);
    else this.writeFull();
  }

  writePart(turn, size) {
    const { stage } = this;
    const read = this.read(this.place);
    const facts = stage.facts.runs[this.id];
    stage.number(`${decimals(read.turn, 1)}°`, "meaning", {
      turn: decimals(turn, 0),
      usual: decimals(facts.turn.median, 1),
      n: facts.n_test,
    });
    stage.say("said", { size: decimals(size, 1), read: decimals(read.size, 1), n: facts.n_train });
  }

  writeFull() {
    const { stage, place, opposite } = this;
    const apart = Math.hypot(place[0] - opposite[0], place[1] - opposite[1]);
    const facts = stage.facts.runs[this.id];
    const usual = this.usualApart(this.truth.size);
    stage.number(decimals(apart, 2), apart < usual / 2 ? "meaning_full" : "meaning_apart", { usual: decimals(usual, 2) });
    stage.say("said_full", { lost: decimals(facts.turn.median, 0), kept: decimals(facts.double.median, 1) });
  }

  /** The size for which there is a line on the map. */
  nearestSize(size) {
    return [...this.net().keys()].reduce((best, other) => (Math.abs(other - size) < Math.abs(best - size) ? other : best));
  }

  /** How far two turns lie apart on the map in the mean, on the line of equal size that is nearest. */
  usualApart(size) {
    const places = this.net()
      .get(this.nearestSize(size))
      .map(({ place }) => place);
    let sum = 0;
    for (const [x, y] of places) for (const [a, b] of places) sum += Math.hypot(x - a, y - b);
    return sum / places.length ** 2;
  }

  // ------------------------------------------------------------------ the map

  /** Lines of equal size on the map, each a list of places with their turns. */
  net() {
    const factors = this.stage.array(`${this.id}-factors`).data;
    const mu = this.stage.array(`${this.id}-mu`).data;
    const lines = new Map();
    for (let n = 0; n < factors.length / 2; n++) {
      const size = factors[2 * n + 1];
      if (!lines.has(size)) lines.set(size, []);
      lines.get(size).push({ turn: factors[2 * n], place: [mu[2 * n], mu[2 * n + 1]] });
    }
    return lines;
  }

  paint() {
    const { stage, canvas, context, view } = this;
    if (fitCanvas(canvas, stage.ratio)) view.resize(canvas.width, canvas.height, stage.ratio);
    const lines = this.net();
    this.frameNet(lines);
    context.fillStyle = stage.colour("background");
    context.fillRect(0, 0, canvas.width, canvas.height);
    const all = [...lines.values()];
    const near = this.nearestSize(this.truth.size);
    const sizes = this.mode === "full" ? [near] : [stage.facts.smallest, stage.facts.largest];
    if (this.mode === "full")
      this.stroke(
        lines.get(near).map(({ place }) => place),
        1.5,
      );
    else {
      for (const line of all)
        this.stroke(
          line.map(({ place }) => place),
          1.5,
        );
      for (let n = 0; n < all[0].length; n += 4)
        this.stroke(
          all.map((line) => line[n].place),
          1.5,
        );
    }
    const { theme } = stage;
    this.showSigns(lines, sizes);
    if (this.opposite) this.mark(this.opposite, theme);
    drawCursor(context, view, ...this.place, theme, 11);
  }

  frameNet(lines) {
    const places = [...lines.values()].flat().map(({ place }) => place);
    const [low, high] = [Math.min, Math.max].map((most) => [0, 1].map((k) => most(...places.map((place) => place[k]))));
    const { view } = this;
    [view.x, view.y] = [0, 1].map((k) => (low[k] + high[k]) / 2);
    const room = 1 - 2 * MARGIN;
    view.scale = Math.min((view.width * room) / (high[0] - low[0]), (view.height * room) / (high[1] - low[1]));
  }

  /** Small pictures on some lines of equal size, so that the map says by itself what lies where. */
  showSigns(lines, sizes) {
    const { stage, context, view } = this;
    const side = (stage.textSize > 14 ? 60 : 44) * stage.ratio;
    for (const size of sizes) {
      for (const wanted of SIGNS[this.mode]) {
        const { place } = lines.get(size).find(({ turn }) => turn === wanted);
        const [x, y] = [view.px(place[0]) - side / 2, view.py(place[1]) - side / 2];
        context.globalAlpha = 0.75;
        context.fillStyle = stage.colour("background");
        context.beginPath();
        context.arc(x + side / 2, y + side / 2, side / 2.6, 0, 2 * Math.PI);
        context.fill();
        context.globalAlpha = 1;
        context.drawImage(this.sign(wanted, size), x, y, side, side);
      }
    }
  }

  sign(turn, size) {
    const colour = this.stage.colour("text");
    const key = `${turn} ${size} ${colour}`;
    const { side } = this.stage.facts;
    if (!this.signs.has(key)) this.signs.set(key, inkSheet(this.glyph(turn, size), side, side, colour));
    return this.signs.get(key);
  }

  /** A square: where the upside-down picture lies. */
  mark([a, b], theme) {
    const { context, view, stage } = this;
    const half = 13 * stage.ratio;
    context.strokeStyle = theme.text;
    context.lineWidth = 2 * stage.ratio;
    context.strokeRect(view.px(a) - half, view.py(b) - half, 2 * half, 2 * half);
  }

  stroke(places, width) {
    const { context, view, stage } = this;
    context.strokeStyle = stage.colour("line");
    context.lineWidth = width * stage.ratio;
    context.beginPath();
    places.forEach(([a, b], n) => context[n ? "lineTo" : "moveTo"](view.px(a), view.py(b)));
    context.stroke();
  }

  draw() {
    this.refresh();
  }

  async show(pause) {
    this.open("part");
    const { smallest, largest } = this.stage.facts;
    for (let n = 0; n <= 120; n++) {
      const way = (2 * Math.PI * n) / 120;
      this.set(55 * Math.sin(way), (smallest + largest) / 2 + ((largest - smallest) / 2.2) * Math.sin(2 * way));
      await pause(40);
    }
  }

  leave() {}
}
