// Where could this picture have come from? The viewer lays a normal over the map; what it loses against the exact answer is counted live.

import { LOG_2_PI, normal } from "../../js/engine/gaussian.js";
import { addCosts } from "../../js/engine/likelihoods.js";
import { readable, total } from "../../js/engine/numbers.js";
import { drawArrows, drawLines, drawNormal, linesOf } from "../blob_drawing.js";
import { listenToBlob } from "../blob_hand.js";
import { exactly, gapOnGrid, negativeElbo } from "../gap.js";
import { REACH, StoryMap } from "../map.js";
import { button, Picture, piece } from "../parts.js";

const WIDER = 4.5; // how far the exact answer is looked for
const START = { mu: [0, 0], sigma: [0.5, 0.5] };
const [LEAST, MOST] = [0.02, 1.5]; // of a blob's widths
const DICE = 4;
const SAME = 0.005; // nats: closer is as good
const GLIDE = 24; // moves of "show me"

export class BlobStep {
  constructor(stage) {
    this.stage = stage;
    const { run } = stage.facts;
    this.decoder = stage.picture(run);
    const { height, width } = this.decoder.picture;
    this.canvas = piece("canvas", "ls-touch");
    this.figures = ["picture", "middle"].map((name) => {
      const shown = new Picture(piece("canvas"), height, width);
      const caption = piece("figcaption");
      return { name, shown, caption, element: piece("figure", "", shown.canvas, caption) };
    });
    this.dice = Array.from({ length: DICE }, () => new Picture(piece("canvas"), height, width));
    this.tray = piece("div", "ls-dice", ...this.dice.map(({ canvas }) => canvas));
    this.buttons = {
      answers: button(stage, () => this.showAnswers(!this.isShown)),
      throw: button(stage, () => this.throwDice()),
      other: button(stage, () => this.open((this.n + 1) % stage.facts.pictures.length)),
    };
    const pair = piece("div", "ls-figures", ...this.figures.map(({ element }) => element));
    const side = piece("div", "ls-column", pair, this.tray, ...Object.values(this.buttons));
    stage.box.append(piece("div", "ls-blobbing", piece("div", "ls-square", this.canvas), side));
    this.why = piece("p");
    stage.more.append(this.why);
    this.openMap(run);
    const blob = () => ({ view: this.map.view, mu: this.mu, sigma: this.sigma });
    listenToBlob(stage, this.canvas, blob, (mu, sigma) => this.moved(mu, sigma));
    stage.on(stage.find("maths"), "toggle", () => this.draw());
  }

  openMap(run) {
    const { stage, canvas } = this;
    this.map = new StoryMap(stage, canvas, REACH);
    const [points, labels] = ["points", "labels"].map((name) => stage.array(name).data);
    this.map.open(run, this.decoder, { points, labels, names: stage.facts.names });
    Object.assign(this.map, { isHandless: true, over: (context, view, theme) => this.drawBlobs(context, view, theme) });
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
  }

  reset() {
    this.open(0);
  }

  leave() {}

  // ------------------------------------------------------------------ arithmetic

  /** Another picture: its exact answer is worked out once. */
  open(n) {
    const { stage, decoder } = this;
    const {
      data,
      shape: [, height, width],
    } = stage.array("pictures");
    const { divisor } = stage.run(stage.facts.run);
    const x = Float32Array.from(data.subarray(n * height * width, (n + 1) * height * width), (level) => level / divisor);
    const costs = new Float64Array(x.length);
    this.cost = (a, b) => {
      decoder.decode([a, b]);
      addCosts(stage.run(stage.facts.run), decoder.params, x, costs.fill(0));
      return total(costs);
    };
    this.logJoint = (a, b) => -this.cost(a, b) - 0.5 * (a * a + b * b) - LOG_2_PI;
    Object.assign(this, { n, x, isShown: false, isTouched: false, known: stage.facts.pictures[n], thrown: [] });
    this.exact = exactly(this.logJoint, WIDER);
    this.lines = linesOf(this.exact);
    this.encoderGap = this.gapOf(this.known.mu, this.known.sigma);
    this.put(START.mu, START.sigma);
    this.figures[0].shown.show(x);
    this.draw();
  }

  /** What a normal loses against the exact answer. */
  gapOf(mu, sigma) {
    return negativeElbo(this.cost, mu, sigma) + this.exact.logP;
  }

  put(mu, sigma) {
    const kept = (low, high) => (value) => Math.min(high, Math.max(low, value));
    [this.mu, this.sigma] = [mu.map(kept(-REACH, REACH)), sigma.map(kept(LEAST, MOST))];
    this.gap = this.gapOf(this.mu, this.sigma);
  }

