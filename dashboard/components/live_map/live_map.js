// The live latent map: state and movement. While pointer or slider move nothing leaves the browser; a release sends z once.

import { packed } from "../js/canvas/colour.js";
import { Colouring, classColumn } from "../js/canvas/colouring.js";
import { Stage } from "../js/canvas/stage.js";
import { View } from "../js/canvas/view.js";
import { normal } from "../js/engine/gaussian.js";
import { sample } from "../js/engine/likelihoods.js";
import { Plane } from "../js/engine/plane.js";
import { workOff } from "../js/engine/task.js";
import { mount } from "../js/host/mount.js";
import { describe, NEIGHBOURS, withPowers } from "./captions.js";
import { Cells } from "./cells.js";
import { watchServer } from "./connection.js";
import { Controls } from "./controls.js";
import { Drawing } from "./drawing_panel.js";
import { ExactPosterior } from "./exact_posterior_panel.js";
import { FogLayer } from "./fog_layer.js";
import { drawGround, FAINT } from "./ground.js";
import { inkStored, mixInks } from "./inks.js";
import { listen } from "./input.js";
import { isOff, layAnew, layMosaic, layOut, layPictures, project } from "./layout.js";
import { Film } from "./learning_film.js";
import { Legend } from "./legend.js";
import { Likeness } from "./likeness.js";
import { MapPoints } from "./map_points.js";
import { Opening, wayThrough } from "./opening.js";
import { drawOver } from "./over.js";
import { kept, nameUnit, pickUp } from "./packets.js";
import { Path } from "./path.js";
import { RowPicker } from "./row_picker.js";
import { Samples } from "./samples.js";
import { Sets } from "./sets.js";
import { Setup } from "./setup.js";
import { Tabs } from "./tabs.js";
import { Toolbar } from "./toolbar.js";
import { TrustPanel } from "./trust_panel.js";
import { budgetOf, FRAME_BUDGET, turnOf } from "./turns.js";

export class LiveMap extends Stage {
  constructor(root) {
    super(root, "ll");
    root.liveMap = this;
    this.map = this.find("map");
    for (const name of ["ground", "over", "picture", "near"]) this[name] = this.find(name).getContext("2d");
    this.view = new View();
    this.points = new MapPoints(this);
    this.layers = {};
    this.cells = new Cells(this);
    this.error = "";
    this.film = new Film(this);
    this.opening = new Opening(this);
    this.path = new Path(this);
    this.fog = new FogLayer(this);
    this.badge = new TrustPanel(this);
    this.drawing = new Drawing(this);
    this.exact = new ExactPosterior(this);
    this.rowPicker = new RowPicker(this);
    this.likeness = new Likeness(this);
    this.sets = new Sets(this);
    this.setup = new Setup(this);
    this.controls = new Controls(this);
    this.toolbar = new Toolbar(this);
    this.legend = new Legend(this);
    this.tabs = new Tabs(this);
    this.samples = new Samples(this);
    this.sizes.observe(this.map);
    listen(this);
    watchServer(this);
  }

  /** Keep one sentence under the picture; while the server is gone, that comes first. */
  say(sentence) {
    this.error = sentence;
    this.find("note").textContent = this.isGone ? this.text("gone") : sentence;
  }

  /** Say what the picture shows now, in the place of the words about z; they come back with the next move. Of 10^236 a power is made. */
  sayInstead(sentence) {
    this.find("trust").textContent = "";
    this.find("place").replaceChildren(...withPowers(sentence));
  }

  // ------------------------------------------------------------------ data from Python

  update(host) {
    const { data } = host;
    const isNew = data.run !== this.data?.run || data.mode !== this.data?.mode || data.preset !== this.data?.preset;
    const isOtherLanguage = data.language !== this.data?.language;
    this.data = data;
    this.host = host;
    this.readTheme();
    if (isNew) this.open();
    else if (this.setup.isNews) layAnew(this);
    this.colouring.rename(data.names);
    nameUnit(this);
    if (isNew || (data.revision !== this.revision && !this.isGreeting)) this.adopt(data.z);
    this.isGreeting = false;
    this.revision = data.revision;
    this.controls.update();
    this.toolbar.update();
    this.legend.build();
    this.samples.update();
    this.sets.update();
    if (isOtherLanguage) this.moved(false); // what is said of z is said anew
    this.receive();
    this.invalidate();
  }

