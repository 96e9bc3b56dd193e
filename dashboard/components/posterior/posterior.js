// The exact posterior of one image under a normal q that the hand moves and stretches; every number is computed here, from the stored field.

const LEAST_SIGMA = 1e-3;
const MOST_SIGMA = 3;
const REACH = 2; // standard deviations at which the outer ellipse and its handles lie
const EDGE = 3.4; // standard deviations that the large picture shows on either side
const AROUND = 5; // standard deviations that `low` and `high` lie from the posterior's middle, as in vae_core.field
const NEAR = 16; // CSS px from a handle that still take hold of it
const STEP = 0.25; // of a standard deviation, per arrow key
const STRETCH = 1.08; // times, per arrow key with Shift
const SLIDE = 350; // ms from one q to another where a button asks for it
const DOTS = 220; // side of the heat map before it is enlarged
const SAME = 0.01; // nats: closer is said to be as good

export class Instrument extends Stage {
  constructor(root) {
    super(root, "lq");
    for (const name of ["ground", "over", "scale", "overview", "x", "redrawn"]) this[name] = this.find(name).getContext("2d");
    this.on("encoder", "click", () => this.go("encoder"));
    this.on("best", "click", () => this.go("best"));
    this.on("home", "click", () => this.go("encoder"));
    this.on("over", "pointerdown", (event) => this.take(event));
    this.on("over", "pointermove", (event) => this.drag(event));
    this.on("over", "keydown", (event) => this.press(event));
    for (const name of ["pointerup", "pointercancel"]) this.on("over", name, () => (this.grip = null));
    for (const name of ["pointerdown", "pointermove"]) this.on("overview", name, (event) => this.jump(event));
  }

  /** Words; those for one dimension, where q is a bell, where there are such. */
  text(key, values = {}) {
    return super.text(this.d === 1 && `${key}_1` in this.data.texts ? `${key}_1` : key, values);
  }

  // ------------------------------------------------------------------ data from Python

  update({ data }) {
    this.data = data;
    this.readTheme();
    this.write();
    for (const key of [data.key, data.weights_key]) this.receive(key);
    this.resize();
  }

  /** A packet has arrived, or was there: the image with its field, or the decoder's weights. */
  receive(key) {
    const held = shared().parts.get(key);
    if (held && key === this.data.key && this.opened !== key) this.open(held);
    if (held && key === this.data.weights_key && this.decoderOf !== key) {
      this.decoder = new Decoder(parseSafetensors(held.weights));
      this.decoderOf = key;
    }
    this.find("drawn").hidden = this.decoderOf !== this.data.weights_key;
    this.schedule();
  }

  open(held) {
    this.held = held;
    this.field = new Field(held, new Float32Array(held.field.slice().buffer));
    this.d = this.field.d;
    this.root.dataset.flat = this.d === 1 ? "yes" : "no";
    this.encoder = { mu: held.mu, sigma: held.sigma, nats: this.field.gap(held.mu, held.sigma) };
    this.optimum = { mu: held.best_mu, sigma: held.best_sigma, nats: this.field.gap(held.best_mu, held.best_sigma) };
    this.isBestShown = false;
    this.slide = this.grip = null;
    this.set(this.encoder, "encoder");
    this.find("shown").hidden = !held.picture;
    if (held.picture) paintGrey(this.x, held.image, held.picture.width, held.picture.height);
    this.opened = this.data.key;
    this.write();
    this.resize();
  }

  write() {
    super.write();
    this.find("x").setAttribute("aria-label", this.text("x_label"));
    this.find("over").setAttribute("aria-label", this.text("map_label"));
  }

  // ------------------------------------------------------------------ q

  /** Take a q: `who` is encoder, best or hand. */
  set({ mu, sigma }, who) {
    const { low, high } = this.field.levels.at(-1);
    this.mu = Array.from(mu, (value, j) => Math.min(high[j], Math.max(low[j], value)));
    this.sigma = Array.from(sigma, (value) => Math.min(MOST_SIGMA, Math.max(LEAST_SIGMA, value)));
    this.who = who;
    this.nats = this.field.gap(this.mu, this.sigma);
    Object.assign(this.root.dataset, { who, nats: this.nats, mu: this.mu, sigma: this.sigma });
    this.schedule();
  }

