// The picture under the hand: a round eraser over it, by pointer, touch and keys. Keys that are handled stop here.

import { painterOf } from "../js/canvas/pictures.js";
import { dotsOf, PAD } from "../js/engine/brush.js";

const RADIUS = 20; // dots
const STEP = 10; // dots per arrow key, three times as many with Shift
const SHADES = [104, 152]; // of what is erased: a chequered grey, which no picture has

export class Eraser {
  /** `changed` is called when other pixels are erased. */
  constructor(stage, changed) {
    Object.assign(this, { stage, changed });
    this.canvas = stage.find("pad");
    this.context = this.canvas.getContext("2d");
    this.small = document.createElement("canvas").getContext("2d");
    this.key = { x: 0, y: 0, isDown: false, isShown: false };
    this.isErasing = true;
    this.listen();
  }

  /** Lay a picture under the hand; what is erased stays where the shape is the same. */
  open(x, picture) {
    const { height, width } = picture;
    const isSame = this.picture?.height === height && this.picture?.width === width;
    Object.assign(this, { x, picture });
    if (!isSame) {
      this.erased = new Uint8Array(height * width);
      [this.wide, this.high] = dotsOf(height, width);
      Object.assign(this.canvas, { width: this.wide, height: this.high });
      this.canvas.style.setProperty("--wide", this.wide / PAD);
      Object.assign(this.small.canvas, { width, height });
      Object.assign(this.key, { x: this.wide / 2, y: this.high / 2 });
      this.image = new ImageData(width, height);
      this.take("lower");
    }
    this.paint();
  }

  /** Erase one of the parts that are measured, and nothing else, or nothing at all; see `visible` in vae_core/inspection/parts/completion.py. */
  take(part) {
    const { height, width } = this.picture;
    const [top, left] = [Math.floor(height / 4), Math.floor(width / 4)];
    const isIn = {
      lower: (row) => row >= height / 2,
      right_half: (_, column) => column >= width / 2,
      middle: (row, column) => row >= top && row < height - top && column >= left && column < width - left,
      all: () => false,
    }[part];
    for (let n = 0; n < this.erased.length; n++) this.erased[n] = isIn(Math.floor(n / width), n % width) ? 1 : 0;
    this.paint();
    this.changed();
  }

  setErasing(isErasing) {
    this.isErasing = isErasing;
    this.stage.find("erase").setAttribute("aria-pressed", String(isErasing));
    this.stage.find("restore").setAttribute("aria-pressed", String(!isErasing));
  }

  /** Go along a stroke between two places in dots. */
  line([fromX, fromY], [toX, toY]) {
    const { height, width } = this.picture;
    const size = this.wide / width;
    const [alongX, alongY] = [toX - fromX, toY - fromY];
    const square = alongX * alongX + alongY * alongY || 1;
    const reach = Math.max(RADIUS, 0.71 * size); // one pixel at least
    let isNew = false;
    for (let n = 0; n < this.erased.length; n++) {
      const [x, y] = [((n % width) + 0.5) * size - fromX, (Math.floor(n / width) + 0.5) * (this.high / height) - fromY];
      const share = Math.min(1, Math.max(0, (x * alongX + y * alongY) / square));
      if (Math.hypot(x - share * alongX, y - share * alongY) > reach || this.erased[n] === Number(this.isErasing)) continue;
      this.erased[n] = Number(this.isErasing);
      isNew = true;
    }
    this.paint();
    if (isNew) this.changed();
  }

  paint() {
    if (!this.picture) return;
    const { width } = this.picture;
    painterOf(this.picture).paint(this.image, this.x);
    this.erased.forEach((isErased, n) => {
      if (isErased) this.image.data.fill(SHADES[((n % width) + Math.floor(n / width)) % 2], 4 * n, 4 * n + 3);
    });
    this.small.putImageData(this.image, 0, 0);
    this.context.imageSmoothingEnabled = false;
    this.context.drawImage(this.small.canvas, 0, 0, this.wide, this.high);
    if (this.key.isShown) this.drawRing();
  }

  drawRing() {
    const { x, y, isDown } = this.key;
    for (const [colour, lineWidth] of [
      ["#000000", 5],
      ["#ffa90e", 2.5],
    ]) {
      Object.assign(this.context, { strokeStyle: colour, lineWidth });
      this.context.beginPath();
      this.context.arc(x, y, isDown ? RADIUS : RADIUS + 6, 0, 7);
      this.context.stroke();
    }
  }

  // ------------------------------------------------------------------ pointer and keys

  listen() {
    const { stage } = this;
    for (const name of ["erase", "restore"]) stage.on(name, "click", () => this.setErasing(name === "erase"));
    for (const name of ["lower", "right_half", "middle", "all"]) stage.on(name, "click", () => this.picture && this.take(name));
    let [hand, last] = [null, null];
    const place = (event) => {
      const box = this.canvas.getBoundingClientRect();
      return [((event.clientX - box.left) / box.width) * this.wide, ((event.clientY - box.top) / box.height) * this.high];
    };
    stage.on("pad", "pointerdown", (event) => {
      if (event.button !== 0 || hand !== null || !this.picture) return;
      hand = event.pointerId;
      this.canvas.setPointerCapture(hand);
      this.key.isShown = false;
      last = place(event);
      this.line(last, last);
    });
    stage.on("pad", "pointermove", (event) => {
      if (event.pointerId !== hand) return;
      const next = place(event);
      this.line(last, next);
      last = next;
    });
    for (const name of ["pointerup", "pointercancel"]) stage.on("pad", name, (event) => event.pointerId === hand && (hand = null));
    stage.on("pad", "keydown", (event) => this.pressed(event));
    stage.on("pad", "blur", () => {
      Object.assign(this.key, { isDown: false, isShown: false });
      this.paint();
    });
  }

  /** Arrows move the eraser, the space bar lowers and lifts it. */
  pressed(event) {
    if (event.key === "Tab" || event.ctrlKey || event.metaKey || event.altKey || !this.picture) return;
    event.stopPropagation(); // r and c would reach Streamlit
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const { key } = this;
    if (event.key === " ") key.isDown = !key.isDown;
    else if (!steps[event.key]) return;
    event.preventDefault();
    key.isShown = true;
    const from = [key.x, key.y];
    const [right, down] = (steps[event.key] ?? [0, 0]).map((one) => one * STEP * (event.shiftKey ? 3 : 1));
    key.x = Math.min(this.wide, Math.max(0, key.x + right));
    key.y = Math.min(this.high, Math.max(0, key.y + down));
    if (key.isDown) this.line(from, [key.x, key.y]);
    else this.paint();
  }
}
