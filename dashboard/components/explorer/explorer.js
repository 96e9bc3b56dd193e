// The live latent map: state, movement and drawing. While pointer or slider move nothing leaves the browser; a release sends z once.

const NEIGHBOURS = 20;
const FRAME_BUDGET = 8; // ms of mosaic decoding per frame
const FILM_SECONDS = 8;
const FAINT = 0.45; // ink of the mosaic under the points
const UNSEEN = 0.3; // ink where nothing was learned

/** What outlives a page switch: bytes by key, parsed decoders, and a ring of move times for the benchmark. */
function shared() {
  const store = (globalThis[Symbol.for("latent-lens")] ??= { parts: new Map(), waiting: new Set() });
  store.decoders ??= new Map();
  store.moves ??= new Float64Array(4096);
  store.moved ??= 0;
  return store;
}

export class Explorer {
  constructor(root) {
    this.root = root;
    this.find = (name) => root.querySelector(`.ll-${name}`);
    this.map = this.find("map");
    this.ground = this.find("ground").getContext("2d");
    this.over = this.find("over").getContext("2d");
    this.picture = this.find("picture").getContext("2d");
    this.view = new View();
    this.points = new PointPainter();
    this.hidden = new Set();
    this.layers = {};
    this.isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.guardedFrame = this.guard(() => this.frame());
    this.controls = new Controls(this);
    new ResizeObserver(this.guard(() => this.resize())).observe(this.map);
    listen(this);
    watchServer(this);
  }

  /** Wrap a handler so that a mistake becomes one sentence on the page instead of Streamlit's red box. */
  guard(action) {
    return (...values) => {
      try {
        return action(...values);
      } catch (error) {
        this.say(error.message);
        return undefined;
      }
    };
  }

  say(sentence) {
    this.find("note").textContent = sentence;
  }

