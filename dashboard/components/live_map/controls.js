// What stands around the map: sliders, buttons, layers, legend, planes.

import { CIVIDIS } from "../js/canvas/colour.js";
import { paintPicture } from "../js/canvas/pictures.js";
import { normal } from "../js/engine/gaussian.js";
import { axisName } from "../js/engine/numbers.js";
import { Plane } from "../js/engine/plane.js";
import { inWords } from "./captions.js";

const MOST_SLIDERS = 64; // a page of thousands helps nobody

export class Controls {
  constructor(liveMap) {
    this.liveMap = liveMap;
    this.sliders = [];
    this.sliding = null;
    this.root = liveMap.root;
    const act = {
      dots: () => this.showDots(),
      random: () => this.goTo(liveMap.z.map(() => normal())),
      film: () => liveMap.film.play(),
      zoom_in: () => this.zoom(1.25),
      zoom_out: () => this.zoom(0.8),
      home: () => this.zoom(0),
      pin_a: () => liveMap.path.pin("A"),
      pin_b: () => liveMap.path.pin("B"),
      play: () => liveMap.path.play(),
      sample: () => this.toggleSample(),
      draw: () => liveMap.drawing.toggle(),
      eraser: () => liveMap.drawing.pad.setErasing(!liveMap.drawing.pad.isErasing),
      dark_ink: () => liveMap.drawing.pad.switchInk(),
      undo: () => liveMap.drawing.pad.undo(),
      clear: () => liveMap.drawing.pad.clear(),
      look: () => liveMap.host.trigger("look", this.otherLook),
      next_image: () => liveMap.drawing.album.next(),
      resample: () => liveMap.drawing.resample(),
    };
    const on = (name, action) => this.root.addEventListener(name, liveMap.guard(action), { signal: liveMap.leaving.signal });
    on("click", (event) => liveMap.decoder && act[event.target.closest("[data-do]")?.dataset.do]?.());
    on("click", (event) => this.leave(event));
    on("change", (event) => this.changed(event.target));
    on("input", (event) => event.target.dataset.dim && this.slide(event.target));
    // Streamlit listens for letters on the whole page.
    on("keydown", (event) => event.target.closest("button, input, select") && !event.ctrlKey && event.stopPropagation());
  }

  find(name) {
    return this.liveMap.find(name);
  }

  /** How the landing page would look otherwise. */
  get otherLook() {
    return this.liveMap.data.look === "dark" ? "light" : "dark";
  }

  /** Whether a dimension carries next to nothing; where there is no KL, nobody can tell. */
  isAsleep(dim) {
    const { kl, asleep } = this.liveMap.data;
    return kl[dim] !== null && kl[dim] < asleep;
  }

  // ------------------------------------------------------------------ building, per run and per language

  open() {
    this.isSample = false;
    this.liveMap.path.clear();
    this.find("sliders").replaceChildren();
    // What carries most comes first; the landing page has no sliders.
    const dims = this.liveMap.isLanding ? [] : this.liveMap.data.order;
    this.sliders = dims.slice(0, MOST_SLIDERS).map((dim) => this.slider(dim));
  }

