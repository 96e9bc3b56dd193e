// Maps of the same images side by side: one image is marked in all of them, and images that are enclosed in one are chosen in all.

import { PointChoice } from "../js/canvas/choice.js";
import { Colouring, classColumn } from "../js/canvas/colouring.js";
import { Scatter } from "../js/canvas/scatter.js";
import { ScatterSets } from "../js/canvas/scatter_sets.js";
import { Stage } from "../js/canvas/stage.js";
import { findingDensest } from "../js/engine/density.js";
import { decimals, fixed } from "../js/engine/numbers.js";
import { unpacked } from "../js/engine/point_packet.js";
import { Task, workOff } from "../js/engine/task.js";
import { prose } from "../js/engine/words.js";
import { mount } from "../js/host/mount.js";

const FRAME_BUDGET = 8; // ms of work in a frame beside drawing

export class LinkedMaps extends Stage {
  constructor(root) {
    super(root, "lt");
    this.maps = [];
    this.sets = new ScatterSets();
    this.choice = new PointChoice(this);
    this.hovered = this.pinned = null;
    this.arriving = new Task(() => this.arrive());
    this.on("", "keydown", (event) => this.pressed(event));
  }

  update(host) {
    const { data } = host;
    this.host = host;
    const isNew = data.packet !== this.data?.packet;
    this.data = data;
    this.readTheme();
    this.sets.take(data.sets);
    if (isNew) this.open();
    this.colouring?.rename(data.names);
    this.write();
    this.receive(data.packet);
    this.choice.update(data.sets.choice, this.flats ? this.rows.length : 0);
    this.resize();
  }

  open() {
    this.say("");
    this.arriving.stop();
    this.flats = this.colouring = null;
    this.hovered = this.pinned = null;
    this.maps = [];
    this.choice.forget();
    const figures = this.data.maps.map((_, n) => this.figure(n));
    this.find("maps").replaceChildren(...figures);
  }

  figure(n) {
    const element = (name, className = "") => Object.assign(document.createElement(name), { className });
    const [figure, title, square, words] = [element("figure"), element("h3"), element("div", "lt-square"), element("figcaption")];
    const canvas = Object.assign(element("canvas"), { tabIndex: 0 });
    canvas.setAttribute("role", "application");
    square.append(canvas);
    figure.append(title, square, words);
    const map = Object.assign(new Scatter(this, canvas), { title, words });
    this.maps.push(map);
    const point = (event, isPress) => this.point(event && this.flats && map.rowAt(event, this.flats[n], this.colouring.shown), isPress);
    this.choice.listen(map, point, () => this.flats?.[n]);
    return figure;
  }

  write() {
    super.write();
    this.maps.forEach((map, n) => {
      map.title.textContent = this.data.maps[n].name;
      map.words.textContent = this.data.maps[n].words;
      map.canvas.setAttribute("aria-label", this.text("label", { name: this.data.maps[n].name }));
    });
  }

  receive(key) {
    if (!this.host?.bytes(this.data.packet) || key !== this.data.packet || this.flats) return;
    this.arriving.request();
    if (this.host.bytes(key).codes) this.schedule();
    else this.arriving.work(Infinity);
  }

  /** Take the points apart, many between frames. */
  *arrive() {
    const { reach, names, colours, priced, packet, sets } = this.data;
    const part = this.host.bytes(packet);
    const { mu, labels, rows } = yield* unpacked(part, 2 * this.maps.length);
    const [count, costs] = [rows.length, new Float32Array(part.costs.slice().buffer)];
    yield;
    const flats = this.maps.map((_, n) => mapIn(mu, count, n));
    let next = 0;
    this.costs = priced.map((isKnown) => (isKnown ? costs.subarray(next * count, ++next * count) : null));
    yield;
    Object.assign(this, { rows, files: part.files, of: part.of ?? count, unnamed: part.unnamed ?? 0 });
    this.colouring = new Colouring(classColumn(labels, names), colours, count);
    this.places = [];
    for (const flat of flats) {
      this.places.push(labels ? yield* findingDensest(flat, labels, names.length, -reach, reach, reach / 8) : null);
      yield;
    }
    this.flats = flats;
    this.choice.update(sets.choice, count);
    this.root.dataset.ready = packet;
    this.schedule();
  }

