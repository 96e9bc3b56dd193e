// The panel "Draw a digit": a picture on the pad, where the encoder puts it, and what it costs. Nothing goes to the server meanwhile.

import { Album } from "../js/canvas/album.js";
import { Pad } from "../js/canvas/pad.js";
import { klPerDim } from "../js/engine/gaussian.js";
import { aboutInk, asSeen, isOfSize } from "../js/engine/ink.js";
import { addCosts } from "../js/engine/likelihoods.js";
import { Network } from "../js/engine/network.js";
import { total } from "../js/engine/numbers.js";
import { parseSafetensors } from "../js/engine/safetensors.js";
import { Task } from "../js/engine/task.js";
import { Bill } from "./cost_panel.js";
import { Posterior } from "./posterior_panel.js";

export class Drawing {
  constructor(explorer) {
    this.explorer = explorer;
    this.pad = new Pad(
      explorer,
      (isNew) => this.changed(isNew),
      () => this.rested(),
    );
    this.album = new Album(explorer, this.pad);
    this.posterior = new Posterior(explorer);
    this.bill = new Bill(explorer);
    this.task = new Task(() => (this.posterior.mu ? this.price() : null));
    this.isOpen = false;
  }

  // ------------------------------------------------------------------ the panel and its bytes

  toggle() {
    const { explorer } = this;
    this.isOpen = !this.isOpen;
    explorer.root.dataset.draw = this.isOpen ? "yes" : "no";
    this.write();
    explorer.touch();
    if (this.isOpen) this.ask();
    else this.forget();
    explorer.drawOver();
  }

  /** A new run: its encoder is another one; the ink stays where the pictures have the same shape. */
  open() {
    this.forget();
    this.encoder = null;
    this.usual = {};
    this.isLaidOut = false;
    this.album.close();
    this.pad.setDark(this.explorer.data.is_dark);
    if (this.isOpen && !this.explorer.isLanding) this.ask();
  }

  /** Ask Python for what the panel needs, where it is not here yet. */
  ask() {
    this.explorer.receive();
    if (this.encoder) this.changed(false);
    else {
      this.bill.clear("draw_busy");
      this.explorer.ask("drawing");
    }
  }

  forget() {
    this.x = null;
    this.isStale = false;
    this.task.stop();
    this.posterior.clear();
  }

  /** Lay the pad out as soon as the size of the pictures is known. */
  layOut({ width, height }) {
    if (this.isLaidOut) return;
    this.isLaidOut = true;
    this.pad.open(height, width);
    this.posterior.throwDice(this.explorer.z.length);
    this.bill.open(width, height, this.posterior.count);
  }

  receive(encoder, images) {
    const { explorer } = this;
    if (!explorer.decoder) return;
    this.layOut(explorer.decoder.picture);
    if (encoder && !this.encoder) {
      this.encoder = new Network(parseSafetensors(encoder.weights), "encoder");
      this.usual = encoder.usual;
      const copy = (bytes) => bytes.slice().buffer;
      explorer.badge.receive(new Float32Array(copy(encoder.log_var)), new Float64Array(copy(encoder.places)));
      this.changed(true);
    }
    if (images && !this.album.sources.length) this.album.receive(images);
  }

  /** Write every word anew. */
  write() {
    const { explorer } = this;
    const button = explorer.find("draw");
    button.textContent = explorer.text(this.isOpen ? "draw_close" : "draw");
    button.setAttribute("aria-expanded", String(this.isOpen));
    explorer.find("studio").setAttribute("aria-label", explorer.text("draw"));
    explorer.find("pad").setAttribute("aria-label", explorer.text("pad_label"));
    for (const name of ["x", "redrawn", "error", "nats"]) explorer.find(name).setAttribute("aria-label", explorer.text(`${name}_label`));
    for (const name of ["source", "class"]) explorer.find(name).setAttribute("aria-label", explorer.text(`${name}_label`));
    explorer.find("how_counted").textContent = this.howCounted();
    explorer.find("cloud").hidden = !explorer.data.has_spread;
    explorer.find("how").open ||= !explorer.data.has_spread;
    this.album.write();
    this.writePicture();
    this.bill.write();
  }

