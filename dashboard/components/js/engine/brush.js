// A pad's dots and a round brush over them. Pure arithmetic.

export const PAD = 280; // dots along the pad's longer side

/** How wide and how tall a pad for pictures of a shape is, in dots. @type {(height: number, width: number) => [number, number]} */
export function dotsOf(height, width) {
  const side = PAD / Math.max(height, width);
  const dots = (/** @type {number} */ length) => Math.max(1, Math.round(length * side));
  return [dots(width), dots(height)];
}

/**
 * Go along a straight stroke between two places with a round brush: `lay(at, covered)` is called for every dot near it, with how much of
 * the dot is covered, 0 to 255; edges are smooth.
 * @type {(pad: { width: number, height: number }, from: number[], to: number[], radius: number, lay: (at: number, covered: number) => void) => void}
 */
export function brushed({ width, height }, [fromX, fromY], [toX, toY], radius, lay) {
  const [alongX, alongY] = [toX - fromX, toY - fromY];
  const square = alongX * alongX + alongY * alongY || 1;
  const reach = radius + 1;
  const [left, right] = [Math.max(0, Math.floor(Math.min(fromX, toX) - reach)), Math.min(width, Math.ceil(Math.max(fromX, toX) + reach))];
  const [top, low] = [Math.max(0, Math.floor(Math.min(fromY, toY) - reach)), Math.min(height, Math.ceil(Math.max(fromY, toY) + reach))];
  for (let y = top; y < low; y++) {
    for (let x = left; x < right; x++) {
      const [dx, dy] = [x + 0.5 - fromX, y + 0.5 - fromY];
      const share = Math.min(1, Math.max(0, (dx * alongX + dy * alongY) / square));
      lay(y * width + x, Math.round(255 * Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(dx - share * alongX, dy - share * alongY)))));
    }
  }
}
