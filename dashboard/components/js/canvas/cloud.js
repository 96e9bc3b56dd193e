// A cloud of more points than can be drawn in one frame: squares of their own where few are seen, else a picture of how dense they lie.
// It is worked out between frames; until it is done the picture before it stands in, moved and scaled to the window.

import { MANY } from "../engine/grid_index.js";
import { Task } from "../engine/task.js";
import { FAINT, FULL, WAY } from "./colouring.js";
import { PointPainter, sizeOf } from "./points.js";
import { View } from "./view.js";

const SLICE = 1 << 14; // points of one step of work
const SHARE = 0.02; // of a point, that one counts for which is shown faintly
const [ALONE, WHOLE] = [0.3, 1]; // how strong a cell is with next to nothing in it, and with most

/**
 * What is to be drawn: flat points (2N), their Colouring, the packed colour of outlines, how far they lie off the plane or null, and their
 * GridIndex.
 * @typedef {{ flat: Float32Array, colouring: any, outline: number, depth: any, index: any }} Wanted
 */

export class Cloud {
  /** `done` is called when there is another picture to draw. */
  constructor(done) {
    this.task = new Task(() => this.steps());
    this.painter = new PointPainter();
    this.canvas = null;
    this.done = done;
    this.forget();
  }

  /** Nothing of what was drawn counts any more. */
  forget() {
    this.task.stop();
    this.wanted = this.picture = null;
    this.key = "";
  }

  get isBusy() {
    return this.task.isBusy;
  }

  work(until) {
    this.task.work(until);
  }

  /** Draw what there is of the cloud in this window, and ask for what is missing. */
  draw(context, view, wanted) {
    const key = [
      view.x,
      view.y,
      view.scale,
      view.width,
      view.height,
      wanted.colouring.painted,
      wanted.outline,
      wanted.index.isReady,
    ].join();
    const isOther = ["flat", "colouring", "depth"].some((part) => wanted[part] !== this.wanted?.[part]);
    const isOtherScale = view.across !== this.view?.across || view.upward !== this.view?.upward;
    if (wanted.flat !== this.wanted?.flat || isOtherScale) this.forget();
    if (isOther || key !== this.key) {
      [this.key, this.wanted, this.view] = [key, wanted, Object.assign(new View(), view)];
      this.task.request();
    }
    const { picture } = this;
    if (!picture) return;
    const times = view.scale / picture.view.scale;
    const left = view.width / 2 + (picture.view.x - view.x) * view.scale - (picture.view.width / 2) * times;
    const top = view.height / 2 - (picture.view.y - view.y) * view.scale - (picture.view.height / 2) * times;
    const { imageSmoothingEnabled } = context;
    context.imageSmoothingEnabled = false;
    context.drawImage(this.canvas, left, top, picture.width * times, picture.height * times);
    context.imageSmoothingEnabled = imageSmoothingEnabled;
  }

  *steps() {
    const { view, wanted } = this;
    const parts = this.partsSeen(view, wanted);
    const isDense = parts.reduce((sum, part) => sum + part.length, 0) > MANY;
    const image = isDense ? yield* density(view, wanted, parts) : yield* this.squares(view, wanted, parts);
    const { width, height, cell } = image;
    if (this.canvas?.width !== width || this.canvas.height !== height) this.canvas = new OffscreenCanvas(width, height);
    this.canvas.getContext("2d").putImageData(image.pixels, 0, 0);
    this.picture = { view, width: width * cell, height: height * cell, isDense };
    this.done();
  }

  /** The rows of points that may be seen, in parts; before they are sorted, all of them. */
  partsSeen(view, { flat, index }) {
    if (!index.isReady) return [this.painter.shuffled(flat.length / 2)];
    const edge = sizeOf(view, MANY) + 1;
    const [left, right] = [view.worldX(-edge), view.worldX(view.width + edge)];
    const [low, high] = [view.worldY(view.height + edge), view.worldY(-edge)];
    return index.around(left, right, low, high).map(([first, end]) => index.rows.subarray(first, end));
  }

  /** A square for each point; those off the plane from the farthest to the nearest. */
  *squares(view, { flat, colouring, outline, depth }, parts) {
    const { painter } = this;
    painter.clear(view.width, view.height);
    const orders = depth ? [depth.order] : parts;
    const ways = colouring.selected ? [[FAINT, 0, null]] : [];
    ways.push([FULL, outline, depth?.strengths ?? null]);
    for (const [shown, edge, strengths] of ways) {
      for (const order of slices(orders)) {
        painter.write(view, flat, colouring, shown, edge, order, strengths);
        yield;
      }
    }
    return { pixels: painter.image, width: view.width, height: view.height, cell: 1 };
  }
}

/** Parts in pieces that a frame has time for, small ones together. */
function* slices(parts) {
  for (const part of parts) for (let from = 0; from < part.length; from += SLICE) yield part.subarray(from, from + SLICE);
}

/**
 * Cells as large as a point: in the colour of one of those that lie there, drawn by chance since they come in an order that has nothing to
 * do with theirs, as a mean of colours means nothing; the stronger the more there are, by the logarithm.
 */
function* density(view, { flat, colouring, depth }, parts) {
  const cell = sizeOf(view, MANY);
  const [width, height] = [Math.ceil(view.width / cell), Math.ceil(view.height / cell)];
  const [weight, top] = [new Float32Array(width * height), new Int32Array(width * height).fill(-1)];
  const { colours, shown } = colouring;
  for (const order of slices(parts)) {
    for (const row of order) {
      if (!shown[row]) continue;
      const x = Math.floor(view.px(flat[2 * row]) / cell);
      const y = Math.floor(view.py(flat[2 * row + 1]) / cell);
      if (!(x >= 0 && x < width && y >= 0 && y < height)) continue;
      const at = y * width + x;
      const isFull = (shown[row] & WAY) === FULL;
      weight[at] += (isFull ? 1 : SHARE) * (depth ? depth.strengths[row] / 255 : 1);
      if (isFull || top[at] < 0 || (shown[top[at]] & WAY) !== FULL) top[at] = row;
    }
    yield;
  }
  const most = Math.log1p(weight.reduce((found, one) => Math.max(found, one), 0)) || 1;
  const pixels = new ImageData(width, height);
  const packed = new Uint32Array(pixels.data.buffer);
  for (let at = 0; at < weight.length; at++) {
    const found = weight[at];
    if (!found) continue;
    const strength = Math.min(1, found) * (ALONE + ((WHOLE - ALONE) * Math.log1p(found)) / most);
    packed[at] = (colours[top[at]] & 0xffffff) | (Math.round(255 * strength) << 24);
  }
  yield;
  return { pixels, width, height, cell };
}
