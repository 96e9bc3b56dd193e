// Pictures to take away: the map as it is seen, its pictures alone dot by dot, or a grid of draws.

import { paintPicture } from "../js/canvas/pictures.js";
import { placeOfPicture } from "./layout.js";

const LEAST = 1200; // px along a side of a grid of pictures, enlarged in whole steps

/** Save what is asked for as a PNG: "view" or "grid". */
export function savePicture(liveMap, what) {
  const { ground, over } = liveMap;
  const { preset } = liveMap.data;
  if (what === "grid")
    return saveGrid(liveMap, `${preset}-grid`, liveMap.mosaic.rows, liveMap.mosaic.side, (n, z) => placeOfPicture(liveMap, n, z));
  const canvas = new OffscreenCanvas(ground.canvas.width, ground.canvas.height);
  const context = canvas.getContext("2d");
  for (const layer of [ground, over]) context.drawImage(layer.canvas, 0, 0);
  return save(liveMap, canvas, preset);
}

/** Decode a grid of pictures in their own grey, and save it; `placeAt(n, z)` writes the place of picture n into z. */
export function saveGrid(liveMap, name, rows, columns, placeAt) {
  const { height, width } = liveMap.decoder.picture;
  const whole = new OffscreenCanvas(columns * width, rows * height);
  const tile = new ImageData(width, height);
  const z = new Float64Array(liveMap.z.length);
  for (let n = 0; n < rows * columns; n++) {
    if (placeAt(n, z) === false) continue;
    paintPicture(tile, liveMap.decoder.decode(z));
    whole.getContext("2d").putImageData(tile, (n % columns) * width, Math.floor(n / columns) * height);
  }
  const times = Math.max(1, Math.ceil(LEAST / Math.max(whole.width, whole.height)));
  const large = new OffscreenCanvas(times * whole.width, times * whole.height);
  const context = large.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(whole, 0, 0, large.width, large.height);
  return save(liveMap, large, name);
}

async function save(liveMap, canvas, name) {
  const blob = await canvas.convertToBlob({ type: "image/png" });
  const run = liveMap.data.run.split("@")[0];
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: `${run}-${name}.png` });
  link.click();
  URL.revokeObjectURL(link.href);
}
