// How a page is laid out: short texts, as they stand in the address of an Explore page (dashboard/session/workspace.py says what each may be).

import { Plane } from "../js/engine/plane.js";
import { QuantileScale } from "../js/engine/quantile_scale.js";

// What lies on the map, a letter each: pictures in even steps (m) or at quantiles of the prior (q), points, prior, density, fog.
const LETTERS = { points: "p", rings: "r", density: "d", fog: "f" };
const STARTS = {
  landing: { on: "mf", tab: "" },
  explore: { on: "mprf", tab: "place" },
  latent: { on: "pr", tab: "place" },
  manifold: { on: "q", tab: "place" },
  sample: { on: "m", tab: "sliders" },
};
const AT_QUANTILES = 20; // pictures to a side, where as many fit
const COMMON = { by: "class", between: "", pick: "", win: "", hide: "", share: "95", seed: "1", temp: "1", count: "64", one: "", sel: "" };

/** What a page starts with. */
function startOf({ mode, preset, kl, dims, best, map, most_pictures, has_prior }) {
  const start = { ...COMMON, ...STARTS[preset || mode] };
  const d = kl.length;
  if (d === 1 && !start.on.includes("p")) start.on += "p";
  if (!has_prior) start.on = start.on.replace("q", "m").replace("r", "");
  start.v = best?.v ?? nameOfDims(dims);
  start.n = String(start.on.includes("q") ? Math.min(AT_QUANTILES, most_pictures) : map.side);
  return start;
}

const nameOfDims = (dims) => dims.map((dim) => dim + 1).join();
const textOf = (told) => JSON.stringify(Object.entries(told).sort());

export class Setup {
  constructor(liveMap) {
    this.liveMap = liveMap;
    liveMap.leaving.signal.addEventListener("abort", () => clearTimeout(this.resting));
  }

  /** Another run or another page. */
  open() {
    const { data } = this.liveMap;
    this.start = startOf(data);
    this.take();
    this.serial = data.layout_serial ?? 0;
  }

  take() {
    const { layout = {} } = this.liveMap.data;
    this.values = { ...this.start, ...layout };
    this.sent = textOf(layout);
  }

  /** Whether Python says another layout than was told, as after a step back in the browser's history; an older answer is no news. */
  get isNews() {
    const { layout = {}, layout_serial: serial = 0 } = this.liveMap.data;
    return serial === this.serial && textOf(layout) !== this.sent;
  }

  get(name) {
    return this.values[name];
  }

  number(name) {
    return Number(this.values[name]);
  }

  /** Lay something out otherwise, and let Python know what differs from the start. */
  set(changes) {
    Object.assign(this.values, changes);
    if (this.liveMap.isLanding) return;
    const told = Object.fromEntries(Object.entries(this.values).filter(([name, text]) => text !== this.start[name]));
    if (textOf(told) === this.sent) return;
    this.sent = textOf(told);
    this.serial++;
    this.liveMap.host.set("layout", { ...told, serial: this.serial });
  }

  // ------------------------------------------------------------------ layers

  /** Which pictures there are: "off", "even" or "quantiles". */
  get pictures() {
    const { on } = this.values;
    if (on.includes("q") && this.liveMap.data.has_prior) return "quantiles";
    return /[mq]/.test(on) ? "even" : "off";
  }

  get layers() {
    const { on } = this.values;
    const layers = { mosaic: this.pictures !== "off" };
    for (const [name, letter] of Object.entries(LETTERS)) layers[name] = on.includes(letter);
    layers.rings &&= this.liveMap.data.has_prior;
    return layers;
  }

  /** Keep which layers lie on the map. */
  setLayers(pictures, layers) {
    const letters = { even: "m", quantiles: "q" }[pictures] ?? "";
    const others = Object.entries(LETTERS).map(([name, letter]) => (layers[name] ? letter : ""));
    this.set({ on: letters + others.join("") || "-" });
  }

  /** How many pictures there are to a side, and the scale of the axes; null: even. */
  get grid() {
    const { map, most_pictures } = this.liveMap.data;
    const side = Math.max(2, Math.min(most_pictures, this.number("n")));
    const scale = this.pictures === "quantiles" ? new QuantileScale(side, this.number("share") / 100, map.reach) : null;
    return { side, scale };
  }

  /** Whether the page is about the pictures, whose middles the window then holds and nothing else. */
  get isGrid() {
    return this.liveMap.data.preset === "manifold";
  }

  /** Which points are shown, and which categories were looked for. @returns {import("../js/canvas/colouring.js").Filter} */
  get filter() {
    const { hide, pick, between } = this.values;
    const numbers = (text) => (text ? text.split(",").map(Number) : []);
    const [low, high] = between.split(",");
    const range = between ? [low ? Number(low) : -Infinity, high ? Number(high) : Infinity] : null;
    return { hidden: new Set(numbers(hide)), picked: numbers(pick), range };
  }

  /** Colour the points by another column, all of which are shown then. */
  colourBy(name) {
    this.set({ by: name, between: "", pick: "", hide: "" });
  }

  /** The names of the sets of images that are marked. */
  get sets() {
    const { sel } = this.values;
    return sel ? sel.split(",").map(decodeURIComponent) : [];
  }

  setSets(names) {
    this.set({ sel: names.map(encodeURIComponent).join() });
  }

  // ------------------------------------------------------------------ plane and window

  /** The name that the live map has for the projection. */
  get projection() {
    const { v } = this.values;
    if (v === "pca") return "principal";
    return v === "umap"
      ? v
      : v
          .split(",")
          .map((n) => Number(n) - 1)
          .join();
  }

  setProjection(name) {
    this.set({ v: name === "principal" ? "pca" : name === "umap" ? name : nameOfDims(name.split(",").map(Number)) });
  }

  planeOf(name) {
    const { data, z } = this.liveMap;
    if (name === "principal") return new Plane(...data.axes.map((axis) => Float64Array.from(axis)));
    return Plane.ofAxes(z.length, ...(name === "umap" ? data.dims : name.split(",").map(Number)));
  }

  /** Put the window where it was left. */
  restoreWindow() {
    const { view } = this.liveMap;
    if (!this.values.win) return;
    const [x, y, times] = this.values.win.split(",").map(Number);
    Object.assign(view, { x, y, scale: view.whole * times });
  }

  /** The window is on its way: when it rests, its place is kept. */
  windowMoves() {
    this.liveMap.invalidate();
    clearTimeout(this.resting);
    this.resting = setTimeout(
      this.liveMap.guard(() => this.keepWindow()),
      300,
    );
  }

  keepWindow() {
    this.liveMap.cells.sharpen();
    const { x, y, scale, whole } = this.liveMap.view;
    const win = [x, y, scale / whole].map((value) => Number(value.toFixed(2)) + 0).join();
    this.set({ win: win === "0,0,1" ? "" : win });
  }
}
