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
export function inked(bitmap, colour, strength) {
  return inkedCells(bitmap, 1, 1, () => [colour, strength]);
}

/**
 * Turn a map of grey pictures into ink on clear paper. `inkOf(n)` gives the colour and the strength of cell n, counted row by row from the
 * top; of a tall film of such maps only frame `frame` is taken.
 */
export function inkedCells(bitmap, columns, rows, inkOf, frame = 0, frames = 1) {
  const { width } = bitmap;
  const height = Math.round(bitmap.height / frames);
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  context.drawImage(bitmap, 0, -frame * height);
  const image = context.getImageData(0, 0, width, height);
  for (let n = 0; n < columns * rows; n++) {
    const [column, row] = [n % columns, Math.floor(n / columns)];
    const edges = [column, column + 1].map((edge) => Math.round((edge * width) / columns));
    const ink = inkOf(n);
    for (let y = Math.round((row * height) / rows); y < Math.round(((row + 1) * height) / rows); y++)
      inkLine(image.data, y * width + edges[0], y * width + edges[1], ink);
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

/** Make ink of the grey pixels [first, end) of an image. */
function inkLine(data, first, end, [[red, green, blue], strength]) {
  for (let at = 4 * first; at < 4 * end; at += 4) {
    data[at + 3] = data[at] * strength;
    data[at] = red;
    data[at + 1] = green;
    data[at + 2] = blue;
  }
}

/** Draw a picture over the rectangle [left, right, low, high] along the axes, or one frame of a tall film of such pictures. */
export function drawPicture(context, view, picture, [left, right, low, high], frame = 0, frames = 1) {
  const height = picture.height / frames;
  const [width, tall] = [(right - left) * view.scale, (high - low) * view.scale];
  context.drawImage(picture, 0, frame * height, picture.width, height, view.screenX(left), view.screenY(high), width, tall);
}

/** Write values into an ImageData as colours of an even scale over [low, high]. */
export function paintScale(image, values, low, high) {
  const size = high - low || 1;
  for (let n = 0; n < values.length; n++) {
    paintCividis(image.data, n, Math.min(1, Math.max(0, (values[n] - low) / size)));
    image.data[4 * n + 3] = 255;
  }
}
