// The pictures of the map's cells: no larger than they are seen, and kept, since a large decoder takes seconds for all of them.

import { offPlane } from "../js/engine/aggregate_posterior.js";
import { Shrinking } from "../js/engine/shrinking.js";
import { classAt, inkOf } from "./inks.js";
import { moveAlongAxes } from "./layout.js";
import { kept } from "./packets.js";

const MOST_SETS = 6; // of pictures that are kept: of a plane, so many to a side, of one size

export class Cells {
  constructor(liveMap) {
    this.liveMap = liveMap;
  }

  /** How many times smaller than decoded the pictures are seen in the window as it is now: a whole number, since they are never enlarged. */
  get timesWanted() {
    const { decoder, mosaic, view } = this.liveMap;
    const seen = ((2 * mosaic.reach) / mosaic.side) * view.scale;
    return Math.max(1, Math.floor(Math.max(decoder.picture.height, decoder.picture.width) / seen));
  }

  /** Begin the map's pictures anew on the plane through z; where they are to be sharper, the coarser ones stay until then. */
  restart(isSharper = false) {
    const { mosaic, view } = this.liveMap;
    this.open();
    mosaic.restart(this.shrinking.height, this.shrinking.width, [view.x, view.y], isSharper);
    this.liveMap.schedule();
  }

  /** A window in which cells are larger wants finer pictures. */
  sharpen() {
    if (this.liveMap.decoder && this.timesWanted < this.shrinking.times) this.restart(true);
  }

  /** Paint cell n, whose middle is the place [a, b] along the axes. */
  paint(tile, a, b, n) {
    const { liveMap } = this;
    const z = liveMap.scratch;
    moveAlongAxes(liveMap, z, a, b);
    const category = classAt(liveMap, z);
    liveMap.mosaic.classes[n] = category;
    liveMap.painter.tint(tile, this.at(n), ...inkOf(liveMap, category));
  }

  /** Look for the pictures of the plane through z that are kept. */
  open() {
    const { liveMap } = this;
    const { decoder, mosaic, plane, planeName, data, setup, z } = liveMap;
    const times = this.timesWanted;
    this.shrinking = new Shrinking(decoder.picture, times);
    this.means = new Float32Array(this.shrinking.means.length);
    const off = Array.from(offPlane(plane.u, plane.v, z), (value) => value.toFixed(3));
    const scale = setup.grid.scale ? setup.get("share") : "";
    const key = [data.run, planeName, off, mosaic.side, scale, times].join("/");
    const sets = (kept().cells ??= new Map());
    this.pictures = sets.get(key) ?? [];
    sets.delete(key);
    sets.set(key, this.pictures); // the newest last, so that the oldest is forgotten
    while (sets.size > MOST_SETS) sets.delete(sets.keys().next().value);
  }

  /** The pixel means of cell n: always the same array. */
  at(n) {
    if (!this.pictures[n]) this.decode(n);
    const levels = this.pictures[n];
    for (let at = 0; at < levels.length; at++) this.means[at] = levels[at] / 255;
    return this.means;
  }

  /** Decode cell n and, as many as the decoder takes at once, those whose turn comes next. */
  decode(n) {
    const { liveMap, pictures } = this;
    const { decoder, mosaic, z } = liveMap;
    const cells = [n];
    for (let turn = mosaic.next; turn < mosaic.order.length && cells.length < decoder.batch; turn++) {
      if (!pictures[mosaic.order[turn]]) cells.push(mosaic.order[turn]);
    }
    const zs = new Float64Array(decoder.batch * z.length);
    cells.forEach((cell, row) => {
      const place = zs.subarray(row * z.length, (row + 1) * z.length);
      place.set(liveMap.scratch);
      moveAlongAxes(liveMap, place, ...mosaic.placeOf(cell));
    });
    const means = decoder.decodeBatch(zs);
    const size = means.length / decoder.batch;
    cells.forEach((cell, row) => {
      pictures[cell] = levelsOf(this.shrinking.run(means.subarray(row * size, (row + 1) * size)));
    });
  }
}

/** Pixel means as levels from 0 to 255. A call per pixel, as TypedArray.from makes, would take longer than to decode them. */
function levelsOf(means) {
  const levels = new Uint8ClampedArray(means.length);
  for (let n = 0; n < levels.length; n++) levels[n] = 255 * means[n];
  return levels;
}
