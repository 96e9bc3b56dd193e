// What stands around the map: sliders and buttons.

import { numbersIn } from "../js/engine/decoder.js";
import { normal } from "../js/engine/gaussian.js";
import { axisName } from "../js/engine/numbers.js";
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
      random: () => this.goTo(this.anyPlace()),
      zero: () => this.goTo(new Float64Array(liveMap.z.length)),
      film: () => liveMap.film.play(),
      zoom_in: () => this.zoom(1.25),
      zoom_out: () => this.zoom(0.8),
      home: () => this.zoom(0),
      pin_a: () => liveMap.path.pin("A"),
      pin_b: () => liveMap.path.pin("B"),
      play: () => liveMap.path.play(),
      eraser: () => liveMap.drawing.pad.setErasing(!liveMap.drawing.pad.isErasing),
      dark_ink: () => liveMap.drawing.pad.switchInk(),
      undo: () => liveMap.drawing.pad.undo(),
      clear: () => liveMap.drawing.pad.clear(),
      look: () => liveMap.host.trigger("look", this.otherLook),
      next_image: () => liveMap.drawing.album.next(),
      resample: () => liveMap.drawing.resample(),
    };
    const on = (name, action) => this.root.addEventListener(name, liveMap.guard(action), { signal: liveMap.leaving.signal });
    on("click", (event) => {
      const button = event.target.closest("[data-do]");
      if (liveMap.decoder) act[button?.dataset.do]?.(button);
    });
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
    this.liveMap.path.clear();
    this.adopt();
    const fold = this.find("sliders_asleep");
    this.find("sliders").replaceChildren();
    fold.replaceChildren();
    // What carries most comes first; the landing page has no sliders.
    const dims = this.liveMap.isLanding ? [] : this.liveMap.data.order;
    this.sliders = dims.slice(0, MOST_SLIDERS).map((dim) => this.slider(dim, this.isAsleep(dim) ? fold : this.find("sliders")));
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
      if (element.matches("button")) element.setAttribute("aria-label", element.title);
    }
    this.find("over").setAttribute("aria-label", liveMap.text("map_label"));
    this.find("picture").setAttribute("aria-label", liveMap.text("picture_label"));
    this.find("look").textContent = liveMap.text(`look_${this.otherLook}`);
    this.find("film").hidden = !liveMap.data.has_film || liveMap.setup.pictures === "quantiles";
    for (const element of this.root.querySelectorAll(".ll-with_prior")) element.hidden = !liveMap.data.has_prior;
    this.sliders.forEach((slider) => this.nameSlider(slider));
    this.find("fold").hidden = !this.find("sliders_asleep").children.length;
    const asleep = liveMap.data.order.filter((dim) => this.isAsleep(dim)).length; // with or without a slider
    this.find("fold_words").textContent = liveMap.text("asleep", { n: asleep });
    this.find("sliders_how").textContent = liveMap.text(liveMap.data.has_prior ? "sliders_how" : "sliders_how_no_prior");
    liveMap.drawing.write();
    liveMap.exact.write();
    liveMap.fog.write();
  }

  slider(dim, home) {
    const [low, high] = this.liveMap.data.ranges[dim];
    const label = document.createElement("label");
    const input = Object.assign(document.createElement("input"), { type: "range", min: low, max: high, step: 0.01 });
    const [name, value] = [document.createElement("span"), document.createElement("output")];
    input.dataset.dim = dim;
    label.append(name, input, value);
    label.classList.toggle("ll-asleep", this.isAsleep(dim));
    home.append(label);
    return { dim, input, name, value };
  }

  nameSlider({ dim, name }) {
    const { liveMap } = this;
    const kl = liveMap.data.kl[dim];
    const values = { n: dim + 1, name: axisName(dim), kl: kl?.toFixed(kl < 0.1 ? 3 : 2) };
    const words = this.isAsleep(dim) ? "slider_asleep" : "slider";
    name.textContent = kl === null ? values.name : liveMap.text(words, values);
  }

  // ------------------------------------------------------------------ what buttons and sliders do

  changed(target) {
    const { liveMap } = this;
    if (target.dataset.dim) {
      this.sliding = null;
      liveMap.release();
    }
    if (target.name === "ll-shows") this.choosePicture(target.value === "one");
    if (target === this.find("arc")) liveMap.path.drawStrip();
    if (target.closest(".ll-album")) liveMap.drawing.album.changed(target);
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

  /** A draw from the prior; without one, the place of a test image. */
  anyPlace() {
    const { z, data, mu, count } = this.liveMap;
    if (data.has_prior) return z.map(() => normal());
    const row = Math.floor(Math.random() * count);
    return mu.slice(row * z.length, (row + 1) * z.length);
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
    const { liveMap } = this;
    if (liveMap.isLikeness) return;
    liveMap.view.reveal(liveMap.a, liveMap.b);
    liveMap.setup.windowMoves();
  }

  zoom(factor) {
    const { liveMap } = this;
    if (factor) liveMap.view.zoom(factor, liveMap.view.width / 2, liveMap.view.height / 2);
    else liveMap.view.fit(liveMap.edge, !liveMap.plane.v);
    liveMap.setup.windowMoves();
  }

  /** Show the mean of the pixels, or one draw from p(x | z). */
  choosePicture(isSample) {
    this.liveMap.setup.set({ one: isSample ? "1" : "" });
    if (isSample && this.liveMap.decoder) this.liveMap.drawNoise();
    this.adopt();
  }

  /** Take over from the layout which picture is shown. */
  adopt() {
    this.isSample = this.liveMap.setup.get("one") === "1";
    for (const choice of this.root.querySelectorAll("[name=ll-shows]")) choice.checked = (choice.value === "one") === this.isSample;
    this.liveMap.moved(false);
  }

  /** Black or white by chance in every dot, in colour in each of its three channels: what nearly all pictures look like. */
  showDots() {
    const { liveMap } = this;
    const { painter, image, decoder } = liveMap;
    liveMap.touch();
    liveMap.isMoved = false; // a film that was stopped wants its picture of z back
    const length = numbersIn(decoder.picture);
    painter.paint(
      image,
      Float32Array.from({ length }, () => Math.round(Math.random())),
    );
    liveMap.picture.putImageData(image, 0, 0);
    const values = { dots: image.width * image.height, power: Math.floor(length * Math.log10(2)) };
    liveMap.sayInstead(liveMap.text(painter.isInk ? "dots_words" : "dots_words_colour", values));
  }
}
