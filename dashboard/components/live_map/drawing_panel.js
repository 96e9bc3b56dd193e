// The panel "Draw a digit": a picture on the pad, where the encoder puts it, and what it costs. Nothing goes to the server meanwhile.

import { Album } from "../js/canvas/album.js";
import { Brushes } from "../js/canvas/brushes.js";
import { Pad } from "../js/canvas/pad.js";
import { klPerDim } from "../js/engine/gaussian.js";
import { aboutInk, asSeen, isOfSize } from "../js/engine/ink.js";
import { addCosts } from "../js/engine/likelihoods.js";
import { Network } from "../js/engine/network.js";
import { total } from "../js/engine/numbers.js";
import { vote } from "../js/engine/plane.js";
import { parseSafetensors } from "../js/engine/safetensors.js";
import { Task } from "../js/engine/task.js";
import { prose } from "../js/engine/words.js";
import { fileOf, NEIGHBOURS, seen } from "./captions.js";
import { CostPanel } from "./cost_panel.js";
import { Posterior } from "./posterior_panel.js";

export class Drawing {
  constructor(liveMap) {
    this.liveMap = liveMap;
    this.pad = new Pad(
      liveMap,
      (isNew) => this.changed(isNew),
      () => this.rested(),
    );
    this.album = new Album(liveMap, this.pad);
    this.brushes = new Brushes(liveMap, this.pad);
    this.posterior = new Posterior(liveMap);
    this.bill = new CostPanel(liveMap);
    this.task = new Task(() => (this.posterior.mu ? this.price() : null));
    this.isOpen = false;
  }

  // ------------------------------------------------------------------ the panel and its bytes

  setOpen(isOpen) {
    const { liveMap } = this;
    if (isOpen === this.isOpen) return;
    this.isOpen = isOpen;
    liveMap.root.dataset.draw = this.isOpen ? "yes" : "no";
    this.write();
    liveMap.touch();
    if (this.isOpen) this.ask();
    else this.forget();
    liveMap.drawOver();
  }

  /** A new run: its encoder is another one; the ink stays where the pictures have the same shape. */
  open() {
    this.forget();
    this.encoder = null;
    this.usual = {};
    this.isLaidOut = false;
    this.images = null;
    this.album.close();
    this.pad.setDark(this.liveMap.data.is_dark);
    if (this.isOpen && !this.liveMap.isLanding) this.ask();
  }

  /** Ask Python for what the panel needs, where it is not here yet. */
  ask() {
    this.liveMap.receive();
    if (this.encoder) this.changed(false);
    else {
      this.bill.clear("draw_busy");
      this.liveMap.ask("drawing");
    }
  }

  forget() {
    this.x = null;
    this.isStale = false;
    this.task.stop();
    this.posterior.clear();
    this.liveMap.exact.request();
  }

  /** Lay the pad out as soon as the size of the pictures is known. */
  layOut({ channels, width, height }) {
    if (this.isLaidOut) return;
    this.isLaidOut = true;
    this.pad.open(height, width, channels > 1);
    this.posterior.throwDice(this.liveMap.z.length);
    this.bill.open(width, height, this.posterior.count);
  }

  receive(encoder, images) {
    const { liveMap } = this;
    if (!liveMap.decoder) return;
    this.layOut(liveMap.decoder.picture);
    if (encoder && !this.encoder) {
      this.encoder = new Network(parseSafetensors(encoder.weights), "encoder");
      this.usual = encoder.usual;
      liveMap.badge.request();
      this.changed(!this.pad.ink.isEmpty); // an empty pad takes no pinned place out of the hand
    }
    if (images && this.images !== images) {
      this.images = images;
      this.album.receive(images);
      liveMap.rowPicker.write();
      if (this.pad.isColour) this.brushes.lay(images.palette);
    }
  }

  /** Write every word anew. */
  write() {
    const { liveMap } = this;
    liveMap.find("studio").setAttribute("aria-label", liveMap.text("draw"));
    liveMap.find("pad").setAttribute("aria-label", liveMap.text("pad_label"));
    for (const name of ["x", "redrawn", "error", "nats"]) liveMap.find(name).setAttribute("aria-label", liveMap.text(`${name}_label`));
    for (const name of ["source", "class"]) liveMap.find(name).setAttribute("aria-label", liveMap.text(`${name}_label`));
    for (const name of ["brushes", "dark_ink"]) liveMap.find(name).hidden = (name === "brushes") === liveMap.painter.isInk;
    this.brushes.write();
    liveMap.find("error_caption").textContent = liveMap.text(liveMap.painter.isInk ? "error_caption" : "error_caption_colour");
    liveMap.find("how_counted").textContent = this.howCounted();
    liveMap.find("cloud").hidden = !liveMap.data.has_spread;
    liveMap.find("how").open ||= !liveMap.data.has_spread;
    this.album.write();
    liveMap.rowPicker.write();
    this.writePicture();
    this.bill.write();
  }

