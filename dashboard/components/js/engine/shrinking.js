// Pictures made smaller: each new pixel is the mean of what lies under it.

/** @import { Numbers, PictureShape } from "./types.js" */

/** Makes pictures of one shape so many times smaller; 1 leaves them as they are. Nothing is allocated per picture. */
export class Shrinking {
  /** @param {PictureShape} picture @param {number} times */
  constructor({ channels, height, width }, times) {
    this.times = times;
    this.size = height * width;
    this.stride = width;
    this.height = Math.ceil(height / times);
    this.width = Math.ceil(width / times);
    this.down = sharesOf(0, height, this.height, height);
    this.across = sharesOf(0, width, this.width, width);
    this.means = new Float32Array(channels * this.height * this.width);
  }

  /** Return the smaller picture: always the same array, which the next one overwrites. @type {(means: Numbers) => Numbers} */
  run(means) {
    if (this.times === 1) return means;
    const cells = this.height * this.width;
    for (let n = 0; n < this.means.length; n++) {
      const cell = n % cells;
      const [rows, columns] = [this.down[Math.floor(cell / this.width)], this.across[cell % this.width]];
      const plane = Math.floor(n / cells) * this.size;
      let sum = 0;
      for (let y = 0; y < rows.shares.length; y++) {
        const line = plane + (rows.first + y) * this.stride + columns.first;
        for (let x = 0; x < columns.shares.length; x++) sum += rows.shares[y] * columns.shares[x] * means[line + x];
      }
      this.means[n] = sum;
    }
    return this.means;
  }
}

/**
 * How much each dot counts in the mean of each of `cells` equal parts of [low, high]: the first dot, and shares that add up to 1.
 * @type {(low: number, high: number, cells: number, dots: number) => { first: number, shares: number[] }[]}
 */
export function sharesOf(low, high, cells, dots) {
  const size = (high - low) / cells;
  return Array.from({ length: cells }, (_, cell) => {
    const [from, to] = [low + cell * size, low + (cell + 1) * size];
    const first = Math.max(0, Math.floor(from + 1e-9));
    const last = Math.min(dots, Math.ceil(to - 1e-9));
    const shares = Array.from(
      { length: Math.max(0, last - first) },
      (_, n) => (Math.min(to, first + n + 1) - Math.max(from, first + n)) / size,
    );
    return { first, shares };
  });
}
