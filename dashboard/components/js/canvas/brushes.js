// The colours to paint with, a button for each: those that the data are made of.

import { channels } from "./colour.js";

export class Brushes {
  constructor(stage, pad) {
    Object.assign(this, { stage, pad });
    this.row = stage.find("brushes");
    stage.on("brushes", "click", ({ target }) => target.closest("button") && this.take(target.closest("button")));
  }

  /** Lay out the colours, as #rrggbb; the first is the paper's, with which the eraser paints. */
  lay(colours) {
    this.pad.setColours(colours);
    const buttons = colours.map((colour) => {
      const button = Object.assign(document.createElement("button"), { type: "button" });
      button.dataset.colour = colour;
      button.style.background = colour;
      return button;
    });
    this.row.replaceChildren(...buttons);
    this.write();
  }

  take(button) {
    this.pad.setErasing(false);
    this.pad.brush = channels(button.dataset.colour);
    this.write();
  }

  /** Say which colour the brush has. */
  write() {
    const { stage, pad, row } = this;
    row.setAttribute("aria-label", stage.text("brushes"));
    for (const button of row.children) {
      button.title = stage.text("brush", { colour: button.dataset.colour });
      button.setAttribute("aria-label", button.title);
      button.setAttribute("aria-pressed", String(String(channels(button.dataset.colour)) === String(pad.brush)));
    }
  }
}
