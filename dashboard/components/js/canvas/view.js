// The window onto a map.

const LEAST_ZOOM = 0.25;
const MOST_ZOOM = 40;

/**
 * The window onto the map: its centre (x, y), pixels per unit, size in device pixels; equal axes by construction. An axis may have a scale of
 * its own (QuantileScale): centre and pixels then count along the axis, where it puts the values.
 */
export class View {
  constructor() {
    this.x = 0;
    this.y = 0;
    this.scale = 100;
    this.width = 1;
    this.height = 1;
    this.ratio = 1;
    this.whole = 100; // the scale at which the map fits
    this.across = this.upward = null; // scales of the axes; null: even
  }

  /** Where a place along an axis lies on the screen. */
  screenX(x) {
    return (x - this.x) * this.scale + this.width / 2;
  }

  screenY(y) {
    return this.height / 2 - (y - this.y) * this.scale;
  }

  px(a) {
    return this.screenX(this.across ? this.across.to(a) : a);
  }

  py(b) {
    return this.screenY(this.upward ? this.upward.to(b) : b);
  }

  worldX(px) {
    const x = (px - this.width / 2) / this.scale + this.x;
    return this.across ? this.across.from(x) : x;
  }

  worldY(py) {
    const y = (this.height / 2 - py) / this.scale + this.y;
    return this.upward ? this.upward.from(y) : y;
  }

  /** Enlarge by a factor so that what lies under (px, py) stays where it is. */
  zoom(factor, px, py) {
    const [right, up] = [px - this.width / 2, this.height / 2 - py];
    const before = this.scale;
    this.scale = Math.min(MOST_ZOOM * this.whole, Math.max(LEAST_ZOOM * this.whole, this.scale * factor));
    this.x += right / before - right / this.scale;
    this.y += up / before - up / this.scale;
  }

  /** Move the window as little as it takes until a place is well inside. */
  reveal(a, b) {
    const [right, up] = [this.width / this.scale / 2.1, this.height / this.scale / 2.1];
    const [x, y] = [this.across ? this.across.to(a) : a, this.upward ? this.upward.to(b) : b];
    this.x += Math.max(0, x - this.x - right) - Math.max(0, this.x - right - x);
    this.y += Math.max(0, y - this.y - up) - Math.max(0, this.y - up - y);
  }

  /** Show [-reach, reach] in both directions, or along x alone where the map is a strip. */
  fit(reach, isFlat) {
    this.x = this.y = 0;
    this.scale = this.whole = (isFlat ? this.width : Math.min(this.width, this.height)) / (2 * reach);
  }

  /** Take a new size in device pixels and keep what is seen. */
  resize(width, height, ratio) {
    const change = Math.min(width, height) / Math.min(this.width, this.height);
    this.scale *= change;
    this.whole *= change;
    Object.assign(this, { width, height, ratio });
  }
}
