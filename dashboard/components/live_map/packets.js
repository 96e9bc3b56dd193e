// The packets of a run, picked up as they arrive: first the stored picture, then weights and points, then what was asked for.

import { Colouring, classColumn } from "../js/canvas/colouring.js";
import { openDecoder } from "../js/engine/decoder.js";
import { pointsOf } from "../js/engine/selection.js";
import { shared } from "../js/host/store.js";

const MOST_DECODERS = 3;

/** What outlives a page switch: bytes by key, parsed decoders, and a ring of move times for the benchmark. */
export function kept() {
  const store = shared();
  store.decoders ??= new Map();
  store.moves ??= new Float64Array(8192);
  store.moved ??= 0;
  return store;
}

/** Take whatever bytes have arrived for the run that is open. */
export function pickUp(explorer) {
  const { run } = explorer.data;
  const names = ["first", "weights", "film", "encoder", "images", "umap"];
  const [first, heavy, film, encoder, images, umap] = names.map((name) => explorer.host.bytes(`${run}/${name}`));
  if (first && !explorer.first) {
    explorer.first = "on its way";
    withBitmap(explorer, first.map, (bitmap) => {
      explorer.first = bitmap;
      explorer.inkFirst();
      explorer.invalidate();
    });
  }
  if (heavy && !explorer.decoder && !explorer.error) unpack(explorer, heavy);
  if (explorer.decoder && colour(explorer)) {
    explorer.layOut();
    explorer.umap.draw();
  }
  if (film && explorer.film.isWanted) explorer.film.start(film);
  if (explorer.drawing.isOpen) explorer.drawing.receive(encoder, images);
  if (umap) explorer.umap.receive(umap);
}

/** Hand a stored picture on when the browser has read it; not where it is damaged, or another run has been opened meanwhile. */
export function withBitmap(explorer, bytes, use) {
  const { run } = explorer.data;
  const take = explorer.guard((bitmap) => run === explorer.data.run && use(bitmap));
  createImageBitmap(new Blob([bytes.slice()])).then(take, () => {});
}

/** Colour the points by the column that is asked for, once it is there, and by their classes until then; false where they are already. */
function colour(explorer) {
  const { data, host, labels, count, colouring } = explorer;
  const part = data.column === "class" ? null : host.bytes(`${data.run}/column/${data.column}`);
  const name = part?.name ?? "class";
  const isOther = name !== colouring.column.name;
  if (!isOther && colouring.colours.length === count) return false;
  const column = part ? { ...part, values: numbersOf(part) } : classColumn(labels, data.names);
  explorer.colouring = new Colouring(column, part?.colours ?? data.colours, count, isOther ? new Set() : colouring.hidden);
  explorer.colouring.select(colouring.selected ?? pointsOf(data.selections, explorer.indexes));
  if (isOther) explorer.controls.buildLegend();
  return true;
}

function numbersOf({ kind, values }) {
  const { buffer } = values.slice();
  return kind === "category" ? new Int32Array(buffer) : new Float32Array(buffer);
}

/** Weights and points: the map is laid out, and moves from here on. */
function unpack(explorer, heavy) {
  const arrived = performance.now();
  const store = kept();
  const { run } = explorer.data;
  if (!store.decoders.has(run)) {
    const decoder = openDecoder(heavy);
    while (store.decoders.size >= MOST_DECODERS) store.decoders.delete(store.decoders.keys().next().value);
    store.decoders.set(run, decoder);
  }
  explorer.decoder = store.decoders.get(run);
  const copy = (bytes) => bytes.slice().buffer;
  explorer.mu = new Float32Array(copy(heavy.mu));
  explorer.indexes = new Int32Array(copy(heavy.rows));
  explorer.count = explorer.mu.length / explorer.z.length;
  explorer.labels = heavy.labels.length ? new Int32Array(copy(heavy.labels)) : null;
  colour(explorer);
  const { width, height } = explorer.decoder.picture;
  [explorer.image, explorer.small] = [new ImageData(width, height), new ImageData(width, height)];
  explorer.drawn = new Float32Array(width * height);
  explorer.drawNoise();
  for (const context of [explorer.picture, explorer.near]) Object.assign(context.canvas, { width, height });
  explorer.badge.size(width, height);
  explorer.layOut();
  explorer.moved(false);
  explorer.drawMove();
  store.ready = performance.now() - arrived;
  explorer.root.dataset.ready = run;
}