  readTheme() {
    super.readTheme();
    this.outline = packed(this.theme.ground, 220);
    if (this.theme.text === this.inkOf) return;
    this.inkOf = this.theme.text;
    this.colouring?.sift({ isDark: this.theme.isDark });
    if (this.inks) mixInks(this);
    this.inkFirst();
    this.restartMosaic();
  }

  /** The stored picture in the colours in which its pictures will be drawn anew. */
  inkFirst() {
    this.stored = this.first instanceof ImageBitmap ? inkStored(this, this.first) : null;
  }

  /** Whether the points lie on the pictures, which are faint then; in one dimension the pictures run below. */
  get isCovered() {
    return this.layers.points && this.plane.v !== null;
  }

  get ink() {
    return this.isCovered ? FAINT : 1;
  }

  /** Forget the last run and lay out the new one; its bytes may arrive later. */
  open() {
    const { data, root } = this;
    const d = data.kl.length;
    this.film.stop();
    this.say("");
    delete root.dataset.ready;
    layPictures(this);
    Object.assign(root.dataset, { mode: data.mode, preset: data.preset ?? "", flat: d === 1 ? "yes" : "no", deep: d > 2 ? "yes" : "no" });
    [this.z, this.awakeZ] = [new Float64Array(d), new Float64Array(d)];
    this.sent = null;
    this.pin(false);
    this.decoder = this.mu = this.flat = this.places = this.first = this.stored = this.hovered = this.depth = this.refused = null;
    this.setup.open();
    this.layers = this.setup.layers;
    this.rows = new Int32Array(NEIGHBOURS);
    this.distances = new Float64Array(NEIGHBOURS);
    this.reach = Math.max(data.map.reach, ...data.ranges.flat().map((edge) => Math.abs(edge) * 1.08));
    layMosaic(this);
    this.awake = data.order.filter((dim) => !this.controls.isAsleep(dim));
    this.colouring = new Colouring(classColumn(null, data.names), data.colours, 0, { ...this.setup.filter, isDark: this.theme.isDark });
    mixInks(this);
    project(this);
    for (const part of [this.points, this.fog, this.badge, this.drawing, this.likeness, this.sets, this.controls, this.samples])
      part.open();
    this.resize();
    this.view.fit(this.edge, d === 1);
    this.setup.restoreWindow();
    [this.isWandering, this.isNew] = [!this.isCalm && !data.touched, this.isLanding && !data.touched];
    this.wanderStart = performance.now();
    this.plane.moveTo(this.z, ...wayThrough(0));
    this.opening.open();
    this.tabs.open();
  }

  /** The landing page speaks of knobs, and of nothing that takes an explanation. */
  get isLanding() {
    return this.data.mode === "landing";
  }

  /** Whether the points lie by likeness: no place between them can be decoded. */
  get isLikeness() {
    return this.planeName === "umap";
  }

  /** Take z from Python: another page or a link moved it. */
  adopt(z) {
    if (z?.length !== this.z.length) return;
    if (this.data.touched || !this.isLanding) this.z.set(z);
    this.sent = z.join();
    this.isWandering &&= !this.data.touched;
    this.pin(this.data.touched);
    this.moved(false);
    if (this.z.length > 2 && this.decoder) this.restartMosaic();
  }

  /** Bytes have arrived; without a key, they may have arrived before. */
  receive(key) {
    if (!key || key.startsWith(`${this.data?.run}/`)) pickUp(this);
  }

  /** New noise for "one sample"; it stays while z moves, so that only z changes the picture. */
  drawNoise() {
    const { length } = this.drawn;
    this.noise = { uniform: Float32Array.from({ length }, Math.random), bell: Float32Array.from({ length }, () => normal()) };
  }

  layOut = () => layOut(this);

  restartMosaic() {
    this.fog.request();
    if (!this.decoder) return;
    this.exact.follow();
    this.scratch = Float64Array.from(this.z);
    this.cells.restart();
  }

  // ------------------------------------------------------------------ movement

  /** The coordinates of z on the plane. */
  get a() {
    return Plane.along(this.plane.u, this.z);
  }

  get b() {
    return this.plane.v ? Plane.along(this.plane.v, this.z) : 0;
  }

  moveTo(a, b) {
    this.plane.moveTo(this.z, a, b);
    this.moved();
  }

  /** z has changed: everything that shows it is drawn in the next frame, however many changes come before it. */
  moved(isByHand = true) {
    if (isByHand) this.touch();
    this.movedAt = performance.now();
    this.isMoved = true;
    this.schedule();
  }

