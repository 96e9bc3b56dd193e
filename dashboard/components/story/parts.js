// Small parts that steps are made of.

import { channels } from "../js/canvas/colour.js";
import { paintInk, paintPicture } from "../js/canvas/pictures.js";

/** A canvas of a picture's own pixels, and how to put one on it. */
export class Picture {
  constructor(canvas, height, width) {
    Object.assign(canvas, { height, width, className: `${canvas.className} ls-picture`.trim() });
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.image = new ImageData(width, height);
  }

  show(means) {
    paintPicture(this.image, means);
    this.context.putImageData(this.image, 0, 0);
  }

  clear() {
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
  }
}

/** An element with a class and what it holds. */
export function piece(tag, className = "", ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (tag === "button") element.type = "button";
  element.append(...children);
  return element;
}

/** Grey levels in [0, 1] as a sheet of ink in one colour, "#rrggbb", that lets the ground through. */
export function inkSheet(means, height, width, colour, strength = 1) {
  const image = new ImageData(width, height);
  paintInk(image, means, channels(colour), strength);
  const sheet = new OffscreenCanvas(width, height);
  sheet.getContext("2d").putImageData(image, 0, 0);
  return sheet;
}

/** 10 to a whole power, in print. */
export function power(exponent) {
  return `10${String(exponent).replace(/\d/g, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit])}`;
}

/** A button, and what it does. */
export function button(stage, action, className = "") {
  const element = piece("button", className);
  stage.on(element, "click", action);
  return element;
}

/** What has come in place of the steps is read from its heading on, however far down the page was. */
export function beginAt(heading) {
  heading.focus({ preventScroll: true });
  heading.scrollIntoView({ block: "nearest" });
}
