// What keeps pictures in their own colours apart on a map, and says their classes: a line between them, and a dot in the corner of each.

import { cellOf } from "./mosaic.js";

const [LEAST, MOST] = [1.5, 6]; // radius in CSS px
const SHARE = 0.1; // of the picture's shorter side, in between
const WIDEST = 0.2; // of that side, where it is tiny

/** Draw lines of the ground's colour, a CSS pixel wide, between the square cells of a map over the world's rectangle [left, right, low, high]. */
export function drawGaps(context, view, [left, right, low, high], columns, rows, theme) {
  const [from, to, top, foot] = [view.screenX(left), view.screenX(right), view.screenY(high), view.screenY(low)];
  Object.assign(context, { lineWidth: view.ratio, strokeStyle: theme.ground });
  context.beginPath();
  for (let column = 1; column < columns; column++) {
    const x = from + ((to - from) * column) / columns;
    context.moveTo(x, top);
    context.lineTo(x, foot);
  }
  for (let row = 1; row < rows; row++) {
    const y = top + ((foot - top) * row) / rows;
    context.moveTo(from, y);
    context.lineTo(to, y);
  }
  context.stroke();
}

/** The radius of the dot on a picture whose shorter side is so many device pixels long. */
function markRadius(side, ratio) {
  return Math.min(MOST * ratio, WIDEST * side, Math.max(LEAST * ratio, SHARE * side));
}

/**
 * Draw a dot in the upper left corner of each picture of a map over the world's rectangle [left, right, low, high]; `colourOf(n)` is a CSS
 * colour for picture n, counted row by row from the top, or null for none. A rim of the ground's colour keeps it apart from the picture.
 */
export function drawMarks(context, view, [left, right, , high], columns, rows, { height, width }, theme, colourOf) {
  const side = ((right - left) / columns) * view.scale;
  const shape = cellOf(height, width);
  const radius = markRadius((Math.min(height, width) / shape.side) * side, view.ratio);
  const rim = Math.min(view.ratio, radius / 2);
  const x = view.screenX(left) + (shape.left / shape.side) * side + radius + rim;
  const y = view.screenY(high) + (shape.top / shape.side) * side + radius + rim;
  const paths = new Map();
  for (let n = 0; n < columns * rows; n++) {
    const colour = colourOf(n);
    if (!colour) continue;
    if (!paths.has(colour)) paths.set(colour, new Path2D());
    const [middle, down] = [x + (n % columns) * side, y + Math.floor(n / columns) * side];
    paths.get(colour).moveTo(middle + radius, down);
    paths.get(colour).arc(middle, down, radius, 0, 2 * Math.PI);
  }
  Object.assign(context, { lineWidth: 2 * rim, strokeStyle: theme.ground });
  for (const [colour, path] of paths) {
    context.stroke(path);
    context.fillStyle = colour;
    context.fill(path);
  }
}
