// The test images by likeness (UMAP), as a projection of the map: no place on it can be decoded, so the hand goes from image to image.

import { nameOf } from "./captions.js";

const FILLED = 0.94; // of the map's reach, for all points

/** Points (2N) moved and scaled alike in both directions, so that they fill a square of half the side `reach` around the middle. */
export function fitted(xy, reach) {
  const edges = [0, 1].map((axis) => {
    let [low, high] = [Infinity, -Infinity];
    for (let n = axis; n < xy.length; n += 2) [low, high] = [Math.min(low, xy[n]), Math.max(high, xy[n])];
    return [low, high];
  });
  const half = Math.max(...edges.map(([low, high]) => high - low), 1e-9) / 2;
  return Float32Array.from(xy, (value, n) => ((value - (edges[n % 2][0] + edges[n % 2][1]) / 2) * FILLED * reach) / half);
}

export class Likeness {
  constructor(liveMap) {
    this.liveMap = liveMap;
  }

  open() {
    this.flat = this.row = null;
    this.isAsked = false;
  }

  /** Ask Python for the places, where they are not here yet. */
  ask() {
    this.liveMap.receive();
    if (this.flat || this.isAsked || this.liveMap.host.bytes(`${this.liveMap.data.run}/umap`)) return;
    this.isAsked = true;
    this.liveMap.ask("umap");
  }

  receive(part) {
    const { liveMap } = this;
    if (this.flat || !liveMap.mu) return;
    const xy = new Float32Array(part.xy.slice().buffer);
    if (xy.length !== 2 * liveMap.count) return;
    this.flat = fitted(xy, liveMap.reach);
    if (liveMap.isLikeness) liveMap.layOut();
  }

  /** The row of the image that the hand holds: the one taken last, until something else moves z; else null. */
  get held() {
    const { z, mu } = this.liveMap;
    return this.row !== null && z.every((value, n) => value === mu[this.row * z.length + n]) ? this.row : null;
  }

  /** Where that image is, else the one nearest to z. */
  get spot() {
    const row = this.held ?? this.liveMap.badge.nearest;
    return this.flat && row >= 0 ? [this.flat[2 * row], this.flat[2 * row + 1]] : null;
  }

  get words() {
    const { liveMap, held } = this;
    return held === null ? liveMap.text("umap_caution") : liveMap.text("umap_caution_at", { name: nameOf(liveMap, held) });
  }

  /** Go to the image that is nearest to a place on the map. */
  take([x, y]) {
    this.go(this.nearest(x, y, () => true));
  }

  /** Go to the next image in the direction of a key. */
  step([right, up]) {
    const [x, y] = this.spot ?? [0, 0];
    const isAhead = (dx, dy) => {
      const [ahead, aside] = [dx * right + dy * up, Math.abs(dx * up) + Math.abs(dy * right)];
      return ahead > 0 && aside <= ahead;
    };
    this.go(this.nearest(x, y, isAhead));
  }

  nearest(x, y, fits) {
    const { flat, liveMap } = this;
    let [best, least] = [null, Infinity];
    for (let row = 0; row < (flat ? liveMap.count : 0); row++) {
      const [dx, dy] = [flat[2 * row] - x, flat[2 * row + 1] - y];
      const far = dx * dx + dy * dy;
      if (far < least && liveMap.colouring.shown[row] && fits(dx, dy)) [best, least] = [row, far];
    }
    return best;
  }

  go(row) {
    const { liveMap } = this;
    if (row === null) return;
    this.row = row;
    const d = liveMap.z.length;
    liveMap.z.set(liveMap.mu.subarray(row * d, (row + 1) * d));
    liveMap.moved();
  }
}
