// Ink on a pad, and how it becomes a picture of the data set's own kind. Pure arithmetic, so that node can test it.

/** @import { Box, Numbers, Picked, PixelFacts } from "./types.js" */

import { brushed, dotsOf } from "./brush.js";
import { Paint } from "./paint.js";
import { sharesOf } from "./shrinking.js";

/** Ink on a pad, a byte per dot: 0 is paper, 255 full ink. */
export class Ink {
  /** @param {number} width @param {number} height */
  constructor(width, height) {
    this.width = width;
    this.height = height;
    this.dots = new Uint8Array(width * height);
  }

  /** A pad of the shape of the pictures. @type {(height: number, width: number) => Ink} */
  static forPicture(height, width) {
    return new Ink(...dotsOf(height, width));
  }

  get isEmpty() {
    return this.dots.every((dot) => dot === 0);
  }

  clear() {
    this.dots.fill(0);
  }

  /**
   * Draw or erase a straight stroke with a round pen, places in dots; edges are smooth.
   * @type {(fromX: number, fromY: number, toX: number, toY: number, radius: number, isErasing: boolean) => void}
   */
  stroke(fromX, fromY, toX, toY, radius, isErasing) {
    const { dots } = this;
    brushed(this, [fromX, fromY], [toX, toY], radius, (at, covered) => {
      dots[at] = isErasing ? Math.min(dots[at], 255 - covered) : Math.max(dots[at], covered);
    });
  }

  /**
   * Fill the pad with a picture of values from 0 to `divisor`, full ink or where it is dark none; each pixel as large as fits, in the middle.
   * @type {(pixels: Numbers, height: number, width: number, divisor: number, isDark?: boolean) => void}
   */
  show(pixels, height, width, divisor, isDark = false) {
    const size = Math.min(this.width / width, this.height / height);
    const [left, top] = [(this.width - width * size) / 2, (this.height - height * size) / 2];
    this.dots.fill(0);
    for (let y = Math.ceil(top); y < top + height * size; y++) {
      const line = Math.min(height - 1, Math.floor((y - top) / size)) * width;
      for (let x = Math.ceil(left); x < left + width * size; x++) {
        const light = Math.round((255 * pixels[line + Math.min(width - 1, Math.floor((x - left) / size))]) / divisor);
        this.dots[y * this.width + x] = isDark ? 255 - light : light;
      }
    }
  }

  /** Take ink for paper and paper for ink. */
  invert() {
    for (let n = 0; n < this.dots.length; n++) this.dots[n] = 255 - this.dots[n];
  }

  /** Write what is seen into a canvas' pixels, a packed colour for each dot. @type {(pixels: Uint32Array, isDark: boolean) => void} */
  write(pixels, isDark) {
    const flip = isDark ? 255 : 0;
    for (let n = 0; n < this.dots.length; n++) pixels[n] = 0xff000000 | ((this.dots[n] ^ flip) * 0x010101);
  }

  /** The edges [left, top, right, bottom] of all ink in dots, or null where there is none. @type {() => Box | null} */
  box() {
    let [left, top, right, bottom] = [this.width, this.height, 0, 0];
    for (let y = 0, at = 0; y < this.height; y++) {
      for (let x = 0; x < this.width; x++, at++) {
        if (!this.dots[at]) continue;
        if (x < left) left = x;
        if (x >= right) right = x + 1;
        if (y < top) top = y;
        bottom = y + 1;
      }
    }
    return right ? [left, top, right, bottom] : null;
  }

