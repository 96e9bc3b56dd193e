// A digit from the viewer's hand: where it lands on the map, how the map redraws it, and how rare it is among real digits.

import { isStranger } from "../../js/engine/fog.js";
import { addCosts } from "../../js/engine/likelihoods.js";
import { DrawingStep } from "../drawing.js";
import { MACHINE, REACH } from "../map.js";
import { button, piece } from "../parts.js";

const GRID = 0.25; // of the search for the other half, then halved until it is fine enough
const FINE = 0.01;
// Lines on the pad, in parts of its side.
// biome-ignore format: a list of places
const THREE = [
  [[0.3, 0.22], [0.42, 0.15], [0.56, 0.15], [0.66, 0.24], [0.65, 0.36], [0.56, 0.45], [0.44, 0.49], [0.58, 0.52],
   [0.69, 0.62], [0.69, 0.75], [0.58, 0.85], [0.42, 0.86], [0.3, 0.79]],
];

export class DrawStep extends DrawingStep {
  constructor(stage) {
    super(stage, {});
    const actions = { half: () => this.finish(), undo: () => this.pad.undo() };
    this.tools = Object.entries(actions).map(([key, action]) => [key, button(stage, action)]);
    stage.on(this.parts.eraser, "click", () => this.pad.setErasing(!this.pad.isErasing));
    stage.more.append(piece("div", "ls-buttons", ...this.tools.map(([, element]) => element), this.parts.eraser));
  }

  reset() {
    this.half = null;
    super.reset();
  }

  schedule() {
    this.half = null;
    super.schedule();
  }

  // ------------------------------------------------------------------ the other half

  /** How well a place explains the left half: log p(x_visible | z) + log p(z), but for a constant. */
  fit(place, visible, costs) {
    const { decoder, x } = this;
    costs.fill(0);
    decoder.decode(place);
    addCosts(this.stage.run(MACHINE), decoder.params, x, costs);
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

  write() {
    const { stage } = this;
    for (const [key, element] of [...this.tools, ["eraser", this.parts.eraser]]) element.textContent = stage.text(key);
    this.captions.redrawn.textContent = stage.text(this.half ? "finished" : "redrawn");
    if (!this.x) this.writeEmpty();
    else if (this.half) this.writeHalf();
    else this.writeWhole();
  }

  writeEmpty() {
    this.seen.clear();
    this.redrawn.clear();
    this.stage.number("?", "empty");
    this.stage.say("lands");
  }

  writeWhole() {
    const { stage, decoder, verdict } = this;
    this.seen.show(this.x);
    this.redrawn.show(decoder.decode(this.mu));
    this.writeNumber();
    stage.say(isStranger(verdict) ? "stranger" : verdict);
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
    this.see();
  }

  async show(pause) {
    this.pad.clear();
    const [line] = THREE;
    for (let n = 1; n < line.length; n++) {
      this.drawLine(line.slice(n - 1, n + 1));
      this.pad.paint();
      this.pad.changed(n === 1);
      await pause(120);
    }
    this.rested();
    await pause(1500);
  }
}
