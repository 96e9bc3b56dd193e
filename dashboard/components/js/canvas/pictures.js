// Pictures of pixel means: grey, as ink, on a scale of colours. No other file writes them.

import { paintCividis } from "./colour.js";

/** Write pixel means in [0, 1] into an ImageData as grey levels. */
export function paintPicture(image, means) {
  const data = image.data;
  for (let n = 0; n < means.length; n++) {
    const grey = means[n] * 255;
    data[4 * n] = data[4 * n + 1] = data[4 * n + 2] = grey;
    data[4 * n + 3] = 255;
  }
}

/** Show pixel means on a canvas of the picture's own size. */
export function showPicture(context, means, height, width) {
  if (context.canvas.width !== width || context.canvas.height !== height) Object.assign(context.canvas, { width, height });
  const image = new ImageData(width, height);
  paintPicture(image, means);
  context.putImageData(image, 0, 0);
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
