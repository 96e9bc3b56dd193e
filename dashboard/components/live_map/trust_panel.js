// What speaks for trusting the place of z beside log q/p there: the images nearest to it, and whether the encoder finds its way back.

import { roundTrip } from "../js/engine/aggregate_posterior.js";
import { fixed } from "../js/engine/numbers.js";
import { Task } from "../js/engine/task.js";
import { redraw, seen } from "./captions.js";

const NEAREST = 3;
const RECOGNISED = 2; // standard deviations, in the mean of the dimensions, within which the way back counts as found

export class TrustPanel {
  constructor(liveMap) {
    this.liveMap = liveMap;
    this.task = new Task(() => this.steps());
    this.pictures = [...liveMap.root.querySelectorAll(".ll-three canvas")].map((canvas) => canvas.getContext("2d"));
    this.figures = [...liveMap.root.querySelectorAll(".ll-three figure")];
    this.words = [...liveMap.root.querySelectorAll(".ll-three figcaption")];
  }

  /** Forget the last run. */
  open() {
    this.task.stop();
    this.drawn = new Array(NEAREST).fill(-1);
    this.nearest = -1;
    for (const name of ["ratio", "back"]) this.liveMap.find(name).textContent = "";
  }

  /** Lay the pictures out for a run whose weights are there. */
  size(width, height) {
    for (const { canvas } of this.pictures) Object.assign(canvas, { width, height });
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
    liveMap.points.nearest(seen(liveMap, z), rows, distances);
    this.nearest = rows[0];
    if (liveMap.isLikeness) liveMap.drawOver();
    for (let n = 0; n < NEAREST; n++) {
      this.figures[n].hidden = rows[n] < 0; // a run may have fewer images
      this.words[n].textContent = rows[n] < 0 ? "" : this.name(rows[n], distances[n]);
      if (rows[n] < 0 || rows[n] === this.drawn[n]) continue;
      this.drawn[n] = rows[n];
      redraw(liveMap, rows[n], this.pictures[n]);
      yield;
    }
    if (!liveMap.drawing.encoder || !liveMap.awake.length) return; // where no dimension says anything there is no way back
    yield;
    this.back(z);
  }

  name(row, distance) {
    const { labels, data } = this.liveMap;
    const far = fixed(distance, 2);
    return labels ? this.liveMap.text("nearest_named", { name: data.names[labels[row]], far }) : far;
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
