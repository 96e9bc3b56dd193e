// The training film: one moment t, in frames, that the scrubber, the play button, keys and the curves move, and that everything shows.
// Nothing goes to the server meanwhile, but what is chosen of its images.

import { PointChoice } from "../js/canvas/choice.js";
import { channels } from "../js/canvas/colour.js";
import { Colouring, classColumn } from "../js/canvas/colouring.js";
import { cellOf } from "../js/canvas/mosaic.js";
import { paintInk } from "../js/canvas/pictures.js";
import { Scatter } from "../js/canvas/scatter.js";
import { ScatterSets } from "../js/canvas/scatter_sets.js";
import { Stage } from "../js/canvas/stage.js";
import { prose } from "../js/engine/words.js";
import { mount } from "../js/host/mount.js";
import { shared } from "../js/host/store.js";
import { Curves, momentAt, placeAt, placeOf } from "./curves.js";
import { Follow } from "./follow_panel.js";
import { picturesIn, Reel } from "./frames.js";
import { listen } from "./input.js";

const SECONDS_PER_FRAME = 0.3;
const SLIDE = 250; // ms from one frame to the next where a key or a button asks for it
const SMALL = 300; // dots of a frame's pictures in all, below which they are shown dot by dot
const [TIGHT, GUTTER] = [16, 2]; // dots of a picture below which its neighbours stand so many apart: such pictures have no margin
const SLIDE_LIVE = 600; // ms to the newest frame of a run that trains
const PATIENCE = 1500; // ms until frames that should be here are asked for

export class Film extends Stage {
  constructor(root) {
    super(root, "lf");
    this.map = new Scatter(this, this.find("map"));
    this.sets = new ScatterSets();
    this.choice = new PointChoice(this);
    this.curves = new Curves(this, this.find("curves"));
    this.pictures = this.find("grid").getContext("2d");
    this.follow = new Follow(this);
    this.t = Infinity; // the newest frame that there is: a film opens on what was learned, and plays from the start
    this.isFollowing = true; // a run that trains pulls the film along until the viewer takes over
    listen(this);
  }

  // ------------------------------------------------------------------ data from Python

  update(host) {
    const { data } = host;
    const isNew = data.run !== this.told?.run;
    this.told = data;
    this.host = host;
    this.readTheme();
    this.root.dataset.mode = data.mode;
    if (isNew) this.open();
    this.receive(`film/${data.run}/`);
    this.know();
  }

  open() {
    this.say("");
    this.reel = Reel.of(this.told.run);
    this.data = null;
    this.choice.serial = undefined;
    this.isFollowing = true;
    this.goal = this.shown = this.hovered = this.pinned = this.said = null;
    this.isPlaying = false;
    this.t = Infinity;
  }

  /** Take the packets that have arrived; what they hold is kept, so that the carrier may forget them. */
  receive(key) {
    if (!this.told) return;
    const prefix = `film/${this.told.run}/`;
    const { parts } = shared();
    if (!key.startsWith(prefix)) {
      if (this.data) this.follow.receive();
      return;
    }
    for (const name of [...parts.keys()].filter((one) => one.startsWith(prefix))) {
      // A new theme hands the same packet over again.
      const part = parts.get(name);
      const isColour = part.facts.picture?.channels === 3;
      if (name !== this.reel.last)
        this.reel.receive(part, (png) => picturesIn(png, isColour).then((pictures) => (this.schedule(), pictures)));
      this.reel.last = name;
      parts.delete(name);
      this.shown = null;
    }
    this.know();
  }

  /** Make what Python has told the state that is shown. */
  know() {
    if (!this.reel.facts) {
      this.awaitFrames();
      return;
    }
    const isFirst = !this.data;
    this.data = { ...this.reel.facts, ...this.told };
    this.sets.take(this.told.sets);
    this.reel.trim(this.data.steps.length);
    const { colours, names } = this.data;
    const { labels, spots } = this.reel;
    const count = (spots[0]?.length ?? 0) / 2;
    this.colouring = new Colouring(classColumn(labels, names), colours, count);
    this.colouring.select(this.choice.now ?? null);
    this.choice.update(this.told.sets.choice, count);
    if (isFirst) this.follow.open();
    this.write();
    this.follow.receive();
    this.resize();
    this.settle();
  }

  /** How many frames can be shown. */
  get frames() {
    return Math.min(this.data.steps.length, this.reel.held);
  }

