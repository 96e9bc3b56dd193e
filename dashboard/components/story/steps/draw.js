// A digit from the viewer's hand: the encoder says where it lies on the map, the decoder redraws it, and both say how surprising it is.

import { Pad } from "../../js/canvas/pad.js";
import { percentBelow } from "../../js/engine/aggregate_posterior.js";
import { klPerDim, normal } from "../../js/engine/gaussian.js";
import { framed, levelled } from "../../js/engine/ink.js";
import { addCosts } from "../../js/engine/likelihoods.js";
import { decimals, total } from "../../js/engine/numbers.js";
import { nearest } from "../../js/engine/plane.js";
import { StoryMap } from "../map.js";
import { Picture, piece } from "../parts.js";

const REACH = 3;
const SAMPLES = 8; // of the encoder's spread, for the cost of redrawing
const GRID = 0.25; // of the search for the other half, then halved until it is fine enough
const FINE = 0.01;
const DEAREST = 99; // percent
const USUAL = [10, 90];
const NEIGHBOURS = 10; // the farthest of so many real digits tells how empty a place is
// Lines on the pad, in parts of its side.
// biome-ignore format: a list of places
const HOUSE = [
  [[0.22, 0.45], [0.22, 0.85], [0.78, 0.85], [0.78, 0.45]],
  [[0.12, 0.5], [0.5, 0.14], [0.88, 0.5]],
  [[0.43, 0.85], [0.43, 0.62], [0.57, 0.62], [0.57, 0.85]],
];
// biome-ignore format: a list of places
const THREE = [
  [[0.3, 0.22], [0.42, 0.15], [0.56, 0.15], [0.66, 0.24], [0.65, 0.36], [0.56, 0.45], [0.44, 0.49], [0.58, 0.52],
   [0.69, 0.62], [0.69, 0.75], [0.58, 0.85], [0.42, 0.86], [0.3, 0.79]],
];

/** Which sentence is true of a drawing that is odder than so many percent of the real digits; `isFar`: hardly any lies where it landed. */
export function judgement(percent, isFar) {
  const [low, high] = USUAL;
  if (percent >= DEAREST) return "dearest";
  if (isFar) return "far";
  return percent > high ? "odd" : percent < low ? "easy" : "usual";
}

/** How far the tenth neighbour of a place (2,) lies among points (2N). */
function emptiness(points, place, neighbours = NEIGHBOURS) {
  const [rows, distances] = [new Int32Array(neighbours), new Float32Array(neighbours)];
  nearest(points, points.length / 2, place, rows, distances);
  return distances[neighbours - 1];
}

/** The emptiness that 99 of 100 of the points themselves do not exceed; each is the nearest of its own neighbours. */
export function reachOf(points) {
  const own = Array.from({ length: points.length / 2 }, (_, n) => emptiness(points, points.subarray(2 * n, 2 * n + 2), NEIGHBOURS + 1));
  return own.sort((one, other) => one - other)[Math.floor((DEAREST / 100) * (own.length - 1))];
}

export class DrawStep {
  constructor(stage) {
    this.stage = stage;
    this.decoder = stage.picture("strict-1");
    this.encoder = stage.encoder("strict-1");
    const { height, width } = this.decoder.picture;
    this.parts = { pad: piece("canvas", "ls-touch ls-pad"), eraser: piece("button") };
    this.seen = new Picture(piece("canvas"), height, width);
    this.redrawn = new Picture(piece("canvas"), height, width);
    this.captions = { seen: piece("figcaption"), redrawn: piece("figcaption") };
    this.buttons = {
      clear: () => this.pad.clear(),
      house: () => this.drawLines(HOUSE),
      undo: () => this.pad.undo(),
      half: () => this.finish(),
    };
    for (const [key, action] of Object.entries(this.buttons)) {
      this.parts[key] = piece("button");
      stage.on(this.parts[key], "click", action);
    }
    stage.on(this.parts.eraser, "click", () => this.pad.setErasing(!this.pad.isErasing));
    this.layOut();
    const home = { find: (name) => this.parts[name], guard: (action) => stage.guard(action), leaving: stage.story.leaving };
    this.pad = new Pad(
      home,
      () => this.schedule(),
      () => {},
    );
    this.pad.open(height, width);
  }

  layOut() {
    const { stage, parts } = this;
    this.canvas = piece("canvas", "ls-touch");
    const pad = piece("div", "ls-column", piece("div", "ls-square", parts.pad), piece("div", "ls-buttons", parts.clear, parts.house));
    const figures = ["seen", "redrawn"].map((name) => piece("figure", "", this[name].canvas, this.captions[name]));
    const side = piece("div", "ls-column", piece("div", "ls-square", this.canvas), piece("div", "ls-figures", ...figures));
    stage.box.append(piece("div", "ls-drawing", pad, side));
    stage.more.append(piece("div", "ls-buttons", parts.half, parts.eraser, parts.undo));
    const { store } = stage.story;
    this.map = new StoryMap(stage, this.canvas, REACH);
    const [points, labels] = ["points", "point_labels"].map((name) => store.array(`map/${name}`).data);
    this.map.open("strict-1", this.decoder, { points, labels, names: store.parts.facts.map.labels });
  }

  reset() {
    this.pad.ink.dots.fill(0);
    this.pad.before = [];
    this.pad.setErasing(false);
    this.eps = Float64Array.from({ length: SAMPLES * this.decoder.latentSize }, () => normal(this.stage.random));
    this.half = null;
    this.pad.paint();
    this.encode();
  }

  leave() {
    cancelAnimationFrame(this.pending);
    this.pending = null;
  }

