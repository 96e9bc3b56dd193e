// A part of a test image is erased by hand, and what it could have been is drawn here, without a server: several completions and their average.

import { averageOf, Completer, someOf } from "../js/engine/completion.js";
import { normal } from "../js/engine/gaussian.js";
import { fixed } from "../js/engine/numbers.js";
import { unpacked } from "../js/engine/point_packet.js";
import { Task, whole } from "../js/engine/task.js";
import { mount } from "../js/host/mount.js";
import { ByHand } from "./by_hand.js";
import { Eraser } from "./eraser.js";

const SLICE = 12; // ms of work in a frame
const CANDIDATES = 256;
const MOST_NUMBERS = 1 << 22; // of all candidates' parameters, or all draws
const SAMPLES = 256;
const FEW = 10; // equal draws, below which they say little

export class Completing extends ByHand {
  constructor(root) {
    super(root, ["weights", "points"]);
    this.eraser = new Eraser(this, () => this.ask());
    this.task = new Task(() => this.steps());
  }

  take(points) {
    Object.assign(this, { points, completer: null, found: null });
  }

  begin() {
    this.task.stop(); // what is under way is for another image
    this.found = null;
    for (const name of ["verdict", "worth"]) this.find(name).textContent = "";
    this.eraser.open(this.x, this.decoder.picture);
    this.ask();
  }

  write() {
    super.write();
    this.find("pad").setAttribute("aria-label", this.text("pad_label"));
    if (this.opened) this.tell();
  }

  // ------------------------------------------------------------------ the work

  /** Other pixels are erased, or it is another image. */
  ask() {
    if (!this.decoder || !this.x) return;
    this.task.request();
    this.schedule();
  }

  *steps() {
    const { decoder, x, eraser, row } = this;
    const size = x.length;
    const erased = eraser.erased.slice();
    if (!decoder.params && this.isWithoutNetwork()) return this.say(this.text("no_network"));
    if (!this.completer) {
      const completer = new Completer(decoder, this.data);
      const { mu, rows } = whole(unpacked(this.points, decoder.latentSize));
      const chosen = this.candidatesOf(rows);
      const places = chosen.flatMap((n) => Array.from(mu.subarray(n * completer.d, (n + 1) * completer.d)));
      yield* completer.prepare(
        places,
        chosen.map((n) => rows[n]),
      );
      this.completer = completer; // once it is ready: what was stopped midway is begun anew
    }
    if (!erased.includes(1)) {
      this.found = null;
      return this.show(erased);
    }
    const plane = erased.length;
    const seen = Int32Array.from({ length: size }, (_, n) => n).filter((n) => !erased[n % plane]);
    const samples = Math.max(32, Math.min(SAMPLES, Math.floor(MOST_NUMBERS / size)));
    this.found = yield* this.completer.complete(x, seen, samples, normal, row);
    this.show(erased);
  }

  /** Whether no network is at hand, so that a picture's probability is not known: then pictures are mixed. */
  isWithoutNetwork() {
    this.decoder.decode(new Float32Array(this.decoder.latentSize));
    return !this.decoder.params;
  }

  /** Which of the test images, evenly from first to last, lie at the places from which modes are looked for. */
  candidatesOf(rows) {
    const count = Math.min(CANDIDATES, rows.length, Math.max(8, Math.floor(MOST_NUMBERS / this.x.length)));
    return Array.from({ length: count }, (_, n) => Math.floor(((n + 0.5) * rows.length) / count));
  }

  frame() {
    this.task.work(performance.now() + SLICE);
    this.root.dataset.busy = this.task.isBusy ? "yes" : "no";
    if (this.task.isBusy) this.schedule();
  }

  // ------------------------------------------------------------------ what is seen

  /** Show completions, their average and the image: what is visible as it is, the rest as it is drawn. */
  show(erased) {
    const { found, x, figures } = this;
    const filled = (means) => x.map((value, n) => (erased[n % erased.length] ? means[n] : value));
    const average = found ? averageOf(found) : x;
    const chosen = found ? someOf(found.weights, figures.length - 2) : [];
    const drawn = chosen.map((s) => found.pictures.subarray(s * x.length, (s + 1) * x.length));
    figures.forEach((_, n) => this.draw(n, n < figures.length - 2 ? filled(drawn[n] ?? x) : n < figures.length - 1 ? filled(average) : x));
    this.errors = found && this.errorsOf(erased, average);
    this.tell();
  }

  /** The root mean square error of an erased pixel: of the average, and of one completion on average. */
  errorsOf(erased, average) {
    const { x, found } = this;
    const [inside, errors] = [Array.from(x.keys()).filter((n) => erased[n % erased.length]), { average: 0, one: 0 }];
    for (const n of inside) {
      errors.average += (average[n] - x[n]) ** 2;
      found.weights.forEach((weight, s) => (errors.one += weight * (found.pictures[s * x.length + n] - x[n]) ** 2));
    }
    return { average: Math.sqrt(errors.average / inside.length), one: Math.sqrt(errors.one / inside.length) };
  }

  tell() {
    const { found, errors, figures } = this;
    const last = figures.length - 1;
    figures.forEach((_, n) => {
      this.caption(n, n === last ? this.text("original") : n === last - 1 ? this.text("average") : this.text("number", { n: n + 1 }));
    });
    this.find("verdict").textContent = found
      ? this.text("verdict", { average: fixed(errors.average, 3), one: fixed(errors.one, 3) })
      : this.eraser.erased?.includes(1)
        ? "" // of this image nothing is drawn yet
        : this.text("nothing");
    const key = !found ? "" : found.effective < FEW ? "worth_little" : found.modes === 1 ? "worth_1" : "worth";
    const values = found && { samples: found.weights.length, effective: fixed(found.effective, 0), modes: found.modes };
    this.find("worth").textContent = key && this.text(key, values);
    Object.assign(this.root.dataset, { effective: found ? found.effective : "", ready: this.opened });
  }
}

export default mount(".bh", Completing);
