// What the picture costs, in words, numbers, bars and pictures. Printed parts add up to the printed total, which is the rounded one.

import { paintScale } from "../js/canvas/pictures.js";
import { percentBelow } from "../js/engine/aggregate_posterior.js";
import { summedOverChannels } from "../js/engine/decoder.js";
import { isStranger, judge, USUAL } from "../js/engine/fog.js";
import { axisName, fixed, printed, total } from "../js/engine/numbers.js";
import { prose } from "../js/engine/words.js";

const MOST_BARS = 8; // dimensions with a bar of their own

export class CostPanel {
  constructor(liveMap) {
    this.liveMap = liveMap;
    this.samples = [];
  }

  find(name) {
    return this.liveMap.find(name);
  }

  /** Lay out pictures of the run's size and as many samples as there are dice. */
  open(width, height, count) {
    this.image = new ImageData(width, height);
    const { liveMap } = this;
    this.samples = Array.from({ length: count }, (_, n) => {
      const button = Object.assign(document.createElement("button"), { type: "button" });
      const canvas = Object.assign(document.createElement("canvas"), { width, height });
      button.append(canvas);
      button.addEventListener(
        "click",
        liveMap.guard(() => liveMap.drawing.take(n)),
      );
      return { button, context: canvas.getContext("2d") };
    });
    this.find("samples").replaceChildren(...this.samples.map(({ button }) => button));
    this.canvases = Object.fromEntries(["x", "redrawn", "error", "nats"].map((name) => [name, this.find(name).getContext("2d")]));
    for (const { canvas } of Object.values(this.canvases)) Object.assign(canvas, { width, height });
  }

  /** No bill, and the name of the sentence that says why. */
  clear(reason) {
    this.result = null;
    this.reason = reason;
    this.write();
    for (const name of ["parts", "account"]) this.find(name).hidden = true;
    for (const { canvas } of Object.values(this.canvases ?? {})) canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
  }

  /** Write every word anew. */
  write() {
    if (!this.result) {
      this.find("verdict").textContent = this.reason ? this.liveMap.text(this.reason) : "";
      return;
    }
    this.writeParts();
    this.writePixels();
    this.writeDimensions();
    this.markDie();
  }

  /** The picture as the model sees it, before anything is computed from it. */
  showSeen(x) {
    this.paint("x", x);
  }

  show(result) {
    this.result = result;
    for (const name of ["parts", "account"]) this.find(name).hidden = false;
    this.paint("redrawn", result.redrawn);
    result.samples.forEach((means, n) => this.paintOn(this.samples[n].context, means));
    const { picture } = this.liveMap.decoder;
    const off = result.redrawn.map((mean, n) => Math.abs(mean - result.x[n]) / picture.channels);
    paintScale(this.image, summedOverChannels(off, picture), 0, 1);
    this.canvases.error.putImageData(this.image, 0, 0);
    this.write();
  }

  paint(name, means) {
    this.paintOn(this.canvases[name], means);
  }

  paintOn(context, means) {
    this.liveMap.painter.paint(this.image, means);
    context.putImageData(this.image, 0, 0);
  }

  // ------------------------------------------------------------------ the sum

  /** Reconstruction, KL and their sum to one decimal; without a KL the reconstruction stands alone. */
  get parts() {
    const { reconstruction, kl } = this.result;
    if (!kl) return { reconstruction, kl: null, sum: null };
    const [first, second] = printed([reconstruction, total(kl)]);
    return { reconstruction: first, kl: second, sum: reconstruction + total(kl) };
  }

  writeParts() {
    const { reconstruction, kl, sum } = this.parts;
    const longest = Math.max(1e-9, Math.abs(reconstruction), kl ?? 0);
    this.find("kl_part").hidden = this.find("sum_part").hidden = kl === null;
    this.find("reconstruction_value").textContent = fixed(reconstruction, 1);
    this.find("reconstruction_bar").style.width = `${(100 * Math.max(0, reconstruction)) / longest}%`;
    const why = reconstruction < 0 ? this.liveMap.text("below_zero") : "";
    this.find("verdict").textContent = prose([this.verdict(), why]);
    if (kl === null) return;
    this.find("kl_value").textContent = fixed(kl, 1);
    this.find("kl_bar").style.width = `${(100 * kl) / longest}%`;
    const { liveMap } = this;
    const { support, pixels } = liveMap.data;
    const isCode = support === "levels" || (support === "binary" && pixels !== "grey");
    const bits = isCode ? liveMap.text("bits", { bits: fixed(sum / Math.LN2, 1) }) : "";
    this.find("sum_value").textContent = liveMap.text("nats", { nats: fixed(sum, 1) }) + bits;
  }

