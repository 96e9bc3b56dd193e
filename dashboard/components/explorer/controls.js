// What the hand touches: pointer, keys, sliders, buttons, layers, the path between two pinned places.

const STRIP = 9; // pictures on the film strip between A and B
const WALK_SECONDS = 3;
const MOST_SLIDERS = 64; // a page of thousands helps nobody

/** Pointer, wheel, touch and keys on the map; keys that are handled stop here, since r and c mean something to Streamlit. */
export function listen(explorer) {
  const canvas = explorer.find("over");
  const pointers = new Map();
  let [rect, isDown, travelled] = [null, false, 0];
  const on = (name, action, options) => canvas.addEventListener(name, explorer.guard(action), options);
  const local = (event) => {
    rect ??= canvas.getBoundingClientRect();
    return [(event.clientX - rect.left) * explorer.view.ratio, (event.clientY - rect.top) * explorer.view.ratio];
  };
  const go = (x, y) => explorer.moveTo(explorer.view.worldX(x), explorer.view.worldY(y));

  on("pointerenter", () => {
    rect = null;
    explorer.touch();
  });
  on("pointerdown", (event) => {
    rect = null;
    canvas.focus({ preventScroll: true });
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, local(event));
    travelled = 0;
    isDown = pointers.size === 1 && !event.shiftKey;
    if (isDown) {
      explorer.isPinned = true;
      go(...local(event));
    }
  });
  on("pointermove", (event) => {
    const [x, y] = local(event);
    const before = pointers.get(event.pointerId);
    if (before && (pointers.size > 1 || event.shiftKey)) {
      dragMap(explorer, pointers, event.pointerId, [x, y]);
      isDown = false;
    } else if (isDown || (!before && !explorer.isPinned && event.pointerType !== "touch")) {
      travelled += before ? Math.hypot(x - before[0], y - before[1]) : 0;
      go(x, y);
    }
    if (before) pointers.set(event.pointerId, [x, y]);
    else explorer.hover(explorer.pointAt(x, y));
  });
  const up = (event) => {
    if (!pointers.delete(event.pointerId) || !isDown) return;
    isDown = false;
    explorer.release();
  };
  on("pointerup", up);
  on("pointercancel", up);
  on("pointerleave", () => {
    rect = null;
    explorer.hover(null);
  });
  on("dblclick", () => (explorer.isPinned = false));
  // A plain wheel scrolls the page; with Ctrl, as a pinch on a touchpad sends it, it zooms.
  on(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      explorer.view.zoom(Math.exp(-event.deltaY / 300), ...local(event));
      explorer.invalidate();
    },
    { passive: false },
  );
  on("keydown", (event) => key(explorer, event));
  on("keyup", (event) => event.key.startsWith("Arrow") && explorer.release());
  on("focus", () => explorer.touch());
  addEventListener("scroll", () => (rect = null), { passive: true, capture: true });
}

/** Two fingers, or Shift and drag: the map moves and scales under the hand. */
function dragMap(explorer, pointers, id, [x, y]) {
  const { view } = explorer;
  const [oldX, oldY] = pointers.get(id);
  const share = 1 / pointers.size;
  view.x -= ((x - oldX) / view.scale) * share;
  view.y += ((y - oldY) / view.scale) * share;
  const other = [...pointers].find(([key]) => key !== id)?.[1];
  if (other) {
    const [before, after] = [Math.hypot(oldX - other[0], oldY - other[1]), Math.hypot(x - other[0], y - other[1])];
    if (before > 8) view.zoom(after / before, ...other);
  }
  explorer.invalidate();
}

