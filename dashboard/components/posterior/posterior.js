// The exact posterior of one image under a normal q that the viewer moves and stretches; every number is computed here, from the stored field.

import { showPicture } from "../js/canvas/pictures.js";
import { fitCanvas, Stage } from "../js/canvas/stage.js";
import { openDecoder } from "../js/engine/decoder.js";
import { fixed, significant } from "../js/engine/numbers.js";
import { Field } from "../js/engine/posterior_grid.js";
import { mount } from "../js/host/mount.js";
import { drawScale, endOfScale } from "./drawing.js";
import { listen } from "./input.js";
import { drawBell, drawEllipse, drawExactBell, drawHeat, drawLength, drawOverview, drawWay, windowOf } from "./map.js";

const LEAST_SIGMA = 1e-3;
const MOST_SIGMA = 3;
const SLIDE = 350; // ms from one q to another where a button asks for it
const SAME = 0.01; // nats: closer is said to be as good

export class Instrument extends Stage {
  constructor(root) {
    super(root, "lq");
    for (const name of ["ground", "over", "scale", "overview", "x", "redrawn"]) this[name] = this.find(name).getContext("2d");
    listen(this);
  }

  /** Words; those for one dimension, where q is a bell, where there are such. */
  text(key, values = {}) {
    return super.text(this.d === 1 && `${key}_1` in this.data.texts ? `${key}_1` : key, values);
  }

  // ------------------------------------------------------------------ data from Python

  update(host) {
    const { data } = host;
    Object.assign(this, { host, data });
    this.readTheme();
    this.write();
    for (const key of [data.key, data.weights_key]) this.receive(key);
    this.resize();
  }

  /** A packet has arrived, or was there: the image with its field, or the decoder's weights. */
  receive(key) {
    const held = this.host.bytes(key);
    if (held && key === this.data.key && this.opened !== key) this.open(held);
    if (held && key === this.data.weights_key && this.decoderOf !== key) {
      this.decoder = openDecoder(held);
      this.decoderOf = key;
    }
    this.find("drawn").hidden = this.decoderOf !== this.data.weights_key;
    this.schedule();
  }

  open(held) {
    this.held = held;
    this.field = new Field(held, new Float32Array(held.field.slice().buffer));
    this.d = this.field.d;
    this.root.dataset.flat = this.d === 1 ? "yes" : "no";
    this.encoder = { mu: held.mu, sigma: held.sigma, nats: this.field.gap(held.mu, held.sigma) };
    this.optimum = { mu: held.best_mu, sigma: held.best_sigma, nats: this.field.gap(held.best_mu, held.best_sigma) };
    this.isBestShown = false;
    this.slide = this.grip = null;
    this.set(this.encoder, "encoder");
    this.find("shown").hidden = !held.picture;
    if (held.picture) {
      const means = Float32Array.from(held.image, (level) => level / 255);
      showPicture(this.x, means, held.picture);
    }
    this.opened = this.data.key;
    this.write();
    this.resize();
  }

  write() {
    super.write();
    this.find("x").setAttribute("aria-label", this.text("x_label"));
    this.find("over").setAttribute("aria-label", this.text("map_label"));
  }

  // ------------------------------------------------------------------ q

  /** Take a q: `who` is encoder, best or hand. */
  set({ mu, sigma }, who) {
    const { low, high } = this.field.levels.at(-1);
    this.mu = Array.from(mu, (value, j) => Math.min(high[j], Math.max(low[j], value)));
    this.sigma = Array.from(sigma, (value) => Math.min(MOST_SIGMA, Math.max(LEAST_SIGMA, value)));
    this.who = who;
    this.nats = this.field.gap(this.mu, this.sigma);
    Object.assign(this.root.dataset, { who, nats: this.nats, mu: this.mu, sigma: this.sigma });
    this.schedule();
  }

  /** Slide to the encoder's q, or to the best. */
  go(who) {
    const goal = who === "best" ? this.optimum : this.encoder;
    if (who === "best") this.isBestShown = true;
    this.slide = this.isCalm ? null : { from: { mu: this.mu, sigma: this.sigma }, goal, who, start: performance.now() };
    if (!this.slide) this.set(goal, who);
    this.schedule();
  }

