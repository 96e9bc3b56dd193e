// One bell for two hills: its top is dragged, and one of the two directions of the KL is its price.

import { decimals } from "../../js/engine/numbers.js";
import { cheapest, LEAST_SIGMA, logBell, logHills, MOST_MEAN, MOST_SIGMA, missingExactly, PRICES, paidAt } from "../hills.js";
import { button, piece } from "../parts.js";
import { Legend, Plot } from "../plot.js";

const GOALS = ["cover", "choose"];
const START = [-0.8, 1];
const FROM = { cover: [0.5, 1.5], choose: [1.5, 0.8] }; // where the search for the cheapest bell begins
const REACH = 5.5;
const HIGH = 1.05; // of the chart, above the line
const LOW = -1;
const PIECES = 240; // of a curve
const KEY_STEP = 0.05;
const NEAR = 0.02; // nats above the least price: found

export class DirectionsStep {
  constructor(stage) {
    this.stage = stage;
    this.plot = new Plot(stage, () => this.draw());
    this.legend = new Legend(stage, [
      ["text", "hills", 0.6],
      ["accent", "bell"],
      ["kl", "paid", 0.7],
    ]);
    this.goals = GOALS.map((goal) => [goal, button(stage, () => this.choose(goal))]);
    const buttons = piece("div", "ls-buttons", ...this.goals.map(([, element]) => element));
    stage.box.append(piece("div", "ls-charting", this.legend.element, this.plot.element, buttons));
    this.plot.listen(
      (x, y) => this.move(x, y > 0.01 ? 1 / (y * Math.sqrt(2 * Math.PI)) : MOST_SIGMA),
      (right, up) => this.move(this.mean + KEY_STEP * right, this.sigma - KEY_STEP * up),
    );
    this.bestButton = button(stage, () => this.move(this.least.mean, this.least.sigma));
    stage.more.append(piece("div", "ls-buttons", this.bestButton));
    this.found = {};
  }

  reset() {
    this.goal = GOALS[0];
    [this.mean, this.sigma] = START;
    this.write();
  }

  leave() {
    this.plot.isDown = false;
  }

  // ------------------------------------------------------------------ the viewer's moves

  choose(goal) {
    this.goal = goal;
    this.stage.done();
    this.draw();
  }

  move(mean, sigma) {
    this.mean = Math.min(MOST_MEAN, Math.max(-MOST_MEAN, mean));
    this.sigma = Math.min(MOST_SIGMA, Math.max(LEAST_SIGMA, sigma));
    this.stage.done();
    this.draw();
  }

  /** The cheapest bell of this direction, as it was found here. */
  get least() {
    return this.leastOf(this.goal);
  }

  leastOf(goal) {
    this.found[goal] ??= cheapest(goal, FROM[goal]);
    return this.found[goal];
  }

  priceOf(goal) {
    return PRICES[goal](this.mean, this.sigma);
  }

  // ------------------------------------------------------------------ what stands there

  write() {
    const { stage, goal, legend, mean, sigma } = this;
    const { facts } = stage;
    legend.write();
    for (const [name, element] of this.goals) {
      element.textContent = stage.text(name);
      element.setAttribute("aria-pressed", String(name === goal));
    }
    this.bestButton.textContent = stage.text("best");
    stage.find("do").textContent = stage.text("do");
    const [price, other] = [goal, GOALS.find((name) => name !== goal)].map((name) => this.priceOf(name));
    const least = facts[goal].price;
    const values = { least: decimals(least, 2), other: decimals(other, 2), mean: decimals(mean, 1), sigma: decimals(sigma, 1) };
    stage.number(decimals(price, 2), goal === "cover" ? "meaning_cover" : "meaning_choose", values);
    if (price > least + NEAR) stage.say("said", values);
    else stage.say(goal === "cover" ? "said_cover" : "said_choose", values);
    stage.theory([
      {
        name: stage.text("theory_now"),
        theory: missingExactly(mean, sigma, facts.entropy),
        here: this.priceOf("cover"),
      },
      ...GOALS.map((name) => ({ name: stage.text(`theory_${name}`), theory: facts[name].price, here: this.leastOf(name).price })),
    ]);
  }

  draw() {
    const { stage, plot, mean, sigma, goal } = this;
    plot.canvas.setAttribute("aria-label", stage.text("chart_label"));
    this.write();
    plot.open([-REACH, REACH], [LOW, HIGH]);
    const curve = (height) =>
      Array.from({ length: PIECES + 1 }, (_, n) => {
        const x = REACH * ((2 * n) / PIECES - 1);
        return [x, height(x)];
      });
    plot.line(
      curve((x) => -paidAt(goal, x, mean, sigma)),
      "kl",
      { width: 2, fill: 0.7 },
    );
    plot.line(
      curve((x) => Math.exp(logHills(x))),
      "text",
      { width: 2, fill: 0.35 },
    );
    plot.line(
      [-REACH, REACH].map((x) => [x, 0]),
      "line",
      { width: 1 },
    );
    plot.line(
      curve((x) => Math.exp(logBell(x, mean, sigma))),
      "accent",
      { width: 4 },
    );
    plot.handle([mean, Math.exp(logBell(mean, mean, sigma))]);
  }

  /** For the printer: the bell that covers both. */
  pose() {
    const { mean, sigma } = this.leastOf("cover");
    Object.assign(this, { goal: "cover", mean, sigma });
  }

  async show(pause) {
    this.reset();
    this.draw();
    await pause(1200);
    for (const goal of GOALS) {
      this.choose(goal);
      await pause(1000);
      const [from, to] = [[this.mean, this.sigma], this.leastOf(goal)];
      for (let n = 1; n <= 40; n++) {
        this.move(from[0] + ((to.mean - from[0]) * n) / 40, from[1] + ((to.sigma - from[1]) * n) / 40);
        await pause(45);
      }
      await pause(3000);
    }
  }
}