  resize() {
    for (const map of this.maps) map.resize(this.data.reach);
    this.schedule();
  }

  get row() {
    return this.hovered ?? this.pinned;
  }

  point(row, isPress) {
    if (!this.flats) return;
    if (isPress) this.pinned = row;
    if (row === this.hovered && !isPress) return;
    this.hovered = row;
    this.schedule();
  }

  frame() {
    const workers = [
      { task: this.arriving, work: (until) => this.arriving.work(until) },
      ...this.maps.flatMap(({ points }) => points.workers),
    ];
    const isBusy = workOff(workers, performance.now() + FRAME_BUDGET);
    if (this.flats) this.draw();
    if (isBusy || workers.some(({ task }) => task.isBusy)) this.schedule();
  }

  draw() {
    this.maps.forEach((map, n) => {
      map.draw(this.flats[n], this.colouring, this.places[n]);
      this.sets.draw(map, this.flats[n], this.colouring);
      map.tools[this.choice.tool].draw?.(map.context, this.theme);
      if (this.row !== null) map.ring([this.flats[n][2 * this.row], this.flats[n][2 * this.row + 1]]);
    });
    this.root.dataset.row = this.row ?? "";
    this.find("said").textContent = this.said();
  }

  /** How many of the images have a point, where not all have one, and that names of files are left out, where they are. */
  sampled() {
    const [n, of] = [this.rows.length, this.of].map((count) => decimals(count, 0, this.data.language));
    const words = n === of ? [] : [this.text("sampled", { n, of })];
    return this.unnamed ? [...words, this.text("unnamed", { megabytes: fixed(this.unnamed / 1e6, 1) })] : words;
  }

  /** Which image is marked, and what it costs each run where that is known. */
  said() {
    const { row, data, colouring } = this;
    if (row === null) return prose([this.text("point"), ...this.sampled()]);
    const words = [this.text(colouring.labels ? "image" : "image_unnamed", { row: this.rows[row], name: colouring.nameOf(row) })];
    if (this.files[row]) words.push(this.text("file", { file: this.files[row] }));
    const names = this.sets.namesAt(row).join(this.text("comma"));
    if (names) words.push(this.text("in_sets", { names }));
    data.maps.forEach(({ name }, n) => this.costs[n] && words.push(this.text("cost", { name, nats: this.costs[n][row].toFixed(1) })));
    return prose(words);
  }

  /** Arrows go from image to image, Escape lets go. Keys that are handled stop here. */
  pressed(event) {
    const { data } = this;
    if (!this.flats || event.ctrlKey || event.metaKey || event.altKey || !event.target.closest("canvas")) return;
    if (event.key.length === 1) event.stopPropagation();
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const last = this.rows.length - 1;
    if (step) this.pinned = this.row === null ? 0 : Math.min(last, Math.max(0, this.row + step));
    else if (event.key === "Home") this.pinned = 0;
    else if (event.key === "End") this.pinned = last;
    else if (event.key === "Escape") {
      this.pinned = null;
      this.choice.cancel();
    } else if (event.key === "Enter" && this.row !== null && data.sets.choice) this.choice.toggle(this.row);
    else return;
    this.hovered = null;
    event.stopPropagation();
    event.preventDefault();
    this.schedule();
  }
}

/** Map n of the tables of N rows in which those of all maps stand beside one another. */
function mapIn(table, count, n) {
  const [flat, across] = [new Float32Array(2 * count), table.length / count];
  for (let row = 0; row < count; row++) {
    flat[2 * row] = table[row * across + 2 * n];
    flat[2 * row + 1] = table[row * across + 2 * n + 1];
  }
  return flat;
}

export default mount(".lt", LinkedMaps);
