// The opening of the landing page, once per session: dots by chance, the same dots as a digit, and the map unfolding from its place.

import { drawLabel } from "../js/canvas/axes.js";
import { channels } from "../js/canvas/colour.js";
import { numbersIn } from "../js/engine/decoder.js";
import { seeded } from "../js/engine/numbers.js";

// Milliseconds of each part; together with the longest wait for the weights they stay below six seconds.
export const DOTS = 1400;
export const LONGEST_DOTS = 2400;
export const SETTLE = 1100;
export const UNFOLD = 1900;
export const LIFT = 400;
const FLICKER = 100; // new dots every so often
const LARGE = 0.46; // side of the picture in the middle, of the map's
const LATE = 0.35; // how much later than the first the last pictures of the map set out
const SHOWN = "latent-lens/opening"; // kept by the browser for its session

/** What the opening shows after so many ms: a part and the share of it that has passed, or null when it is over. `ready`: when there were weights. */
export function partAt(ms, ready) {
  const settle = Math.max(DOTS, ready ?? Infinity);
  if (settle > LONGEST_DOTS) return ms < LONGEST_DOTS ? ["dots", ms / LONGEST_DOTS] : null;
  let begin = 0;
  for (const [name, length] of [
    ["dots", settle],
    ["settle", SETTLE],
    ["unfold", UNFOLD],
    ["lift", LIFT],
  ]) {
    if (ms < begin + length) return [name, (ms - begin) / length];
    begin += length;
  }
  return null;
}

/** Dots by chance of which a share has become those of a picture: each at its own time, `turns` in [0, 1). */
export function settled(chance, means, turns, share, into) {
  for (let n = 0; n < into.length; n++) into[n] = turns[n] < share ? means[n] : chance[n];
  return into;
}

/** How far a picture has come on its way from the middle, when a share of the unfolding has passed; `far` in [0, 1] sets out later. */
export function wayOf(share, far) {
  const own = Math.min(1, Math.max(0, share * (1 + LATE) - LATE * far));
  return 1 - (1 - own) ** 3;
}

/** Where the ring is, so many seconds after it has begun to drift: around the middle of the prior, where all places have pictures. */
export function wayThrough(seconds) {
  return [1.7 * Math.sin(0.53 * seconds + 0.4), 1.7 * Math.sin(0.79 * seconds + 1.1)];
}

export class Opening {
  constructor(liveMap) {
    this.liveMap = liveMap;
    this.start = null;
  }

  get isOn() {
    return this.start !== null;
  }

  /** Begin, where it is wanted: the first time that this session sees the landing page, of nothing that was chosen, and not where calm is asked for. */
  open() {
    const { liveMap } = this;
    const { data } = liveMap;
    this.end();
    if (!liveMap.isLanding || liveMap.isCalm || data.touched || data.collapsed || liveMap.z.length < 2 || wasShown()) return;
    const { height, width } = data.shape;
    this.size = height * width;
    const dots = Float32Array.from({ length: this.size }, seeded(7));
    const length = numbersIn(data.shape);
    this.turns = Float32Array.from({ length }, (_, n) => dots[n % this.size]); // the colours of a dot come together
    [this.chance, this.mixed] = [new Float32Array(length), new Float32Array(length)];
    [this.plain, this.ink] = [new ImageData(width, height), new ImageData(width, height)];
    this.canvas = new OffscreenCanvas(width, height);
    Object.assign(liveMap.picture.canvas, { width, height });
    this.start = performance.now();
    this.ready = this.flickered = this.means = null;
    this.leaving = new AbortController();
    const skip = liveMap.guard(() => this.end());
    for (const name of ["pointerdown", "wheel", "keydown"])
      addEventListener(name, skip, { signal: this.leaving.signal, capture: true, passive: true });
    liveMap.find("over").addEventListener("pointermove", skip, { signal: this.leaving.signal });
    liveMap.schedule();
  }

  /** Leave the map as it is; whoever moves at once finds it there. */
  end() {
    if (!this.isOn) return;
    const { liveMap } = this;
    this.start = null;
    this.leaving.abort();
    liveMap.wanderStart = performance.now();
    liveMap.isMoved = true;
    liveMap.invalidate();
  }

  /** One frame, on the canvas above the map. */
  draw() {
    const { liveMap } = this;
    const ms = performance.now() - this.start;
    if (liveMap.decoder && this.ready === null) {
      this.ready = ms;
      this.means = Float32Array.from(liveMap.decoder.decode(liveMap.z));
    }
    const part = partAt(ms, this.ready);
    const pictures = liveMap.stored?.canvas ?? (liveMap.mosaic.isWhole ? liveMap.mosaic.canvas : null);
    if (!part || ((part[0] === "unfold" || part[0] === "lift") && !pictures)) {
      this.end();
      return;
    }
    this[part[0]](part[1], ms, pictures);
  }

