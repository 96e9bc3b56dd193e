// What becomes of the pointers over a map: the tool that is chosen decides.

const STEP = 3; // device-independent px that a pointer moves before the lasso has another corner, and before there is a box

/**
 * A tool; places are [x, y] in device pixels of the map's canvas. What draws lays something over the map while it is at work.
 * @typedef {object} Tool
 * @property {string} cursor  as style sheets call it
 * @property {(place: number[], event: PointerEvent) => void} down
 * @property {(place: number[], event: PointerEvent) => void} move  pressed or not
 * @property {(event: PointerEvent) => void} up
 * @property {(event?: PointerEvent) => void} cancel  the browser, or somebody at the keyboard, takes the pointer away
 * @property {(context: CanvasRenderingContext2D, theme: { text: string, ground: string }) => void} [draw]
 */

/** A line drawn by one pointer round points. @implements {Tool} */
export class Lasso {
  /** `moved` is called when there is something to draw, `done` with a polygon of places on the map, or null after a mere press. */
  constructor(view, moved, done) {
    this.cursor = "cell";
    this.view = view;
    this.moved = moved;
    this.done = done;
    this.polygon = this.pointer = null;
  }

  down(place, event) {
    if (this.polygon) return;
    event.target.setPointerCapture(event.pointerId);
    this.pointer = event.pointerId;
    this.polygon = [this.worldOf(place)];
  }

  move(place, event) {
    if (event.pointerId !== this.pointer) return;
    if (this.isNear(this.polygon.at(-1), place)) return;
    this.polygon.push(this.worldOf(place));
    this.moved();
  }

  /** Whether a pointer has not left a place on the map: no hand holds still. */
  isNear([x, y], place) {
    const { view } = this;
    return Math.hypot(view.px(x) - place[0], view.py(y) - place[1]) < STEP * view.ratio;
  }

  up(event) {
    if (event.pointerId !== this.pointer) return;
    const { polygon } = this;
    this.cancel();
    this.done(polygon.length > 2 ? polygon : null);
  }

  cancel() {
    if (!this.polygon) return;
    this.polygon = this.pointer = null;
    this.moved();
  }

  worldOf([x, y]) {
    return [this.view.worldX(x), this.view.worldY(y)];
  }

  draw(context, theme) {
    if (!this.polygon) return;
    const { view } = this;
    context.beginPath();
    for (const [x, y] of this.polygon) context.lineTo(view.px(x), view.py(y));
    context.closePath();
    context.lineJoin = "round";
    for (const [colour, width] of [
      [theme.ground, 4],
      [theme.text, 1.5],
    ]) {
      Object.assign(context, { strokeStyle: colour, lineWidth: width * view.ratio });
      context.stroke();
    }
  }
}

/** A box with its sides along those of the map, from where a pointer is pressed to where it is let go. @implements {Tool} */
export class Box extends Lasso {
  move(place, event) {
    if (event.pointerId !== this.pointer) return;
    const [first] = this.polygon;
    const [[left, top], [right, low]] = [first, this.worldOf(place)];
    const corners = [first, [right, top], [right, low], [left, low]];
    this.polygon = this.isNear(first, place) ? [first] : corners;
    this.moved();
  }
}