  /** By which protocol the bill comes about. */
  howCounted() {
    const { data } = this.explorer;
    const isGrey = data.support === "binary" && data.pixels === "grey";
    const parts = [data.has_spread ? "counted" : "counted_point", ...(isGrey ? ["counted_grey"] : [])];
    return parts.map((key) => this.explorer.text(key, { n: this.posterior.count })).join(" ");
  }

  // ------------------------------------------------------------------ the picture

  /** The ink has changed; a new picture lets the dice lead z again. */
  changed(isNew) {
    const { explorer } = this;
    if (!this.isOpen) return;
    explorer.touch();
    if (isNew) explorer.pin(false);
    this.isStale = true;
    explorer.schedule();
  }

  /** The hand lets go of the pen: the pictures of a plane that z has left are drawn anew. */
  rested() {
    this.explorer.restartIfOff();
  }

  writePicture() {
    const { explorer } = this;
    const picked = this.pad.picked;
    const { pixels } = explorer.data;
    const { height, width } = explorer.decoder?.picture ?? {};
    const isPlain = isOfSize(picked, height, width);
    const words = [explorer.text(aboutInk(this.pad.isDark, explorer.data.is_dark)), ...(isPlain ? [] : [explorer.text("framed")])];
    if (pixels !== "grey" && !picked?.own) words.push(explorer.text("black_or_white"));
    if (picked) words.unshift(explorer.text(picked.own ? "picked_own" : "picked", { row: picked.row, name: this.nameOf(picked) }));
    const place = explorer.find("framed");
    if (place.textContent !== words.join(" ")) place.textContent = words.join(" ");
  }

  /** How a picture's class is added to what it is called; nothing where there are no classes. */
  nameOf({ name }) {
    return name === undefined ? "" : this.explorer.text("picked_named", { name });
  }

  /** The row of the test image that lies on the pad untouched, or -1. */
  get ownRow() {
    const picked = this.posterior.mu && this.pad.picked;
    return picked?.own ? this.explorer.indexes.indexOf(picked.row) : -1;
  }

  /** The start of a frame: frame the ink, encode it, and let z follow. */
  begin() {
    if (!this.isStale) return;
    this.isStale = false;
    this.pad.paint();
    this.writePicture();
    if (!this.encoder) return;
    const { data, decoder } = this.explorer;
    this.x = asSeen(this.pad, data, decoder.picture.height, decoder.picture.width);
    if (!this.x) {
      this.forget();
      this.bill.clear("draw_empty");
      this.explorer.drawOver();
      return;
    }
    this.bill.showSeen(this.x);
    this.posterior.set(this.encoder.run(this.x), this.explorer.z.length);
    this.posterior.lead();
    if (this.explorer.isPinned) this.explorer.drawOver();
    this.task.request();
  }

  // ------------------------------------------------------------------ the price

  work(until) {
    this.task.work(until);
    this.explorer.find("parts").classList.toggle("ll-stale", this.task.isBusy);
  }

  /** Decode every die and the middle, one a step, and add up what the pixels cost. */
  *price() {
    const { explorer, posterior, x } = this;
    const { decoder, data } = explorer;
    const { mu, sigma, logVar } = posterior;
    const zs = posterior.places();
    const perPixel = new Float64Array(x.length);
    const samples = [];
    for (let n = 0; n < posterior.count; n++) {
      samples.push(decoder.decode(zs.subarray(n * mu.length, (n + 1) * mu.length)).slice());
      addCosts(data, decoder.params, x, perPixel);
      yield;
    }
    const redrawn = decoder.decode(mu).slice();
    yield;
    for (let n = 0; n < perPixel.length; n++) perPixel[n] /= posterior.count;
    const kl = data.has_prior ? klPerDim(mu, logVar) : null;
    this.bill.show({ x, mu, sigma, zs, samples, redrawn, perPixel, kl, reconstruction: total(perPixel) });
  }

  /** Take a die in hand: z goes where it falls. */
  take(die) {
    this.posterior.die = die;
    this.explorer.pin(false);
    this.posterior.lead();
    this.rested();
  }

  resample() {
    this.posterior.throwDice(this.explorer.z.length);
    this.take(0);
    this.task.request();
    this.explorer.schedule();
  }

  // ------------------------------------------------------------------ what follows z

  draw(context) {
    this.posterior.draw(context);
  }

  follow() {
    if (!this.posterior.mu) return;
    this.posterior.write();
    this.bill.markDie();
  }
}
