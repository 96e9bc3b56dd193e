// Pictures to take away: the map as it is seen, its pictures alone dot by dot, or a grid of draws.

import { placeOfPicture } from "./layout.js";

const LEAST = 1200; // px along a side of a grid of pictures, enlarged in whole steps
const BUDGET = 8; // ms of decoding in one go: a large decoder takes seconds for a grid, and the map stays alive meanwhile

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

/** Decode a grid of pictures as they are, and save it; `placeAt(n, z)` writes the place of picture n into z. */
export function saveGrid(liveMap, name, rows, columns, placeAt) {
  const buttons = liveMap.root.querySelectorAll("[data-save=grid], [data-draw=save]");
  const setBusy = (isBusy) => buttons.forEach((button) => (button.disabled = isBusy));
  setBusy(true);
  drawGrid(liveMap, rows, columns, placeAt)
    .then((canvas) => canvas && save(liveMap, canvas, name))
    .catch((error) => liveMap.say(liveMap.worded(error)))
    .finally(() => setBusy(false));
}

/** Return the grid, enlarged where it is small; null where another run has been opened meanwhile. */
async function drawGrid(liveMap, rows, columns, placeAt) {
  const { decoder, painter } = liveMap;
  const { height, width } = decoder.picture;
  const places = placesOf(rows * columns, liveMap.z.length, placeAt);
  const whole = new OffscreenCanvas(columns * width, rows * height);
  const tile = new ImageData(width, height);
  let until = performance.now() + BUDGET;
  for (const [n, z] of places) {
    painter.paint(tile, decoder.decode(z));
    whole.getContext("2d").putImageData(tile, (n % columns) * width, Math.floor(n / columns) * height);
    if (performance.now() < until) continue;
    await new Promise(requestAnimationFrame);
    if (liveMap.decoder !== decoder) return null;
    until = performance.now() + BUDGET;
  }
  const times = Math.max(1, Math.ceil(LEAST / Math.max(whole.width, whole.height)));
  const large = new OffscreenCanvas(times * whole.width, times * whole.height);
  const context = large.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(whole, 0, 0, large.width, large.height);
  return large;
}

/** The places as they are now: the map may go on while they are decoded. */
function placesOf(count, d, placeAt) {
  const places = Array.from({ length: count }, (_, n) => [n, new Float64Array(d)]);
  return places.filter(([n, z]) => placeAt(n, z) !== false);
}

/** Save the row numbers of the images that are chosen as a table of one column. */
export function saveRows(liveMap, choice) {
  const rows = [...liveMap.indexes].filter((_, n) => choice[n]).sort((one, other) => one - other);
  hand(liveMap, new Blob([`${["row", ...rows].join("\n")}\n`], { type: "text/csv" }), "rows.csv");
}

async function save(liveMap, canvas, name) {
  hand(liveMap, await canvas.convertToBlob({ type: "image/png" }), `${name}.png`);
}

function hand(liveMap, blob, name) {
  const run = liveMap.data.run.split("@")[0];
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: `${run}-${name}` });
  link.click();
  URL.revokeObjectURL(link.href);
}
