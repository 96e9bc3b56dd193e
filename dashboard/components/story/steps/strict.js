// Five machines that differ in one thing, how strictly the map is kept tidy. First a guess, then what each of them costs.

import { normal } from "../../js/engine/gaussian.js";
import { decimals, printed } from "../../js/engine/numbers.js";
import { StoryMap } from "../map.js";
import { Picture, piece } from "../parts.js";

const STOPS = ["strict-ae", "strict-0.1", "strict-1", "strict-4", "strict-10"];
const SAID = {
  "strict-ae": "said_ae",
  "strict-0.1": "said_low",
  "strict-1": "said_one",
  "strict-4": "said_high",
  "strict-10": "said_most",
};
const REACH = 3;
const DARTS = 6;
const START = [0.8, -0.4];

export class StrictStep {
  constructor(stage) {
    this.stage = stage;
    this.stops = STOPS.map((id, n) => this.buildStop(id, n));
    const stops = piece("div", "ls-stops", ...this.stops.map(({ button }) => button));
    stops.setAttribute("role", "group");
    this.legend = piece("p", "ls-legend");
    this.canvas = piece("canvas", "ls-touch");
    const { height, width } = stage.picture("strict-1").picture;
    this.here = new Picture(piece("canvas"), height, width);
    this.thrown = Array.from({ length: DARTS }, () => new Picture(piece("canvas"), height, width));
    this.captions = [piece("figcaption"), piece("figcaption")];
    const thrown = piece("div", "ls-thrown", ...this.thrown.map(({ canvas }) => canvas));
    const column = [piece("figure", "ls-here", this.here.canvas, this.captions[0]), piece("figure", "", thrown, this.captions[1])];
    this.chosen = piece("div", "ls-chosen", piece("div", "ls-square", this.canvas), piece("div", "ls-column", ...column));
    this.layout = piece("div", "ls-strict", stops, this.legend, this.chosen);
    stage.box.append(this.layout);
    this.map = new StoryMap(stage, this.canvas, REACH, (a, b) => this.moved(a, b));
    this.throwing = piece("button");
    stage.on(this.throwing, "click", () => this.throw());
    stage.more.append(piece("div", "ls-buttons", this.throwing));
  }

  /** A stop: its small map before the guess, its cost as a bar afterwards. */
  buildStop(id, n) {
    const { stage } = this;
    const canvas = piece("canvas");
    const bars = { kl: piece("i", "ls-is_kl"), reconstruction: piece("i", "ls-is_reconstruction") };
    const label = piece("span");
    const cost = piece("b");
    const button = piece(
      "button",
      "ls-stop",
      piece("span", "ls-square", canvas),
      piece("span", "ls-stack", bars.kl, bars.reconstruction),
      cost,
      label,
    );
    stage.on(button, "click", () => this.choose(id));
    const map = new StoryMap(stage, canvas, REACH);
    map.isHandless = true;
    this.openMap(map, id, n);
    return { id, n, button, bars, label, cost, map };
  }

  /** All maps are turned to lie as the VAE's does: a place is z times `turn`, and z is the place times its transpose. */
  openMap(map, id, n) {
    const { stage } = this;
    const { turn } = stage.facts.models[id];
    const {
      data,
      shape: [, count, d],
    } = stage.array("points");
    map.open(id, stage.picture(id), {
      placeOf: ([a, b]) => [turn[0][0] * a + turn[0][1] * b, turn[1][0] * a + turn[1][1] * b],
      points: data.subarray(n * count * d, (n + 1) * count * d),
      labels: stage.array("labels").data,
    });
  }

  reset() {
    this.guess = this.id = null;
    this.map.put(...START);
    this.throwDarts();
    this.write();
  }

  leave() {}

  // ------------------------------------------------------------------ the viewer's moves

  choose(id) {
    this.guess ??= id;
    this.id = id;
    this.openMap(this.map, id, STOPS.indexOf(id));
    this.stage.done();
    this.draw();
  }

  moved() {
    this.showHere();
    this.map.draw();
  }

  throw() {
    this.throwDarts();
    if (this.id) this.draw();
    else this.choose("strict-1");
  }

  /** The same darts on all maps. */
  throwDarts() {
    const { random } = this.stage;
    this.map.darts = Array.from({ length: DARTS }, () => [normal(random), normal(random)]);
  }

  // ------------------------------------------------------------------ what stands there

  showHere() {
    const { a, b, placeOf, decoder } = this.map;
    this.here.show(decoder.decode(placeOf([a, b])));
  }

  showDarts() {
    const { darts, placeOf, decoder } = this.map;
    this.thrown.forEach((picture, n) => picture.show(decoder.decode(placeOf(darts[n]))));
  }

  draw() {
    const { stage } = this;
    this.write();
    if (!this.id) {
      for (const { map } of this.stops) map.draw();
      return;
    }
    this.canvas.setAttribute("aria-label", stage.text("map_label"));
    this.showHere();
    this.showDarts();
    this.map.draw();
  }

  write() {
    const { stage } = this;
    this.layout.dataset.phase = this.id ? "known" : "guess";
    this.layout.firstElementChild.setAttribute("aria-label", stage.text("stops_label"));
    stage.find("do").textContent = stage.text(this.id ? "do_after" : "do");
    this.captions[0].textContent = stage.text("here");
    this.captions[1].textContent = stage.text("thrown");
    this.throwing.textContent = stage.text("throw");
    const key = (className, text) => [piece("i", `ls-key ${className}`), ` ${stage.text(text)}   `];
    this.legend.replaceChildren(...key("ls-is_reconstruction", "redraw"), ...key("ls-is_kl", "tidy"), stage.text("unit"));
    for (const stop of this.stops) this.writeStop(stop);
    if (this.id) this.writeChosen();
    else {
      stage.number(this.stops.length, "guess_meaning");
      stage.say("strictness_said");
    }
  }

  writeStop({ id, button, bars, label, cost }) {
    const { models } = this.stage.facts;
    const most = Math.max(...Object.values(models).map(({ reconstruction, kl }) => reconstruction + (kl ?? 0)));
    const { reconstruction, kl, beta } = models[id];
    label.textContent = beta === null ? this.stage.text("stop_ae") : this.stage.text("stop", { beta: String(beta) });
    cost.textContent = this.id ? decimals(reconstruction + (kl ?? 0), 0) : "";
    bars.reconstruction.style.height = `${(100 * reconstruction) / most}%`;
    bars.kl.style.height = `${(100 * (kl ?? 0)) / most}%`;
    button.setAttribute("aria-pressed", String(id === this.id));
  }

  writeChosen() {
    const { stage, id } = this;
    const { reconstruction, kl, edge, found } = stage.facts.models[id];
    const [redraw, tidy] = printed([reconstruction, kl ?? 0]);
    const parts = { reconstruction: decimals(redraw, 1), kl: decimals(tidy, 1) };
    if (kl === null) stage.number(parts.reconstruction, "meaning_ae");
    else stage.number(decimals(reconstruction + kl, 1), "meaning", parts);
    stage.say(SAID[id], { far: decimals(edge, 0), found: Math.floor(100 * found) });
  }

  /** For the printer: the VAE's map and the costs of all. */
  pose() {
    this.choose("strict-1");
  }

  async show(pause) {
    for (const id of STOPS) {
      this.choose(id);
      await pause(1200);
    }
    this.choose("strict-1");
  }
}
