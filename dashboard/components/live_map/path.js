// The path between two pinned places: a strip of pictures, a line on the map, and a walk from A to B.

import { drawCursor } from "../js/canvas/axes.js";
import { between, Plane } from "../js/engine/plane.js";
import { Task } from "../js/engine/task.js";

const STRIP = 9; // pictures on the strip
const WALK_SECONDS = 3;
const LINE_STEPS = 40; // pieces of the line: an arc looks round

export class Path {
  constructor(liveMap) {
    this.liveMap = liveMap;
    this.ends = { A: null, B: null };
    this.walk = null;
    this.task = new Task(() => this.steps());
  }

  get isArc() {
    return this.liveMap.find("arc").checked;
  }

  /** The point a share t of the way, into `z`. */
  at(t, z) {
    return between(this.ends.A, this.ends.B, t, this.isArc, z);
  }

  clear() {
    this.ends = { A: null, B: null };
    this.walk = null;
    this.drawStrip();
  }

  /** Make the straight way from A to B the path; the same way again is no other path. */
  join(A, B) {
    if (this.ends.A === A && this.ends.B === B) return;
    this.ends = { A, B };
    this.liveMap.find("arc").checked = false;
    this.drawStrip();
  }

  pin(letter) {
    this.ends[letter] = Float64Array.from(this.liveMap.z);
    this.drawStrip();
    this.liveMap.drawOver();
  }

  drawStrip() {
    const { liveMap } = this;
    const isWhole = Boolean(this.ends.A && this.ends.B && liveMap.decoder);
    liveMap.find("play").disabled = !isWhole;
    liveMap.find("strip").hidden = !isWhole;
    this.task.stop();
    if (!isWhole) return;
    this.task.request();
    liveMap.schedule();
    liveMap.drawOver();
  }

  work(until) {
    this.task.work(until);
  }

  /** Decode one picture a step. */
  *steps() {
    const { liveMap } = this;
    const { height, width } = liveMap.decoder.picture;
    const canvas = liveMap.find("strip");
    Object.assign(canvas, { width: STRIP * width, height });
    canvas.setAttribute("aria-label", liveMap.text("strip_label", { n: STRIP }));
    const tile = new ImageData(width, height);
    const z = new Float64Array(liveMap.z.length);
    for (let n = 0; n < STRIP; n++) {
      liveMap.painter.paint(tile, liveMap.decoder.decode(this.at(n / (STRIP - 1), z)));
      canvas.getContext("2d").putImageData(tile, n * width, 0);
      yield;
    }
  }

  play() {
    this.liveMap.touch();
    this.liveMap.pin(true);
    this.walk = { start: performance.now() };
    this.liveMap.schedule();
  }

  /** One frame of the walk. */
  step() {
    const t = Math.min(1, (performance.now() - this.walk.start) / (1000 * WALK_SECONDS));
    this.at(t, this.liveMap.z);
    this.liveMap.isMoved = true;
    if (t < 1) return;
    this.walk = null;
    this.liveMap.release();
  }

  draw(context) {
    const { plane, view, theme, z: here } = this.liveMap;
    const flat = (z) => [Plane.along(plane.u, z), plane.v ? Plane.along(plane.v, z) : 0];
    if (this.ends.A && this.ends.B) {
      const z = new Float64Array(here.length);
      context.strokeStyle = theme.accent;
      context.lineWidth = 2 * view.ratio;
      context.beginPath();
      for (let n = 0; n <= LINE_STEPS; n++) {
        const [a, b] = flat(this.at(n / LINE_STEPS, z));
        context.lineTo(view.px(a), view.py(b));
      }
      context.stroke();
    }
    for (const letter of ["A", "B"]) if (this.ends[letter]) drawCursor(context, view, ...flat(this.ends[letter]), theme, 8, letter);
  }
}
