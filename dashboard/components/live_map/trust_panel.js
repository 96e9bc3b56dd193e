// What speaks for trusting the place of z: the images nearest to it, how busy it is there, and whether the encoder finds its way back.

import { Density, roundTrip } from "../js/engine/aggregate_posterior.js";
import { fixed } from "../js/engine/numbers.js";
import { nearest } from "../js/engine/plane.js";
import { Task } from "../js/engine/task.js";
import { redraw, seen } from "./captions.js";

const NEAREST = 3;
const RECOGNISED = 2; // standard deviations, in the mean of the dimensions, within which the way back counts as found

export class TrustPanel {
  constructor(liveMap) {
    this.liveMap = liveMap;
    this.task = new Task(() => this.steps());
    this.pictures = [...liveMap.root.querySelectorAll(".ll-three canvas")].map((canvas) => canvas.getContext("2d"));
    this.words = [...liveMap.root.querySelectorAll(".ll-three figcaption")];
  }

  /** Forget the last run. */
  open() {
    this.task.stop();
    this.density = null;
    this.drawn = new Array(NEAREST).fill(-1);
    this.nearest = -1;
    for (const name of ["busy", "back"]) this.liveMap.find(name).textContent = "";
  }

  /** Lay the pictures out for a run whose weights are there. */
  size(width, height) {
    for (const { canvas } of this.pictures) Object.assign(canvas, { width, height });
    this.request();
  }

  /** The test set's spreads have arrived. */
  receive(logVar, places) {
    const { mu, z } = this.liveMap;
    this.density = places.length ? new Density(mu, logVar, z.length, places) : null;
    this.request();
  }

  request() {
    if (this.liveMap.isLanding) return;
    this.task.request();
    this.liveMap.schedule();
  }

  /** Go on until the time has come; what is still said of the place before is faint. */
  work(until) {
    this.task.work(until);
    this.liveMap.find("badge").classList.toggle("ll-stale", this.task.isBusy);
  }

  *steps() {
    const { liveMap } = this;
    const z = Float64Array.from(liveMap.z);
    const [rows, distances] = [new Int32Array(NEAREST), new Float64Array(NEAREST)];
    nearest(liveMap.mu, liveMap.count, seen(liveMap, z), rows, distances);
    this.nearest = rows[0];
    liveMap.umap.drawOver();
    for (let n = 0; n < NEAREST; n++) {
      this.words[n].textContent = rows[n] < 0 ? "" : this.name(rows[n], distances[n]);
      if (rows[n] < 0 || rows[n] === this.drawn[n]) continue;
      this.drawn[n] = rows[n];
      redraw(liveMap, rows[n], this.pictures[n]);
      yield;
    }
    if (this.density) liveMap.find("busy").textContent = this.busy(this.density.log(z, liveMap.drawing.ownRow));
    if (!liveMap.drawing.encoder) return;
    yield;
    this.back(z);
  }

  name(row, distance) {
    const { colouring } = this.liveMap;
    const far = fixed(distance, 2);
    return colouring.labels ? this.liveMap.text("nearest_named", { name: colouring.nameOf(row), far }) : far;
  }

  /** In words, how many of 100 places where test images lie are less busy. */
  busy(logQ) {
    const { places } = this.density;
    const rank = this.density.rank(logQ);
    const n = Math.floor((100 * rank) / places.length);
    const key = rank === 0 ? "emptiest" : n === 0 ? "emptier" : n === 100 ? "busiest" : "busy";
    return this.liveMap.text(key, { n });
  }

  /** Encode the picture of z again, and say how far from z that is. */
  back(z) {
    const { liveMap } = this;
    const codes = liveMap.drawing.encoder.run(liveMap.decoder.decode(z));
    const { distance, sigmas } = roundTrip(z, codes, liveMap.awake);
    const key = !liveMap.data.has_spread ? "back" : sigmas <= RECOGNISED ? "back_near" : "back_far";
    this.trip = { z, distance, sigmas };
    liveMap.find("back").textContent = liveMap.text(key, { far: fixed(distance, 2) });
  }
}