function key(explorer, event) {
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  const step = steps[event.key];
  const handled = ["+", "-", "=", "0", "Home", "Escape", "Enter", "r", "c", "R", "C"];
  if (!step && !handled.includes(event.key)) return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  event.stopPropagation();
  event.preventDefault();
  if (step) {
    const size = event.shiftKey ? 0.5 : 0.05;
    explorer.isPinned = true;
    explorer.moveTo(explorer.a + step[0] * size, explorer.b + step[1] * size);
    explorer.controls.keepInView();
  } else if (event.key === "Home") explorer.controls.goTo(new Float64Array(explorer.z.length));
  else if (event.key === "0") explorer.controls.zoom(0);
  else if (event.key === "+" || event.key === "=") explorer.controls.zoom(1.25);
  else if (event.key === "-") explorer.controls.zoom(0.8);
  else if (event.key === "Escape") explorer.isPinned = false;
  else if (event.key === "Enter") explorer.release();
}

export class Controls {
  constructor(explorer) {
    this.explorer = explorer;
    this.path = { A: null, B: null };
    this.sliders = [];
    this.root = explorer.root;
    const act = {
      dots: () => this.showDots(),
      random: () => this.goTo(explorer.z.map(() => normal())),
      film: () => explorer.playFilm(),
      zoom_in: () => this.zoom(1.25),
      zoom_out: () => this.zoom(0.8),
      home: () => this.zoom(0),
      pin_a: () => this.pin("A"),
      pin_b: () => this.pin("B"),
      play: () => this.play(),
      sample: () => this.toggleSample(),
    };
    this.root.addEventListener("click", explorer.guard((event) => act[event.target.closest("[data-do]")?.dataset.do]?.()));
    this.root.addEventListener("change", explorer.guard((event) => this.changed(event.target)));
    this.root.addEventListener("input", explorer.guard((event) => event.target.dataset.dim && this.slide(event.target)));
    // Streamlit listens for letters on the whole page.
    this.root.addEventListener("keydown", (event) => event.target.closest("button, input, select") && !event.ctrlKey && event.stopPropagation());
  }

  find(name) {
    return this.explorer.find(name);
  }

  // ------------------------------------------------------------------ building, per run and per language

  open() {
    this.isSample = false;
    this.dots = false;
    this.walk = null;
    this.path = { A: null, B: null };
    this.find("path").dataset.whole = "";
    this.find("strip").hidden = true;
    this.find("nearby").hidden = true;
    this.find("sliders").replaceChildren();
    const { data } = this.explorer;
    // On the landing page the knobs stand in their natural order; for those who inspect, what carries most comes first.
    this.sliders = (data.mode === "landing" ? data.kl.map((_, dim) => dim) : data.order).slice(0, MOST_SLIDERS).map((dim) => this.slider(dim));
  }

  /** Write every word anew; it costs nothing, and the language may have changed. */
  update() {
    const { explorer } = this;
    for (const element of this.root.querySelectorAll("[data-text]")) element.textContent = explorer.text(element.dataset.text);
    for (const element of this.root.querySelectorAll("[data-title]")) {
      element.title = explorer.text(element.dataset.title);
      element.setAttribute("aria-label", element.title);
    }
    this.find("over").setAttribute("aria-label", explorer.text("map_label"));
    this.find("picture").setAttribute("aria-label", explorer.text("picture_label"));
    this.find("film").hidden = !explorer.data.has_film;
    this.find("plane").hidden = explorer.z.length < 3;
    this.sliders.forEach((slider) => this.nameSlider(slider));
    for (const box of this.root.querySelectorAll("[data-layer]")) box.checked = explorer.layers[box.dataset.layer];
    this.buildLegend();
    this.buildPlanes();
    this.writeSample();
  }

  slider(dim) {
    const [low, high] = this.explorer.data.ranges[dim];
    const label = document.createElement("label");
    const input = Object.assign(document.createElement("input"), { type: "range", min: low, max: high, step: 0.01 });
    const [name, value] = [document.createElement("span"), document.createElement("output")];
    input.dataset.dim = dim;
    label.append(name, input, value);
    label.classList.toggle("ll-asleep", this.explorer.data.kl[dim] < this.explorer.data.asleep);
    this.find("sliders").append(label);
    return { dim, input, name, value };
  }

