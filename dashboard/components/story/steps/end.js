// What it comes down to: a map on which near places look alike. The hand tries it once more, from a dot that stays.

import { decimals } from "../../js/engine/numbers.js";
import { StoryMap } from "../map.js";
import { Picture, piece } from "../parts.js";

const REACH = 3;
const START = [-0.4, 0.6];
const DIFFERENT = 0.25; // of a dot's way from black to white: from here on it looks different
const PAGES = ["explore", "train", "inspect"];

export class EndStep {
  constructor(stage) {
    this.stage = stage;
    this.decoder = stage.picture("strict-1");
    const { height, width } = this.decoder.picture;
    this.canvas = piece("canvas", "ls-touch");
    this.pictures = ["mark", "here"].map(() => new Picture(piece("canvas"), height, width));
    this.captions = this.pictures.map(() => piece("figcaption"));
    const figures = this.pictures.map(({ canvas }, n) => piece("figure", "", canvas, this.captions[n]));
    this.links = stage.story.data.isExport ? [] : PAGES.map((page) => this.link(page));
    const side = piece("div", "ls-column", piece("div", "ls-figures", ...figures), ...this.links.map(({ button }) => button));
    stage.box.append(piece("div", "ls-mapping", piece("div", "ls-square", this.canvas), side));
    this.map = new StoryMap(stage, this.canvas, REACH, (a, b) => this.moved(a, b));
    const { store } = stage.story;
    const [points, labels] = ["points", "point_labels"].map((name) => store.array(`map/${name}`).data);
    this.map.open("strict-1", this.decoder, { points, labels });
  }

  link(page) {
    const button = piece("button");
    this.stage.on(button, "click", () => this.stage.story.visit(page));
    return { page, button };
  }

  reset() {
    this.map.mark = START;
    this.map.put(...START);
    this.kept = this.decoder.decode(START).slice();
    this.write();
  }

  leave() {}

  moved() {
    this.stage.done();
    this.write();
    this.map.draw();
  }

  write() {
    const { stage, map, pictures, kept } = this;
    const now = this.decoder.decode([map.a, map.b]);
    pictures[0].show(kept);
    pictures[1].show(now);
    const different = now.reduce((count, value, n) => count + (Math.abs(value - kept[n]) > DIFFERENT), 0);
    const [a, b] = map.mark;
    const share = (100 * different) / now.length;
    stage.number(decimals(share, share < 10 ? 1 : 0), "meaning", { length: decimals(Math.hypot(map.a - a, map.b - b), 1) });
    stage.say("random");
  }

  draw() {
    const { stage } = this;
    this.canvas.setAttribute("aria-label", stage.text("map_label"));
    this.captions[0].textContent = stage.text("picture_mark");
    this.captions[1].textContent = stage.text("picture");
    for (const { page, button } of this.links) button.textContent = stage.text(`go_${page}`);
    this.write();
    this.map.draw();
  }

  /** For the printer: a short way from the pin. */
  pose() {
    this.map.put(START[0] + 0.3, START[1] - 0.2);
  }

  async show(pause) {
    const [a, b] = START;
    for (const far of [0.15, 0.3, 0.8, 1.4, 2]) {
      this.map.take(a + far, b - 0.7 * far);
      await pause(900);
    }
  }
}
