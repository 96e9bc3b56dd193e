// The marked sets on a square map of points, as on the live map: a shape round each point, a name where a set is densest.

import { SetMarks } from "./set_marks.js";

export class ScatterSets {
  constructor() {
    this.painter = new SetMarks();
    this.forget();
  }

  forget() {
    this.text = "";
    this.marks = new Uint8Array(0);
    this.shown = [];
  }

  /** Take what Python tells: a byte for each point, and the sets that its bits stand for. */
  take({ marks = "", shown = [] } = {}) {
    this.shown = shown;
    if (marks === this.text) return;
    this.text = marks;
    this.marks = Uint8Array.from(atob(marks), (letter) => letter.charCodeAt(0));
  }

  /** Draw over a Scatter that has drawn the same flat points (2N), within its reach. */
  draw(map, flat, colouring) {
    if (!this.shown.length || 2 * this.marks.length !== flat.length) return;
    const { context, view, stage, reach } = map;
    this.painter.draw(context, view, flat, this.marks, this.shown, stage.theme, colouring.shown);
    this.painter.spots.clear(); // points of a film move
    this.painter.name(context, view, flat, this.marks, this.shown, stage.theme, reach, 0);
  }

  /** The names of the sets that hold a point. */
  namesAt(row) {
    return this.shown.filter(({ bit }) => (this.marks[row] >> bit) & 1).map(({ name }) => name);
  }
}
