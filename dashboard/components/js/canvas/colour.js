// Colours: as numbers, mixed, and on a scale.

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

// biome-ignore format: a list of colours
const CIVIDIS = [[0, 34, 78], [53, 69, 108], [102, 105, 112], [148, 142, 119], [197, 182, 104], [255, 234, 70]];

/** Write the colour of a value in [0, 1] into pixel `n` of an image: cividis, even to the eye and to the colour-blind (Nunez et al. 2018). */
export function paintCividis(data, n, value) {
  const at = value * (CIVIDIS.length - 1);
  const low = Math.min(CIVIDIS.length - 2, Math.floor(at));
  for (let c = 0; c < 3; c++) data[4 * n + c] = CIVIDIS[low][c] + (CIVIDIS[low + 1][c] - CIVIDIS[low][c]) * (at - low);
}

/** Halfway colour: a share of one #rrggbb laid on another. */
export function mixed(over, under, share) {
  const [one, other] = [channels(over), channels(under)];
  return `#${one
    .map((value, n) =>
      Math.round(value * share + other[n] * (1 - share))
        .toString(16)
        .padStart(2, "0"),
    )
    .join("")}`;
}