  schedule() {
    this.half = null;
    this.pending ??= requestAnimationFrame(
      this.stage.guard(() => {
        this.pending = null;
        this.pad.paint();
        this.encode();
        if (this.x) this.stage.done();
        this.draw();
      }),
    );
  }

  drawLines(lines) {
    this.pad.remember();
    this.pad.ink.dots.fill(0);
    for (const line of lines) this.drawLine(line);
    this.pad.settle(true);
  }

  drawLine(line) {
    const { width, height } = this.pad.ink;
    const at = ([x, y]) => [x * width, y * height];
    for (let n = 1; n < line.length; n++) this.pad.line(at(line[n - 1]), at(line[n]));
  }

  // ------------------------------------------------------------------ arithmetic

  /** Frame the ink as a digit of the data, and ask the encoder where it lies and the decoder what it costs. */
  encode() {
    const run = this.stage.run("strict-1");
    const { decoder } = this;
    const { height, width } = decoder.picture;
    const x = framed(this.pad.ink, run.dataset, height, width);
    this.x = x && levelled(x, run.divisor, run.pixels);
    if (!this.x) return;
    const d = decoder.latentSize;
    const codes = this.encoder.run(this.x);
    this.mu = Float64Array.from(codes.subarray(0, d));
    const logVar = Float64Array.from(codes.subarray(d, 2 * d));
    const perPixel = new Float64Array(this.x.length);
    for (let n = 0; n < SAMPLES; n++) {
      decoder.decode(this.mu.map((mean, j) => mean + Math.exp(0.5 * logVar[j]) * this.eps[n * d + j]));
      addCosts(run, decoder.params, this.x, perPixel);
    }
    this.nats = total(perPixel) / SAMPLES + total(klPerDim(this.mu, logVar));
    this.map.put(...this.mu);
  }

  /** How well a place explains the left half: log p(x_visible | z) + log p(z), but for a constant. */
  fit(place, visible, costs) {
    const { decoder, x } = this;
    costs.fill(0);
    decoder.decode(place);
    addCosts(this.stage.run("strict-1"), decoder.params, x, costs);
    let sum = 0;
    for (let n = 0; n < costs.length; n++) if (visible(n)) sum += costs[n];
    return -sum - 0.5 * (place[0] ** 2 + place[1] ** 2);
  }

  /** Search the map for the place that explains the left half best: a coarse grid, then ever smaller steps around the best. */
  search() {
    const { width } = this.decoder.picture;
    const visible = (n) => n % width < width / 2;
    const costs = new Float64Array(this.x.length);
    let [best, most, tried] = [null, -Infinity, 0];
    const look = (a, b) => {
      tried++;
      const fit = this.fit([a, b], visible, costs);
      if (fit > most) [best, most] = [[a, b], fit];
    };
    for (let a = -REACH; a <= REACH; a += GRID) for (let b = -REACH; b <= REACH; b += GRID) look(a, b);
    for (let step = GRID / 2; step > FINE; ) {
      const [a, b] = best;
      for (const [da, db] of [
        [1, 0],
        [-1, 0],
        [0, 1],
        [0, -1],
      ])
        look(a + da * step, b + db * step);
      if (best[0] === a && best[1] === b) step /= 2;
    }
    return { place: best, tried, visible };
  }

  finish() {
    const { stage } = this;
    if (!this.x) {
      stage.say("half_empty");
      return;
    }
    stage.done();
    this.half = this.search();
    this.map.put(...this.half.place);
    this.draw();
  }

  // ------------------------------------------------------------------ what stands there

  draw() {
    const { stage, parts } = this;
    for (const key of [...Object.keys(this.buttons), "eraser"]) parts[key].textContent = stage.text(key);
    parts.pad.tabIndex = 0;
    parts.pad.setAttribute("role", "application");
    parts.pad.setAttribute("aria-label", stage.text("pad_label"));
    this.canvas.setAttribute("aria-label", stage.text("map_label"));
    this.captions.seen.textContent = stage.text("seen");
    this.captions.redrawn.textContent = stage.text(this.half ? "finished" : "redrawn");
    this.map.isHandless = !this.x;
    if (!this.x) this.writeEmpty();
    else if (this.half) this.writeHalf();
    else this.writeWhole();
    this.map.draw();
  }

  writeEmpty() {
    this.seen.clear();
    this.redrawn.clear();
    this.stage.number("?", "empty");
    this.stage.say("lands");
  }

  writeWhole() {
    const { stage, decoder } = this;
    this.seen.show(this.x);
    this.redrawn.show(decoder.decode(this.mu));
    const percent = Math.floor(percentBelow(stage.facts.usual.negative_elbo, this.nats));
    stage.number(String(percent), "meaning", { n: percent, nats: decimals(this.nats, 0) });
    const { points } = this.map;
    const reach = stage.story.store.once("draw/reach", () => reachOf(points));
    stage.say(judgement(percent, emptiness(points, this.mu) > reach), { n: 100 - percent });
  }

  writeHalf() {
    const { stage, decoder, x } = this;
    const { place, tried, visible } = this.half;
    const grey = x.map((value, n) => (visible(n) ? value : 0.35));
    this.seen.show(grey);
    const means = decoder.decode(place);
    this.redrawn.show(x.map((value, n) => (visible(n) ? value : means[n])));
    stage.number(tried, "half_meaning");
    stage.say("half_said");
  }

  /** For the printer: a drawing. */
  pose() {
    for (const line of THREE) this.drawLine(line);
    this.pad.paint();
    this.encode();
  }

  async show(pause) {
    this.pad.clear();
    const [line] = THREE;
    for (let n = 1; n < line.length; n++) {
      this.drawLine(line.slice(n - 1, n + 1));
      this.pad.settle(n === 1);
      await pause(180);
    }
  }
}
