// The fog on the map: where no real image lies, the pictures drown. Computed between frames, from coarse to fine, and kept for the page.

import { FogPainter } from "../js/canvas/fog.js";
import { Density, offPlane } from "../js/engine/aggregate_posterior.js";
import { Trust } from "../js/engine/fog.js";
import { decimals, fixed } from "../js/engine/numbers.js";
import { counted, numbers } from "../js/engine/point_packet.js";
import { Task } from "../js/engine/task.js";
import { prose } from "../js/engine/words.js";
import { kept } from "./packets.js";

const SIDES = [32, 128]; // cells along a side, coarse first
const BEYOND = 1.3; // the field reaches so much farther than the map at first sight
const ROLLS_IN = 700; // ms
const MOST_KEPT = 12; // fields, of 64 KB

export class FogLayer {
  constructor(liveMap) {
    this.liveMap = liveMap;
    this.task = new Task(() => this.steps());
    this.painter = new FogPainter();
  }

  /** Forget the last run. */
  open() {
    this.task.stop();
    this.trust = this.key = this.began = this.own = this.sample = null;
    this.isCoarse = this.isSeen = false;
  }

  /** What the map may be trusted by has come; the weights are there. Taken in by steps. */
  *receive(parts) {
    const { liveMap } = this;
    const { quantiles, rim, of, error } = parts;
    if (this.trust || !quantiles.length) return;
    const d = liveMap.z.length;
    this.own = parts.gaps ? counted(parts) : null;
    this.sample = parts.gaps ? { n: parts.count, of, error } : null;
    const mu = this.own ? rowsOf(liveMap.mu, this.own, d) : liveMap.mu;
    const logVar = yield* numbers({ ...parts, mu: parts.log_var }, d);
    yield;
    this.trust = new Trust(yield* Density.building(mu, logVar, d, rim), quantiles);
    yield;
    this.request();
    liveMap.moved(false); // what is said of z is said anew
    liveMap.controls.update();
  }

  /** What is to be said of a place, or of the image of a row as if it had not been seen; null before it is known. */
  at(z, row = -1) {
    return this.trust?.at(z, this.own ? this.own.indexOf(row) : row) ?? null;
  }

  /** Why there can be no fog, as the name of a sentence; nothing where there is one, or it is not known yet. */
  get reason() {
    const { data, host } = this.liveMap;
    if (!data.has_spread) return "fog_none_point";
    if (!data.has_prior) return "fog_none_prior";
    return host.bytes(`${data.run}/trust`)?.quantiles.length === 0 ? "fog_none_few" : "";
  }

  /** Another plane, or another z across it, has another fog; the same one is at hand. */
  request() {
    const { liveMap, trust } = this;
    if (!trust) return;
    const off = Array.from(offPlane(liveMap.plane.u, liveMap.plane.v, liveMap.z), (value) => value.toFixed(3));
    const key = `${liveMap.data.run}/${liveMap.planeName}/${off}`;
    if (key === this.key) return;
    this.key = key;
    const fields = kept().fogs;
    if (fields?.has(key)) {
      this.task.stop();
      this.show(fields.get(key));
      this.began = -Infinity;
    } else {
      this.isCoarse = true;
      this.task.stop();
      this.task.request();
    }
    liveMap.schedule();
  }

  work(until) {
    this.task.work(until);
  }

  *steps() {
    const { liveMap, trust, key } = this;
    const { plane } = liveMap;
    const z = Float64Array.from(liveMap.z);
    const reach = BEYOND * liveMap.reach;
    for (const side of SIDES) {
      const field = new Float32Array(side * (plane.v ? side : 1));
      yield* trust.density.onPlane(plane, z, reach, side, field);
      this.isCoarse = false;
      this.show({ field, side, reach });
      if (side !== SIDES.at(-1)) continue;
      const store = kept();
      store.fogs ??= new Map();
      while (store.fogs.size >= MOST_KEPT) store.fogs.delete(store.fogs.keys().next().value);
      store.fogs.set(key, { field, side, reach });
    }
  }

  show({ field, side, reach }) {
    this.painter.take(field, side, reach, (nats) => this.trust.thickness(nats));
    if (!this.isSeen) {
      this.isSeen = true;
      this.liveMap.controls.update(); // the legend
    }
    this.began ??= performance.now();
    this.liveMap.invalidate();
  }

  /** From 0 to 1 while the fog rolls in, after the opening; at once where nothing shall move. */
  get strength() {
    if (this.liveMap.isCalm) return 1;
    if (this.liveMap.opening.isOn) this.began = performance.now();
    return Math.min(1, (performance.now() - this.began) / ROLLS_IN);
  }

  get isRolling() {
    return this.isSeen && !this.liveMap.opening.isOn && this.strength < 1;
  }

  draw() {
    const { ground, view, theme } = this.liveMap;
    if (this.isSeen) this.painter.draw(ground, view, theme, this.strength);
  }

  /** From how many of the images the fog is worked out, where not from all. */
  sampled() {
    if (!this.sample) return [];
    const { n, of, error } = this.sample;
    const { language } = this.liveMap.data;
    const words = { n: decimals(n, 0, language), of: decimals(of, 0, language), error: fixed(error, 2) };
    return [this.liveMap.text("fog_sampled", words)];
  }

  /** What the fog means, for screen readers beside the map too; or why there is no such layer. */
  write() {
    const { liveMap, reason } = this;
    const means = liveMap.find("fog_means");
    means.hidden = reason !== "";
    means.style.visibility = this.isSeen ? "" : "hidden"; // its place is kept while it is not known yet whether there is a fog
    means.textContent = liveMap.text("fog_means", { images: liveMap.text("images") });
    if (liveMap.isLanding && !reason) liveMap.find("over").setAttribute("aria-describedby", means.id);
    else liveMap.find("over").removeAttribute("aria-describedby");
    const layer = liveMap.find("fog_layer");
    const d = liveMap.z.length;
    const deep = d > 2 ? [liveMap.text("fog_deep", { d })] : [];
    layer.title = prose([liveMap.text("layer_fog_title"), ...deep, ...this.sampled()]);
    layer.firstElementChild.setAttribute("aria-description", layer.title);
    for (const place of liveMap.root.querySelectorAll(".ll-fog_none")) {
      place.hidden = reason === "";
      place.textContent = reason && liveMap.text(reason);
    }
  }
}

/** The points of these rows, (rows, d). */
function rowsOf(mu, rows, d) {
  const found = new Float32Array(rows.length * d);
  rows.forEach((row, n) => found.set(mu.subarray(row * d, (row + 1) * d), n * d));
  return found;
}
