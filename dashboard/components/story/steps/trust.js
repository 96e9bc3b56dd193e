// Where not to trust the map: a house becomes a digit, since it knows only digits; and in the fog no digit lies at all.

import { isStranger } from "../../js/engine/fog.js";
import { nearest, vote } from "../../js/engine/plane.js";
import { DrawingStep } from "../drawing.js";
import { fogOf } from "../trust.js";

const VOTERS = 20; // nearest test images that say which digit a place is
const CLASSES = 10;
const THIN = 10; // percent of real digits that lie emptier: at places below there is no talk of clear air
// Lines on the pad, in parts of its side.
// biome-ignore format: a list of places
const HOUSE = [
  [[0.22, 0.45], [0.22, 0.85], [0.78, 0.85], [0.78, 0.45]],
  [[0.12, 0.5], [0.5, 0.14], [0.88, 0.5]],
  [[0.43, 0.85], [0.43, 0.62], [0.57, 0.62], [0.57, 0.85]],
];

export class TrustStep extends DrawingStep {
  constructor(stage) {
    super(stage, { house: () => this.drawLines(HOUSE) }, (a, b) => this.walk(a, b));
    this.map.fog = fogOf(stage);
  }

  reset() {
    this.walked = null;
    super.reset();
  }

  schedule() {
    this.walked = null;
    super.schedule();
  }

  rested() {
    this.walked = null;
    super.rested();
  }

  /** The hand is on the map: what is said is said of the place below it. */
  walk(a, b) {
    this.leave(); // which may put the ring where the drawing lies
    this.map.put(a, b);
    this.walked = [a, b];
    this.stage.done();
    this.draw();
  }

  /** The digit that most of the nearest test images show. */
  digitAt(place) {
    const { points, labels } = this.map;
    const [rows, distances] = [new Int32Array(VOTERS), new Float32Array(VOTERS)];
    nearest(points, labels.length, place, rows, distances);
    return vote(labels, rows, new Int32Array(CLASSES));
  }

  // ------------------------------------------------------------------ what stands there

  get hasPlace() {
    return Boolean(this.x || this.walked);
  }

  write() {
    this.captions.redrawn.textContent = this.stage.text(this.walked ? "here" : "redrawn");
    if (this.x) this.seen.show(this.x);
    else this.seen.clear();
    if (this.walked) this.writePlace();
    else if (this.x) this.writeDrawing();
    else {
      this.redrawn.clear();
      this.stage.number("?", "empty");
      this.stage.say("hint");
    }
  }

  writePlace() {
    const { stage, walked, decoder, trust } = this;
    this.redrawn.show(decoder.decode(walked));
    const { percent, isInFog } = trust.at(walked);
    const isClear = percent >= THIN;
    const n = Math.floor(isClear ? percent : 100 - percent);
    stage.number(stage.text(isClear ? "fuller" : "emptier", { n }), "meaning_place");
    stage.say(isClear ? "clear_air" : isInFog ? "in_fog" : "haze");
  }

  writeDrawing() {
    const { stage, decoder, verdict } = this;
    this.redrawn.show(decoder.decode(this.mu));
    this.writeNumber();
    const said = verdict === "rare" ? "saw_clear" : isStranger(verdict) ? "saw" : verdict === "plain" ? "plain" : "at_home";
    stage.say(said, { digit: this.digitAt(this.mu) });
  }

  /** For the printer: the house. */
  pose() {
    for (const line of HOUSE) this.drawLine(line);
    this.see();
  }

  async show(pause) {
    this.drawLines(HOUSE);
    await pause(4500);
    for (let n = 0; n <= 60; n++) {
      this.map.take(-1.5 + 0.06 * n, -2.9 + 0.02 * n);
      await pause(60);
    }
  }
}