  // ------------------------------------------------------------------ its parts

  dots(_share, ms) {
    this.flicker(ms);
    this.paint(this.chance);
    this.curtain(1);
    this.large(1);
    this.caption(this.liveMap.painter.isInk ? "opening_dots" : "opening_dots_colour");
  }

  settle(share, ms) {
    this.flicker(ms);
    this.paint(settled(this.chance, this.means, this.turns, share, this.mixed));
    this.curtain(1);
    this.large(1);
    this.caption("opening_digit");
  }

  unfold(share, _ms, pictures) {
    this.paint(this.means);
    this.curtain(1);
    this.spread(share, pictures);
    this.large(1 - Math.min(1, 3 * share));
  }

  lift(share, _ms, pictures) {
    this.curtain(1 - share);
    this.liveMap.over.globalAlpha = 1 - share;
    this.spread(1, pictures);
    this.liveMap.over.globalAlpha = 1;
  }

  /** New dots, black or white by chance, or each of three colours on or off. */
  flicker(ms) {
    if (this.flickered !== null && ms - this.flickered < FLICKER) return;
    this.flickered = ms;
    for (let n = 0; n < this.chance.length; n++) this.chance[n] = Math.round(Math.random());
  }

  /** Dots as the picture beside the map, and as the one on it, of which the grey ones are ink. */
  paint(dots) {
    const { picture, theme, painter } = this.liveMap;
    painter.paint(this.plain, dots);
    picture.putImageData(this.plain, 0, 0);
    painter.tint(this.ink, dots, channels(theme.text), 1);
    this.canvas.getContext("2d").putImageData(this.ink, 0, 0);
  }

  curtain(strength) {
    const { over, view, theme } = this.liveMap;
    over.clearRect(0, 0, view.width, view.height);
    over.globalAlpha = strength;
    over.fillStyle = theme.ground;
    over.fillRect(0, 0, view.width, view.height);
    over.globalAlpha = 1;
  }

  /** The picture, large in the middle of the map at 1, in its own place at 0. */
  large(share) {
    if (share <= 0) return;
    const { over, view, a, b, data, mosaic } = this.liveMap;
    const { height, width } = data.shape;
    const small = ((2 * mosaic.reach) / mosaic.side) * view.scale;
    const side = small + (LARGE * Math.min(view.width, view.height) - small) * share;
    const [wide, tall] = [(side * width) / Math.max(width, height), (side * height) / Math.max(width, height)];
    const x = view.px(a) + (view.width / 2 - view.px(a)) * share;
    const y = view.py(b) + (view.height / 2 - view.py(b)) * share;
    over.imageSmoothingEnabled = false;
    over.drawImage(this.canvas, x - wide / 2, y - tall / 2, wide, tall);
    over.imageSmoothingEnabled = true;
  }

  /** The map's pictures on their way from the place of z to their own. */
  spread(share, pictures) {
    const { over, view, a, b, mosaic } = this.liveMap;
    const cell = pictures.width / mosaic.side;
    const farthest = Math.hypot(Math.abs(a) + mosaic.reach, Math.abs(b) + mosaic.reach);
    for (let n = 0; n < mosaic.side * mosaic.rows; n++) {
      const [x, y] = mosaic.placeOf(n);
      const way = wayOf(share, Math.hypot(x - a, y - b) / farthest);
      if (way <= 0) continue;
      const side = ((2 * mosaic.reach) / mosaic.side) * view.scale * way;
      const [left, top] = [view.px(a + (x - a) * way) - side / 2, view.py(b + (y - b) * way) - side / 2];
      over.drawImage(pictures, (n % mosaic.side) * cell, Math.floor(n / mosaic.side) * cell, cell, cell, left, top, side, side);
    }
  }

  caption(key) {
    const { liveMap } = this;
    const { over, view, theme } = liveMap;
    const y = view.height / 2 + (LARGE / 2 + 0.07) * Math.min(view.width, view.height);
    drawLabel(over, view, liveMap.text(key, { dots: this.size }), view.width / 2, y, theme, view.width / view.ratio < 500 ? 15 : 20, 600);
  }
}

/** Whether this session has seen it; from now on it has. A browser that keeps nothing shows it each time. */
function wasShown() {
  try {
    const was = sessionStorage.getItem(SHOWN) !== null;
    sessionStorage.setItem(SHOWN, "yes");
    return was;
  } catch {
    return false;
  }
}
