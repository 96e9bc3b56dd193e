// What is chosen of the points of square maps beside the live map: the tools, the words, and the way to Python, which keeps it for every view.

import { decimals } from "../engine/numbers.js";
import { and, inside } from "../engine/selection.js";
import { combined, HOWS, inverted, sizeOf, toText, unpackedBits } from "../engine/sets.js";
import { Box, Lasso } from "./tools.js";

const TOOLS = ["point", "lasso", "box"];
const ACTS = ["invert", "nothing", "undo"];

export class PointChoice {
  /** Of a stage, which has a colouring and a part called "choice" for buttons and words. */
  constructor(stage) {
    this.stage = stage;
    this.maps = [];
    this.tool = "point";
    this.now = null; // a byte for each point, or nothing: all are alike
    this.count = 0; // of points
    this.build(stage.find("choice"));
  }

  build(place) {
    const element = (tag, className = "", parts = []) => {
      const made = Object.assign(document.createElement(tag), { className });
      made.append(...parts);
      return made;
    };
    this.buttons = Object.fromEntries([...TOOLS, ...ACTS].map((name) => [name, Object.assign(element("button"), { type: "button" })]));
    for (const name of TOOLS) this.listenTo(this.buttons[name], "click", () => this.use(name));
    for (const name of ACTS) this.listenTo(this.buttons[name], "click", () => this.pressed(name));
    this.how = element("select");
    this.tools = element(
      "span",
      "choice-tools",
      TOOLS.map((name) => this.buttons[name]),
    ); // prettier-ignore
    this.tools.setAttribute("role", "group");
    this.hows = element("span");
    this.words = element("p", "choice-words");
    this.words.setAttribute("role", "status");
    const label = element("label", "choice-how", [this.hows, this.how]);
    place.append(
      element("div", "choice-bar", [this.tools, label]),
      this.words,
      element(
        "div",
        "choice-bar",
        ACTS.map((name) => this.buttons[name]),
      ),
    ); // prettier-ignore
    this.place = place;
  }

  listenTo(element, name, action) {
    element.addEventListener(name, this.stage.guard(action), { signal: this.stage.leaving.signal });
  }

  /** Other maps are shown: what pointers did over those before is over. */
  forget() {
    this.maps = [];
    this.now = this.serial = undefined;
    this.count = 0;
  }

  /** Let pointers over a map do what the tool says; every day that is `point(event, isPress)`. `flat` returns its points (2N), or null. */
  listen(map, point, flat) {
    const redraw = () => this.stage.schedule();
    const done = (polygon) => this.enclose(polygon, map.points, flat());
    const everyDay = {
      cursor: "crosshair",
      move: (_, event) => point(event, false),
      down: (_, event) => point(event, true),
      up() {},
      cancel() {},
    };
    map.tools = { point: everyDay, lasso: new Lasso(map.view, redraw, done), box: new Box(map.view, redraw, done) };
    const tool = () => map.tools[this.tool];
    this.listenTo(map.canvas, "pointermove", (event) => tool().move(map.placeOf(event), event));
    this.listenTo(map.canvas, "pointerdown", (event) => event.button === 0 && tool().down(map.placeOf(event), event));
    this.listenTo(map.canvas, "pointerup", (event) => tool().up(event));
    this.listenTo(map.canvas, "pointercancel", (event) => tool().cancel(event));
    this.listenTo(map.canvas, "pointerleave", () => point(null, false));
    this.maps.push(map);
    this.use(this.tool);
  }

  /** Let pointers do another thing: point, lasso or box. */
  use(name) {
    this.cancel();
    this.tool = name;
    for (const tool of TOOLS) this.buttons[tool].setAttribute("aria-pressed", String(tool === name));
    const touchAction = name === "point" ? "" : "none"; // a page may scroll under a finger that only points
    this.mark();
    for (const { canvas, tools } of this.maps) Object.assign(canvas.style, { cursor: tools[name].cursor, touchAction });
  }

