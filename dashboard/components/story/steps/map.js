// Every point on this map is a picture: move, and see that two numbers choose all dots.

import { channels } from "../../js/canvas/colour.js";
import { paintInk } from "../../js/canvas/pictures.js";
import { normal } from "../../js/engine/gaussian.js";
import { decimals } from "../../js/engine/numbers.js";
import { between } from "../../js/engine/plane.js";
import { MACHINE, machineMap } from "../map.js";
import { Picture, piece } from "../parts.js";

const FAR = 2.7; // standard deviations: beyond it few pictures were ever placed
// biome-ignore format: a list of places
const TOUR = [[-1.4, 0.6], [-0.3, 1.5], [1.2, 0.9], [0.7, -1.1], [-0.9, -0.8]];

export class MapStep {
  constructor(stage) {
    this.stage = stage;
    this.decoder = stage.picture(MACHINE);
    const { height, width } = this.decoder.picture;
    this.dots = height * width;
    this.canvas = piece("canvas", "ls-touch");
    const shown = piece("canvas");
    this.caption = piece("figcaption");
    this.layout = piece("div", "ls-mapping", piece("div", "ls-square", this.canvas), piece("figure", "", shown, this.caption));
    stage.box.append(this.layout);
    this.map = machineMap(stage, this.canvas, (a, b) => this.moved(a, b));
    this.picture = new Picture(shown, height, width);
    this.addMore();
  }

  addMore() {
    const { stage } = this;
    const button = (key, action) => {
      const element = piece("button");
      stage.on(element, "click", action);
      return [key, element];
    };
    const actions = { random_place: () => this.randomPlace(), learned: () => this.learn() };
    this.buttons = Object.entries(actions).map(([key, action]) => button(key, action));
    stage.more.append(piece("div", "ls-buttons", ...this.buttons.map(([, element]) => element)));
  }

  reset() {
    this.leave();
    this.isTouched = false;
    this.began = performance.now();
    this.put(...TOUR[0]);
  }

  // ------------------------------------------------------------------ moves

  moved(a, b) {
    this.leave();
    this.isTouched = true;
    this.stage.done();
    this.put(a, b);
    this.map.draw();
  }

  put(a, b) {
    this.map.film = null;
    this.map.put(a, b);
    this.write();
  }

  wander() {
    if (this.isTouched || this.stage.isStill || this.stage.isPrinting || this.timer) return;
    const step = this.stage.guard(() => {
      const t = (performance.now() - this.began) / 1000;
      this.put(1.7 * Math.sin(0.53 * t + 0.4), 1.7 * Math.sin(0.79 * t + 1.1));
      this.map.draw();
      this.timer = requestAnimationFrame(step);
    });
    this.timer = requestAnimationFrame(step);
  }

  randomPlace() {
    const { random } = this.stage;
    this.moved(normal(random), normal(random));
  }

  // ------------------------------------------------------------------ how it learned

  /** The stored maps of the training, one after another. */
  learn() {
    this.leave();
    this.isTouched = true;
    this.frame = 0;
    this.nextFrame();
    if (!this.stage.isStill)
      this.film = setInterval(
        this.stage.guard(() => this.nextFrame()),
        450,
      );
    else this.showFrame(this.frames - 1);
  }

  get frames() {
    return this.stage.array("film").shape[0];
  }

  nextFrame() {
    this.showFrame(this.frame++);
    if (this.frame >= this.frames) clearInterval(this.film);
  }

  showFrame(n) {
    const { stage, map } = this;
    const {
      data,
      shape: [, height, width],
    } = stage.array("film");
    const ink = channels(stage.colour("text"));
    map.film = { n, reach: stage.facts.film_reach, canvas: new OffscreenCanvas(width, height) };
    const image = new ImageData(width, height);
    const means = Float32Array.from(data.subarray(n * height * width, (n + 1) * height * width), (value) => value / 255);
    paintInk(image, means, ink, 0.9);
    map.film.canvas.getContext("2d").putImageData(image, 0, 0);
    this.write();
    map.draw();
  }

  // ------------------------------------------------------------------ what stands there

  write() {
    const { stage, map, decoder, dots } = this;
    if (map.film) {
      stage.number(stage.facts.epochs[map.film.n], "learned_meaning");
      stage.say("learned_said");
    } else {
      this.picture.show(decoder.decode([map.a, map.b]));
      stage.number(`${decimals(map.a, 2)}, ${decimals(map.b, 2)}`, "meaning", { dots });
      stage.say(Math.hypot(map.a, map.b) > FAR ? "far" : "near", { n: stage.facts.n_train });
    }
    this.caption.textContent = stage.text("picture");
    this.layout.dataset.film = map.film ? "yes" : "no";
    const isUnder = map.a > 0 && map.b > 0;
    this.layout.dataset.corner = isUnder ? "left" : "right";
  }

  draw() {
    const { stage } = this;
    this.canvas.setAttribute("aria-label", stage.text("map_label"));
    this.picture.canvas.setAttribute("aria-label", stage.text("picture_label"));
    for (const [key, element] of this.buttons) element.textContent = stage.text(key);
    if (this.map.film) this.showFrame(this.map.film.n);
    this.write();
    this.map.draw();
    this.wander();
  }

  async show(pause) {
    this.moved(...TOUR[0]);
    for (let n = 1; n < TOUR.length; n++) {
      for (let share = 0; share <= 1; share += 0.05) {
        this.moved(...between(TOUR[n - 1], TOUR[n], share, false, [0, 0]));
        await pause(40);
      }
    }
  }

  leave() {
    cancelAnimationFrame(this.timer);
    clearInterval(this.film);
    this.timer = this.film = null;
  }
}
