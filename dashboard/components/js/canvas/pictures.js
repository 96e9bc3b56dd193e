// Pictures of pixel means: grey, in colour, as ink, on a scale of colours. No other file writes them.

import { paintCividis } from "./colour.js";
import { cellOf } from "./mosaic.js";

/**
 * How pictures of one shape are painted. On a map a grey one is the ink of its class; one in colour keeps its colours, and its class is a
 * dot (marks.js).
 * @typedef {object} Painter
 * @property {boolean} isInk  whether the class is said by the ink
 * @property {(image: ImageData, means: ArrayLike<number>) => void} paint  writes pixel means in [0, 1], plane after plane
 * @property {(image: ImageData, means: ArrayLike<number>, colour: number[], strength: number) => void} tint  writes them as part of a map; `strength`
 *   below 1 is fainter
 * @property {(bitmap: CanvasImageSource & { width: number, height: number }, columns: number, rows: number, inkOf: (n: number) => [number[], number],
 *   frame?: number, frames?: number) => OffscreenCanvas} tintCells  the same for a map that is stored as a picture; see inkedCells
 */

/** The painter of pictures of a shape { channels, height, width }; of grey ones that are dark on light what is dark is the ink. @returns {Painter} */
export function painterOf(picture, isDark = false) {
  if (picture.channels === 3)
    return { isInk: false, paint: paintColours, tint: paintFaintly, tintCells: (...map) => faintCells(picture, ...map) };
  return {
    isInk: true,
    paint: paintPicture,
    tint: (image, means, colour, strength) => paintInk(image, means, colour, strength, isDark),
    tintCells: (...map) => inkedCells(picture, isDark, ...map),
  };
}

/** Write the three planes of pixel means in [0, 1] into an ImageData. */
function paintColours(image, means) {
  paintFaintly(image, means, null, 1);
}

function paintFaintly(image, means, _colour, strength) {
  const { data } = image;
  const size = means.length / 3;
  for (let n = 0; n < size; n++) {
    data[4 * n] = means[n] * 255;
    data[4 * n + 1] = means[n + size] * 255;
    data[4 * n + 2] = means[n + 2 * size] * 255;
    data[4 * n + 3] = strength * 255;
  }
}

/** Show pictures of a stored map at their strength, and nothing beside those that do not fill their square cell. */
function faintCells({ height, width }, bitmap, columns, rows, inkOf, frame = 0, frames = 1) {
  const tall = Math.round(bitmap.height / frames);
  const canvas = new OffscreenCanvas(bitmap.width, tall);
  const context = canvas.getContext("2d");
  const shape = cellOf(height, width);
  const cell = bitmap.width / columns;
  const [wide, high] = [(cell * width) / shape.side, (cell * height) / shape.side];
  for (let n = 0; n < columns * rows; n++) {
    const left = ((n % columns) + shape.left / shape.side) * cell;
    const top = (Math.floor(n / columns) + shape.top / shape.side) * cell;
    context.globalAlpha = inkOf(n)[1];
    context.drawImage(bitmap, left, top + frame * tall, wide, high, left, top, wide, high);
  }
  return canvas;
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

/** Show pixel means on a canvas of the picture's own size. */
export function showPicture(context, means, picture) {
  const { height, width } = picture;
  if (context.canvas.width !== width || context.canvas.height !== height) Object.assign(context.canvas, { width, height });
  const image = new ImageData(width, height);
  painterOf(picture).paint(image, means);
  context.putImageData(image, 0, 0);
}

/** Write pixel means as ink of one colour on clear paper, light ones or dark ones; `strength` below 1 is fainter. */
export function paintInk(image, means, [red, green, blue], strength, isDark = false) {
  const data = image.data;
  for (let n = 0; n < means.length; n++) {
    data[4 * n] = red;
    data[4 * n + 1] = green;
    data[4 * n + 2] = blue;
    data[4 * n + 3] = (isDark ? 1 - means[n] : means[n]) * strength * 255;
  }
}

/**
 * Turn a map of grey pictures into ink on clear paper. `inkOf(n)` gives the colour and the strength of cell n, counted row by row from the
 * top; of a tall film of such maps only frame `frame` is taken. Beside a picture that does not fill its square cell there is no ink.
 */
function inkedCells({ height, width }, isDark, bitmap, columns, rows, inkOf, frame = 0, frames = 1) {
  const tall = Math.round(bitmap.height / frames);
  const canvas = new OffscreenCanvas(bitmap.width, tall);
  const context = canvas.getContext("2d");
  context.drawImage(bitmap, 0, -frame * tall);
  const map = context.getImageData(0, 0, bitmap.width, tall);
  const image = new ImageData(bitmap.width, tall);
  const shape = cellOf(height, width);
  const [across, down] = [bitmap.width / columns / shape.side, tall / rows / shape.side];
  for (let n = 0; n < columns * rows; n++) {
    const [column, row] = [n % columns, Math.floor(n / columns)];
    const edges = [0, width].map((edge) => Math.round((column * shape.side + shape.left + edge) * across));
    const lines = [0, height].map((edge) => Math.round((row * shape.side + shape.top + edge) * down));
    const ink = inkOf(n);
    for (let y = lines[0]; y < lines[1]; y++)
      inkLine(map.data, image.data, y * bitmap.width + edges[0], y * bitmap.width + edges[1], ink, isDark);
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

/** Make ink of the grey pixels [first, end) of an image. */
function inkLine(grey, data, first, end, [[red, green, blue], strength], isDark) {
  for (let at = 4 * first; at < 4 * end; at += 4) {
    data[at] = red;
    data[at + 1] = green;
    data[at + 2] = blue;
    data[at + 3] = (isDark ? 255 - grey[at] : grey[at]) * strength;
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
