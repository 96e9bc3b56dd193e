// Tens of thousands of points, written into pixels.

import { strideOf } from "../engine/grid_index.js";
import { FAINT, FULL, RING, WAY } from "./colouring.js";
import { PixelLayer } from "./pixel_layer.js";

/** Points as small outlined squares written straight into pixels: 70,000 take a few milliseconds. */
export class PointPainter extends PixelLayer {
  /**
   * Draw flat world points (2N), the first N of a Colouring; the outline is a packed colour. `depth` says which come first and how strong
   * each is, 0 to 255; without it all are alike and none lies on top for being of another class or from another end of the data.
   */
  draw(context, view, flat, colouring, outline, depth = null) {
    this.clear(view.width, view.height);
    const { order, strengths } = depth ?? { order: this.shuffled(flat.length / 2), strengths: null };
    // What is selected comes on top; what is faint has no outline, which would hide more than it shows.
    if (colouring.selected) this.write(view, flat, colouring, FAINT, 0, order, null);
    this.write(view, flat, colouring, FULL, outline, order, strengths);
    this.lay(context);
  }

  /** The rows in an order that has nothing to do with theirs, and is always the same: steps of about the golden ratio. */
  shuffled(count) {
    if (this.order?.length === count) return this.order;
    const step = strideOf(count);
    this.order = Uint32Array.from({ length: count }, (_, n) => (n * step) % count);
    return this.order;
  }

  /** Write the points that are shown in one of two ways. */
  write(view, flat, { colours, shown }, wanted, outline, order, strengths) {
    const { pixels } = this;
    const { width, height } = view;
    const size = sizeOf(view, flat.length / 2);
    for (const row of order) {
      if ((shown[row] & WAY) !== wanted) continue;
      const strength = strengths ? strengths[row] << 24 : 0;
      const colour = strengths ? (colours[row] & 0xffffff) | strength : colours[row];
      const edge = strengths ? (outline & 0xffffff) | strength : outline;
      const left = Math.round(view.px(flat[2 * row]) - size / 2);
      const top = Math.round(view.py(flat[2 * row + 1]) - size / 2);
      if (left < 1 || top < 1 || left + size >= width || top + size >= height) continue;
      // Plain loops: fill() on lines of four pixels takes three times as long.
      for (let y = -1; y <= size; y++) {
        const line = (top + y) * width + left;
        const inner = y < 0 || y === size ? edge : colour;
        pixels[line - 1] = pixels[line + size] = edge;
        for (let x = 0; x < size; x++) pixels[line + x] = inner;
      }
      if (size < 3 || !(shown[row] & RING)) continue;
      const hole = outline ? edge : 0;
      for (let y = 1; y < size - 1; y++) for (let x = 1; x < size - 1; x++) pixels[(top + y) * width + left + x] = hole;
    }
  }
}

/** The side of a point's square in device pixels, of so many points. */
export function sizeOf(view, count) {
  return Math.max(2, Math.round((count > 20000 ? 1.5 : 2.5) * view.ratio));
}
