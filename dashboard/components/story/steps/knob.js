// One knob, all dots: along a path over the map the ones lean ever more to the right. Below it the same with points in a plane.

import { decimals } from "../../js/engine/numbers.js";
import { MACHINE, machineMap } from "../map.js";
import { Picture, piece } from "../parts.js";
import { Points } from "../points.js";

const PIECES = 400; // of the path, to find the place that is nearest to the pointer

/** How many degrees right of upright the ink of a picture leans, as vae_core/story/steps/knob.py measures it. */
export function slantOf(means, height, width) {
  let [mass, x, y] = [0, 0, 0];
  for (let n = 0; n < height * width; n++) {
    mass += means[n];
    x += means[n] * (n % width);
    y += means[n] * Math.floor(n / width);
  }
  [x, y] = [x / mass, y / mass];
  let [together, upright] = [0, 0];
  for (let n = 0; n < height * width; n++) {
    const [right, down] = [(n % width) - x, Math.floor(n / width) - y];
    together += means[n] * right * down;
    upright += means[n] * down * down;
  }
  return (Math.atan(-together / upright) * 180) / Math.PI;
}

export class KnobStep {
  constructor(stage) {
    this.stage = stage;
    this.decoder = stage.picture(MACHINE);
    const { height, width } = this.decoder.picture;
    const { path } = stage.facts.slant;
    this.canvas = piece("canvas", "ls-touch");
    this.picture = new Picture(piece("canvas"), height, width);
    this.row = path.map(() => new Picture(piece("canvas"), height, width));
    this.slider = Object.assign(piece("input"), { type: "range", min: 0, max: 1000, step: 1 });
    this.label = piece("label", "ls-column", piece("span"), this.slider);
    const pair = piece("div", "ls-pair", piece("div", "ls-square", this.canvas), piece("figure", "ls-square", this.picture.canvas));
    const strip = piece("div", "ls-strip", ...this.row.map(({ canvas }) => canvas));
    this.layout = piece("div", "ls-slanting", pair, piece("div", "ls-column", strip, this.label));
    stage.box.append(this.layout);
    stage.on(this.slider, "input", () => this.turn(this.slider.value / 1000));
    this.map = machineMap(stage, this.canvas, (a, b) => this.pull([a, b]));
    this.map.path = path;
    this.points = new Points(stage, () => this.showPoints(true));
  }

  reset() {
    this.points.reset();
    this.showPoints(false);
    this.share = 0.5;
    this.refresh();
  }

  leave() {
    this.points.leave();
  }

  showPoints(isOn) {
    this.layout.hidden = isOn;
    this.points.layout.hidden = !isOn;
  }

  // ------------------------------------------------------------------ the viewer's moves

  turn(share) {
    this.share = share;
    this.stage.done();
    this.refresh();
  }

  /** Turn the knob to where its place is nearest to the pointer. */
  pull([x, y]) {
    const far = (n) => {
      const [a, b] = this.placeAt(n / PIECES);
      return Math.hypot(a - x, b - y);
    };
    let best = 0;
    for (let n = 1; n <= PIECES; n++) if (far(n) < far(best)) best = n;
    this.turn(best / PIECES);
  }

  placeAt(share) {
    const { path } = this.stage.facts.slant;
    const at = share * (path.length - 1);
    const n = Math.min(path.length - 2, Math.floor(at));
    return [0, 1].map((k) => path[n][k] + (at - n) * (path[n + 1][k] - path[n][k]));
  }

  // ------------------------------------------------------------------ what stands there

  refresh() {
    this.write();
    this.map.draw();
  }

  write() {
    const { stage, decoder } = this;
    const { path, n, rank } = stage.facts.slant;
    const { height, width } = decoder.picture;
    const place = this.placeAt(this.share);
    const means = decoder.decode(place);
    this.picture.show(means);
    const lean = slantOf(means, height, width);
    this.map.put(...place);
    this.slider.value = Math.round(1000 * this.share);
    this.label.firstElementChild.textContent = stage.text("knob");
    const near = Math.round(this.share * (path.length - 1));
    this.row.forEach(({ canvas }, k) => (canvas.dataset.isHere = k === near ? "yes" : "no"));
    stage.find("do").textContent = stage.text("do");
    stage.theory([]);
    stage.number(`${decimals(lean, 0)}°`, "meaning", { dots: means.length });
    stage.say("said", { n: decimals(n, 0), rank: decimals(rank, 2) });
  }

  draw() {
    const { stage, decoder } = this;
    const { path } = stage.facts.slant;
    this.row.forEach((picture, k) => picture.show(decoder.decode(path[k])));
    this.canvas.setAttribute("aria-label", stage.text("map_label"));
    this.picture.canvas.setAttribute("aria-label", stage.text("picture_label"));
    this.picture.canvas.setAttribute("role", "img");
    this.points.write();
    if (this.layout.hidden) this.points.draw();
    else this.refresh();
  }

  async show(pause) {
    this.reset();
    for (let n = 0; n <= 100; n++) {
      this.turn(0.5 + 0.5 * Math.sin((2 * Math.PI * n) / 100));
      await pause(40);
    }
  }
}