  /** After new data: keep t within the frames, follow a run that trains, and ask for frames that do not come. */
  settle() {
    const { data, frames } = this;
    const last = Math.max(0, frames - 1);
    this.root.dataset.frames = frames;
    if (this.isFollowing && frames) this.go(last, this.t > last ? 0 : SLIDE_LIVE);
    if (frames) this.t = Math.min(this.t, last);
    this.awaitFrames();
    this.find("play").disabled = frames < 2;
    this.find("scrub").disabled = frames < 2;
    this.find("empty").textContent = data.empty;
    this.schedule();
  }

  /** Where frames do not come that should be here, say how many there are. */
  awaitFrames() {
    const isWhole = () => this.data && this.reel.held >= this.data.steps.length;
    if (isWhole() || this.waiting) return;
    const ask = () => {
      this.waiting = null;
      if (isWhole()) return;
      this.host.trigger("missing", this.reel.held);
      this.awaitFrames();
    };
    this.waiting = setTimeout(this.guard(ask), PATIENCE);
  }

  write() {
    super.write();
    this.find("map_words").textContent = this.data.map_words;
    this.find("grid_words").textContent = this.data.grid_words;
    this.find("map").setAttribute("aria-label", this.text("map_label"));
    this.find("grid").setAttribute("aria-label", this.data.grid_words);
    this.find("scrub").setAttribute("aria-label", this.text("scrub_label"));
    this.find("curves").setAttribute("aria-label", prose([this.data.curves_words, this.text("curves_label")]));
    this.find("grid").hidden = !this.data.picture;
    this.writePlay();
    this.writeNotes();
    this.follow.write();
  }

