// The film of how the model learned: the stored map and the test images' means, snapshot by snapshot.

const FILM_SECONDS = 8;

export class Film {
  constructor(explorer) {
    this.explorer = explorer;
    this.reel = null;
    this.isWanted = false;
  }

  get isOn() {
    return this.reel !== null;
  }

  /** Play it; where it is not here yet, ask Python for it and play it when it comes. */
  play() {
    const { explorer } = this;
    explorer.touch();
    this.isWanted = true;
    explorer.receive();
    if (!this.isWanted) return;
    explorer.sayInstead(explorer.text("film_busy"));
    explorer.ask("film");
  }

  start(part) {
    const { explorer } = this;
    this.isWanted = false;
    withBitmap(explorer, part.film, (bitmap) => {
      const mu = new Float32Array(part.mu.slice().buffer);
      const frames = part.steps.length;
      const size = mu.length / frames;
      // The images that the film follows are the first ones of the test set.
      const labels = explorer.labels?.subarray(0, size / 2);
      const picture = inked(bitmap, channels(explorer.theme.text), FAINT);
      this.reel = { picture, mu, frames, size, labels, steps: part.steps, flat: new Float32Array(size), start: performance.now() };
      explorer.root.dataset.film = "on"; // the picture of z, drawn by the finished model, steps back
      explorer.schedule();
    });
  }

  stop() {
    this.isWanted = false;
    if (!this.reel) return;
    this.reel = null;
    delete this.explorer.root.dataset.film;
    this.explorer.isMoved = true; // the words about z come back
    this.explorer.invalidate();
  }

  draw() {
    const { reel, explorer } = this;
    const { ground, view } = explorer;
    const edge = explorer.data.map.film_reach ?? explorer.data.map.reach;
    const t = Math.min(1, (performance.now() - reel.start) / (1000 * FILM_SECONDS)) * (reel.frames - 1);
    const frame = Math.floor(t);
    const later = Math.min(reel.frames - 1, frame + 1);
    const share = explorer.isCalm ? 0 : t - frame;
    for (let n = 0; n < reel.size; n++) reel.flat[n] = reel.mu[frame * reel.size + n] * (1 - share) + reel.mu[later * reel.size + n] * share;
    ground.fillStyle = explorer.theme.ground;
    ground.fillRect(0, 0, view.width, view.height);
    drawPicture(ground, view, reel.picture, [-edge, edge, -edge, edge], frame, reel.frames);
    explorer.points.draw(ground, view, reel.flat, reel.labels, explorer.colours, explorer.outline, explorer.hidden);
    explorer.over.clearRect(0, 0, view.width, view.height);
    explorer.sayInstead(explorer.text("film_step", { step: reel.steps[frame].toLocaleString(explorer.data.language) }));
    if (t >= reel.frames - 1) this.stop();
  }
}
//# sourceURL=film.js
