// The window onto a map.

const LEAST_ZOOM = 0.25;
const MOST_ZOOM = 40;

/** The window onto the map: world centre (x, y), pixels per unit, size in device pixels; equal axes by construction. */
export class View {
  constructor() {
    this.x = 0;
    this.y = 0;
    this.scale = 100;
    this.width = 1;
    this.height = 1;
    this.ratio = 1;
    this.whole = 100; // the scale at which the map fits
  }

  px(a) {
    return (a - this.x) * this.scale + this.width / 2;
  }

  py(b) {
    return this.height / 2 - (b - this.y) * this.scale;
  }

  worldX(px) {
    return (px - this.width / 2) / this.scale + this.x;
  }

  worldY(py) {
    return (this.height / 2 - py) / this.scale + this.y;
  }

  /** Enlarge by a factor so that the world point under (px, py) stays where it is. */
  zoom(factor, px, py) {
    const [a, b] = [this.worldX(px), this.worldY(py)];
    this.scale = Math.min(MOST_ZOOM * this.whole, Math.max(LEAST_ZOOM * this.whole, this.scale * factor));
    this.x += a - this.worldX(px);
    this.y += b - this.worldY(py);
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