  writeNotes() {
    const { notes } = this.data;
    const said = JSON.stringify(notes);
    if (said === this.said) return;
    this.said = said;
    const items = notes.map((note) => {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: note.words });
      button.addEventListener(
        "click",
        this.guard(() => this.take(this.frameOf(note))),
      );
      const item = document.createElement("li");
      item.append(button);
      return item;
    });
    this.find("notes").replaceChildren(...items);
    this.find("notes_title").hidden = !notes.length;
  }

  // ------------------------------------------------------------------ time

  /** The frame that is nearest to a note on the time line. */
  frameOf(note) {
    return Math.min(
      Math.max(0, this.frames - 1),
      Math.round(momentAt(placeOf(note.step, this.curves.last), this.data.steps, this.curves.last)),
    );
  }

  notesAt(t) {
    return this.data.notes.filter((note) => this.frameOf(note) === Math.round(t));
  }

  /** The hand moves time: at once, or within a moment where a key asks for the next frame. */
  take(t, isSliding = true) {
    this.isPlaying = false;
    const goal = Math.min(this.frames - 1, Math.max(0, t));
    this.isFollowing = goal >= this.frames - 1;
    if (isSliding) this.go(goal, SLIDE);
    else [this.t, this.goal] = [goal, null];
    this.writePlay();
    this.schedule();
  }

  /** Slide to a moment; where calm is asked for, be there at once. */
  go(goal, ms) {
    if (this.isCalm || !ms || goal === this.t) {
      [this.t, this.goal] = [goal, null];
      return;
    }
    if (this.goal?.to !== goal) this.goal = { from: this.t, to: goal, start: performance.now(), ms };
    this.schedule();
  }

  toggle() {
    if (this.frames < 2) return;
    this.isPlaying = !this.isPlaying;
    this.goal = null;
    if (this.isPlaying && this.t >= this.frames - 1) this.t = 0;
    this.began = { t: this.t, start: performance.now() };
    this.isFollowing = false;
    this.writePlay();
    this.schedule();
  }

  writePlay() {
    const play = this.find("play");
    play.textContent = this.isPlaying ? "❚❚" : "▶";
    play.title = this.text(this.isPlaying ? "pause" : "play");
    play.setAttribute("aria-label", play.title);
  }

  /** Let time go on; where calm is asked for, frames change without a slide. */
  advance() {
    const now = performance.now();
    if (this.isPlaying) {
      const t = this.began.t + (now - this.began.start) / (1000 * SECONDS_PER_FRAME);
      this.t = Math.min(this.frames - 1, this.isCalm ? Math.floor(t) : t);
      if (this.t >= this.frames - 1) {
        this.isPlaying = false;
        this.isFollowing = true;
        this.writePlay();
      }
    } else if (this.goal) {
      const share = Math.min(1, (now - this.goal.start) / this.goal.ms);
      this.t = this.goal.from + (this.goal.to - this.goal.from) * share;
      if (share === 1) this.goal = null;
    }
    if (this.isPlaying || this.goal) this.schedule();
  }

  // ------------------------------------------------------------------ drawing

  resize() {
    const { axes, reach } = this.data;
    Object.assign(this.map, { axes, isFlat: !axes[1] });
    this.map.resize(reach);
    this.curves.resize();
    this.schedule();
  }

  frame() {
    this.advance();
    this.curves.draw(Math.max(0, Math.min(this.t, this.frames - 1)));
    this.root.dataset.moment = this.t.toFixed(3);
    if (!this.frames) {
      this.map.draw(new Float32Array(0), this.colouring, null);
      return;
    }
    const { reel, t, map, data } = this;
    if (this.flat?.length !== reel.spots[0].length) this.flat = new Float32Array(reel.spots[0].length);
    map.draw(reel.at(t, this.flat), this.colouring, reel.namesAt(t, data.names.length, data.reach));
    this.sets.draw(map, this.flat, this.colouring);
    map.tools[this.choice.tool].draw?.(map.context, this.theme);
    const row = this.hovered ?? this.pinned;
    if (row !== null) map.way(reel.wayOf(row), t);
    if (this.follow.way?.length > t) map.way(this.follow.way, t, this.text("yours"));
    this.drawPictures(Math.round(t));
    this.speak();
  }

  /** The pictures of a frame, in the theme's ink or in colours of their own. */
  drawPictures(n) {
    const { data, pictures, reel, theme } = this;
    const drawn = reel.drawn[n];
    const mark = `${n}/${theme.text}/${theme.ground}/${Boolean(drawn)}`;
    if (!data.picture || mark === this.shown || !drawn) return;
    this.shown = mark;
    const { height, width, channels: planes } = data.picture;
    const { side, left, top } = cellOf(height, width);
    const [rows, columns] = data.grid;
    const gap = side < TIGHT ? GUTTER : 0;
    Object.assign(pictures.canvas, { width: columns * (side + gap) - gap, height: rows * (side + gap) - gap });
    pictures.canvas.toggleAttribute("data-small", columns * side < SMALL);
    const image = planes === 3 ? null : new ImageData(columns * side, rows * side);
    const dark = (level) => 255 - level; // of pictures that are dark on light what is dark is the ink
    if (image) paintInk(image, data.is_dark ? drawn.map(dark) : drawn, channels(theme.text), 1 / 255);
    for (let cell = 0; cell < rows * columns; cell++) {
      const [row, column] = [Math.floor(cell / columns), cell % columns];
      const [x, y] = [column * side + left, row * side + top];
      if (image)
        pictures.putImageData(image, column * gap, row * gap, x, y, width, height); // beside a picture there is no ink
      else pictures.drawImage(drawn, x, y, width, height, x + column * gap, y + row * gap, width, height);
    }
  }

  /** Say in words which moment is shown. */
  speak() {
    const { data, t } = this;
    const n = Math.round(t);
    const count = (value) => value.toLocaleString(data.language);
    const values = { step: count(data.steps[n]), epoch: count(data.epochs[n]), n: n + 1, frames: this.frames };
    const moment = this.text(data.steps[n] ? "moment" : "untrained", values);
    const notes = this.notesAt(t);
    const scrub = this.find("scrub");
    scrub.value = 1000 * placeAt(t, data.steps, this.curves.last);
    scrub.setAttribute("aria-valuetext", prose([moment, ...notes.map((note) => note.words)]));
    this.find("moment").textContent = moment;
    this.find("kl_now").textContent = this.klNow(n);
    this.find("outside").textContent = this.outside();
    this.find("pointed").textContent = this.pointed();
    [...this.find("notes").querySelectorAll("button")].forEach((button, place) => {
      if (notes.includes(data.notes[place])) button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
    });
  }

  /** The KL of the images on the map at frame n. */
  klNow(n) {
    const kl = this.data.kl?.[n];
    return kl === undefined || kl === null ? "" : this.text("kl_now", { kl: kl.toFixed(2) });
  }

  /** How many images lie beyond the map's edge. */
  outside() {
    const { reach } = this.data;
    let count = 0;
    for (let n = 0; n < this.flat.length; n += 2) if (Math.max(Math.abs(this.flat[n]), Math.abs(this.flat[n + 1])) > reach) count++;
    return count ? this.text("outside", { n: count }) : "";
  }

  pointed() {
    const row = this.hovered ?? this.pinned;
    const { reel, colouring } = this;
    if (row === null || reel.rows[row] === undefined) return row === null ? this.text("point") : "";
    const words = this.text(colouring.labels ? "pointed" : "pointed_unnamed", { row: reel.rows[row], name: colouring.nameOf(row) });
    const more = reel.files[row] ? [this.text("file", { file: reel.files[row] })] : [];
    const names = this.sets.namesAt(row).join(this.text("comma"));
    if (names) more.push(this.text("in_sets", { names }));
    return prose([words, ...more]);
  }
}

export default mount(".lf", Film);