  /** By which protocol the bill comes about. */
  howCounted() {
    const { data } = this.liveMap;
    const isGrey = data.support === "binary" && data.pixels === "grey";
    const shades = this.liveMap.painter.isInk ? "counted_grey" : "counted_colour";
    const parts = [data.has_spread ? "counted" : "counted_point", ...(isGrey ? [shades] : [])];
    return prose(parts.map((key) => this.liveMap.text(key, { n: this.posterior.count })));
  }

  // ------------------------------------------------------------------ the picture

  /** The ink has changed; a new picture lets the dice lead z again. */
  changed(isNew) {
    const { liveMap } = this;
    if (!this.isOpen) return;
    liveMap.touch();
    if (isNew) liveMap.pin(false);
    this.isStale = true;
    liveMap.schedule();
  }

  /** The hand lets go of the pen: the pictures of a plane that z has left are drawn anew. */
  rested() {
    this.liveMap.restartIfOff();
  }

  writePicture() {
    const { liveMap } = this;
    const picked = this.pad.picked;
    const { pixels } = liveMap.data;
    const { height, width } = liveMap.decoder?.picture ?? {};
    const isPlain = isOfSize(picked, height, width);
    const pen = this.pad.isColour ? "ink_colour" : aboutInk(this.pad.isDark, liveMap.data.is_dark);
    const words = [liveMap.text(pen), ...(isPlain ? [] : [liveMap.text("framed")])];
    if (pixels !== "grey" && !picked?.own) words.push(liveMap.text(this.pad.isColour ? "on_or_off" : "black_or_white"));
    if (picked) words.unshift(liveMap.text(picked.own ? "picked_own" : "picked", { row: picked.row, name: this.nameOf(picked) }));
    const place = liveMap.find("framed");
    const line = prose(words);
    if (place.textContent !== line) place.textContent = line;
  }

  /** How a picture's class and file are added to what it is called; nothing where it has none. */
  nameOf({ name, own, row }) {
    const { liveMap } = this;
    const file = own ? fileOf(liveMap, liveMap.indexes.indexOf(row)) : "";
    return (name === undefined ? "" : liveMap.text("picked_named", { name })) + file;
  }

  /** The row of the test image that lies on the pad untouched, or -1. */
  get ownRow() {
    const picked = this.posterior.mu && this.pad.picked;
    return picked?.own ? this.liveMap.indexes.indexOf(picked.row) : -1;
  }

  /** The start of a frame: frame the ink, encode it, and let z follow. */
  begin() {
    if (!this.isStale) return;
    this.isStale = false;
    this.pad.paint();
    this.writePicture();
    if (!this.encoder) return;
    const { data, decoder } = this.liveMap;
    this.x = asSeen(this.pad, data, decoder.picture.height, decoder.picture.width);
    if (!this.x) {
      this.forget();
      this.bill.clear("draw_empty");
      this.liveMap.drawOver();
      return;
    }
    this.bill.showSeen(this.x);
    this.posterior.set(this.encoder.run(this.x), this.liveMap.z.length);
    this.posterior.lead();
    if (this.liveMap.isPinned) this.liveMap.drawOver();
    this.task.request();
    this.liveMap.exact.request();
  }

  // ------------------------------------------------------------------ the price

  work(until) {
    this.task.work(until);
    this.liveMap.find("parts").classList.toggle("ll-stale", this.task.isBusy);
  }

  /** Decode every die and the middle, one a step, and add up what the pixels cost. */
  *price() {
    const { liveMap, posterior, x } = this;
    const { decoder, data } = liveMap;
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
    const place = liveMap.fog.at(mu, this.ownRow)?.percent ?? null;
    const taken = this.takenFor(mu);
    this.bill.show({ x, mu, sigma, zs, samples, redrawn, perPixel, kl, reconstruction: total(perPixel), place, taken });
  }

  /** The class that most of the test images nearest to a place have; undefined without classes. */
  takenFor(place) {
    const { labels, data, points } = this.liveMap;
    if (!labels) return undefined;
    const [rows, distances] = [new Int32Array(NEIGHBOURS), new Float64Array(NEIGHBOURS)];
    points.nearest(seen(this.liveMap, place), rows, distances);
    return data.names[vote(labels, rows, new Int32Array(data.names.length))];
  }

  /** Take a die in hand: z goes where it falls. */
  take(die) {
    this.posterior.die = die;
    this.liveMap.pin(false);
    this.posterior.lead();
    this.rested();
  }

  resample() {
    this.posterior.throwDice(this.liveMap.z.length);
    this.take(0);
    this.task.request();
    this.liveMap.schedule();
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
