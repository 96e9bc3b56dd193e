// The film of how the model learned: the stored map and the test images' means, snapshot by snapshot.

import { drawCursor } from "../js/canvas/axes.js";
import { channels } from "../js/canvas/colour.js";
import { cellOf } from "../js/canvas/mosaic.js";
import { drawPicture, inked } from "../js/canvas/pictures.js";
import { drawAxesOf, drawMosaic, FAINT } from "./ground.js";
import { withBitmap } from "./packets.js";

const FILM_SECONDS = 8;
const FILM_FADE = 0.4; // seconds in which the map of now gives way to the film, and comes back

export class Film {
  constructor(liveMap) {
    this.liveMap = liveMap;
    this.reel = null;
    this.isWanted = false;
  }

  get isOn() {
    return this.reel !== null;
  }

  /** Play it; where it is not here yet, ask Python for it and play it when it comes. */
  play() {
    const { liveMap } = this;
    liveMap.touch();
    this.isWanted = true;
    liveMap.receive();
    if (!this.isWanted) return;
    liveMap.sayInstead(liveMap.text("film_busy"));
    liveMap.ask("film");
  }

  start(part) {
    const { liveMap } = this;
    this.isWanted = false;
    withBitmap(liveMap, part.film, (bitmap) => {
      const mu = new Float32Array(part.mu.slice().buffer);
      const frames = part.steps.length;
      const size = mu.length / frames;
      const picture = inked(bitmap, channels(liveMap.theme.text), FAINT);
      const flat = new Float32Array(size);
      this.reel = { bitmap, picture, mu, frames, size, side: part.side, steps: part.steps, flat, start: performance.now() };
      liveMap.schedule();
    });
  }

  stop() {
    this.isWanted = false;
    if (!this.reel) return;
    this.reel = null;
    this.liveMap.isMoved = true; // the words about z come back, and its picture
    this.liveMap.invalidate();
  }

  draw() {
    const { reel, liveMap } = this;
    const { ground, view } = liveMap;
    const { edge } = this;
    const seconds = (performance.now() - reel.start) / 1000;
    const t = Math.min(1, seconds / FILM_SECONDS) * (reel.frames - 1);
    const frame = Math.floor(t);
    const later = Math.min(reel.frames - 1, frame + 1);
    const share = liveMap.isCalm ? 0 : t - frame;
    for (let n = 0; n < reel.size; n++)
      reel.flat[n] = reel.mu[frame * reel.size + n] * (1 - share) + reel.mu[later * reel.size + n] * share;
    ground.fillStyle = liveMap.theme.ground;
    ground.fillRect(0, 0, view.width, view.height);
    const now = liveMap.isCalm ? 0 : Math.max(0, 1 - seconds / FILM_FADE, 1 - (FILM_SECONDS - seconds) / FILM_FADE);
    ground.globalAlpha = 1 - Math.min(1, now);
    drawPicture(ground, view, reel.picture, [-edge, edge, -edge, edge], frame, reel.frames);
    // The images that the film follows are the first ones of the test set.
    liveMap.points.draw(ground, view, reel.flat, liveMap.colouring, liveMap.outline);
    ground.globalAlpha = Math.min(1, now);
    if (now) drawMosaic(liveMap);
    ground.globalAlpha = 1;
    drawAxesOf(liveMap);
    this.showThen(frame);
    liveMap.over.clearRect(0, 0, view.width, view.height);
    drawCursor(liveMap.over, view, liveMap.a, liveMap.b, liveMap.theme);
    liveMap.sayInstead(liveMap.text("film_step", { step: reel.steps[frame].toLocaleString(liveMap.data.language) }));
    if (t >= reel.frames - 1) this.stop();
  }

  /** How far the film's map reaches from the middle. */
  get edge() {
    const { film_reach, reach } = this.liveMap.data.map;
    return film_reach ?? reach;
  }

  /** What the model drew at the place of z then: the frame's picture that is nearest to it. */
  showThen(frame) {
    const { reel, liveMap, edge } = this;
    const { width, height } = liveMap.decoder.picture;
    const cell = cellOf(height, width);
    const { bitmap, side } = reel;
    const scale = bitmap.width / (side * cell.side); // the film of large pictures comes smaller
    const at = (value) => Math.min(side - 1, Math.max(0, Math.floor(((value + edge) / (2 * edge)) * side)));
    const left = scale * (at(liveMap.a) * cell.side + cell.left);
    const top = (frame * bitmap.height) / reel.frames + scale * (at(-liveMap.b) * cell.side + cell.top);
    liveMap.picture.drawImage(bitmap, left, top, scale * width, scale * height, 0, 0, width, height);
  }
}