  /** The doors of the landing page: the server opens them, in this tab. */
  leave(event) {
    const door = event.target.closest("[data-go]")?.dataset.go;
    if (!door || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.liveMap.host.trigger("door", door);
  }

  /** Write every word anew; it costs nothing, and the language may have changed. */
  update() {
    const { liveMap } = this;
    liveMap.write();
    for (const element of this.root.querySelectorAll("[data-title]")) {
      element.title = liveMap.text(element.dataset.title);
      element.setAttribute("aria-label", element.title);
    }
    this.find("over").setAttribute("aria-label", liveMap.text("map_label"));
    this.find("picture").setAttribute("aria-label", liveMap.text("picture_label"));
    this.find("look").textContent = liveMap.text(`look_${this.otherLook}`);
    this.find("film").hidden = !liveMap.data.has_film;
    for (const element of this.root.querySelectorAll(".ll-with_prior")) element.hidden = !liveMap.data.has_prior;
    this.find("plane").hidden = liveMap.z.length < 3;
    this.sliders.forEach((slider) => this.nameSlider(slider));
    for (const box of this.root.querySelectorAll("[data-layer]")) box.checked = liveMap.layers[box.dataset.layer];
    this.buildLegend();
    this.buildPlanes();
    this.writeSample();
    liveMap.drawing.write();
    liveMap.umap.write();
    liveMap.fog.write();
  }

  slider(dim) {
    const [low, high] = this.liveMap.data.ranges[dim];
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
    const { liveMap } = this;
    const kl = liveMap.data.kl[dim];
    const values = { n: dim + 1, name: axisName(dim), kl: kl?.toFixed(kl < 0.1 ? 3 : 2) };
    const words = this.isAsleep(dim) ? "slider_asleep" : "slider";
    name.textContent = kl === null ? values.name : liveMap.text(words, values);
  }

  buildLegend() {
    const { data, colouring } = this.liveMap;
    const isScale = colouring.column.kind === "number";
    const entries = isScale || data.has_labels ? colouring.legend() : [];
    this.find("legend").replaceChildren(...(isScale ? scaleOf(entries) : this.switches(entries)));
  }

  /** A button for each class, which switches it off and on. */
  switches(entries) {
    const { liveMap } = this;
    return entries.map(({ name, colour, isShown }, n) => {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: name });
      button.style.setProperty("--class", colour);
      button.setAttribute("aria-pressed", String(isShown));
      button.addEventListener("click", () => {
        const { colouring } = liveMap; // the weights may have come since
        colouring.toggle(n);
        button.setAttribute("aria-pressed", String(!colouring.hidden.has(n)));
        liveMap.cloud = null;
        liveMap.invalidate();
      });
      return button;
    });
  }

  buildPlanes() {
    const { liveMap } = this;
    const select = this.find("plane_choice");
    if (liveMap.z.length < 3) return;
    const axes = (i, j) => [`${i},${j}`, liveMap.text("plane_axes", { x: axisName(i), y: axisName(j) })];
    const awake = liveMap.data.order.filter((dim) => !this.isAsleep(dim)).slice(0, 8);
    const pairs = awake.flatMap((i, n) => awake.slice(n + 1).map((j) => axes(i, j)));
    const choices = [...(liveMap.data.axes ? [["principal", liveMap.text("plane_principal")]] : []), ...pairs];
    if (!choices.some(([name]) => name === liveMap.planeName)) choices.unshift(axes(...liveMap.planeName.split(",").map(Number)));
    select.replaceChildren(
      ...choices.map(([value, text]) => Object.assign(document.createElement("option"), { value, textContent: text })),
    );
    select.value = liveMap.planeName;
  }

  // ------------------------------------------------------------------ what buttons and sliders do

  changed(target) {
    const { liveMap } = this;
    if (target.dataset.dim) {
      this.sliding = null;
      liveMap.release();
    }
    if (target.dataset.layer) {
      liveMap.layers[target.dataset.layer] = target.checked;
      // With points the pictures are faint ink, without them they carry the classes' colours.
      if (target.dataset.layer === "points" && liveMap.decoder) liveMap.restartMosaic();
      liveMap.inkFirst();
      liveMap.invalidate();
    }
    if (target === this.find("plane_choice")) this.choosePlane(target.value);
    if (target === this.find("arc")) liveMap.path.drawStrip();
    if (target.closest(".ll-album")) liveMap.drawing.album.changed(target);
  }

  choosePlane(name) {
    const { liveMap } = this;
    if (name === "principal") liveMap.setPlane(new Plane(...liveMap.data.axes.map((axis) => Float64Array.from(axis))), name);
    else liveMap.setPlane(Plane.ofAxes(liveMap.z.length, ...name.split(",").map(Number)), name);
    liveMap.moved();
  }

  slide(input) {
    this.sliding = input;
    this.liveMap.z[Number(input.dataset.dim)] = Number(input.value);
    this.liveMap.pin(true);
    this.liveMap.moved();
  }

  /** Sliders and the picture's words follow z. */
  follow() {
    for (const { dim, input, value } of this.sliders) {
      const z = this.liveMap.z[dim];
      if (input !== this.sliding) input.value = z;
      value.textContent = inWords(z);
    }
  }

  goTo(z) {
    const { liveMap } = this;
    liveMap.pin(true);
    liveMap.z.set(z);
    liveMap.moved();
    this.keepInView();
    liveMap.release();
  }

  keepInView() {
    const { view, a, b } = this.liveMap;
    const [right, up] = [view.width / view.scale / 2.1, view.height / view.scale / 2.1];
    view.x += Math.max(0, a - view.x - right) - Math.max(0, view.x - right - a);
    view.y += Math.max(0, b - view.y - up) - Math.max(0, view.y - up - b);
    this.liveMap.invalidate();
  }

  zoom(factor) {
    const { liveMap } = this;
    if (factor) liveMap.view.zoom(factor, liveMap.view.width / 2, liveMap.view.height / 2);
    else liveMap.view.fit(liveMap.reach, !liveMap.plane.v);
    liveMap.invalidate();
  }

  toggleSample() {
    this.isSample = !this.isSample;
    if (this.isSample) this.liveMap.drawNoise();
    this.writeSample();
    this.liveMap.moved();
  }

  writeSample() {
    const button = this.find("sample");
    button.textContent = this.liveMap.text(this.isSample ? "sample_one" : "sample_mean");
    button.setAttribute("aria-pressed", String(this.isSample));
    this.find("sample_words").textContent = this.liveMap.text(this.isSample ? "sample_one_words" : "sample_mean_words");
  }

  /** Black or white by chance in every dot: what nearly all pictures look like. */
  showDots() {
    const { liveMap } = this;
    liveMap.touch();
    liveMap.isMoved = false; // a film that was stopped wants its picture of z back
    const dots = liveMap.image.width * liveMap.image.height;
    paintPicture(
      liveMap.image,
      Float32Array.from({ length: dots }, () => Math.round(Math.random())),
    );
    liveMap.picture.putImageData(liveMap.image, 0, 0);
    liveMap.sayInstead(liveMap.text("dots_words", { dots, power: Math.floor(dots * Math.log10(2)) }));
  }
}

/** A scale of colours between the numbers at its two ends. */
function scaleOf([low, high]) {
  const scale = Object.assign(document.createElement("span"), { className: "ll-scale" });
  scale.style.background = `linear-gradient(to right, ${CIVIDIS.join(", ")})`;
  return [low.name, scale, high.name];
}