  nameSlider({ dim, name }) {
    const kl = this.explorer.data.kl[dim];
    const key = kl < this.explorer.data.asleep ? "slider_asleep" : this.explorer.data.mode === "landing" ? "slider_landing" : "slider";
    name.textContent = this.explorer.text(key, { n: dim + 1, name: axisName(dim), kl: kl < 0.1 ? kl.toFixed(3) : kl.toFixed(2) });
  }

  buildLegend() {
    const { explorer } = this;
    const buttons = (explorer.data.has_labels ? explorer.data.names : []).map((name, n) => {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: name });
      button.style.setProperty("--class", explorer.data.colours[n]);
      button.setAttribute("aria-pressed", String(!explorer.hidden.has(n)));
      button.addEventListener("click", () => {
        if (!explorer.hidden.delete(n)) explorer.hidden.add(n);
        button.setAttribute("aria-pressed", String(!explorer.hidden.has(n)));
        explorer.cloud = null;
        explorer.invalidate();
      });
      return button;
    });
    this.find("legend").replaceChildren(...buttons);
  }

  buildPlanes() {
    const { explorer } = this;
    const select = this.find("plane_choice");
    const axes = (i, j) => [`${i},${j}`, explorer.text("plane_axes", { x: axisName(i), y: axisName(j) })];
    const awake = explorer.data.order.filter((dim) => explorer.data.kl[dim] >= explorer.data.asleep).slice(0, 8);
    const pairs = awake.flatMap((i, n) => awake.slice(n + 1).map((j) => axes(i, j)));
    const choices = [...(explorer.data.axes ? [["principal", explorer.text("plane_principal")]] : []), ...pairs];
    if (!choices.some(([name]) => name === explorer.planeName)) choices.unshift(axes(...explorer.planeName.split(",").map(Number)));
    select.replaceChildren(...choices.map(([value, text]) => Object.assign(document.createElement("option"), { value, textContent: text })));
    select.value = explorer.planeName;
  }

  // ------------------------------------------------------------------ answers to the hand

  changed(target) {
    const { explorer } = this;
    if (target.dataset.dim) explorer.release();
    if (target.dataset.layer) {
      explorer.layers[target.dataset.layer] = target.checked;
      // With points the pictures are faint ink, without them they carry the classes' colours.
      if (target.dataset.layer === "points" && explorer.decoder) explorer.restartMosaic();
      explorer.inkFirst();
      explorer.invalidate();
    }
    if (target === this.find("plane_choice")) this.choosePlane(target.value);
    if (target === this.find("arc")) this.drawStrip();
  }

  choosePlane(name) {
    const { explorer } = this;
    if (name === "principal") explorer.setPlane(new Plane(...explorer.data.axes.map((axis) => Float64Array.from(axis))), name);
    else explorer.setPlane(Plane.ofAxes(explorer.z.length, ...name.split(",").map(Number)), name);
    explorer.moved();
  }

  slide(input) {
    this.explorer.z[Number(input.dataset.dim)] = Number(input.value);
    this.explorer.isPinned = true;
    this.explorer.moved();
  }

  /** Sliders and the picture's words follow z. */
  follow() {
    for (const { dim, input, value } of this.sliders) {
      const z = this.explorer.z[dim];
      if (this.root.activeElement !== input && this.root.getRootNode().activeElement !== input) input.value = z;
      value.textContent = z.toFixed(2).replace("-", "−");
    }
    this.find("dots_words").textContent = "";
  }

  goTo(z) {
    const { explorer } = this;
    explorer.isPinned = true;
    explorer.z.set(z);
    explorer.moved();
    this.keepInView();
    explorer.release();
  }

  keepInView() {
    const { view, a, b } = this.explorer;
    const [right, up] = [view.width / view.scale / 2.1, view.height / view.scale / 2.1];
    view.x += Math.max(0, a - view.x - right) - Math.max(0, view.x - right - a);
    view.y += Math.max(0, b - view.y - up) - Math.max(0, view.y - up - b);
    this.explorer.invalidate();
  }

  zoom(factor) {
    const { explorer } = this;
    if (factor) explorer.view.zoom(factor, explorer.view.width / 2, explorer.view.height / 2);
    else explorer.view.fit(explorer.reach);
    explorer.invalidate();
  }

  toggleSample() {
    this.isSample = !this.isSample;
    if (this.isSample) this.explorer.drawNoise();
    this.writeSample();
    this.explorer.moved();
  }

  writeSample() {
    const button = this.find("sample");
    button.textContent = this.explorer.text(this.isSample ? "sample_one" : "sample_mean");
    button.setAttribute("aria-pressed", String(this.isSample));
    this.find("sample_words").textContent = this.explorer.text(this.isSample ? "sample_one_words" : "sample_mean_words");
  }

  /** Black or white by chance in every dot: what nearly all pictures look like. */
  showDots() {
    const { explorer } = this;
    explorer.touch();
    const dots = explorer.image.width * explorer.image.height;
    paintPicture(explorer.image, Float32Array.from({ length: dots }, () => Math.round(Math.random())));
    explorer.picture.putImageData(explorer.image, 0, 0);
    this.find("dots_words").textContent = explorer.text("dots_words", { dots, power: Math.floor(dots * Math.log10(2)) });
  }

  // ------------------------------------------------------------------ the path from A to B

  pin(letter) {
    this.path[letter] = Float64Array.from(this.explorer.z);
    this.drawStrip();
    this.explorer.drawOver();
  }

  drawStrip() {
    const { explorer, path } = this;
    const isWhole = Boolean(path.A && path.B && explorer.decoder);
    this.find("path").dataset.whole = isWhole ? "yes" : "";
    this.find("strip").hidden = !isWhole;
    if (!isWhole) return;
    const { height, width } = explorer.decoder;
    const canvas = this.find("strip");
    Object.assign(canvas, { width: STRIP * width, height });
    const tile = new ImageData(width, height);
    const z = new Float64Array(explorer.z.length);
    for (let n = 0; n < STRIP; n++) {
      paintPicture(tile, explorer.decoder.decode(between(path.A, path.B, n / (STRIP - 1), this.find("arc").checked, z)));
      canvas.getContext("2d").putImageData(tile, n * width, 0);
    }
    canvas.setAttribute("aria-label", explorer.text("strip_label", { n: STRIP }));
    explorer.drawOver();
  }

  play() {
    if (!this.path.A || !this.path.B) return;
    this.explorer.touch();
    this.walk = { start: performance.now() };
    this.explorer.isPinned = true;
    this.explorer.schedule();
  }

  /** One frame of the walk from A to B. */
  step() {
    const t = Math.min(1, (performance.now() - this.walk.start) / (1000 * WALK_SECONDS));
    between(this.path.A, this.path.B, t, this.find("arc").checked, this.explorer.z);
    this.explorer.isMoved = true;
    if (t < 1) return;
    this.walk = null;
    this.explorer.release();
  }

  drawPath(context) {
    const { explorer } = this;
    const at = (z) => [Plane.along(explorer.plane.u, z), explorer.plane.v ? Plane.along(explorer.plane.v, z) : 0];
    const { view, theme } = explorer;
    if (this.path.A && this.path.B) {
      const z = new Float64Array(explorer.z.length);
      context.strokeStyle = theme.accent;
      context.lineWidth = 2 * view.ratio;
      context.beginPath();
      for (let n = 0; n <= 40; n++) {
        const [a, b] = at(between(this.path.A, this.path.B, n / 40, this.find("arc").checked, z));
        context.lineTo(view.px(a), view.py(b));
      }
      context.stroke();
    }
    for (const letter of ["A", "B"]) if (this.path[letter]) drawCursor(context, view, ...at(this.path[letter]), theme, letter);
  }
}
//# sourceURL=controls.js