  /** What joins and lets go of choices is of use once something is chosen, or about to be. */
  mark() {
    this.place?.toggleAttribute("data-used", Boolean(this.now) || this.tool !== "point");
  }

  /** A line that is being drawn is dropped. */
  cancel() {
    for (const { tools } of this.maps) for (const name of ["lasso", "box"]) tools[name].cancel();
  }

  // ------------------------------------------------------------------ the choice

  /** Take what Python tells, where the stage shows so many points; an answer that is older than the last thing done here is none. */
  update(told, count) {
    this.told = told;
    this.count = count;
    this.place.hidden = !told;
    this.serial ??= told?.serial ?? 0;
    if (told?.serial === this.serial && count) this.adopt(told.bits ? fromText(told.bits, count) : null);
    this.write();
  }

  adopt(now) {
    this.now = now;
    this.stage.colouring?.select(now);
  }

  /** A line was drawn round points; null after a mere press. */
  enclose(polygon, points, flat) {
    const { colouring } = this.stage;
    if (!flat || !colouring) return;
    const take = (set) => {
      this.take(set);
      return [];
    };
    if (points.index?.flat === flat) points.choose(colouring.shown, polygon, take);
    else take(polygon && and(inside(polygon, flat), colouring.shown));
  }

  /** Choose these points, or after a mere press none, where the next choice takes the place of the last. */
  take(set) {
    const how = this.how.value || HOWS[0];
    if (set) this.tell({ do: "lasso", how, bits: toText(set) }, combined(how, this.now ?? null, set));
    else if (how === "new" && this.now) this.pressed("nothing");
  }

  /** Choose one point besides, or no longer. */
  toggle(row) {
    const set = new Uint8Array(this.count);
    set[row] = 1;
    const how = this.now?.[row] ? "without" : "add";
    this.tell({ do: "lasso", how, bits: toText(set) }, combined(how, this.now ?? null, set));
  }

  pressed(name) {
    const next = { nothing: null, invert: inverted(this.now ?? new Uint8Array(this.count)), undo: this.now ?? null }[name];
    this.tell({ do: name }, next);
  }

  /** Show a choice at once, and tell Python how it came about. */
  tell(asked, now) {
    this.serial += 1;
    this.adopt(now);
    this.write();
    this.stage.schedule();
    this.stage.host.trigger("choice", { ...asked, serial: this.serial });
  }

  // ------------------------------------------------------------------ words

  text(key, values) {
    return this.stage.text(key, values);
  }

  write() {
    const { told, now, stage } = this;
    if (!told) return;
    this.mark();
    for (const name of TOOLS) this.buttons[name].textContent = this.text(`tool_${name}`);
    for (const name of ACTS) this.buttons[name].textContent = this.text(`set_${name}`);
    this.tools.setAttribute("aria-label", this.text("set_tools"));
    this.hows.textContent = this.text("set_how");
    this.writeHows();
    const counted = (n) => decimals(n, 0, stage.data.language);
    const isWhole = this.count === told.of || !this.count;
    const n = now && told.serial !== this.serial ? sizeOf(now) : told.n;
    const words = [told.said, this.text(now ? "set_count" : "set_none_alone", { n: counted(n), of: counted(told.of), mix: "" })];
    if (!isWhole) words.push(this.text("set_sent", { n: counted(this.count), of: counted(told.of) }));
    this.words.textContent = words.filter(Boolean).join(this.text("set_space"));
    this.buttons.nothing.disabled = !now;
    this.buttons.undo.disabled = !told.can_undo && told.serial === this.serial;
  }

  writeHows() {
    const { value } = this.how;
    const options = HOWS.map((name) =>
      Object.assign(document.createElement("option"), { value: name, textContent: this.text(`set_how_${name}`) }),
    );
    this.how.replaceChildren(...options);
    this.how.value = value || HOWS[0];
  }
}

/** A byte for each of so many points, of eight to a byte as base64. */
function fromText(text, count) {
  return unpackedBits(
    Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)),
    count,
  );
}
