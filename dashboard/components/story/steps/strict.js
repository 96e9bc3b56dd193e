// Four machines that differ in beta alone: the slider chooses one, two gauges tell what it costs, and the map is seen as far as its digits lie.

import { decimals, printed } from "../../js/engine/numbers.js";
import { MACHINE, REACH, StoryMap } from "../map.js";
import { Picture, piece } from "../parts.js";

const STOPS = ["strict-ae", "strict-0.1", MACHINE, "strict-10"];
const SAID = { "strict-ae": "said_ae", "strict-0.1": "said_low", [MACHINE]: "said_one", "strict-10": "said_most" };
const GAUGES = ["reconstruction", "kl", "found"];
const START = [0.8, -0.4];
const BELL = 3; // within so many standard deviations nearly all blind darts fall

/** Of a hundred digits so many are hit, rounded down: a share that is not quite all is not printed as all. */
export function hitOf(found) {
  return Math.floor(100 * found + 1e-9);
}

export class StrictStep {
  constructor(stage) {
    this.stage = stage;
    this.canvas = piece("canvas", "ls-touch");
    const { height, width } = stage.picture(MACHINE).picture;
    this.here = new Picture(piece("canvas"), height, width);
    this.slider = Object.assign(piece("input"), { type: "range", min: 0, max: STOPS.length - 1, step: 1 });
    stage.on(this.slider, "input", () => this.choose(STOPS[this.slider.value]));
    this.ticks = STOPS.map(() => piece("span"));
    this.label = piece("label", "ls-column", piece("b"), this.slider, piece("span", "ls-ticks", ...this.ticks));
    this.gauges = Object.fromEntries(GAUGES.map((name) => [name, this.gauge(name)]));
    const left = piece("div", "ls-column", piece("div", "ls-square", this.canvas), this.label);
    const right = piece("div", "ls-column", ...Object.values(this.gauges).map(({ element }) => element));
    stage.box.append(piece("div", "ls-strict", left, right));
    this.map = new StoryMap(stage, this.canvas, REACH, (a, b) => this.moved(a, b));
    this.map.ring = BELL;
  }

  /** A gauge with a scale of its own: its name, its value, and a hand between the least and the most of all machines. */
  gauge(name) {
    const hand = piece("i");
    const ends = [piece("span"), piece("span")];
    const parts = { title: piece("span"), value: piece("b"), hand, ends };
    const track = piece("div", "ls-track", hand);
    const element = piece("div", `ls-gauge ls-is_${name}`, parts.title, parts.value, track, piece("div", "ls-ends", ...ends));
    return { ...parts, track, element };
  }

  /** All maps are turned to lie as the VAE's does: a place is z times `turn`, and z is the place times its transpose. */
  openMap() {
    const { stage, map, id } = this;
    const { turn } = stage.facts.models[id];
    const {
      data,
      shape: [, count, d],
    } = stage.array("points");
    const n = Object.keys(stage.facts.models).indexOf(id);
    map.open(id, stage.picture(id), {
      placeOf: ([a, b]) => [turn[0][0] * a + turn[0][1] * b, turn[1][0] * a + turn[1][1] * b],
      points: data.subarray(n * count * d, (n + 1) * count * d),
      labels: stage.array("labels").data,
    });
  }

  reset() {
    this.isTouched = false;
    this.id = MACHINE;
    this.openMap();
    this.map.window = this.edge;
    this.map.put(...START);
    this.write();
  }

  leave() {
    cancelAnimationFrame(this.map.zooming);
    this.map.window = this.edge;
  }

  /** As far from the middle as 99 of 100 digits lie, and no nearer than the map goes. */
  get edge() {
    return Math.max(REACH, 1.05 * this.stage.facts.models[this.id].edge);
  }

  // ------------------------------------------------------------------ the viewer's moves

  choose(id) {
    this.isTouched = true;
    this.id = id;
    this.openMap();
    this.stage.done();
    this.write();
    this.showHere();
    this.map.zoomTo(this.edge);
  }

  moved() {
    this.showHere();
    this.map.draw();
  }

  // ------------------------------------------------------------------ what stands there

  /** The picture at the ring; from far away it would hide what lies there. */
  showHere() {
    const { a, b, placeOf, decoder } = this.map;
    this.map.stamp = this.edge > 2 * REACH ? null : this.here.canvas;
    this.here.show(decoder.decode(placeOf([a, b])));
  }

  draw() {
    this.canvas.setAttribute("aria-label", this.stage.text("map_label"));
    this.write();
    this.showHere();
    this.map.draw();
  }

  write() {
    const { stage, id } = this;
    const { models } = stage.facts;
    const named = (stop) => (models[stop].beta === null ? stage.text("stop_ae") : String(models[stop].beta));
    stage.find("do").textContent = stage.text("do");
    this.slider.value = STOPS.indexOf(id);
    this.slider.setAttribute("aria-valuetext", named(id));
    this.label.firstElementChild.textContent = stage.text("beta", { beta: named(id) });
    this.ticks.forEach((tick, n) => (tick.textContent = named(STOPS[n])));
    for (const name of GAUGES) this.writeGauge(name, models);
    this.writeChosen(models[id]);
  }

  writeGauge(name, models) {
    const { title, value, hand, ends, track } = this.gauges[name];
    const share = name === "found" ? 100 : 1;
    const places = name === "kl" ? 1 : 0;
    const known = Object.values(models).flatMap((model) => (model[name] === null ? [] : [share * model[name]]));
    const [low, high] = name === "found" ? [0, 100] : [Math.floor(Math.min(...known)), Math.ceil(Math.max(...known))];
    const own = models[this.id][name];
    title.textContent = this.stage.text(name);
    value.textContent = own === null ? this.stage.text("not_counted") : decimals(name === "found" ? hitOf(own) : own, places);
    hand.hidden = own === null;
    hand.style.left = `${(100 * (share * own - low)) / (high - low)}%`;
    [low, high].forEach((end, n) => (ends[n].textContent = decimals(end, 0)));
    track.setAttribute("role", "img");
    track.setAttribute("aria-label", this.stage.saidOf(title.textContent, value.textContent));
  }

  writeChosen({ reconstruction, kl, edge, found }) {
    const { stage, id } = this;
    const [redraw, tidy] = printed([reconstruction, kl ?? 0]);
    const parts = { reconstruction: decimals(redraw, 1), kl: decimals(tidy, 1) };
    if (kl === null) stage.number(parts.reconstruction, "meaning_ae");
    else stage.number(decimals(reconstruction + kl, 1), "meaning", parts);
    const far = edge / BELL;
    stage.say(this.isTouched ? SAID[id] : "intro", { far: decimals(far, far < 10 ? 1 : 0), found: hitOf(found) });
  }

  /** For the printer: the machine that strews its digits. */
  pose() {
    this.choose("strict-ae");
  }

  async show(pause) {
    for (const id of [...STOPS, MACHINE]) {
      this.choose(id);
      await pause(2600);
    }
  }
}