  /** The hand has taken over: nothing else moves the map from here on. */
  touch() {
    this.isWandering = this.isNew = false;
    this.opening.end();
    this.path.walk = null;
    this.film.stop();
  }

  /** Pinned, z stays where it is while the pointer passes over the map. */
  pin(isPinned) {
    this.isPinned = isPinned;
    this.root.dataset.pinned = isPinned ? "yes" : "no";
  }

  /** The hand let go: Python hears of z once. */
  release() {
    const z = Array.from(this.z, (value) => Number(value.toFixed(4)));
    this.restartIfOff();
    if (z.join() === this.sent) return;
    this.sent = z.join();
    this.host.set("z", z);
  }

  /** Ask Python for bytes that are not needed by everybody; they come as a packet. */
  ask(name) {
    this.host.trigger("wanted", name);
  }

  /** Draw the mosaic anew where z has left the plane on which it was drawn. */
  restartIfOff() {
    if (this.decoder && isOff(this, this.scratch)) this.restartMosaic();
  }

  wander() {
    this.plane.moveTo(this.z, ...wayThrough((performance.now() - this.wanderStart) / 1000));
    this.isMoved = true;
  }

  // ------------------------------------------------------------------ drawing

  invalidate() {
    this.dirty = true;
    this.schedule();
  }

  resize() {
    const box = this.map.getBoundingClientRect();
    const ratio = Math.min(2, devicePixelRatio || 1);
    const [width, height] = [Math.max(1, Math.round(box.width * ratio)), Math.max(1, Math.round(box.height * ratio))];
    if (width === this.view.width && height === this.view.height) return;
    this.view.resize(width, height, ratio);
    for (const context of [this.ground, this.over]) Object.assign(context.canvas, { width, height });
    this.cells.sharpen();
    this.invalidate();
  }

  frame() {
    const until = performance.now() + FRAME_BUDGET;
    const isDecoding = this.decoder && this.layers.mosaic && !this.isLikeness && !this.mosaic.isWhole;
    const turn = turnOf(this, isDecoding);
    if (this.isWandering && !this.opening.isOn && turn.moves) this.wander();
    if (this.path.walk) this.path.step();
    this.drawing.begin();
    if (this.isMoved && this.decoder) this.drawMove();
    // The fog comes first as far as it is coarse; what is finer waits for the pictures.
    const isFoggy = this.fog.isCoarse || !isDecoding;
    const workers = [this.drawing, this.badge, ...this.points.workers, ...(isFoggy ? [this.fog] : []), this.samples, this.path, this.exact];
    const isBusy = turn.works && workOff(workers, until);
    if (this.film.isOn) this.film.draw();
    else if (isDecoding && !isBusy && turn.decodes)
      this.dirty = this.mosaic.work(budgetOf(this), (...n) => this.cells.paint(...n)) || this.dirty;
    if ((this.dirty || this.fog.isRolling) && !this.film.isOn) {
      this.dirty = false;
      drawGround(this);
      this.drawOver();
    }
    if (this.opening.isOn) this.opening.draw();
    const goesOn = this.opening.isOn || this.isWandering || this.path.walk || this.film.isOn || this.fog.isRolling;
    if (goesOn || isDecoding || isBusy) this.schedule();
  }

  /** One move: decode, draw, say where it is. */
  drawMove() {
    if (this.opening.isOn) return;
    const start = performance.now();
    this.isMoved = false;
    if (this.depth && this.layers.points && isOff(this, this.depthZ)) this.points.deepen();
    this.paint(this.decoder.decode(this.z));
    this.drawOver();
    describe(this);
    this.controls.follow();
    this.drawing.follow();
    const store = kept();
    this.moveTook = store.moves[store.moved++ % store.moves.length] = performance.now() - start;
  }

  paint(means) {
    this.painter.paint(this.image, this.controls.isSample ? sample(this.data, this.decoder.params, means, this.noise, this.drawn) : means);
    this.picture.putImageData(this.image, 0, 0);
  }

  /** Whether the place whose neighbours were searched last lies farther from the images than they do from each other. */
  isOutside() {
    return this.data.reach !== null && this.distances[Math.min(9, this.count - 1)] > this.data.reach;
  }

  drawOver() {
    drawOver(this);
  }
}

export default mount(".ll", LiveMap);
