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

/** A scale of colours that is even to the eye and to the colour-blind (Nunez et al. 2018). */
export const CIVIDIS = ["#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369", "#e1cc55", "#fee838"];
const CIVIDIS_CHANNELS = CIVIDIS.map(channels);

/** One that is even, too, and nowhere grey, which is the colour of points without a value (Smith and van der Walt 2015). */
const VIRIDIS = ["#440154", "#482878", "#3e4989", "#31688e", "#26828e", "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725"];
const VIRIDIS_CHANNELS = VIRIDIS.map(channels);

/** Write the colour of a value in [0, 1] into pixel `n` of an image. */
export function paintCividis(data, n, value) {
  paintScale(CIVIDIS_CHANNELS, data, n, value);
}

function paintScale(stops, data, n, value) {
  const at = value * (stops.length - 1);
  const base = Math.min(stops.length - 2, Math.floor(at));
  const [low, high] = [stops[base], stops[base + 1]];
  for (let c = 0; c < 3; c++) data[4 * n + c] = low[c] + (high[c] - low[c]) * (at - base);
}

export const SHADES = 1024;
// The part of the scale that points are seen in on a light and on a dark ground: at the other end it comes too close to the ground.
const SEEN = { light: [0, 0.85], dark: [0.25, 1] };
const SHADED = { light: shaded(...SEEN.light), dark: shaded(...SEEN.dark) };

function shaded(from, to) {
  const bytes = new Uint8ClampedArray(4 * SHADES).fill(255);
  for (let n = 0; n < SHADES; n++) paintScale(VIRIDIS_CHANNELS, bytes, n, from + ((to - from) * n) / (SHADES - 1));
  return new Uint32Array(bytes.buffer);
}

/** The scale for points on a ground, in so many steps, packed. @type {(isDark: boolean) => Uint32Array} */
export const shadesOn = (isDark) => SHADED[isDark ? "dark" : "light"];

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

const STROKE = 0.78; // of a class's colour in its pictures' ink

/** The ink, as red, green and blue, in which thin strokes of a class's colour are still seen: it leans to the colour of the text. */
export function strokeOf(hex, text) {
  return channels(mixed(hex, text, STROKE));
}