  // ------------------------------------------------------------------ the viewer's moves

  moved(mu, sigma) {
    Object.assign(this, { isTouched: true, thrown: [] });
    this.put(mu, sigma);
    this.stage.done();
    this.draw();
  }

  showAnswers(isShown) {
    this.isShown = isShown;
    this.stage.done();
    this.draw();
  }

  /** Places drawn from the blob, and what the map draws there. */
  throwDice() {
    const { stage } = this;
    this.thrown = this.dice.map(() => this.mu.map((middle, k) => middle + this.sigma[k] * normal(stage.random)));
    stage.done();
    this.draw();
  }

  // ------------------------------------------------------------------ what stands there

  draw() {
    const { stage, figures, decoder } = this;
    this.canvas.setAttribute("aria-label", stage.text("map_label"));
    figures[1].shown.show(decoder.decode(this.mu));
    this.dice.forEach((die, n) => {
      die.canvas.style.visibility = this.thrown[n] ? "" : "hidden";
      if (this.thrown[n]) die.show(decoder.decode(this.thrown[n]));
    });
    this.write();
    this.map.draw();
  }

  drawBlobs(context, view, theme) {
    const { stage, known } = this;
    const { ground } = theme;
    const size = stage.textSize;
    if (this.isShown) {
      drawLines(context, view, this.lines, { ground, line: stage.colour("reconstruction") });
      const encoder = { isDashed: true, name: stage.text("encoder"), size, others: this.map.names };
      drawNormal(context, view, known, { ground, line: theme.text }, encoder);
    }
    const own = { ground, line: stage.colour("kl") };
    drawNormal(context, view, this, own);
    drawArrows(context, view, this, own);
    for (const [a, b] of this.thrown) drawNormal(context, view, { mu: [a, b], sigma: [0, 0] }, { ground, line: theme.text });
  }

  write() {
    const { stage, known, isShown } = this;
    for (const { name, shown, caption } of this.figures) {
      caption.textContent = stage.text(name, known);
      shown.canvas.setAttribute("role", "img");
      shown.canvas.setAttribute("aria-label", caption.textContent);
    }
    this.tray.setAttribute("role", "img");
    this.tray.setAttribute("aria-label", stage.text("dice"));
    for (const [name, element] of Object.entries(this.buttons)) element.textContent = stage.text(name);
    this.buttons.answers.setAttribute("aria-pressed", String(isShown));
    this.why.textContent = stage.text("why");
    stage.number(this.gap, "meaning", { encoder: this.encoderGap });
    this.writeSaid();
    this.writeTheory();
  }

  writeSaid() {
    const { stage, gap, encoderGap, known, isShown, isTouched } = this;
    const values = { label: known.label, best: readable(known.best_gap) };
    if (isShown) stage.say("said_shown", values);
    else if (!isTouched) stage.say("intro", values);
    else if (gap < encoderGap - SAME) stage.say("said_won", values);
    else stage.say(gap > encoderGap + SAME ? "said_far" : "said_same", values);
  }

  /** Both sides of -ELBO(q) = -log p(x) + KL(q || p(z|x)), only where they are looked at. */
  writeTheory() {
    const { stage, known, exact } = this;
    if (!stage.find("maths").open) {
      stage.theory([]);
      return;
    }
    const gap = gapOnGrid(this.logJoint, exact.logP, this.mu, this.sigma);
    stage.theory([
      { name: stage.text("theory_elbo"), theory: gap - known.log_p, here: negativeElbo(this.cost, this.mu, this.sigma) },
      { name: stage.text("theory_log_p"), theory: known.log_p, here: exact.logP },
    ]);
  }

  /** For the printer: the best blob over the exact answer. */
  pose() {
    this.moved(this.known.best_mu, this.known.best_sigma);
    this.showAnswers(true);
  }

  async show(pause) {
    this.reset();
    await pause(900);
    const { best_mu: mu, best_sigma: sigma } = this.known;
    const between = (from, to, share) => from.map((value, k) => value + share * (to[k] - value));
    for (let n = 1; n <= GLIDE; n++) {
      this.moved(between(START.mu, mu, n / GLIDE), START.sigma);
      await pause(60);
    }
    for (let n = 1; n <= GLIDE; n++) {
      this.moved(mu, between(START.sigma, sigma, n / GLIDE));
      await pause(40);
    }
    await pause(1200);
    this.showAnswers(true);
    await pause(2500);
  }
}