  /**
   * The mean ink, 0 to 1, in each cell of a grid over a rectangle of the pad; outside of the pad there is none.
   * @type {(box: Box, rows: number, columns: number) => Float32Array}
   */
  average([left, top, right, bottom], rows, columns) {
    const [across, down] = [sharesOf(left, right, columns, this.width), sharesOf(top, bottom, rows, this.height)];
    const means = new Float32Array(rows * columns);
    for (let row = 0; row < rows; row++) {
      for (let y = down[row].first; y < down[row].first + down[row].shares.length; y++) {
        const weight = down[row].shares[y - down[row].first] / 255;
        for (let column = 0; column < columns; column++) {
          const { first, shares } = across[column];
          let sum = 0;
          for (let n = 0, at = y * this.width + first; n < shares.length; n++, at++) sum += shares[n] * this.dots[at];
          means[row * columns + column] += weight * sum;
        }
      }
    }
    return means;
  }
}

/** The whole number of cells that hold a length; a hair above a whole number is that number. @type {(length: number) => number} */
const cellsFor = (length) => Math.max(1, Math.ceil(length - 1e-6));

/** A rectangle of so many dots around the middle of a box. @type {(box: Box, width: number, height: number) => Box} */
function around([left, top, right, bottom], width, height) {
  const [x, y] = [(left + right) / 2, (top + bottom) / 2];
  return [x - width / 2, y - height / 2, x + width / 2, y + height / 2];
}

/**
 * Lay a small picture into one of height x width, its corner at (left, top); what does not fit is cut off.
 * @type {(small: { means: Float32Array, rows: number, columns: number }, top: number, left: number, height: number, width: number) => Float32Array}
 */
function laid({ means, rows, columns }, top, left, height, width) {
  const picture = new Float32Array(height * width);
  for (let row = Math.max(0, -top); row < Math.min(rows, height - top); row++) {
    for (let column = Math.max(0, -left); column < Math.min(columns, width - left); column++) {
      picture[(top + row) * width + left + column] = means[row * columns + column];
    }
  }
  return picture;
}

/**
 * The ink in its box, scaled so that the longest edge has so many cells.
 * @type {(ink: Ink, box: Box, longest: number) => { means: Float32Array, rows: number, columns: number }}
 */
function scaled(ink, box, longest) {
  const dot = Math.max(box[2] - box[0], box[3] - box[1]) / longest;
  const [columns, rows] = [cellsFor((box[2] - box[0]) / dot), cellsFor((box[3] - box[1]) / dot)];
  return { means: ink.average(around(box, columns * dot, rows * dot), rows, columns), rows, columns };
}

/**
 * MNIST: shape kept, longest edge 20, then moved by whole pixels until the centre of mass lies in the pixel of the middle.
 * @type {(ink: Ink, box: Box) => Float32Array}
 */
function asMnist(ink, box) {
  const small = scaled(ink, box, 20);
  let [mass, x, y] = [0, 0, 0];
  small.means.forEach((value, n) => {
    mass += value;
    x += value * ((n % small.columns) + 0.5);
    y += value * (Math.floor(n / small.columns) + 0.5);
  });
  return laid(small, 14 - Math.floor(y / mass), 14 - Math.floor(x / mass), 28, 28);
}

const WIDTH_OF_DIGITS = 20; // of 32 dots: their median; all of them fill the height
const MOST_STRETCH = 1.6; // a thin drawing stays thin, as their ones are

/**
 * UCI optdigits: a black and white bitmap of 32 x 32, as high as it is and 20 wide, its dots counted in blocks of 4 x 4.
 * @type {(ink: Ink, box: Box) => Float32Array}
 */
function asDigits(ink, box) {
  const width = ((box[2] - box[0]) * 32) / (box[3] - box[1]);
  const columns = Math.min(WIDTH_OF_DIGITS, cellsFor(width * MOST_STRETCH));
  const small = { means: ink.average(box, 32, columns), rows: 32, columns };
  const bitmap = laid(small, 0, (32 - columns) >> 1, 32, 32);
  const picture = new Float32Array(64);
  bitmap.forEach((value, n) => (picture[(n >> 7) * 8 + ((n & 31) >> 2)] += value >= 0.5 ? 1 / 16 : 0));
  return picture;
}

/**
 * Fashion-MNIST: longest edge 28, in the middle; where that leaves half a pixel, it goes to the left and the top, as theirs does.
 * @type {(ink: Ink, box: Box) => Float32Array}
 */
