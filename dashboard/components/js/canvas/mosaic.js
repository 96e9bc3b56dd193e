// A map of pictures, decoded a few at a time.

/** The square cell of a map in which a picture keeps its shape, all in the picture's own dots; vae_core/latent/latents.py lays them out alike. */
export function cellOf(height, width) {
  const side = Math.max(height, width);
  return { side, left: (side - width) >> 1, top: (side - height) >> 1 };
}

/** The map's pictures on a regular world grid, decoded a few at a time so that no frame is late. */
export class Mosaic {
  /** `rows` is 1 where there is one latent dimension. */
  constructor(side, rows, reach) {
    this.side = side;
    this.rows = rows;
    this.reach = reach;
    this.next = 0;
  }

  /**
   * Begin again with pictures of height x width: every cell will be decoded anew, first those around the place [a, b] that the eye looks at.
   * `isSharper`: what is there is shown until finer pictures have taken its place.
   */
  restart(height, width, [a, b] = [0, 0], isSharper = false) {
    const before = this.canvas;
    if (!before || this.tile.width !== width || this.tile.height !== height) {
      this.shape = cellOf(height, width);
      this.canvas = new OffscreenCanvas(this.side * this.shape.side, this.rows * this.shape.side);
      this.context = this.canvas.getContext("2d");
      this.tile = new ImageData(width, height);
      if (isSharper) this.context.drawImage(before, 0, 0, this.canvas.width, this.canvas.height);
    }
    const far = (n) => {
      const [x, y] = this.placeOf(n);
      return Math.max(Math.abs(x - a), this.rows > 1 ? Math.abs(y - b) : 0);
    };
    const distances = Array.from({ length: this.side * this.rows }, (_, n) => far(n));
    this.order = [...distances.keys()].sort((one, other) => distances[one] - distances[other]);
    if (!isSharper) this.classes = new Int16Array(this.order.length).fill(-1); // of each cell's picture; -1: none is known
    this.isShown = isSharper;
    this.next = 0;
    this.isWhole = false;
  }

  /** The world's place [a, b] of the middle of cell n, counted row by row from the top. */
  placeOf(n) {
    const cell = (2 * this.reach) / this.side;
    return [-this.reach + ((n % this.side) + 0.5) * cell, this.reach - (Math.floor(n / this.side) + 0.5) * cell];
  }

  /** Decode cells until `budget` ms are spent; `paintAt(tile, a, b, n)` fills one. True when something was drawn. */
  work(budget, paintAt) {
    const start = performance.now();
    const began = this.next;
    const { shape } = this;
    while (this.next < this.order.length && performance.now() - start < budget) {
      const n = this.order[this.next++];
      const [column, row] = [n % this.side, Math.floor(n / this.side)];
      paintAt(this.tile, ...this.placeOf(n), n);
      this.context.putImageData(this.tile, column * shape.side + shape.left, row * shape.side + shape.top);
    }
    this.isWhole = this.next >= this.order.length;
    this.isShown ||= this.isWhole;
    return this.next > began;
  }
}
