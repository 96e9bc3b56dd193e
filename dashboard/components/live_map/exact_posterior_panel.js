// The exact posterior p(z | x) of the picture on the pad, beside the encoder's answer: whole in two dimensions, in more of them as far as the
// plane goes, with everything across it as it is in z.

import { offPlane } from "../js/engine/aggregate_posterior.js";
import { contour, levelsHolding } from "../js/engine/contours.js";
import { closingIn } from "../js/engine/exact_posterior.js";
import { addCosts } from "../js/engine/likelihoods.js";
import { total } from "../js/engine/numbers.js";
import { Task } from "../js/engine/task.js";

const SIDE = 40;
const PASSES = 3;
const SHARES = [0.95, 0.5]; // of the posterior, within each line

export class ExactPosterior {
  constructor(liveMap) {
    this.liveMap = liveMap;
    this.task = new Task(() => this.steps());
    this.lines = null;
    liveMap.on("exact", "change", () => this.request());
  }

  /** Write whether it can be shown for this run. */
  write() {
    const { liveMap } = this;
    const { z, data, decoder } = liveMap;
    liveMap.find("exact_field").hidden = z.length < 2 || !data.has_prior || (decoder && !decoder.params);
    liveMap.find("exact_words").textContent = liveMap.text(z.length > 2 ? "exact_on_plane" : "exact");
  }

  /** Another picture, or none. */
  request() {
    const { liveMap } = this;
    const isAsked = liveMap.find("exact").checked && !liveMap.find("exact_field").hidden;
    this.task.stop();
    this.lines = null; // those of the picture or the plane before say nothing of this one
    if (isAsked && liveMap.drawing.x) this.task.request();
    liveMap.schedule();
    if (liveMap.decoder) liveMap.drawOver();
  }

  /** The pictures are drawn anew: another plane through z has other lines. */
  follow() {
    if (this.liveMap.z.length > 2 && this.liveMap.drawing.x && this.place !== this.here) this.request();
  }

  /** Which plane it is, and where it lies. */
  get here() {
    const { plane, planeName, z } = this.liveMap;
    return `${planeName}/${Array.from(offPlane(plane.u, plane.v, z), (value) => value.toFixed(3))}`;
  }

  work(until) {
    this.task.work(until);
  }

  *steps() {
    const { liveMap } = this;
    const { decoder, data, plane, reach } = liveMap;
    const { x } = liveMap.drawing;
    const [z, costs] = [Float64Array.from(liveMap.z), new Float64Array(x.length)];
    this.place = this.here;
    const logJoint = (a, b) => {
      plane.moveTo(z, a, b);
      decoder.decode(z);
      costs.fill(0);
      addCosts(data, decoder.params, x, costs);
      return -total(costs) - 0.5 * z.reduce((sum, value) => sum + value * value, 0);
    };
    const { cells, box } = yield* closingIn(logJoint, [-reach, reach, -reach, reach], SIDE, PASSES);
    const [left, right, low, high] = box;
    const [width, height] = [(right - left) / SIDE, (high - low) / SIDE];
    this.lines = levelsHolding(cells, SHARES).map((level) =>
      contour(cells, SIDE, level).map((value, n) => (n % 2 ? high - value * height : left + value * width)),
    );
    liveMap.drawOver();
  }

  /** Draw its lines, on the map or magnified. */
  draw(context, view, theme) {
    if (!this.lines || this.liveMap.isLikeness) return;
    for (const [colour, wider] of [
      [theme.ground, 2.5],
      [theme.parts.reconstruction, 0],
    ]) {
      Object.assign(context, { strokeStyle: colour, lineWidth: (1.75 + wider) * view.ratio, lineCap: "round" });
      context.beginPath();
      for (const pieces of this.lines) {
        for (let n = 0; n < pieces.length; n += 4) {
          context.moveTo(view.px(pieces[n]), view.py(pieces[n + 1]));
          context.lineTo(view.px(pieces[n + 2]), view.py(pieces[n + 3]));
        }
      }
      context.stroke();
    }
  }
}
