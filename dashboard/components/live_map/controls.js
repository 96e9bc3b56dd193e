// What stands around the map: sliders, buttons, layers, legend, planes.

import { CIVIDIS } from "../js/canvas/colour.js";
import { paintPicture } from "../js/canvas/pictures.js";
import { normal } from "../js/engine/gaussian.js";
import { axisName } from "../js/engine/numbers.js";
import { Plane } from "../js/engine/plane.js";
import { inWords } from "./captions.js";

const MOST_SLIDERS = 64; // a page of thousands helps nobody

export class Controls {
  constructor(explorer) {
    this.explorer = explorer;
    this.sliders = [];
    this.sliding = null;
    this.root = explorer.root;
    const act = {
      dots: () => this.showDots(),
      random: () => this.goTo(explorer.z.map(() => normal())),
      film: () => explorer.film.play(),
      zoom_in: () => this.zoom(1.25),
      zoom_out: () => this.zoom(0.8),
      home: () => this.zoom(0),
      pin_a: () => explorer.path.pin("A"),
      pin_b: () => explorer.path.pin("B"),
      play: () => explorer.path.play(),
      sample: () => this.toggleSample(),
      draw: () => explorer.drawing.toggle(),
      eraser: () => explorer.drawing.pad.setErasing(!explorer.drawing.pad.isErasing),
      dark_ink: () => explorer.drawing.pad.switchInk(),
      undo: () => explorer.drawing.pad.undo(),
      clear: () => explorer.drawing.pad.clear(),
      next_image: () => explorer.drawing.album.next(),
      resample: () => explorer.drawing.resample(),
    };
    const on = (name, action) => this.root.addEventListener(name, explorer.guard(action), { signal: explorer.leaving.signal });
    on("click", (event) => explorer.decoder && act[event.target.closest("[data-do]")?.dataset.do]?.());
    on("change", (event) => this.changed(event.target));
    on("input", (event) => event.target.dataset.dim && this.slide(event.target));
    // Streamlit listens for letters on the whole page.
    on("keydown", (event) => event.target.closest("button, input, select") && !event.ctrlKey && event.stopPropagation());
  }

  find(name) {
    return this.explorer.find(name);
  }

  /** Whether a dimension carries next to nothing; where there is no KL, nobody can tell. */
  isAsleep(dim) {
    const { kl, asleep } = this.explorer.data;
    return kl[dim] !== null && kl[dim] < asleep;
  }

  // ------------------------------------------------------------------ building, per run and per language

  open() {
    this.isSample = false;
    this.explorer.path.clear();
    this.find("sliders").replaceChildren();
    this.sliders = this.dimensions()
      .slice(0, MOST_SLIDERS)
      .map((dim) => this.slider(dim));
  }

  /** For those who inspect, what carries most comes first; the landing page has the knobs that do something, in their natural order. */
  dimensions() {
    const { order } = this.explorer.data;
    if (!this.explorer.isLanding) return order;
    const awake = order.filter((dim) => !this.isAsleep(dim));
    return (awake.length ? awake : [...order]).sort((one, other) => one - other);
  }

  /** Write every word anew; it costs nothing, and the language may have changed. */
  update() {
    const { explorer } = this;
    explorer.write();
    for (const element of this.root.querySelectorAll("[data-title]")) {
      element.title = explorer.text(element.dataset.title);
      element.setAttribute("aria-label", element.title);
    }
    this.find("over").setAttribute("aria-label", explorer.text("map_label"));
    this.find("picture").setAttribute("aria-label", explorer.text("picture_label"));
    this.find("film").hidden = !explorer.data.has_film;
    for (const element of this.root.querySelectorAll(".ll-with_prior")) element.hidden = !explorer.data.has_prior;
    this.find("plane").hidden = explorer.z.length < 3;
    this.sliders.forEach((slider) => this.nameSlider(slider));
    for (const box of this.root.querySelectorAll("[data-layer]")) box.checked = explorer.layers[box.dataset.layer];
    this.buildLegend();
    this.buildPlanes();
    this.writeSample();
    explorer.drawing.write();
    explorer.umap.write();
  }

  slider(dim) {
    const [low, high] = this.explorer.data.ranges[dim];
    const label = document.createElement("label");
    const input = Object.assign(document.createElement("input"), { type: "range", min: low, max: high, step: 0.01 });
    const [name, value] = [document.createElement("span"), document.createElement("output")];
    input.dataset.dim = dim;
    label.append(name, input, value);
    label.classList.toggle("ll-asleep", this.isAsleep(dim));
    this.find("sliders").append(label);
    return { dim, input, name, value };
  }

  nameSlider({ dim, name }) {
    const { explorer } = this;
    const kl = explorer.data.kl[dim];
    const values = { n: dim + 1, name: axisName(dim), kl: kl?.toFixed(kl < 0.1 ? 3 : 2) };
    const words = this.isAsleep(dim) ? "slider_asleep" : "slider";
    if (!explorer.isLanding && kl === null) name.textContent = values.name;
    else name.textContent = explorer.text(explorer.isLanding ? "knob" : words, values);
  }

  buildLegend() {
    const { data, colouring } = this.explorer;
    const isScale = colouring.column.kind === "number";
    const entries = isScale || data.has_labels ? colouring.legend() : [];
    this.find("legend").replaceChildren(...(isScale ? scaleOf(entries) : this.switches(entries)));
  }

