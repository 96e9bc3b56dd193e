// Drawing on canvases: everything takes a 2-D context, a view and arrays, and keeps no state but its buffers.

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

/** Red, green and blue, 0 to 255, of a colour as #rrggbb. */
export function channels(hex) {
  const value = Number.parseInt(hex.slice(1, 7), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** Packed little-endian RGBA of a colour as #rrggbb. */
export function packed(hex, alpha = 255) {
  const [red, green, blue] = channels(hex);
  return ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/** Points as small outlined squares written straight into pixels: 70,000 take a few milliseconds. */
export class PointPainter {
  resize(width, height) {
    if (this.image?.width === width && this.image.height === height) return;
    this.canvas = new OffscreenCanvas(width, height);
    this.context = this.canvas.getContext("2d");
    this.image = new ImageData(width, height);
    this.pixels = new Uint32Array(this.image.data.buffer);
  }

  /** Draw flat world points (2N); colours and outline are packed; `hidden` names classes that are switched off. */
  draw(context, view, flat, labels, colours, outline, hidden) {
    this.resize(view.width, view.height);
    this.pixels.fill(0);
    const { pixels } = this;
    const { width, height } = view;
    const size = Math.max(2, Math.round((flat.length > 40000 ? 1.5 : 2.5) * view.ratio));
    const isShown = colours.map((_, label) => !hidden.has(label));
    for (let row = 0; row < flat.length / 2; row++) {
      const label = labels ? labels[row] : 0;
      if (!isShown[label]) continue;
      const left = Math.round(view.px(flat[2 * row]) - size / 2);
      const top = Math.round(view.py(flat[2 * row + 1]) - size / 2);
      if (left < 1 || top < 1 || left + size >= width || top + size >= height) continue;
      // Plain loops: fill() on lines of four pixels takes three times as long.
      for (let y = -1; y <= size; y++) {
        const line = (top + y) * width + left;
        const inner = y < 0 || y === size ? outline : colours[label];
        pixels[line - 1] = pixels[line + size] = outline;
        for (let x = 0; x < size; x++) pixels[line + x] = inner;
      }
    }
    this.context.putImageData(this.image, 0, 0);
    context.drawImage(this.canvas, 0, 0);
  }
}

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

  /** Begin again: every cell will be decoded anew, centre first so that the eye is served first. */
  restart(height, width) {
    if (!this.canvas || this.tile.width !== width || this.tile.height !== height) {
      this.shape = cellOf(height, width);
      this.canvas = new OffscreenCanvas(this.side * this.shape.side, this.rows * this.shape.side);
      this.context = this.canvas.getContext("2d");
      this.tile = new ImageData(width, height);
    }
    const far = (n) => Math.max(Math.abs((n % this.side) - (this.side - 1) / 2), Math.abs(Math.floor(n / this.side) - (this.rows - 1) / 2));
    this.order ??= Array.from({ length: this.side * this.rows }, (_, n) => n).sort((a, b) => far(a) - far(b));
    this.next = 0;
    this.isWhole = false;
  }

  /** Decode cells until `budget` ms are spent; `paintAt(tile, a, b)` fills one. True when something was drawn. */
  work(budget, paintAt) {
    const start = performance.now();
    const began = this.next;
    const { reach, shape } = this;
    const cell = (2 * reach) / this.side;
    while (this.next < this.order.length && performance.now() - start < budget) {
      const n = this.order[this.next++];
      const [column, row] = [n % this.side, Math.floor(n / this.side)];
      paintAt(this.tile, -reach + (column + 0.5) * cell, reach - (row + 0.5) * cell);
      this.context.putImageData(this.tile, column * shape.side + shape.left, row * shape.side + shape.top);
    }
    this.isWhole = this.next >= this.order.length;
    return this.next > began;
  }
}

/** Write pixel means in [0, 1] into an ImageData as grey levels. */
export function paintPicture(image, means) {
  const data = image.data;
  for (let n = 0; n < means.length; n++) {
    const grey = means[n] * 255;
    data[4 * n] = data[4 * n + 1] = data[4 * n + 2] = grey;
    data[4 * n + 3] = 255;
  }
}

/** Write pixel means as ink of one colour on clear paper; `strength` below 1 is fainter. */
export function paintInk(image, means, [red, green, blue], strength) {
  const data = image.data;
  for (let n = 0; n < means.length; n++) {
    data[4 * n] = red;
    data[4 * n + 1] = green;
    data[4 * n + 2] = blue;
    data[4 * n + 3] = means[n] * strength * 255;
  }
}

/** Turn a grey picture into ink of one colour on clear paper. */
export function inked(bitmap, [red, green, blue], strength) {
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d");
  context.drawImage(bitmap, 0, 0);
  const image = context.getImageData(0, 0, bitmap.width, bitmap.height);
  for (let at = 0; at < image.data.length; at += 4) {
    image.data[at + 3] = image.data[at] * strength;
    image.data[at] = red;
    image.data[at + 1] = green;
    image.data[at + 2] = blue;
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

/** Draw a picture over the world's rectangle [left, right, low, high], or one frame of a tall film of such pictures. */
export function drawPicture(context, view, picture, [left, right, low, high], frame = 0, frames = 1) {
  const height = picture.height / frames;
  const [width, tall] = [(right - left) * view.scale, (high - low) * view.scale];
  context.drawImage(picture, 0, frame * height, picture.width, height, view.px(left), view.py(high), width, tall);
}

const CIVIDIS = [[0, 34, 78], [53, 69, 108], [102, 105, 112], [148, 142, 119], [197, 182, 104], [255, 234, 70]];

/** Write the colour of a value in [0, 1] into pixel `n` of an image: cividis, even to the eye and to the colour-blind (Nunez et al. 2018). */
function paintCividis(data, n, value) {
  const at = value * (CIVIDIS.length - 1);
  const low = Math.min(CIVIDIS.length - 2, Math.floor(at));
  for (let c = 0; c < 3; c++) data[4 * n + c] = CIVIDIS[low][c] + (CIVIDIS[low + 1][c] - CIVIDIS[low][c]) * (at - low);
}

/** Write values into an ImageData as colours of an even scale over [low, high]. */
export function paintScale(image, values, low, high) {
  const size = high - low || 1;
  for (let n = 0; n < values.length; n++) {
    paintCividis(image.data, n, Math.min(1, Math.max(0, (values[n] - low) / size)));
    image.data[4 * n + 3] = 255;
  }
}

/** A density (side x side, largest 1) as a translucent picture. */
export function densityPicture(cells, side) {
  const image = new ImageData(side, side);
  for (let n = 0; n < cells.length; n++) {
    paintCividis(image.data, n, Math.sqrt(cells[n]));
    image.data[4 * n + 3] = cells[n] > 0.004 ? 60 + 170 * Math.sqrt(cells[n]) : 0;
  }
  const canvas = new OffscreenCanvas(side, side);
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

/** Prior rings at 1, 2 and 3 standard deviations (one dimension: bars). */
export function drawRings(context, view, colour, isFlat) {
  context.save();
  context.strokeStyle = colour;
  context.lineWidth = 1.25 * view.ratio;
  context.setLineDash([5 * view.ratio, 5 * view.ratio]);
  for (const radius of [1, 2, 3]) {
    context.beginPath();
    if (isFlat) {
      for (const side of [-radius, radius]) {
        context.moveTo(view.px(side), 0);
        context.lineTo(view.px(side), view.height);
      }
    } else context.arc(view.px(0), view.py(0), radius * view.scale, 0, 2 * Math.PI);
    context.stroke();
  }
  context.restore();
}

/** Text with a halo, so that it reads on any ground. */
export function drawLabel(context, view, text, x, y, theme, size = 13, weight = 600, align = "center") {
  context.font = `${weight} ${size * view.ratio}px system-ui, sans-serif`;
  context.textAlign = align;
  context.textBaseline = "middle";
  context.lineJoin = "round";
  context.lineWidth = 4 * view.ratio;
  context.strokeStyle = theme.ground;
  context.strokeText(text, x, y);
  context.fillStyle = theme.text;
  context.fillText(text, x, y);
}

const signed = (value) => String(value).replace("-", "−");

/** Tick marks and numbers along the bottom and the left edge, and the axes' names in the corners. */
export function drawAxes(context, view, across, upward, theme, isFlat, names) {
  const mark = 6 * view.ratio;
  const line = (fromX, fromY, toX, toY) => {
    context.strokeStyle = theme.text;
    context.lineWidth = view.ratio;
    context.beginPath();
    context.moveTo(fromX, fromY);
    context.lineTo(toX, toY);
    context.stroke();
  };
  for (const value of across) {
    const x = view.px(value);
    line(x, view.height, x, view.height - mark);
    if (x > 30 * view.ratio && x < view.width - 12 * view.ratio) drawLabel(context, view, signed(value), x, view.height - 2.4 * mark, theme, 12, 400);
  }
  drawLabel(context, view, `${names[0]} →`, view.width - 2 * mark, view.height - 5.5 * mark, theme, 13, 600, "right");
  if (isFlat) return;
  drawLabel(context, view, `${names[1]} ↑`, 2 * mark, 16 * view.ratio, theme, 13, 600, "left");
  for (const value of upward) {
    const y = view.py(value);
    line(0, y, mark, y);
    if (y > 30 * view.ratio && y < view.height - 30 * view.ratio) drawLabel(context, view, signed(value), 3 * mark, y, theme, 12, 400);
  }
}

/** The cursor: a ring that is seen on white and on black, `size` px across its half. */
export function drawCursor(context, view, a, b, theme, size = 8, letter = "") {
  const [x, y, r] = [view.px(a), view.py(b), size * view.ratio];
  for (const [colour, width] of [[theme.ground, 5], [theme.accent, 2.5]]) {
    context.strokeStyle = colour;
    context.lineWidth = width * view.ratio;
    context.beginPath();
    context.arc(x, y, r, 0, 2 * Math.PI);
    context.stroke();
  }
  if (letter) drawLabel(context, view, letter, x, y - 2 * r, theme, 14);
}
//# sourceURL=paint.js
