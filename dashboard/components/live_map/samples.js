// A grid of pictures from places that are drawn: from the prior with a seed and a temperature, or without a prior, the places of test images.

import { normal } from "../js/engine/gaussian.js";
import { seeded } from "../js/engine/numbers.js";
import { Plane } from "../js/engine/plane.js";
import { Shrinking } from "../js/engine/shrinking.js";
import { Task } from "../js/engine/task.js";
import { saveGrid } from "./download.js";

const COUNTS = [16, 36, 64, 100, 144];

/** The places (count * d) that a seed gives: draws of the standard normal distribution, times the temperature. */
export function drawnPlaces(seed, count, d, temperature) {
  const random = seeded(seed);
  return Float64Array.from({ length: count * d }, () => temperature * normal(random));
}

/** The rows of so many test images that a seed gives. */
export function drawnRows(seed, count, images) {
  const random = seeded(seed);
  return Int32Array.from({ length: count }, () => Math.floor(images * random()));
}

export class Samples {
  constructor(liveMap) {
    this.liveMap = liveMap;
    this.task = new Task(() => this.steps());
    this.zs = new Float64Array(0);
    liveMap.on("draws", "change", (event) => this.changed(event.target));
    liveMap.on("draws", "click", (event) => this.pressed(event.target.closest("[data-draw]")?.dataset.draw));
    liveMap.on("draws_grid", "click", (event) => this.take(event));
  }

  find(name) {
    return this.liveMap.find(name);
  }

  get isShown() {
    const { data, tabs } = this.liveMap;
    return !this.liveMap.isLanding && (data.preset === "sample" || tabs.shown === "samples");
  }

  open() {
    const { liveMap } = this;
    if (liveMap.isLanding) return;
    const home = liveMap.data.preset === "sample" ? liveMap.find("stage") : liveMap.find("panel_samples");
    home.append(this.find("draws"));
    this.find("count").replaceChildren(...COUNTS.map((n) => Object.assign(document.createElement("option"), { value: n, textContent: n })));
    this.task.stop();
    this.drawn = "";
  }

  /** Write what is chosen. */
  update() {
    const { liveMap } = this;
    if (liveMap.isLanding) return;
    const { setup, data } = liveMap;
    for (const name of ["seed", "temp", "count"]) this.find(name).value = setup.get(name);
    if (!COUNTS.includes(setup.number("count"))) this.find("count").value = COUNTS.find((n) => n >= this.count) ?? COUNTS.at(-1);
    this.find("temp_field").hidden = !data.has_prior;
    this.find("temp_value").textContent = setup.number("temp").toFixed(2);
    this.find("draws_how").textContent = liveMap.text(data.has_prior ? "draws_how" : "draws_how_no_prior");
    this.find("draws_grid").setAttribute("aria-label", liveMap.text("draws_label", { n: this.count }));
    this.request();
  }

  /** As many as the count says, to the next full square. */
  get count() {
    return this.liveMap.setup.number("count");
  }

  changed(target) {
    const { setup } = this.liveMap;
    if (target === this.find("seed")) setup.set({ seed: String(Math.min(999999, Math.max(0, Math.round(Number(target.value)) || 0))) });
    if (target === this.find("temp")) setup.set({ temp: String(Number(target.value)) });
    if (target === this.find("count")) setup.set({ count: target.value });
    this.update();
  }

  pressed(what) {
    const { liveMap } = this;
    const side = this.side;
    if (what === "again") {
      liveMap.setup.set({ seed: String((liveMap.setup.number("seed") + 1) % 1000000) });
      this.update();
    }
    if (what === "save" && liveMap.decoder)
      saveGrid(liveMap, "samples", Math.ceil(this.count / side), side, (n, z) => n < this.count && this.placeOf(n, z));
  }

  get side() {
    return Math.ceil(Math.sqrt(this.count));
  }

  placeOf(n, z) {
    z.set(this.zs.subarray(n * z.length, (n + 1) * z.length));
    return true;
  }

  request() {
    const { liveMap } = this;
    if (!this.isShown || !liveMap.decoder) return;
    const { setup, data, z } = liveMap;
    const wanted = [data.run, setup.get("seed"), setup.get("temp"), setup.get("count")].join();
    if (wanted === this.drawn) return;
    this.drawn = wanted;
    const d = z.length;
    if (data.has_prior) this.zs = drawnPlaces(setup.number("seed"), this.count, d, setup.number("temp"));
    else {
      this.zs = new Float64Array(this.count * d);
      drawnRows(setup.number("seed"), this.count, liveMap.count).forEach((row, n) => {
        this.zs.set(liveMap.mu.subarray(row * d, (row + 1) * d), n * d);
      });
    }
    this.task.request();
    liveMap.schedule();
    liveMap.drawOver();
  }

  work(until) {
    this.task.work(until);
  }

  /** Decode one picture a step, no larger than it is seen. */
  *steps() {
    const { liveMap, side, count } = this;
    const canvas = this.find("draws_grid");
    const seen = (canvas.getBoundingClientRect().width / side) * liveMap.view.ratio;
    const shrinking = new Shrinking(liveMap.decoder.picture, Math.max(1, Math.floor(liveMap.decoder.picture.width / seen)));
    const { height, width } = shrinking;
    Object.assign(canvas, { width: side * width, height: Math.ceil(count / side) * height });
    const context = canvas.getContext("2d");
    const tile = new ImageData(width, height);
    const z = new Float64Array(liveMap.z.length);
    for (let n = 0; n < count; n++) {
      this.placeOf(n, z);
      liveMap.painter.paint(tile, shrinking.run(liveMap.decoder.decode(z)));
      context.putImageData(tile, (n % side) * width, Math.floor(n / side) * height);
      yield;
    }
  }

  /** Go to the place of the picture that is pressed. */
  take(event) {
    const canvas = this.find("draws_grid");
    const box = canvas.getBoundingClientRect();
    const { side } = this;
    const [across, down] = [box.width / side, box.height / Math.ceil(this.count / side)];
    const n = Math.floor((event.clientY - box.top) / down) * side + Math.floor((event.clientX - box.left) / across);
    if (n < 0 || n >= this.count || !this.zs.length) return;
    const z = new Float64Array(this.liveMap.z.length);
    this.placeOf(n, z);
    this.liveMap.controls.goTo(z);
  }

  /** The places of the draws, as dots. */
  draw(context) {
    const { liveMap, zs } = this;
    if (!this.isShown || liveMap.isLikeness || !liveMap.decoder) return;
    const { plane, view, theme, z } = liveMap;
    const d = z.length;
    for (let at = 0; at < zs.length; at += d) {
      const place = zs.subarray(at, at + d);
      context.beginPath();
      context.arc(view.px(Plane.along(plane.u, place)), view.py(plane.v ? Plane.along(plane.v, place) : 0), 3 * view.ratio, 0, 2 * Math.PI);
      Object.assign(context, { fillStyle: theme.accent, strokeStyle: theme.ground, lineWidth: view.ratio });
      context.fill();
      context.stroke();
    }
  }
}