  advance() {
    if (!this.slide) return;
    const { from, goal, who, start } = this.slide;
    const share = Math.min(1, (performance.now() - start) / SLIDE);
    const ease = share * share * (3 - 2 * share);
    const blend = (one, other) => one.map((value, j) => value + ease * (other[j] - value));
    if (share === 1) this.slide = null;
    this.set(share === 1 ? goal : { mu: blend(from.mu, goal.mu), sigma: blend(from.sigma, goal.sigma) }, who);
  }

  // ------------------------------------------------------------------ drawing

  resize() {
    if (!this.field) return;
    const ratio = devicePixelRatio || 1;
    for (const name of ["ground", "over", "scale", "overview"]) fitCanvas(this.find(name), ratio);
    const { width, height } = this.find("over");
    const { low, high } = windowOf(this);
    const middle = low.map((edge, j) => (edge + high[j]) / 2);
    const scale = Math.min(width / (high[0] - low[0]), this.d > 1 ? height / (high[1] - low[1]) : Infinity);
    this.view = { x: middle[0], y: middle[1] ?? 0, scale, width, height, ratio };
    this.heat = null;
    this.schedule();
  }

  frame() {
    if (!this.field) return;
    this.advance();
    if (!this.heat) this.d === 1 ? drawExactBell(this) : drawHeat(this);
    this.over.clearRect(0, 0, this.view.width, this.view.height);
    this.d === 1 ? drawBell(this) : drawEllipse(this);
    drawLength(this);
    drawWay(this);
    drawOverview(this);
    this.tell();
    if (this.decoderOf === this.data.weights_key && this.decoder) this.drawRedrawn();
    if (this.slide) this.schedule();
  }

  px = (a) => (a - this.view.x) * this.view.scale + this.view.width / 2;

  py = (b) => this.view.height / 2 - (b - this.view.y) * this.view.scale;

  drawRedrawn() {
    showPicture(this.redrawn, this.decoder.decode(this.mu), this.decoder.picture);
    this.find("redrawn").setAttribute("aria-label", this.text("redrawn"));
  }

  // ------------------------------------------------------------------ words and numbers

  number(value) {
    return significant(value, this.data.language);
  }

  tell() {
    const { encoder, optimum, nats, who } = this;
    const marks = [
      { nats: encoder.nats, label: this.text("mark_encoder", { nats: this.number(encoder.nats) }), row: 1, colour: this.theme.text },
    ];
    if (this.isBestShown)
      marks.push({
        nats: optimum.nats,
        label: this.text("mark_best", { nats: this.number(optimum.nats) }),
        row: 2,
        colour: this.theme.text,
      });
    if (who === "hand")
      marks.push({ nats, label: this.text("mark_hand", { nats: this.number(nats) }), row: -1, colour: this.theme.parts.kl });
    const end = endOfScale(encoder.nats);
    drawScale(this.scale, end, marks, this.theme, this.view.ratio, this.text("mark_end", { nats: end }));
    this.find("verdict").textContent = this.verdict(end);
    const place = (values) => (this.d > 1 ? `(${values.map((value) => this.number(value)).join(", ")})` : this.number(values[0]));
    this.find("numbers").textContent = this.text("numbers", {
      mu: place(this.mu),
      sigma: place(this.sigma),
      log_p: fixed(this.held.log_p, 2),
      error: this.held.error_shown,
    });
    this.find("scale").setAttribute("aria-label", marks.map(({ label }) => label).join(this.text("between_rows")));
    const times = (2 * Math.abs(this.field.levels.at(-1).high[0])) / (this.view.width / this.view.scale);
    this.find("magnified").textContent = this.text("magnified", { times: this.number(times) });
  }

  verdict(end) {
    const { encoder, optimum, nats, who } = this;
    const said = { nats: this.number(nats), best: this.number(optimum.nats), encoder: this.number(encoder.nats) };
    if (who === "best") return this.text("verdict_best", said);
    if (who === "encoder") return this.text("verdict_encoder", said);
    if (nats > end) return this.text("verdict_far", said);
    const gained = encoder.nats - nats;
    const key = Math.abs(gained) < SAME ? "verdict_same" : gained > 0 ? "verdict_beaten" : "verdict_worse";
    return this.text(key, { ...said, gained: this.number(Math.abs(gained)) });
  }
}

export default mount(".lq", Instrument);
