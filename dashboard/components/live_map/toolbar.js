// What lies on the map and how it is seen: pictures, layers, projection, colours, zoom.

import { axisName, decimals, fixed } from "../js/engine/numbers.js";
import { prose } from "../js/engine/words.js";
import { columnOptions } from "./column_names.js";
import { savePicture } from "./download.js";
import { layMosaic, project, showLayers } from "./layout.js";

const MOST_AXES = 8; // dimensions of which every pair is offered

export class Toolbar {
  constructor(liveMap) {
    this.liveMap = liveMap;
    liveMap.on("toolbar", "change", (event) => this.changed(event.target));
    liveMap.on("toolbar", "click", (event) => this.pressed(event.target.closest("[data-save]")?.dataset.save));
  }

  find(name) {
    return this.liveMap.find(name);
  }

  /** Write every word and choice anew. */
  update() {
    const { liveMap } = this;
    if (liveMap.isLanding) return;
    const { setup, data } = liveMap;
    this.find("toolbar").setAttribute("aria-label", liveMap.text("toolbar"));
    const kinds = ["off", "even", ...(data.has_prior ? ["quantiles"] : [])];
    fill(
      this.find("pictures"),
      kinds.map((kind) => [kind, liveMap.text(`pictures_${kind}`)]),
      setup.pictures,
    );
    this.find("per_side").max = data.most_pictures;
    this.find("projection_field").hidden = liveMap.z.length < 3;
    fill(this.find("plane_choice"), this.projections(), setup.projection);
    this.find("column_choice").replaceChildren(...columnOptions(liveMap));
    this.find("column_choice").value = setup.get("by");
    this.write();
  }

  /** What may be chosen, and what is, as the map is now. */
  write() {
    const { liveMap } = this;
    const { setup, layers } = liveMap;
    const { pictures } = setup;
    const isAtTrueScale = pictures !== "quantiles" && !liveMap.isLikeness;
    for (const box of liveMap.root.querySelectorAll("[data-layer]")) {
      const { layer } = box.dataset;
      box.checked = layers[layer];
      box.disabled = (layer === "rings" && liveMap.isLikeness) || (layer === "fog" && (!isAtTrueScale || liveMap.fog.reason !== ""));
    }
    this.find("pictures").disabled = liveMap.isLikeness;
    this.find("side_field").hidden = pictures === "off" || liveMap.isLikeness;
    this.find("share_field").hidden = pictures !== "quantiles" || liveMap.isLikeness;
    this.find("formula").hidden = pictures !== "quantiles" || liveMap.isLikeness;
    this.find("save_grid").hidden = pictures === "off" || liveMap.isLikeness;
    this.find("per_side").value = setup.grid.side;
    this.find("share").value = setup.get("share");
    const half = setup.number("share") / 200;
    this.find("formula_text").textContent = liveMap.text("formula_text", { low: fixed(0.5 - half, 4), high: fixed(0.5 + half, 4) });
    this.writeWhy();
  }

  writeWhy() {
    if (!this.liveMap.isLanding) this.find("why").textContent = this.why();
  }

  /** Why the map is seen as it is, and what that hides. */
  why() {
    const { liveMap } = this;
    const { best, umap } = liveMap.data;
    const words = this.sampled();
    if (liveMap.z.length < 3) return prose(words);
    if (liveMap.isLikeness) return prose([liveMap.text("umap_how"), ...words]);
    if (best && liveMap.setup.get("v") === best.v) words.push(this.best(best));
    if (liveMap.depth && liveMap.layers.points)
      words.push(liveMap.text("depth", { near: fixed(liveMap.depth.near, 1), far: fixed(liveMap.depth.far, 1) }));
    if (!umap) words.push(liveMap.text("umap_none"));
    return prose(words);
  }

  /** How many of the images have a point, where not all have one, and that names of files are left out, where they are. */
  sampled() {
    const { count, total, unnamed, data } = this.liveMap;
    const counted = (n) => decimals(n, 0, data.language);
    const words = total > count ? [this.liveMap.text("points_sampled", { n: counted(count), of: counted(total) })] : [];
    return unnamed ? [...words, this.liveMap.text("points_unnamed", { megabytes: fixed(unnamed / 1e6, 1) })] : words;
  }

  best({ v, own, runner_up, dimensions }) {
    const [x, y] = v === "pca" ? [] : v.split(",").map((n) => axisName(Number(n) - 1));
    const view = v === "pca" ? this.liveMap.text("plane_principal") : this.liveMap.text("best_axes", { x, y });
    return this.liveMap.text("best", { view, own: Math.round(100 * own), next: Math.round(100 * runner_up), dimensions });
  }

  // ------------------------------------------------------------------ choices

  projections() {
    const { liveMap } = this;
    const { data, setup, controls } = liveMap;
    if (liveMap.z.length < 3) return [];
    const axes = (i, j) => [`${i},${j}`, liveMap.text("plane_axes", { x: axisName(i), y: axisName(j) })];
    const awake = data.order.filter((dim) => !controls.isAsleep(dim)).slice(0, MOST_AXES);
    const pairs = awake.flatMap((i, n) => awake.slice(n + 1).map((j) => axes(i, j)));
    const choices = [
      ["principal", liveMap.text("plane_principal")],
      ...(data.umap ? [["umap", liveMap.text("plane_umap")]] : []),
      ...pairs,
    ];
    for (const name of [data.best?.v, setup.get("v")]) {
      if (!name?.includes(",")) continue;
      const pair = name.split(",").map((n) => Number(n) - 1);
      if (!choices.some(([one]) => one === pair.join())) choices.unshift(axes(...pair));
    }
    return choices;
  }

  changed(target) {
    const { liveMap } = this;
    const { setup } = liveMap;
    if (target.closest(".ll-legend")) return; // it listens itself
    if (target === this.find("plane_choice")) {
      setup.setProjection(target.value);
      project(liveMap);
    } else if (target === this.find("column_choice")) {
      setup.colourBy(target.value);
      liveMap.receive();
      liveMap.legend.build();
    } else if (target.dataset.layer) {
      liveMap.layers[target.dataset.layer] = target.checked;
      setup.setLayers(setup.pictures, liveMap.layers);
      showLayers(liveMap, target.dataset.layer === "points");
    } else {
      const { max } = this.find("per_side");
      const [n, share] = [within(this.find("per_side").value, 2, max), within(this.find("share").value, 50, 99.9)];
      const kind = this.find("pictures").value;
      if (target === this.find("pictures")) setup.setLayers(kind, liveMap.layers);
      else setup.set({ n: String(Math.round(n)), share: String(share) });
      liveMap.layers = setup.layers;
      layMosaic(liveMap);
      showLayers(liveMap, true);
      if (target === this.find("pictures")) liveMap.controls.zoom(0);
    }
    this.write();
  }

  pressed(what) {
    if (what && this.liveMap.decoder) savePicture(this.liveMap, what);
  }
}

/** Write the options of a list anew. */
export function fill(select, options, value) {
  select.replaceChildren(
    ...options.map(([name, textContent]) => Object.assign(document.createElement("option"), { value: name, textContent })),
  );
  select.value = value;
}

const within = (text, low, high) => Math.min(Number(high), Math.max(low, Number(text) || low));