  text(key, values = {}) {
    return (this.data.texts[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  }

  // ------------------------------------------------------------------ data from Python

  update({ data, setStateValue, setTriggerValue }) {
    const isNew = data.run !== this.data?.run || data.mode !== this.data?.mode;
    this.data = data;
    this.setState = setStateValue;
    this.setTrigger = setTriggerValue;
    this.readTheme();
    if (isNew) this.open();
    if (isNew || data.revision !== this.revision) this.adopt(data.z);
    this.revision = data.revision;
    this.controls.update();
    this.receive();
    this.dirty = true;
    this.schedule();
  }

  readTheme() {
    const style = getComputedStyle(this.root);
    const read = (name, otherwise) => style.getPropertyValue(`--st-${name}`).trim() || otherwise;
    this.theme = { text: read("text-color", "#222222"), ground: read("background-color", "#ffffff"), accent: read("primary-color", "#3f90da") };
    for (const [name, otherwise] of [["text", "#222222"], ["ground", "#ffffff"]]) if (!/^#[0-9a-f]{6}/i.test(this.theme[name])) this.theme[name] = otherwise;
    this.outline = packed(this.theme.ground, 220);
    if (this.theme.text === this.inkOf) return;
    this.inkOf = this.theme.text;
    this.inkFirst();
    if (this.decoder) this.restartMosaic();
  }

  /** The stored picture in the theme's ink. */
  inkFirst() {
    if (this.first instanceof ImageBitmap) this.stored = inked(this.first, channels(this.theme.text), this.ink);
  }

  /** Under the points the pictures are faint. */
  get ink() {
    return this.layers.points ? FAINT : 1;
  }

  /** Forget the last run and lay out the new one; its bytes may arrive later. */
  open() {
    const d = this.data.kl.length;
    this.root.dataset.mode = this.data.mode;
    this.z = new Float64Array(d);
    this.sent = null;
    this.isPinned = false;
    this.decoder = this.flat = this.first = this.stored = this.film = this.hovered = null;
    const isExplore = this.data.mode === "explore";
    this.layers = { mosaic: true, points: isExplore, rings: isExplore, density: false };
    this.hidden.clear();
    this.rows = new Int32Array(NEIGHBOURS);
    this.distances = new Float64Array(NEIGHBOURS);
    this.votes = new Int32Array(Math.max(1, this.data.names.length));
    this.reach = Math.max(this.data.map.reach, ...this.data.ranges.flat().map((edge) => Math.abs(edge) * 1.08));
    this.mosaic = new Mosaic(this.data.map.side, this.data.map.reach);
    this.colours = this.data.colours.map((hex) => packed(hex));
    this.inks = this.data.colours.map(channels);
    const [i, j] = this.data.dims;
    this.setPlane(Plane.ofAxes(d, i, j), `${i},${j}`);
    this.controls.open();
    this.say("");
    this.view.fit(this.reach);
    this.isWandering = !this.isCalm && !this.data.touched;
    this.wanderStart = performance.now();
  }

  setPlane(plane, name) {
    this.plane = plane;
    this.planeName = name;
    if (this.mu) this.layOut();
  }

  /** Take z from Python: another page, a link, or the native sliders moved it. */
  adopt(z) {
    if (z?.length !== this.z.length) return;
    this.z.set(z);
    this.sent = z.join();
    this.isWandering &&= !this.data.touched;
    this.isPinned = this.data.touched;
    this.moved(false);
    if (this.z.length > 2 && this.decoder) this.restartMosaic();
  }

  /** Pick up whatever bytes have arrived for this run: first the stored picture, then weights and points, then the film. */
  receive() {
    const store = shared();
    const [first, heavy, film] = ["first", "weights", "film"].map((name) => store.parts.get(`${this.data.run}/${name}`));
    const run = this.data.run;
    if (first?.map && !this.first) {
      this.first = true;
      createImageBitmap(new Blob([first.map.slice()])).then(
        this.guard((bitmap) => {
          if (run !== this.data.run) return;
          this.first = bitmap;
          this.inkFirst();
          this.invalidate();
        }),
      );
    }
    if (heavy && !this.decoder) this.unpack(heavy, store);
    if (film?.film && this.wantsFilm) this.startFilm(film);
  }

  unpack(heavy, store) {
    const arrived = performance.now();
    if (!store.decoders.has(this.data.run)) store.decoders.set(this.data.run, new Decoder(parseSafetensors(heavy.weights)));
    this.decoder = store.decoders.get(this.data.run);
    const d = this.z.length;
    const bytes = (array) => array.slice().buffer;
    this.mu = new Float32Array(bytes(heavy.mu));
    this.labels = heavy.labels?.length ? new Int32Array(bytes(heavy.labels)) : null;
    this.indexes = new Int32Array(bytes(heavy.rows));
    this.count = this.mu.length / d;
    this.image = new ImageData(this.decoder.width, this.decoder.height);
    this.small = new ImageData(this.decoder.width, this.decoder.height);
    this.drawNoise();
    for (const name of ["picture", "near"]) {
      this.find(name).width = this.decoder.width;
      this.find(name).height = this.decoder.height;
    }
    this.layOut();
    this.moved(false);
    store.ready = performance.now() - arrived;
    this.root.dataset.ready = this.data.run;
  }

  /** New noise for "one sample"; it stays while z moves, so that only z changes the picture. */
  drawNoise() {
    const length = this.decoder.width * this.decoder.height;
    this.noise = { uniform: Float32Array.from({ length }, Math.random), bell: Float32Array.from({ length }, () => normal()) };
  }

  /** Project the points on the plane, find where the class names go, and begin the mosaic anew. */
  layOut() {
    this.flat = this.plane.project(this.mu, this.count);
    this.cloud = null;
    this.places = this.labels ? densest(this.flat, this.labels, this.data.names.length, -this.reach, this.reach, 0.06 * this.reach) : [];
    this.restartMosaic();
    this.invalidate();
  }

  restartMosaic() {
    this.mosaic.restart(this.decoder.height, this.decoder.width);
    this.scratch = Float64Array.from(this.z);
    this.schedule();
  }

  // ------------------------------------------------------------------ movement

  /** The coordinates of z on the plane. */
  get a() {
    return Plane.along(this.plane.u, this.z);
  }

  get b() {
    return this.plane.v ? Plane.along(this.plane.v, this.z) : 0;
  }

  moveTo(a, b) {
    this.plane.moveTo(this.z, a, b);
    this.moved();
  }

  /** z has changed: everything that shows it is drawn in the next frame, however many changes come before it. */
  moved(isByHand = true) {
    if (isByHand) this.touch();
    this.isMoved = true;
    this.schedule();
  }

  touch() {
    this.isWandering = false;
    this.stopFilm();
    this.controls.dots = false;
  }

  /** The hand let go: Python hears of z once. */
  release() {
    const z = Array.from(this.z, (value) => Number(value.toFixed(4)));
    if (this.z.length > 2 && this.decoder && this.offPlane()) this.restartMosaic();
    if (z.join() === this.sent) return;
    this.sent = z.join();
    this.setState("z", z);
  }

  offPlane() {
    const moved = Float64Array.from(this.scratch);
    this.plane.moveTo(moved, this.a, this.b);
    return moved.some((value, n) => Math.abs(value - this.z[n]) > 1e-6);
  }

  // ------------------------------------------------------------------ drawing

  invalidate() {
    this.dirty = true;
    this.schedule();
  }

  schedule() {
    if (!this.pending) this.pending = requestAnimationFrame(this.guardedFrame);
  }

  resize() {
    const box = this.map.getBoundingClientRect();
    const ratio = Math.min(2, devicePixelRatio || 1);
    const [width, height] = [Math.max(1, Math.round(box.width * ratio)), Math.max(1, Math.round(box.height * ratio))];
    if (width === this.view.width && height === this.view.height) return;
    this.view.scale *= Math.min(width, height) / Math.min(this.view.width, this.view.height);
    Object.assign(this.view, { width, height, ratio });
    for (const context of [this.ground, this.over]) Object.assign(context.canvas, { width, height });
    this.invalidate();
  }

  frame() {
    this.pending = 0;
    if (!this.data || !this.root.isConnected) return;
    if (this.isWandering) this.wander();
    if (this.controls.walk) this.controls.step();
    if (this.isMoved && this.decoder) {
      const start = performance.now();
      this.drawMove();
      const store = shared();
      store.moves[store.moved++ % store.moves.length] = performance.now() - start;
    }
    if (this.film) this.drawFilm();
    else if (this.decoder && !this.mosaic.isWhole) {
      this.dirty = this.mosaic.work(FRAME_BUDGET, (tile, a, b) => this.paintTile(tile, a, b)) || this.dirty;
    }
    if (this.dirty && !this.film) this.drawGround();
    if (this.isWandering || this.controls.walk || this.film || (this.decoder && !this.mosaic.isWhole)) this.schedule();
  }

  /** One picture of the mosaic: faint under the points; else in the colour of the class that lies there, fainter where nothing does. */
  paintTile(tile, a, b) {
    this.plane.moveTo(this.scratch, a, b);
    let [colour, strength] = [channels(this.theme.text), this.ink];
    if (!this.layers.points) {
      nearest(this.mu, this.count, this.scratch, this.rows, this.distances);
      if (this.isOutside()) strength = UNSEEN;
      else if (this.labels) colour = this.inks[vote(this.labels, this.rows, this.votes)];
    }
    paintInk(tile, this.decoder.decode(this.scratch), colour, strength);
  }

  /** Whether the place whose neighbours were searched last lies farther from the images than they do from each other. */
  isOutside() {
    return this.data.reach !== null && this.distances[Math.min(9, this.count - 1)] > this.data.reach;
  }

  wander() {
    const t = (performance.now() - this.wanderStart) / 1000;
    this.plane.moveTo(this.z, 1.7 * Math.sin(0.53 * t + 0.4), 1.7 * Math.sin(0.79 * t + 1.1));
    this.isMoved = true;
  }

  drawMove() {
    this.isMoved = false;
    this.paint(this.decoder.decode(this.z));
    this.drawOver();
    this.describe();
    this.controls.follow();
  }

  paint(means) {
    paintPicture(this.image, this.controls.isSample ? sampled(this.decoder, means, this.noise, this.data) : means);
    this.picture.putImageData(this.image, 0, 0);
  }

  drawGround() {
    this.dirty = false;
    const { ground, view, theme, layers } = this;
    ground.fillStyle = theme.ground;
    ground.fillRect(0, 0, view.width, view.height);
    ground.imageSmoothingEnabled = true;
    const is1d = !this.plane.v;
    if (layers.mosaic && !is1d) this.drawMosaic();
    if (layers.density && this.flat) this.drawDensity();
    if (layers.points && this.flat) this.points.draw(ground, view, this.flat, this.labels, this.colours, this.outline, this.hidden);
    if (layers.rings) drawRings(ground, view, theme.text, is1d);
    const across = ticks(view.worldX(0), view.worldX(view.width), view.width / view.ratio);
    const upward = ticks(view.worldY(view.height), view.worldY(0), view.height / view.ratio);
    drawAxes(ground, view, across, upward, theme, is1d, this.axisNames());
    if (this.places && !is1d) this.drawNames();
    this.drawOver();
  }

  axisNames() {
    return this.planeName === "principal" ? [1, 2].map((n) => this.text("axis_principal", { n })) : this.planeName.split(",").map((dim) => axisName(Number(dim)));
  }

  drawMosaic() {
    if (this.mosaic.isWhole) this.mosaic.draw(this.ground, this.view);
    // The stored picture holds the place until the new one is whole; it knows one plane only, through the middle.
    else if (this.stored && this.planeName === this.data.dims.join()) drawSquare(this.ground, this.view, this.stored, this.data.map.reach);
    else if (this.mosaic.canvas) this.mosaic.draw(this.ground, this.view);
  }

  drawDensity() {
    this.cloud ??= densityPicture(density(this.flat, 96, -this.reach, this.reach, (row) => !this.labels || !this.hidden.has(this.labels[row])), 96);
    drawSquare(this.ground, this.view, this.cloud, this.reach);
  }

  drawNames() {
    this.places.forEach((place, n) => {
      if (place && !this.hidden.has(n)) drawLabel(this.ground, this.view, this.data.names[n], this.view.px(place[0]), this.view.py(place[1]), this.theme, 15);
    });
  }

  drawOver() {
    const { over, view } = this;
    over.clearRect(0, 0, view.width, view.height);
    this.controls.drawPath(over);
    if (this.hovered !== null && this.flat) drawCursor(over, view, this.flat[2 * this.hovered], this.flat[2 * this.hovered + 1], this.theme);
    drawCursor(over, view, this.a, this.b, this.theme);
  }

  // ------------------------------------------------------------------ words

  /** Say where z lies and what is near it; the screen reader hears it when the hand rests. */
  describe() {
    const number = (value) => value.toFixed(2).replace("-", "−");
    const [x, y] = this.axisNames();
    this.find("place").textContent = this.text(this.plane.v ? "place" : "place_1", { x, y, a: number(this.a), b: number(this.b) });
    nearest(this.mu, this.count, this.z, this.rows, this.distances);
    const isOutside = this.isOutside();
    let words = this.text("outside");
    if (!isOutside && this.labels) {
      const winner = vote(this.labels, this.rows, this.votes);
      words = this.text("near", { name: this.data.names[winner], votes: this.votes[winner], of: Math.min(NEIGHBOURS, this.count) });
    } else if (!isOutside) words = this.text("inside");
    this.find("trust").textContent = words;
    this.find("trust").classList.toggle("ll-outside", isOutside);
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      this.find("spoken").textContent = this.isWandering ? "" : `${this.find("place").textContent} ${words}`;
    }, 500);
  }

  /** Show the image whose point lies under the pointer, redrawn from its own place; null: none. */
  hover(row) {
    if (row === this.hovered) return;
    this.hovered = row;
    this.find("nearby").hidden = row === null;
    if (row !== null) {
      const d = this.z.length;
      this.neighbour ??= new Float64Array(d);
      for (let n = 0; n < d; n++) this.neighbour[n] = this.mu[row * d + n];
      paintPicture(this.small, this.decoder.decode(this.neighbour));
      this.find("near").getContext("2d").putImageData(this.small, 0, 0);
      this.find("caption").textContent = this.text(this.labels ? "hover" : "hover_unnamed", { name: this.data.names[this.labels?.[row]], row: this.indexes[row] });
    }
    this.drawOver();
  }

  pointAt(px, py, within = 6) {
    if (!this.flat || !this.layers.points) return null;
    let [best, limit] = [null, (within * this.view.ratio) ** 2];
    for (let row = 0; row < this.count; row++) {
      if (this.labels && this.hidden.has(this.labels[row])) continue;
      const far = (this.view.px(this.flat[2 * row]) - px) ** 2 + (this.view.py(this.flat[2 * row + 1]) - py) ** 2;
      if (far < limit) [best, limit] = [row, far];
    }
    return best;
  }

  // ------------------------------------------------------------------ the film of how it was learned

  playFilm() {
    this.touch();
    this.wantsFilm = true;
    this.receive();
    if (!this.film) {
      this.find("film_words").textContent = this.text("film_busy");
      this.setTrigger("film", Date.now());
    }
  }

  startFilm(part) {
    this.wantsFilm = false;
    createImageBitmap(new Blob([part.film.slice()])).then(
      this.guard((bitmap) => {
        const frames = part.steps.length;
        const picture = inked(bitmap, channels(this.theme.text), FAINT);
        this.film = { picture, frames, mu: new Float32Array(part.mu.slice().buffer), steps: part.steps, start: performance.now() };
        this.film.labels = this.labels?.subarray(0, this.film.mu.length / frames / 2);
        this.schedule();
      }),
    );
  }

  stopFilm() {
    if (!this.film) return;
    this.film = null;
    this.find("film_words").textContent = "";
    this.invalidate();
  }

  drawFilm() {
    const { film, view, ground } = this;
    const t = Math.min(1, (performance.now() - film.start) / (1000 * FILM_SECONDS)) * (film.frames - 1);
    const [frame, share] = [Math.min(film.frames - 1, Math.floor(t)), this.isCalm ? 0 : t - Math.floor(t)];
    const size = film.mu.length / film.frames;
    film.flat ??= new Float32Array(size);
    const later = Math.min(film.frames - 1, frame + 1);
    for (let n = 0; n < size; n++) film.flat[n] = film.mu[frame * size + n] * (1 - share) + film.mu[later * size + n] * share;
    ground.fillStyle = this.theme.ground;
    ground.fillRect(0, 0, view.width, view.height);
    drawSquare(ground, view, film.picture, this.data.map.reach, frame, film.frames);
    this.points.draw(ground, view, film.flat, film.labels, this.colours, this.outline, this.hidden);
    this.over.clearRect(0, 0, view.width, view.height);
    this.find("film_words").textContent = this.text("film_step", { step: film.steps[frame].toLocaleString(this.data.language) });
    if (t >= film.frames - 1) this.stopFilm();
  }
}

/** One draw from p(x|z) with noise that stays while z moves, so that only z changes the picture. */
function sampled(decoder, means, { uniform, bell }, data) {
  if (data.support === "binary") return means.map((mean, n) => (uniform[n] < mean ? 1 : 0));
  if (data.support === "unit") return Array.from(decoder.params, (eta, n) => continuousBernoulli(eta, uniform[n]));
  return means.map((mean, n) => mean + data.sigma * bell[n]);
}

function continuousBernoulli(eta, uniform) {
  const size = Math.abs(eta);
  const low = size < 1e-4 ? uniform : -Math.log1p(uniform * Math.expm1(-size)) / size;
  return eta > 0 ? 1 - low : low;
}

/** Say when the server is gone, and when it is back; the map draws on meanwhile. */
function watchServer(explorer) {
  let isGone = false;
  const timer = setInterval(async () => {
    if (!explorer.root.isConnected) clearInterval(timer);
    if (document.hidden || !explorer.root.isConnected || !explorer.data) return;
    // Any answer will do: only a server that cannot be reached throws.
    const wasGone = isGone;
    isGone = await fetch("/_stcore/health", { cache: "no-store" }).then(() => false, () => true);
    if (isGone !== wasGone) explorer.say(isGone ? explorer.text("gone") : "");
  }, 3000);
}

export default function (component) {
  const root = component.parentElement.querySelector(".ll");
  try {
    root.explorer ??= new Explorer(root);
    const { explorer } = root;
    const store = shared();
    explorer.wake ??= (key) => key.startsWith(`${explorer.data?.run}/`) && explorer.guard(() => explorer.receive())();
    store.waiting.add(explorer.wake);
    explorer.guard(() => explorer.update(component))();
    return () => store.waiting.delete(explorer.wake);
  } catch (error) {
    root.querySelector(".ll-note").textContent = error.message;
    return undefined;
  }
}
//# sourceURL=explorer.js
