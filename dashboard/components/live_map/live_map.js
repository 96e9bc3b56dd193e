// The live latent map: state and movement. While pointer or slider move nothing leaves the browser; a release sends z once.

import { drawCursor, drawSign } from "../js/canvas/axes.js";
import { channels, packed } from "../js/canvas/colour.js";
import { Colouring, classColumn } from "../js/canvas/colouring.js";
import { Mosaic } from "../js/canvas/mosaic.js";
import { paintInk, paintPicture } from "../js/canvas/pictures.js";
import { PointPainter } from "../js/canvas/points.js";
import { Stage } from "../js/canvas/stage.js";
import { View } from "../js/canvas/view.js";
import { densest } from "../js/engine/density.js";
import { normal } from "../js/engine/gaussian.js";
import { sample } from "../js/engine/likelihoods.js";
import { axisName } from "../js/engine/numbers.js";
import { Plane } from "../js/engine/plane.js";
import { pointsOf } from "../js/engine/selection.js";
import { workOff } from "../js/engine/task.js";
import { mount } from "../js/host/mount.js";
import { describe, NEIGHBOURS, withPowers } from "./captions.js";
import { watchServer } from "./connection.js";
import { Controls } from "./controls.js";
import { Drawing } from "./drawing_panel.js";
import { FogLayer } from "./fog_layer.js";
import { areaOf, drawGround, FAINT } from "./ground.js";
import { inkAt, inkStored } from "./inks.js";
import { listen } from "./input.js";
import { Film } from "./learning_film.js";
import { Opening, wayThrough } from "./opening.js";
import { kept, pickUp } from "./packets.js";
import { Path } from "./path.js";
import { TrustPanel } from "./trust_panel.js";
import { Umap } from "./umap_panel.js";

const FRAME_BUDGET = 8; // ms of mosaic decoding per frame

export class LiveMap extends Stage {
  constructor(root) {
    super(root, "ll");
    root.liveMap = this;
    this.map = this.find("map");
    for (const name of ["ground", "over", "picture", "near"]) this[name] = this.find(name).getContext("2d");
    this.view = new View();
    this.points = new PointPainter();
    this.layers = {};
    this.error = "";
    this.film = new Film(this);
    this.opening = new Opening(this);
    this.path = new Path(this);
    this.fog = new FogLayer(this);
    this.badge = new TrustPanel(this);
    this.drawing = new Drawing(this);
    this.umap = new Umap(this);
    this.controls = new Controls(this);
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
    const isNew = data.run !== this.data?.run || data.mode !== this.data?.mode;
    const isOtherSelection = String(data.selections) !== String(this.data?.selections);
    const isOtherLanguage = data.language !== this.data?.language;
    this.data = data;
    this.host = host;
    this.readTheme();
    if (isNew) this.open();
    this.colouring.rename(data.names);
    if (isNew || (data.revision !== this.revision && !this.isGreeting)) this.adopt(data.z);
    this.isGreeting = false;
    this.revision = data.revision;
    if (isOtherSelection && this.decoder) this.colouring.select(pointsOf(data.selections, this.indexes));
    this.controls.update();
    if (isOtherLanguage) this.moved(false); // what is said of z is said anew
    this.receive();
    this.invalidate();
  }

  readTheme() {
    super.readTheme();
    this.outline = packed(this.theme.ground, 220);
    if (this.theme.text === this.inkOf) return;
    this.inkOf = this.theme.text;
    this.inkFirst();
    this.restartMosaic();
  }

  /** The stored picture in the colours in which its pictures will be drawn anew. */
  inkFirst() {
    if (this.first instanceof ImageBitmap) this.stored = inkStored(this, this.first);
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
    const { side, reach } = data.map;
    this.film.stop();
    this.say("");
    delete root.dataset.ready;
    Object.assign(root.dataset, { mode: data.mode, flat: d === 1 ? "yes" : "no" });
    [this.z, this.awakeZ] = [new Float64Array(d), new Float64Array(d)];
    this.sent = null;
    this.pin(false);
    this.decoder = this.mu = this.flat = this.places = this.first = this.stored = this.hovered = null;
    this.layers = { mosaic: true, points: !this.isLanding || d === 1, rings: !this.isLanding && data.has_prior, density: false, fog: true };
    this.rows = new Int32Array(NEIGHBOURS);
    this.distances = new Float64Array(NEIGHBOURS);
    this.reach = Math.max(reach, ...data.ranges.flat().map((edge) => Math.abs(edge) * 1.08));
    this.area = areaOf(reach, side, d === 1);
    this.awake = data.order.filter((dim) => !this.controls.isAsleep(dim));
    this.mosaic = new Mosaic(side, d === 1 ? 1 : side, reach);
    this.colouring = new Colouring(classColumn(null, data.names), data.colours, 0);
    this.inks = data.colours.map(channels);
    this.setPlane(Plane.ofAxes(d, ...data.dims), data.dims.join());
    for (const part of [this.fog, this.badge, this.drawing, this.umap, this.controls]) part.open();
    this.resize();
    this.view.fit(this.reach, d === 1);
    [this.isWandering, this.isNew] = [!this.isCalm && !data.touched, this.isLanding && !data.touched];
    this.wanderStart = performance.now();
    this.plane.moveTo(this.z, ...wayThrough(0));
    this.opening.open();
  }

