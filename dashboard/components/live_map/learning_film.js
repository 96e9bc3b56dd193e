// The film of how the model learned: the stored map and the test images' means, snapshot by snapshot.

import { drawCursor } from "../js/canvas/axes.js";
import { channels } from "../js/canvas/colour.js";
import { drawGaps, drawMarks } from "../js/canvas/marks.js";
import { cellOf } from "../js/canvas/mosaic.js";
import { drawPicture } from "../js/canvas/pictures.js";
import { nearest } from "../js/engine/plane.js";
import { drawAxesOf, drawGround, FAINT } from "./ground.js";
import { withBitmap } from "./packets.js";

const FILM_SECONDS = 8;
const FILM_FADE = 0.4; // seconds in which the map of now goes, and then in which the film comes; at the end the other way round
const OUTSIDE = 0.3; // ink of pictures where none of the images lies yet
const NEAR = 1.5; // widths of a picture within which an image counts as lying there

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
      const flat = new Float32Array(size);
      this.reel = { bitmap, mu, frames, size, side: part.side, steps: part.steps, flat, start: performance.now() };
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
    const seconds = (performance.now() - reel.start) / 1000;
    const t = Math.min(1, seconds / FILM_SECONDS) * (reel.frames - 1);
    const frame = Math.floor(t);
    const later = Math.min(reel.frames - 1, frame + 1);
    const share = liveMap.isCalm ? 0 : t - frame;
    for (let n = 0; n < reel.size; n++)
      reel.flat[n] = reel.mu[frame * reel.size + n] * (1 - share) + reel.mu[later * reel.size + n] * share;
    ground.fillStyle = liveMap.theme.ground;
    ground.fillRect(0, 0, view.width, view.height);
    // Two grids of pictures are never seen at once: the one has gone before the other comes.
    const fade = liveMap.isCalm ? 2 : Math.min(2, Math.max(0, Math.min(seconds, FILM_SECONDS - seconds) / FILM_FADE));
    if (fade < 1) {
      ground.globalAlpha = 1 - fade;
      drawGround(liveMap);
    }
    ground.globalAlpha = Math.max(0, fade - 1);
    this.drawPictures(frame);
    // The images that the film follows are the first ones of the test set.
    ground.globalAlpha = Math.min(1, fade);
    liveMap.points.draw(ground, view, reel.flat, liveMap.colouring, liveMap.outline);
    ground.globalAlpha = 1;
    drawAxesOf(liveMap);
    this.showThen(frame);
    liveMap.over.clearRect(0, 0, view.width, view.height);
    drawCursor(liveMap.over, view, liveMap.a, liveMap.b, liveMap.theme);
    liveMap.sayInstead(liveMap.text("film_step", { step: reel.steps[frame].toLocaleString(liveMap.data.language) }));
    if (t >= reel.frames - 1) this.stop();
  }

  /** The pictures of a frame: faint where points lie on the map, else with the class that lies there at that time, as ink or as a dot. */
  drawPictures(frame) {
    const { reel, liveMap, edge } = this;
    const { ground, view, painter, data, theme } = liveMap;
    const area = [-edge, edge, -edge, edge];
    if (reel.shown !== frame) this.tint(frame);
    drawPicture(ground, view, reel.picture, area);
    if (painter.isInk) return;
    drawGaps(ground, view, area, reel.side, reel.side, theme);
    drawMarks(ground, view, area, reel.side, reel.side, data.shape, theme, (n) => liveMap.marks[reel.classes[n]]);
  }

  tint(frame) {
    const { reel, liveMap } = this;
    const { bitmap, side, frames } = reel;
    const ink = channels(liveMap.theme.text);
    const isPlain = liveMap.isCovered || !liveMap.colouring.labels;
    const classes = Int16Array.from({ length: side * side }, (_, n) => (isPlain ? -1 : this.classAt(frame, n)));
    const inkOf = (n) => (isPlain ? [ink, FAINT] : classes[n] < 0 ? [ink, OUTSIDE] : [liveMap.inks[classes[n]] ?? ink, 1]);
    Object.assign(reel, { shown: frame, classes, picture: liveMap.painter.tintCells(bitmap, side, side, inkOf, frame, frames) });
  }

  /** The class of picture n of a frame, that of most of the images that lie nearest then; -1 where none lies near. */
  classAt(frame, n) {
    const { reel, liveMap, edge } = this;
    const { rows, distances } = liveMap;
    const [followed, cell] = [reel.size / 2, (2 * edge) / reel.side];
    const place = [-edge + ((n % reel.side) + 0.5) * cell, edge - (Math.floor(n / reel.side) + 0.5) * cell];
    nearest(reel.mu.subarray(frame * reel.size, (frame + 1) * reel.size), followed, place, rows, distances);
    return distances[0] > NEAR * cell ? -1 : liveMap.colouring.vote(rows);
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
