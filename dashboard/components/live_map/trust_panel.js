// What speaks for trusting the place of z: the images nearest to it, how busy it is there, and whether the encoder finds its way back.

import { Density, roundTrip } from "../js/engine/aggregate_posterior.js";
import { fixed } from "../js/engine/numbers.js";
import { nearest } from "../js/engine/plane.js";
import { Task } from "../js/engine/task.js";
import { redraw, seen } from "./captions.js";

const NEAREST = 3;
const RECOGNISED = 2; // standard deviations, in the mean of the dimensions, within which the way back counts as found

export class Badge {
  constructor(explorer) {
    this.explorer = explorer;
    this.task = new Task(() => this.steps());
    this.pictures = [...explorer.root.querySelectorAll(".ll-three canvas")].map((canvas) => canvas.getContext("2d"));
    this.words = [...explorer.root.querySelectorAll(".ll-three figcaption")];
  }

  /** Forget the last run. */
  open() {
    this.task.stop();
    this.density = null;
    this.drawn = new Array(NEAREST).fill(-1);
    this.nearest = -1;
    for (const name of ["busy", "back"]) this.explorer.find(name).textContent = "";
  }

  /** Lay the pictures out for a run whose weights are there. */
  size(width, height) {
    for (const { canvas } of this.pictures) Object.assign(canvas, { width, height });
    this.request();
  }

  /** The test set's spreads have arrived. */
  receive(logVar, places) {
    const { mu, z } = this.explorer;
    this.density = places.length ? new Density(mu, logVar, z.length, places) : null;
    this.request();
  }

  request() {
    if (this.explorer.isLanding) return;
    this.task.request();
    this.explorer.schedule();
  }

  /** Go on until the time has come; what is still said of the place before is faint. */
  work(until) {
    this.task.work(until);
    this.explorer.find("badge").classList.toggle("ll-stale", this.task.isBusy);
  }

  *steps() {
    const { explorer } = this;
    const z = Float64Array.from(explorer.z);
    const [rows, distances] = [new Int32Array(NEAREST), new Float64Array(NEAREST)];
    nearest(explorer.mu, explorer.count, seen(explorer, z), rows, distances);
    this.nearest = rows[0];
    explorer.umap.drawOver();
    for (let n = 0; n < NEAREST; n++) {
      this.words[n].textContent = rows[n] < 0 ? "" : this.name(rows[n], distances[n]);
      if (rows[n] < 0 || rows[n] === this.drawn[n]) continue;
      this.drawn[n] = rows[n];
      redraw(explorer, rows[n], this.pictures[n]);
      yield;
    }
    if (this.density) explorer.find("busy").textContent = this.busy(this.density.log(z, explorer.drawing.ownRow));
    if (!explorer.drawing.encoder) return;
    yield;
    this.back(z);
  }

  name(row, distance) {
    const { colouring } = this.explorer;
    const far = fixed(distance, 2);
    return colouring.labels ? this.explorer.text("nearest_named", { name: colouring.nameOf(row), far }) : far;
  }

  /** In words, how many of 100 places where test images lie are less busy. */
  busy(logQ) {
    const { places } = this.density;
    const rank = this.density.rank(logQ);
    const n = Math.floor((100 * rank) / places.length);
    const key = rank === 0 ? "emptiest" : n === 0 ? "emptier" : n === 100 ? "busiest" : "busy";
    return this.explorer.text(key, { n });
  }

  /** Encode the picture of z again, and say how far from z that is. */
  back(z) {
    const { explorer } = this;
    const codes = explorer.drawing.encoder.run(explorer.decoder.decode(z));
    const { distance, sigmas } = roundTrip(z, codes, explorer.awake);
    const key = !explorer.data.has_spread ? "back" : sigmas <= RECOGNISED ? "back_near" : "back_far";
    this.trip = { z, distance, sigmas };
    explorer.find("back").textContent = explorer.text(key, { far: fixed(distance, 2) });
  }
}
