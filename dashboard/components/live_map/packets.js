// The packets of a run, picked up as they arrive: first the points and the stored picture, then the weights, then what was asked for.

import { Colouring, classColumn } from "../js/canvas/colouring.js";
import { columnOf } from "../js/engine/column.js";
import { numbersIn, openDecoder } from "../js/engine/decoder.js";
import { unpacked } from "../js/engine/point_packet.js";
import { shared } from "../js/host/store.js";
import { mixInks } from "./inks.js";
import { layingOut, recolour } from "./layout.js";

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
export function pickUp(liveMap) {
  liveMap.points.take(liveMap.mu ? liveMap.count : liveMap.host.bytes(`${liveMap.data.run}/points`)?.count);
}

/** Take them in steps. */
export function* arrive(liveMap) {
  const { run } = liveMap.data;
  const names = ["points", "first", "weights", "trust", "film", "encoder", "images", "umap"];
  const [points, first, heavy, trust, film, encoder, images, umap] = names.map((name) => liveMap.host.bytes(`${run}/${name}`));
  if (points && !liveMap.mu) yield* takePoints(liveMap, points);
  if (first && !liveMap.first) {
    liveMap.first = "on its way";
    withBitmap(liveMap, first.map, (bitmap) => {
      liveMap.first = bitmap;
      liveMap.inkFirst();
      liveMap.invalidate();
    });
  }
  yield;
  if (heavy && liveMap.mu && !liveMap.decoder && heavy !== liveMap.refused) unpack(liveMap, heavy);
  yield;
  if (liveMap.mu && colour(liveMap)) recolour(liveMap);
  yield;
  if (trust && liveMap.mu) yield* liveMap.fog.receive(trust);
  if (film && liveMap.film.isWanted) liveMap.film.start(film);
  if (liveMap.drawing.isOpen) {
    liveMap.drawing.receive(encoder, images);
    liveMap.rowPicker.take();
  }
  if (umap) liveMap.likeness.receive(umap);
  liveMap.sets.receive();
}

/** Hand a stored picture on when the browser has read it; not where it is damaged, or another run has been opened meanwhile. */
export function withBitmap(liveMap, bytes, use) {
  const { run } = liveMap.data;
  const take = liveMap.guard((bitmap) => run === liveMap.data.run && use(bitmap));
  createImageBitmap(new Blob([bytes.slice()])).then(take, () => {});
}

/** Colour the points by the column that is asked for, once it is there, and as before until then; false where they are already. */
export function colour(liveMap) {
  const { data, host, labels, count, colouring, setup } = liveMap;
  const by = setup.get("by");
  const part = by === "class" ? null : host.bytes(`${data.run}/column/${by}`);
  const isKnown = colouring.colours.length === count;
  if (isKnown && (by === colouring.column.name || (by !== "class" && !part))) return false;
  const column = part ? columnOf(part) : classColumn(labels, data.names);
  const filter = { ...(column.name === by ? setup.filter : {}), isDark: liveMap.theme.isDark };
  liveMap.colouring = new Colouring(column, part?.colours ?? data.colours, count, filter);
  liveMap.colouring.select(liveMap.sets.choice);
  nameUnit(liveMap);
  liveMap.legend.build();
  return true;
}

/** Call the unit of the column by which points are coloured as the language of the page does; packets have it as science writes it. */
export function nameUnit(liveMap) {
  const { host, data, colouring } = liveMap;
  const { column } = colouring;
  if (host.bytes(`${data.run}/column/${column.name}`)?.unit === "nats") colouring.column = { ...column, unit: liveMap.text("unit_nats") };
}

/** The points: the stored picture has its colours from here on. */
function* takePoints(liveMap, points) {
  const { mu, labels, rows } = yield* unpacked(points, liveMap.z.length);
  yield;
  Object.assign(liveMap, { mu, labels, indexes: rows, files: points.files, count: rows.length });
  liveMap.total = points.of ?? rows.length;
  liveMap.unnamed = points.unnamed ?? 0;
  colour(liveMap);
  mixInks(liveMap);
  yield;
  yield* layingOut(liveMap);
  yield;
  liveMap.inkFirst();
  liveMap.toolbar.writeWhy();
}

/** The weights: the map moves from here on. Those that are refused are not tried again. */
function unpack(liveMap, heavy) {
  const arrived = performance.now();
  const store = kept();
  const { run } = liveMap.data;
  if (!store.decoders.has(run)) {
    liveMap.refused = heavy;
    const decoder = openDecoder(heavy);
    liveMap.refused = null;
    while (store.decoders.size >= MOST_DECODERS) store.decoders.delete(store.decoders.keys().next().value);
    store.decoders.set(run, decoder);
  }
  liveMap.decoder = store.decoders.get(run);
  const { width, height } = liveMap.decoder.picture;
  [liveMap.image, liveMap.small] = [new ImageData(width, height), new ImageData(width, height)];
  liveMap.drawn = new Float32Array(numbersIn(liveMap.decoder.picture));
  liveMap.drawNoise();
  for (const context of [liveMap.picture, liveMap.near]) Object.assign(context.canvas, { width, height });
  liveMap.badge.size(width, height);
  liveMap.restartMosaic();
  liveMap.moved(false);
  liveMap.drawMove();
  store.ready = performance.now() - arrived;
  if (liveMap.isLikeness) liveMap.likeness.ask();
  liveMap.samples.request();
  liveMap.exact.write();
  liveMap.root.dataset.engine = liveMap.decoder.engine;
  liveMap.root.dataset.ready = run;
}