  /** The landing page speaks of knobs, and of nothing that takes an explanation. */
  get isLanding() {
    return this.data.mode === "landing";
  }

  setPlane(plane, name) {
    this.plane = plane;
    this.planeName = name;
    if (this.mu) this.layOut();
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

  /** Project the points on the plane, find where the class names go, and begin the mosaic anew. */
  layOut() {
    this.flat = this.plane.project(this.mu, this.count);
    this.cloud = null;
    const { labels, column } = this.colouring;
    const isNamed = labels && !this.data.collapsed;
    this.places = isNamed ? densest(this.flat, labels, column.categories.length, -this.reach, this.reach, 0.06 * this.reach) : null;
    this.restartMosaic();
    this.invalidate();
  }

  restartMosaic() {
    this.fog.request();
    if (!this.decoder) return;
    const { height, width } = this.decoder.picture;
    this.mosaic.restart(height, width);
    this.scratch = Float64Array.from(this.z);
    this.schedule();
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
    if (this.z.length < 3 || !this.decoder) return;
    this.plane.moveTo(this.scratch, this.a, this.b);
    if (this.scratch.some((value, n) => Math.abs(value - this.z[n]) > 1e-6)) this.restartMosaic();
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
    this.invalidate();
  }

  frame() {
    const until = performance.now() + FRAME_BUDGET;
    const isDecoding = this.decoder && !this.mosaic.isWhole;
    if (this.isWandering && !this.opening.isOn) this.wander();
    if (this.path.walk) this.path.step();
    this.drawing.begin();
    if (this.isMoved && this.decoder) this.drawMove();
    // The fog comes first as far as it is coarse; what is finer waits for the pictures.
    const isFoggy = this.fog.isCoarse || !isDecoding;
    const isBusy = workOff([this.drawing, this.badge, ...(isFoggy ? [this.fog] : [])], until);
    if (this.film.isOn) this.film.draw();
    else if (isDecoding && !isBusy) this.dirty = this.mosaic.work(FRAME_BUDGET, (tile, a, b) => this.paintTile(tile, a, b)) || this.dirty;
    if ((this.dirty || this.fog.isRolling) && !this.film.isOn) {
      this.dirty = false;
      drawGround(this);
      this.drawOver();
    }
    if (this.opening.isOn) this.opening.draw();
    if (this.isWandering || this.path.walk || this.film.isOn || this.fog.isRolling || isDecoding || isBusy) this.schedule();
  }

  /** One move: decode, draw, say where it is. */
  drawMove() {
    if (this.opening.isOn) return;
    const start = performance.now();
    this.isMoved = false;
    this.paint(this.decoder.decode(this.z));
    this.drawOver();
    describe(this);
    this.controls.follow();
    this.drawing.follow();
    const store = kept();
    store.moves[store.moved++ % store.moves.length] = performance.now() - start;
  }

  paint(means) {
    paintPicture(this.image, this.controls.isSample ? sample(this.data, this.decoder.params, means, this.noise, this.drawn) : means);
    this.picture.putImageData(this.image, 0, 0);
  }

  /** One picture of the mosaic. */
  paintTile(tile, a, b) {
    this.plane.moveTo(this.scratch, a, b);
    paintInk(tile, this.decoder.decode(this.scratch), ...inkAt(this, this.scratch));
  }

  /** Whether the place whose neighbours were searched last lies farther from the images than they do from each other. */
  isOutside() {
    return this.data.reach !== null && this.distances[Math.min(9, this.count - 1)] > this.data.reach;
  }

  /** What moves with z lies on a canvas of its own, so that a move leaves the ground as it is. */
  drawOver() {
    if (this.opening.isOn) return;
    const { over, view, theme, hovered } = this;
    over.clearRect(0, 0, view.width, view.height);
    this.path.draw(over);
    this.drawing.draw(over);
    this.tool.draw?.(over, theme);
    if (hovered !== null && this.flat) drawCursor(over, view, this.flat[2 * hovered], this.flat[2 * hovered + 1], theme, 5);
    drawCursor(over, view, this.a, this.b, theme);
    if (this.isNew) drawSign(over, view, this.text("move"), view.px(this.a), view.py(this.b) + 30 * view.ratio, theme);
    // On a narrow screen the picture lies on the map's right corner, and must not hide where the pointer is.
    const isUnder = view.px(this.a) > view.width / 2 && view.py(this.b) <= view.height / 2;
    this.root.dataset.corner = isUnder ? "left" : "right";
  }

  axisNames() {
    if (this.planeName === "principal") return [1, 2].map((n) => this.text("axis_principal", { n }));
    const name = (dim) => (this.isLanding ? this.text("number", { n: dim + 1 }) : axisName(dim));
    return this.planeName.split(",").map((dim) => name(Number(dim)));
  }
}

export default mount(".ll", LiveMap);