function asFashion(ink, box) {
  const small = scaled(ink, box, 28);
  return laid(small, Math.ceil((28 - small.rows) / 2), Math.ceil((28 - small.columns) / 2), 28, 28);
}

/** Glyphs: size kept, moved to the middle by whole pixels. @type {(ink: Ink, box: Box) => Float32Array} */
function asGlyphs(ink, [left, top, right, bottom]) {
  const dot = ink.width / 28;
  const back = (/** @type {number} */ low, /** @type {number} */ high) => dot * Math.trunc((low + high - ink.width) / 2 / dot);
  const [x, y] = [back(left, right), back(top, bottom)];
  return ink.average([x, y, x + ink.width, y + ink.height], 28, 28);
}

/**
 * How drawings are framed, by the name of the data set and the shape that its pictures have.
 * @type {Record<string, { height: number, width: number, frame: (ink: Ink, box: Box) => Float32Array }>}
 */
const FRAMES = {
  mnist: { height: 28, width: 28, frame: asMnist },
  digits: { height: 8, width: 8, frame: asDigits },
  "fashion-mnist": { height: 28, width: 28, frame: asFashion },
  glyphs: { height: 28, width: 28, frame: asGlyphs },
};

/**
 * Return the ink as a picture (height x width, 0 to 1, or three planes of it) of the data set's kind; null for an empty pad. Without a rule, and in colour, the pad is
 * the frame.
 * @type {(ink: Ink | Paint, dataset: string, height: number, width: number) => Float32Array | null}
 */
export function framed(ink, dataset, height, width) {
  if (ink instanceof Paint) return ink.isEmpty ? null : ink.average(height, width);
  const box = ink.box();
  if (!box) return null;
  const rule = Object.hasOwn(FRAMES, dataset) ? FRAMES[dataset] : null;
  if (rule?.height === height && rule.width === width) return rule.frame(ink, box);
  return ink.average([0, 0, ink.width, ink.height], height, width);
}

/**
 * Bring a picture to the levels that the data have: so many steps of grey, none where they are real numbers, or black and white. In place.
 * @type {(picture: Float32Array, levels: number | null, pixels: string) => Float32Array}
 */
export function levelled(picture, levels, pixels) {
  for (let n = 0; n < picture.length; n++) {
    if (pixels !== "grey")
      picture[n] = picture[n] >= 0.5 ? 1 : 0; // white from one half on
    else if (levels) picture[n] = Math.round(picture[n] * levels) / levels;
  }
  return picture;
}

/**
 * Whether there is a picture, and it has the size of the data's.
 * @type {(picked: Picked | null, height: number, width: number) => picked is Picked}
 */
export function isOfSize(picked, height, width) {
  return !!picked && picked.height === height && picked.width === width;
}

/**
 * What lies on a pad as the model sees it, height x width in [0, 1], or null: one of its own test images as it is, all else as the data are.
 * @type {(pad: { picked: Picked | null, ink: Ink | Paint, isDark: boolean }, data: PixelFacts, height: number, width: number) => Float32Array | null}
 */
export function asSeen({ picked, ink, isDark }, { dataset, levels, pixels }, height, width) {
  const plain = isOfSize(picked, height, width) ? picked : null;
  const x = plain ? Float32Array.from(plain.pixels, (value) => value / plain.divisor) : framed(ink, dataset, height, width);
  if (!x || plain?.own) return x;
  return levelled(isDark ? x.map((value) => 1 - value) : x, levels, pixels);
}

/**
 * The key of the sentence about the pen, beside data that are dark on light or light on dark.
 * @type {(isDark: boolean, areDark: boolean) => string}
 */
export function aboutInk(isDark, areDark) {
  if (isDark) return areDark ? "ink_dark" : "ink_dark_on_dark";
  return areDark ? "ink_light_on_light" : "ink_light";
}
