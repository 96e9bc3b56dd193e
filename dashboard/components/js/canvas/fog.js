// Fog on a map: a haze in the colours of the ground, with clear air where real images lie.

import { haze, smooth } from "../engine/haze.js";
import { channels, mixed } from "./colour.js";

const TILE = 256; // pixels of the haze along a side
const SPAN = 1.1; // of the map's reach that a tile covers
const TONES = { light: [0.02, 0.17], dark: [0.06, 0.3] }; // shares of the text's colour in the ground's, where the fog is thin and where it shows
const DENSE = [0.96, 0.88]; // how much of a picture it takes there
const CLEARING = 448; // pixels along a side of the mask of clear air
const WISPS = 0.9; // how far the haze eats into the edge of the fog, in parts of its thickness

export class FogPainter {
  constructor() {
    this.noise = null; // made when there is fog, since the first picture does not wait for it
    this.composed = "";
  }

  /** Keep where the air is clear: `thickness` turns a cell of the field (side x rows) over [-reach, reach] into 0 to 1. */
  take(field, side, reach, thickness) {
    this.noise ??= haze(TILE);
    const rows = field.length / side;
    const [width, height] = [CLEARING, rows > 1 ? CLEARING : 1];
    const image = new ImageData(width, height);
    const thick = softened(field.map(thickness), side, rows);
    for (let y = 0, n = 0; y < height; y++) {
      for (let x = 0; x < width; x++, n++) {
        const t = sampled(thick, side, rows, ((x + 0.5) / width) * side - 0.5, ((y + 0.5) / height) * rows - 0.5);
        // Wisps live at the edge alone: what is clear stays clear, and what is whole stays whole.
        const edge = t + (this.noiseAt(x / width, y / height) - 0.5) * WISPS * 4 * t * (1 - t);
        image.data[4 * n + 3] = 255 * (1 - smooth(Math.min(1, Math.max(0, edge))));
      }
    }
    this.clearing ??= new OffscreenCanvas(width, height);
    Object.assign(this.clearing, { width, height });
    this.clearing.getContext("2d").putImageData(image, 0, 0);
    this.reach = reach;
    this.isFlat = rows === 1;
    this.composed = "";
  }

  /** The haze at a place of the field, given in parts of its sides. */
  noiseAt(x, y) {
    const at = (share) => ((Math.floor((share * 2 * TILE) / SPAN) % TILE) + TILE) % TILE;
    return this.noise[at(y) * TILE + at(x)];
  }

  /** Lay the fog on the ground, `strength` 0 to 1. */
  draw(context, view, theme, strength = 1) {
    this.compose(view, theme);
    context.globalAlpha = strength;
    context.drawImage(this.canvas, 0, 0);
    context.globalAlpha = 1;
  }

  /** The fog as this window sees it: haze everywhere, and the clear air taken out of it. */
  compose(view, theme) {
    const key = [view.x, view.y, view.scale, view.width, view.height, theme.text, theme.ground].join();
    if (key === this.composed) return;
    this.composed = key;
    this.canvas ??= new OffscreenCanvas(view.width, view.height);
    Object.assign(this.canvas, { width: view.width, height: view.height }); // this clears it, too
    const context = this.canvas.getContext("2d");
    const pattern = context.createPattern(this.tileFor(theme), "repeat");
    const scale = (SPAN * this.reach * view.scale) / TILE;
    pattern.setTransform(new DOMMatrix([scale, 0, 0, scale, view.px(-this.reach), view.py(this.reach)]));
    context.fillStyle = pattern;
    context.fillRect(0, 0, view.width, view.height);
    context.globalCompositeOperation = "destination-out";
    const size = 2 * this.reach * view.scale;
    if (this.isFlat) context.drawImage(this.clearing, view.px(-this.reach), 0, size, view.height);
    else context.drawImage(this.clearing, view.px(-this.reach), view.py(this.reach), size, size);
    context.globalCompositeOperation = "source-over";
  }

  /** A tile of haze in the colours of a theme. */
  tileFor({ text, ground }) {
    if (this.tile && this.tileOf === text + ground) return this.tile;
    this.tileOf = text + ground;
    const isDark = channels(ground)[1] < channels(text)[1];
    const [thin, full] = TONES[isDark ? "dark" : "light"].map((share) => channels(mixed(text, ground, share)));
    const image = new ImageData(TILE, TILE);
    this.noise.forEach((value, n) => {
      const tone = smooth(value);
      for (let c = 0; c < 3; c++) image.data[4 * n + c] = thin[c] + (full[c] - thin[c]) * tone;
      image.data[4 * n + 3] = 255 * (DENSE[0] + (DENSE[1] - DENSE[0]) * tone);
    });
    this.tile = new OffscreenCanvas(TILE, TILE);
    this.tile.getContext("2d").putImageData(image, 0, 0);
    return this.tile;
  }
}

/** Cells (rows x side) blended with those beside, above and below them, so that the fog has no hard edge. */
function softened(cells, side, rows) {
  const blend = (at, before, after) => (at(before) + 2 * at(0) + at(after)) / 4;
  const across = cells.map((_, n) => blend((step) => cells[n + step], n % side ? -1 : 0, (n + 1) % side ? 1 : 0));
  return across.map((_, n) => blend((step) => across[n + step], n < side ? 0 : -side, n >= side * (rows - 1) ? 0 : side));
}

/** A grid (rows x side) between its cells. */
function sampled(cells, side, rows, x, y) {
  const [left, top] = [clamped(x, side), clamped(y, rows)];
  const [right, down] = [Math.min(1, Math.max(0, x - left)), Math.min(1, Math.max(0, y - top))];
  const at = (i, j) => cells[Math.min(rows - 1, j) * side + Math.min(side - 1, i)];
  const above = at(left, top) * (1 - right) + at(left + 1, top) * right;
  return above * (1 - down) + (at(left, top + 1) * (1 - right) + at(left + 1, top + 1) * right) * down;
}

function clamped(value, size) {
  return Math.max(0, Math.min(size - 1, Math.floor(value)));
}