  /** Slide to the encoder's q, or to the best. */
  go(who) {
    const goal = who === "best" ? this.optimum : this.encoder;
    if (who === "best") this.isBestShown = true;
    this.slide = this.isCalm ? null : { from: { mu: this.mu, sigma: this.sigma }, goal, who, start: performance.now() };
    if (!this.slide) this.set(goal, who);
    this.schedule();
  }

  advance() {
    if (!this.slide) return;
    const { from, goal, who, start } = this.slide;
    const share = Math.min(1, (performance.now() - start) / SLIDE);
    const ease = share * share * (3 - 2 * share);
    const blend = (one, other) => one.map((value, j) => value + ease * (other[j] - value));
    if (share === 1) this.slide = null;
    this.set(share === 1 ? goal : { mu: blend(from.mu, goal.mu), sigma: blend(from.sigma, goal.sigma) }, who);
  }

  // ------------------------------------------------------------------ hand and keys

  /** Where a pointer is, in units of z; a map of one dimension has no second. */
  zOf(event) {
    const box = event.currentTarget.getBoundingClientRect();
    const { view } = this;
    return [
      view.x + ((event.clientX - box.left) * view.ratio - view.width / 2) / view.scale,
      view.y - ((event.clientY - box.top) * view.ratio - view.height / 2) / view.scale,
    ].slice(0, this.d);
  }

  take(event) {
    event.currentTarget.setPointerCapture(event.pointerId);
    const z = this.zOf(event);
    const reach = (NEAR * this.view.ratio) / this.view.scale;
    const isNear = (axis) => z.every((value, j) => Math.abs(Math.abs(value - this.mu[j]) - (j === axis ? REACH * this.sigma[j] : 0)) < reach);
    this.slide = null;
    this.grip = { axis: z.findIndex((_, axis) => isNear(axis)), z, mu: this.mu };
  }

  drag(event) {
    if (!this.grip) return;
    const z = this.zOf(event);
    const { axis, mu, z: start } = this.grip;
    if (axis < 0) this.set({ mu: mu.map((value, j) => value + z[j] - start[j]), sigma: this.sigma }, "hand");
    else this.set({ mu: this.mu, sigma: this.sigma.map((value, j) => (j === axis ? Math.abs(z[j] - mu[j]) / REACH : value)) }, "hand");
  }

  /** The small map: q goes where the pointer is. */
  jump(event) {
    if (!event.buttons) return;
    if (event.type === "pointerdown") event.currentTarget.setPointerCapture(event.pointerId);
    const box = event.currentTarget.getBoundingClientRect();
    const { low, high } = this.field.levels.at(-1);
    const shares = [(event.clientX - box.left) / box.width, 1 - (event.clientY - box.top) / box.height];
    this.slide = null;
    this.set({ mu: low.map((edge, j) => edge + shares[j] * (high[j] - edge)), sigma: this.sigma }, "hand");
  }