  /** How cost and place compare with those of test images, and of what is odd what the map took it for; nothing where the run does not say. */
  verdict() {
    const { liveMap, result } = this;
    const usual = liveMap.drawing.usual[result.kl ? "negative_elbo" : "reconstruction"];
    const cost = usual ? percentBelow(usual, result.kl ? result.reconstruction + total(result.kl) : result.reconstruction) : null;
    const verdict = judge({ place: result.place, cost });
    if (!verdict) return "";
    const values = { images: liveMap.text("images"), odder: liveMap.text(result.kl ? "odder_rarer" : "odder_harder") };
    const key = verdict === "rare" && cost === 100 ? "verdict_rarest" : `verdict_${verdict}`;
    if (usual) {
      const [low, high] = USUAL.map((percent) => fixed(usual[percent], 0));
      Object.assign(values, { n: Math.floor(cost), rest: Math.floor(100 - cost), low, high });
    }
    const words = liveMap.text(key, values);
    return verdict === "odd" || isStranger(verdict) ? this.knows(words) : words;
  }

  /** A verdict, what the map knows, and of which class it took the picture to be. */
  knows(verdict) {
    const { liveMap, result } = this;
    const values = { verdict, things: liveMap.text("things"), name: result.taken };
    return liveMap.text(result.taken === undefined ? "knows_only" : "knows_only_saw", values);
  }

  // ------------------------------------------------------------------ who pays

  writePixels() {
    const perPixel = summedOverChannels(this.result.perPixel, this.liveMap.decoder.picture);
    let [low, high] = [0, 0];
    for (const nats of perPixel) [low, high] = [Math.min(low, nats), Math.max(high, nats)];
    paintScale(this.image, perPixel, low, high);
    this.canvases.nats.putImageData(this.image, 0, 0);
    this.find("nats_low").textContent = fixed(low, 1);
    this.find("nats_high").textContent = this.liveMap.text("nats", { nats: fixed(high, 1) });
  }

  /** A bar for each of the dimensions that pay most, and what all others pay together. */
  writeDimensions() {
    const { kl } = this.result;
    this.find("dimensions").hidden = !kl;
    if (!kl) return;
    const shown = printed(kl, 1, this.parts.kl);
    const order = [...shown.keys()].sort((one, other) => kl[other] - kl[one]);
    const first = order.slice(0, MOST_BARS).map((j) => [axisName(j), shown[j]]);
    const rest = order.slice(MOST_BARS);
    if (rest.length) first.push([this.liveMap.text("other_dimensions", { n: rest.length }), total(rest.map((j) => shown[j]))]);
    const longest = Math.max(0.1, ...first.map(([, nats]) => nats));
    const list = this.find("bars");
    while (list.children.length < first.length) list.append(barRow());
    while (list.children.length > first.length) list.lastChild.remove();
    first.forEach(([name, nats], n) => {
      const [label, track, value] = list.children[n].children;
      label.textContent = name;
      track.firstChild.style.width = `${(100 * nats) / longest}%`;
      value.textContent = fixed(nats, 1);
    });
  }

  /** Say which of the samples z is. */
  markDie() {
    const { posterior } = this.liveMap.drawing;
    const isDie = posterior.mu !== null && posterior.isDie();
    this.samples.forEach(({ button }, n) => {
      button.setAttribute("aria-label", this.liveMap.text("take_die", { n: n + 1 }));
      button.setAttribute("aria-pressed", String(isDie && n === posterior.die));
    });
  }

  /** The bill for those who listen. */
  get spoken() {
    if (!this.result) return "";
    const { reconstruction, kl, sum } = this.parts;
    const numbers = { reconstruction: fixed(reconstruction, 1), kl: fixed(kl ?? 0, 1), sum: fixed(sum ?? 0, 1) };
    return prose([this.verdict(), this.liveMap.text(kl === null ? "bill_spoken_point" : "bill_spoken", numbers)]);
  }
}

function barRow() {
  const row = document.createElement("li");
  const track = Object.assign(document.createElement("span"), { className: "ll-track" });
  track.append(document.createElement("i"));
  row.append(document.createElement("span"), track, document.createElement("b"));
  return row;
}
