// The frames that have arrived: places of the images, and the pictures, grey ones as levels. Pure but for the decoding of PNG.

import { densest } from "../js/engine/density.js";
import { between2 } from "../js/engine/plane.js";
import { shared } from "../js/host/store.js";

const MOST_REELS = 3; // runs whose frames are kept through page switches: some tens of megabytes

/** The frames of one run, oldest first; they outlive the page. */
export class Reel {
  constructor() {
    this.spots = []; // per frame a Float32Array (2P)
    this.drawn = []; // per frame the pictures: the levels of grey ones, 0 to 255, those in colour as a bitmap; null until they are decoded
    this.names = []; // per frame where each class is densest, worked out when it is first shown
    this.rows = this.labels = this.files = this.facts = this.last = null;
  }

  static of(run) {
    const reels = (shared().reels ??= new Map());
    const reel = reels.get(run) ?? new Reel();
    reels.delete(run);
    reels.set(run, reel); // the newest last, so that the oldest is forgotten
    while (reels.size > MOST_REELS) reels.delete(reels.keys().next().value);
    return reel;
  }

  /** How many frames are whole, from the first on. */
  get held() {
    let held = 0;
    while (this.spots[held] && held in this.drawn) held++;
    return held;
  }

  /** Take a packet; its places begin at frame `first`, its pictures at `start`. `decode` reads one PNG. */
  receive(part, decode) {
    this.facts = part.facts;
    if (part.first === part.end) return;
    const spots = new Float32Array(part.spots.slice().buffer);
    const size = 2 * part.count;
    for (let n = part.first; n < part.end; n++) this.spots[n] = spots.subarray((n - part.first) * size, (n - part.first + 1) * size);
    for (let n = part.start; n < part.end; n++) {
      const png = part[`picture/${n}`];
      this.drawn[n] = null;
      if (png.length)
        decode(png).then(
          (pictures) => (this.drawn[n] = pictures),
          () => {},
        );
    }
    const whole = (bytes) => new Int32Array(bytes.slice().buffer);
    [this.rows, this.labels, this.files] = [whole(part.rows), part.labels.length ? whole(part.labels) : null, part.files];
    this.names = [];
  }

  /** Forget frames that are no longer there: a run that goes on from a checkpoint takes some back. */
  trim(frames) {
    for (const list of [this.spots, this.drawn, this.names]) list.length = Math.min(list.length, frames);
  }

  /** Places at a moment t between frames, written into `flat` (2P). */
  at(t, flat) {
    const [before, after] = [this.spots[Math.floor(t)], this.spots[Math.min(this.held - 1, Math.ceil(t))]];
    const share = t - Math.floor(t);
    for (let n = 0; n < flat.length; n++) flat[n] = before[n] + (after[n] - before[n]) * share;
    return flat;
  }

  /** Where the names of the classes stand at a moment t. */
  namesAt(t, classes, reach) {
    if (!this.labels) return null;
    const of = (frame) => (this.names[frame] ??= densest(this.spots[frame], this.labels, classes, -reach, reach, reach / 8));
    const [before, after] = [of(Math.floor(t)), of(Math.min(this.held - 1, Math.ceil(t)))];
    return (before.length ? before : after).map((place, n) =>
      place && before[n] && after[n] ? between2(place, after[n], t - Math.floor(t)) : place,
    );
  }

  /** The way of one image through all frames, as [x, y]. */
  wayOf(row) {
    return this.spots.slice(0, this.held).map((spots) => [spots[2 * row], spots[2 * row + 1]]);
  }
}

/** Read a PNG: a grey one into bytes 0 to 255, one in colour into a bitmap, which is drawn as it is. */
export async function picturesIn(png, isColour) {
  const bitmap = await createImageBitmap(new Blob([png.slice()]));
  if (isColour) return bitmap;
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
  const greys = new Uint8Array(bitmap.width * bitmap.height);
  for (let n = 0; n < greys.length; n++) greys[n] = data[4 * n];
  return greys;
}