  press(event) {
    const [axis, sign] = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowUp: [1, 1], ArrowDown: [1, -1] }[event.key] ?? [-1, 0];
    if (event.key === "Home") this.go("encoder");
    if (event.key !== "Tab") event.stopPropagation(); // r and c would reach Streamlit
    if (axis < 0) return;
    event.preventDefault();
    const isStretch = event.shiftKey || (this.d === 1 && axis === 1);
    const target = this.d === 1 ? 0 : axis;
    const [mu, sigma] = [[...this.mu], [...this.sigma]];
    if (isStretch) sigma[target] *= STRETCH ** sign;
    else mu[target] += sign * STEP * sigma[target];
    this.slide = null;
    this.set({ mu, sigma }, "hand");
  }

  // ------------------------------------------------------------------ drawing

  resize() {
    if (!this.field) return;
    const ratio = devicePixelRatio || 1;
    for (const name of ["ground", "over", "scale", "overview"]) fitCanvas(this.find(name), ratio);
    const { width, height } = this.find("over");
    const { low, high } = this.window();
    const middle = low.map((edge, j) => (edge + high[j]) / 2);
    const scale = Math.min(width / (high[0] - low[0]), this.d > 1 ? height / (high[1] - low[1]) : Infinity);
    this.view = { x: middle[0], y: middle[1] ?? 0, scale, width, height, ratio };
    this.heat = null;
    this.schedule();
  }

  /** What is seen large: the exact posterior's mass and the two q, to EDGE standard deviations. */
  window() {
    const { low, high } = this.held;
    const shrunk = low.map((edge, j) => ({ middle: (edge + high[j]) / 2, reach: (EDGE / AROUND) * 0.5 * (high[j] - edge) }));
    const normals = [this.encoder, this.optimum].map(({ mu, sigma }) => mu.map((middle, j) => ({ middle, reach: EDGE * sigma[j] })));
    const edges = (sign) => low.map((_, j) => [shrunk, ...normals].map((one) => one[j].middle + sign * one[j].reach));
    return { low: edges(-1).map((all) => Math.min(...all)), high: edges(1).map((all) => Math.max(...all)) };
  }

  frame() {
    if (!this.field) return;
    this.advance();
    if (!this.heat) this.d === 1 ? this.drawExactBell() : this.drawHeat();
    this.over.clearRect(0, 0, this.view.width, this.view.height);
    this.d === 1 ? this.drawBell() : this.drawEllipse();
    this.drawLength();
    this.drawWay();
    this.drawOverview();
    this.tell();
    if (this.decoderOf === this.data.weights_key && this.decoder) this.drawRedrawn();
    if (this.slide) this.schedule();
  }

  px = (a) => (a - this.view.x) * this.view.scale + this.view.width / 2;

  py = (b) => this.view.height / 2 - (b - this.view.y) * this.view.scale;

  /** The exact posterior, each dot at its own place; drawn small and enlarged, once per image and size. */
  drawHeat() {
    const { view } = this;
    const values = new Float64Array(DOTS * DOTS);
    for (let row = 0; row < DOTS; row++) {
      const b = view.y + ((DOTS / 2 - row - 0.5) / DOTS) * (view.height / view.scale);
      for (let column = 0; column < DOTS; column++) {
        values[row * DOTS + column] = this.field.posterior([view.x + ((column + 0.5 - DOTS / 2) / DOTS) * (view.width / view.scale), b]);
      }
    }
    const top = values.reduce((most, value) => Math.max(most, value), 1e-300);
    const image = new ImageData(DOTS, DOTS);
    values.forEach((value, i) => image.data.set([...cividis(value / top), 255], 4 * i));
    this.heat = new OffscreenCanvas(DOTS, DOTS);
    this.heat.getContext("2d").putImageData(image, 0, 0);
    this.ground.imageSmoothingQuality = "high";
    this.ground.drawImage(this.heat, 0, 0, view.width, view.height);
  }

  /** One dimension: the exact posterior as a filled curve. */
  drawExactBell() {
    const { view, ground } = this;
    this.heat = Float64Array.from({ length: view.width }, (_, x) => this.field.posterior([view.x + (x + 0.5 - view.width / 2) / view.scale]));
    const peaks = [this.encoder, this.optimum].map(({ sigma }) => 1 / (sigma[0] * Math.sqrt(2 * Math.PI)));
    this.top = 1.1 * this.heat.reduce((most, value) => Math.max(most, value), Math.max(...peaks));
    ground.fillStyle = CIVIDIS[0];
    ground.fillRect(0, 0, view.width, view.height);
    ground.beginPath();
    ground.moveTo(0, view.height);
    this.heat.forEach((value, x) => ground.lineTo(x, this.heightOf(value)));
    ground.lineTo(view.width, view.height);
    ground.fillStyle = CIVIDIS.at(-2);
    ground.fill();
  }

  heightOf = (density) => this.view.height * (0.92 - 0.88 * Math.min(1.2, density / this.top));

  drawBell() {
    const { view, over, mu, sigma } = this;
    const bell = (z) => Math.exp(-0.5 * ((z - mu[0]) / sigma[0]) ** 2) / (sigma[0] * Math.sqrt(2 * Math.PI));
    const zAt = (x) => view.x + (x - view.width / 2) / view.scale;
    strokeTwice(over, view.ratio, () => {
      for (let x = 0; x <= view.width; x += 2) over.lineTo(x, this.heightOf(bell(zAt(x))));
    });
    const base = this.heightOf(0);
    for (const side of [-REACH, REACH]) handle(over, this.px(mu[0] + side * sigma[0]), base, view.ratio);
  }

  drawEllipse() {
    const { view, over, mu, sigma } = this;
    const [x, y] = [this.px(mu[0]), this.py(mu[1])];
    for (const times of [1, REACH]) {
      const [a, b] = sigma.map((value) => times * value * view.scale);
      strokeTwice(over, view.ratio, () => over.ellipse(x, y, a, b, 0, 0, 7), times === 1 ? [5, 4] : []);
    }
    for (const side of [-REACH, REACH]) {
      handle(over, x + side * sigma[0] * view.scale, y, view.ratio);
      handle(over, x, y + side * sigma[1] * view.scale, view.ratio);
    }
  }

  drawLength() {
    const { view, over } = this;
    const length = roundLength(view.width / view.scale);
    const [left, y] = [14 * view.ratio, view.height - 14 * view.ratio];
    strokeTwice(over, view.ratio, () => {
      over.moveTo(left, y);
      over.lineTo(left + length * view.scale, y);
    });
    words(over, this.number(length), left + length * view.scale + 8 * view.ratio, y, view.ratio);
  }

  /** Where q has left the picture: an arrow at the edge points to it, and Home leads back. */
  drawWay() {
    const { view, over } = this;
    const [x, y] = [this.px(this.mu[0]), this.d > 1 ? this.py(this.mu[1]) : view.height / 2];
    const isAway = x < 0 || y < 0 || x > view.width || y > view.height;
    this.find("home").hidden = !isAway;
    if (!isAway) return;
    const angle = Math.atan2(y - view.height / 2, x - view.width / 2);
    const margin = 18 * view.ratio;
    const clamp = (value, size) => Math.min(size - margin, Math.max(margin, value));
    const [tipX, tipY] = [clamp(x, view.width), clamp(y, view.height)];
    arrow(over, tipX, tipY, angle, view.ratio);
    words(over, this.text("out_there"), view.width / 2, 20 * view.ratio, view.ratio, "center");
  }

  /** The whole map, small: the bell curve's rings, the magnified window, and q. */
  drawOverview() {
    const { overview: context, theme } = this;
    const { width, height } = context.canvas;
    const { low, high } = this.field.levels.at(-1);
    const at = (z) => [
      ((z[0] - low[0]) / (high[0] - low[0])) * width,
      this.d > 1 ? (1 - (z[1] - low[1]) / (high[1] - low[1])) * height : height / 2,
    ];
    const unit = width / (high[0] - low[0]);
    const [ratio, origin] = [this.view.ratio, at(low.map(() => 0))];
    context.clearRect(0, 0, width, height);
    Object.assign(context, { strokeStyle: theme.quiet, lineWidth: ratio });
    for (const k of [1, 2, 3]) {
      context.beginPath();
      context.arc(...origin, k * unit, 0, 7);
      context.stroke();
    }
    const home = at([this.view.x, this.view.y]);
    const side = Math.max(7 * ratio, (this.view.width / this.view.scale) * unit);
    Object.assign(context, { strokeStyle: theme.text, lineWidth: 2 * ratio });
    context.strokeRect(home[0] - side / 2, home[1] - side / 2, side, side);
    const here = at(this.mu);
    context.beginPath();
    if (!this.find("home").hidden) {
      context.moveTo(...here);
      context.lineTo(...home);
      context.stroke();
    }
    context.beginPath();
    context.ellipse(...here, ...[0, 1].map((j) => Math.max(3 * ratio, REACH * (this.sigma[j] ?? this.sigma[0]) * unit)), 0, 0, 7);
    context.fillStyle = theme.parts.kl;
    context.fill();
    context.canvas.setAttribute("aria-label", this.text("overview"));
  }

  drawRedrawn() {
    const { decoder } = this;
    const picture = Uint8Array.from(decoder.decode(this.mu), (value) => Math.round(255 * Math.min(1, Math.max(0, value))));
    paintGrey(this.redrawn, picture, decoder.width, decoder.height);
    this.find("redrawn").setAttribute("aria-label", this.text("redrawn"));
  }

  // ------------------------------------------------------------------ words and numbers

  number(value, digits = 2) {
    const size = Math.abs(value);
    const places = size >= 100 ? 0 : size >= 10 ? 1 : digits;
    const places2 = size > 0 && size < 0.1 ? Math.min(4, digits - Math.floor(Math.log10(size)) - 1) : places;
    return value.toLocaleString(this.data.language, { minimumFractionDigits: places2, maximumFractionDigits: places2 }).replace("-", "−");
  }

  tell() {
    const { encoder, optimum, nats, who } = this;
    const marks = [{ nats: encoder.nats, label: this.text("mark_encoder", { nats: this.number(encoder.nats) }), row: 1, colour: this.theme.text }];
    if (this.isBestShown) marks.push({ nats: optimum.nats, label: this.text("mark_best", { nats: this.number(optimum.nats) }), row: 2, colour: this.theme.text });
    if (who === "hand") marks.push({ nats, label: this.text("mark_hand", { nats: this.number(nats) }), row: -1, colour: this.theme.parts.kl });
    const end = endOfScale(encoder.nats);
    drawScale(this.scale, end, marks, this.theme, this.view.ratio, this.text(end === 1 ? "mark_end_one" : "mark_end", { nats: end }));
    this.find("verdict").textContent = this.verdict(end);
    const place = (values) => (this.d > 1 ? `(${values.map((value) => this.number(value)).join(", ")})` : this.number(values[0]));
    this.find("numbers").textContent = this.text("numbers", {
      mu: place(this.mu), sigma: place(this.sigma), log_p: this.held.log_p.toFixed(2).replace("-", "−"), error: this.held.error_shown,
    });
    this.find("scale").setAttribute("aria-label", marks.map(({ label }) => label).join("; "));
    const times = (2 * Math.abs(this.field.levels.at(-1).high[0])) / (this.view.width / this.view.scale);
    this.find("magnified").textContent = this.text("magnified", { times: this.number(times) });
  }

  verdict(end) {
    const { encoder, optimum, nats, who } = this;
    const said = { nats: this.number(nats), best: this.number(optimum.nats), encoder: this.number(encoder.nats) };
    if (who === "best") return this.text("verdict_best", said);
    if (who === "encoder") return this.text("verdict_encoder", said);
    if (nats > end) return this.text("verdict_far", said);
    const gained = encoder.nats - nats;
    const key = Math.abs(gained) < SAME ? "verdict_same" : gained > 0 ? "verdict_beaten" : "verdict_worse";
    return this.text(key, { ...said, gained: this.number(Math.abs(gained)) });
  }
}

/** Paint grey values 0 to 255, row by row from the top. */
function paintGrey(context, values, width, height) {
  if (context.canvas.width !== width || context.canvas.height !== height) Object.assign(context.canvas, { width, height });
  const image = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) image.data.set([values[i], values[i], values[i], 255], 4 * i);
  context.putImageData(image, 0, 0);
}

export default (component) => mount(component, ".lq", Instrument);
//# sourceURL=posterior.js
