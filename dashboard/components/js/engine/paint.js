// Colours on a pad, and how they become a picture of three planes. Pure arithmetic.

/** @import { Numbers } from "./types.js" */

import { brushed, dotsOf } from "./brush.js";
import { sharesOf } from "./shrinking.js";

/** Paint on a pad: red, green and blue of every dot, 0 to 255. */
export class Paint {
  /** @param {number} width @param {number} height @param {number[]} paper */
  constructor(width, height, paper) {
    this.width = width;
    this.height = height;
    this.dots = new Uint8Array(3 * width * height);
    this.paper = paper;
    this.clear();
  }

  /** A pad of the shape of the pictures. @type {(height: number, width: number, paper: number[]) => Paint} */
  static forPicture(height, width, paper) {
    return new Paint(...dotsOf(height, width), paper);
  }

  get isEmpty() {
    return this.dots.every((dot, n) => dot === this.paper[n % 3]);
  }

  clear() {
    for (let n = 0; n < this.dots.length; n++) this.dots[n] = this.paper[n % 3];
  }

  /**
   * Lay a straight stroke of a colour with a round brush, places in dots; edges are smooth, and a dot never gets less of the colour again.
   * @type {(fromX: number, fromY: number, toX: number, toY: number, radius: number, colour: number[]) => void}
   */
  stroke(fromX, fromY, toX, toY, radius, colour) {
    const { dots } = this;
    brushed(this, [fromX, fromY], [toX, toY], radius, (at, covered) => {
      for (let c = 0; c < 3; c++) dots[3 * at + c] += ((colour[c] - dots[3 * at + c]) * covered) / 255;
    });
  }

  /**
   * Fill the pad with a picture of three planes of values from 0 to `divisor`, each pixel as large as fits.
   * @type {(pixels: Numbers, height: number, width: number, divisor: number) => void}
   */
  show(pixels, height, width, divisor) {
    const size = height * width;
    for (let y = 0, at = 0; y < this.height; y++) {
      const line = Math.floor((y * height) / this.height) * width;
      for (let x = 0; x < this.width; x++) {
        const pixel = line + Math.floor((x * width) / this.width);
        for (let c = 0; c < 3; c++) this.dots[at++] = Math.round((255 * pixels[pixel + c * size]) / divisor);
      }
    }
  }

  /** Write what is seen into a canvas' pixels, a packed colour for each dot. @type {(pixels: Uint32Array) => void} */
  write(pixels) {
    const { dots } = this;
    for (let n = 0, at = 0; n < pixels.length; n++, at += 3)
      pixels[n] = (0xff000000 | (dots[at + 2] << 16) | (dots[at + 1] << 8) | dots[at]) >>> 0;
  }

  /** The whole pad as a picture of three planes, 0 to 1: the mean of the dots in each of its pixels. @type {(height: number, width: number) => Float32Array} */
  average(height, width) {
    const [across, down] = [sharesOf(0, this.width, width, this.width), sharesOf(0, this.height, height, this.height)];
    const size = height * width;
    const means = new Float32Array(3 * size);
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        for (let y = 0; y < down[row].shares.length; y++) {
          for (let x = 0; x < across[column].shares.length; x++) {
            const share = (down[row].shares[y] * across[column].shares[x]) / 255;
            const at = 3 * ((down[row].first + y) * this.width + across[column].first + x);
            for (let c = 0; c < 3; c++) means[row * width + column + c * size] += share * this.dots[at + c];
          }
        }
      }
    }
    return means;
  }
}