  /** A button for each class, which switches it off and on. */
  switches(entries) {
    const { explorer } = this;
    return entries.map(({ name, colour, isShown }, n) => {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: name });
      button.style.setProperty("--class", colour);
      button.setAttribute("aria-pressed", String(isShown));
      button.addEventListener("click", () => {
        const { colouring } = explorer; // the weights may have come since
        colouring.toggle(n);
        button.setAttribute("aria-pressed", String(!colouring.hidden.has(n)));
        explorer.cloud = null;
        explorer.invalidate();
      });
      return button;
    });
  }

  buildPlanes() {
    const { explorer } = this;
    const select = this.find("plane_choice");
    if (explorer.z.length < 3) return;
    const axes = (i, j) => [`${i},${j}`, explorer.text("plane_axes", { x: axisName(i), y: axisName(j) })];
    const awake = explorer.data.order.filter((dim) => !this.isAsleep(dim)).slice(0, 8);
    const pairs = awake.flatMap((i, n) => awake.slice(n + 1).map((j) => axes(i, j)));
    const choices = [...(explorer.data.axes ? [["principal", explorer.text("plane_principal")]] : []), ...pairs];
    if (!choices.some(([name]) => name === explorer.planeName)) choices.unshift(axes(...explorer.planeName.split(",").map(Number)));
    select.replaceChildren(
      ...choices.map(([value, text]) => Object.assign(document.createElement("option"), { value, textContent: text })),
    );
    select.value = explorer.planeName;
  }

  // ------------------------------------------------------------------ answers to the hand

  changed(target) {
    const { explorer } = this;
    if (target.dataset.dim) {
      this.sliding = null;
      explorer.release();
    }
    if (target.dataset.layer) {
      explorer.layers[target.dataset.layer] = target.checked;
      // With points the pictures are faint ink, without them they carry the classes' colours.
      if (target.dataset.layer === "points" && explorer.decoder) explorer.restartMosaic();
      explorer.inkFirst();
      explorer.invalidate();
    }
    if (target === this.find("plane_choice")) this.choosePlane(target.value);
    if (target === this.find("arc")) explorer.path.drawStrip();
    if (target.closest(".ll-album")) explorer.drawing.album.changed(target);
  }

  choosePlane(name) {
    const { explorer } = this;
    if (name === "principal") explorer.setPlane(new Plane(...explorer.data.axes.map((axis) => Float64Array.from(axis))), name);
    else explorer.setPlane(Plane.ofAxes(explorer.z.length, ...name.split(",").map(Number)), name);
    explorer.moved();
  }

  slide(input) {
    this.sliding = input;
    this.explorer.z[Number(input.dataset.dim)] = Number(input.value);
    this.explorer.pin(true);
    this.explorer.moved();
  }

  /** Sliders and the picture's words follow z. */
  follow() {
    for (const { dim, input, value } of this.sliders) {
      const z = this.explorer.z[dim];
      if (input !== this.sliding) input.value = z;
      value.textContent = inWords(z);
    }
  }

  goTo(z) {
    const { explorer } = this;
    explorer.pin(true);
    explorer.z.set(z);
    explorer.moved();
    this.keepInView();
    explorer.release();
  }

  keepInView() {
    const { view, a, b } = this.explorer;
    const [right, up] = [view.width / view.scale / 2.1, view.height / view.scale / 2.1];
    view.x += Math.max(0, a - view.x - right) - Math.max(0, view.x - right - a);
    view.y += Math.max(0, b - view.y - up) - Math.max(0, view.y - up - b);
    this.explorer.invalidate();
  }

  zoom(factor) {
    const { explorer } = this;
    if (factor) explorer.view.zoom(factor, explorer.view.width / 2, explorer.view.height / 2);
    else explorer.view.fit(explorer.reach, !explorer.plane.v);
    explorer.invalidate();
  }

  toggleSample() {
    this.isSample = !this.isSample;
    if (this.isSample) this.explorer.drawNoise();
    this.writeSample();
    this.explorer.moved();
  }

  writeSample() {
    const button = this.find("sample");
    button.textContent = this.explorer.text(this.isSample ? "sample_one" : "sample_mean");
    button.setAttribute("aria-pressed", String(this.isSample));
    this.find("sample_words").textContent = this.explorer.text(this.isSample ? "sample_one_words" : "sample_mean_words");
  }

  /** Black or white by chance in every dot: what nearly all pictures look like. */
  showDots() {
    const { explorer } = this;
    explorer.touch();
    explorer.isMoved = false; // a film that was stopped wants its picture of z back
    const dots = explorer.image.width * explorer.image.height;
    paintPicture(
      explorer.image,
      Float32Array.from({ length: dots }, () => Math.round(Math.random())),
    );
    explorer.picture.putImageData(explorer.image, 0, 0);
    explorer.sayInstead(explorer.text("dots_words", { dots, power: Math.floor(dots * Math.log10(2)) }));
  }
}

/** A scale of colours between the numbers at its two ends. */
function scaleOf([low, high]) {
  const scale = Object.assign(document.createElement("span"), { className: "ll-scale" });
  scale.style.background = `linear-gradient(to right, ${CIVIDIS.join(", ")})`;
  return [low.name, scale, high.name];
}
