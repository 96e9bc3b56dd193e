// A test image by its row in the dataset: laid on the pad from the pictures at hand, or from bytes that Python sends when asked.

import { sourcesIn } from "../js/canvas/album.js";
import { lacks } from "./answer.js";

export class RowPicker {
  constructor(liveMap) {
    this.liveMap = liveMap;
    this.asked = null; // the row whose bytes are on their way
    liveMap.on("row", "change", () => this.choose());
  }

  /** Show the field where the run's own images are at hand, and somebody to ask for any of them. */
  write() {
    const { liveMap } = this;
    liveMap.find("row_field").hidden = lacks(liveMap.data, "row") || !liveMap.drawing.album.sources.some(({ own }) => own);
  }

  choose() {
    const { liveMap } = this;
    const { value } = liveMap.find("row");
    if (value === "") return;
    const row = Number(value);
    const isThere = liveMap.indexes.includes(row);
    liveMap.say(isThere ? "" : liveMap.text("row_none", { row: value, one: liveMap.indexes[0] }));
    this.asked = isThere ? row : null;
    if (isThere && !this.take()) liveMap.ask(`row/${row}`);
  }

  /** Lay the image that was asked for on the pad, where its bytes are here. */
  take() {
    const { liveMap, asked } = this;
    const part = asked === null ? null : liveMap.host.bytes(`${liveMap.data.run}/row/${asked}`);
    if (!part) return false;
    this.asked = null;
    const [source] = sourcesIn(part);
    liveMap.drawing.pad.pick({ ...source, pixels: source.values, row: source.rows[0], name: liveMap.data.names[source.labels[0]] });
    return true;
  }
}
