// Sets of images: which are chosen now, which kept sets are marked, and the tools by which they are chosen. What is chosen is shown at once
// and told to Python, which joins it with the choice before in the same way, keeps it, and knows the way back.

import { SetMarks } from "../js/canvas/set_marks.js";
import { decimals } from "../js/engine/numbers.js";
import { and, inside } from "../js/engine/selection.js";
import { classesIn, combined, inverted, markedIn, sizeOf, toText, unpackedBits } from "../js/engine/sets.js";
import { whole } from "../js/engine/task.js";
import { shared } from "../js/host/store.js";
import { lacks } from "./answer.js";
import { saveRows } from "./download.js";
import { choose } from "./input.js";
import { showLayers } from "./layout.js";
import { SetForm } from "./set_form.js";
import { SetList } from "./set_list.js";
import { SetWalk } from "./set_walk.js";

const CLASSES_SAID = 4; // of a choice
const counted = (n) => decimals(n, 0);
const BESIDE = 26; // px that the name of a set stands below its place, which may be that of a class's name

export class Sets {
  constructor(liveMap) {
    this.liveMap = liveMap;
    this.painter = new SetMarks();
    this.form = new SetForm(this);
    this.list = new SetList(this);
    this.walk = new SetWalk(this);
    this.forget();
    liveMap.on("panel_sets", "click", (event) => this.pressed(event.target.closest("[data-set], [data-tool]")?.dataset ?? {}));
  }

  find(name) {
    return this.liveMap.find(name);
  }

  text(key, values) {
    return this.liveMap.text(key, values);
  }

  /** What Python last told of sets; nothing where nobody keeps any. */
  get told() {
    return this.liveMap.data?.sets;
  }

  forget() {
    this.choice = null; // a byte for each point, or nothing: all are alike
    this.marks = null; // a byte for each point, a bit for each kept set
    this.keys = { choice: "", packet: "" }; // of the packets that they came in
    this.serial = undefined;
  }

  /** Another run. */
  open() {
    this.forget();
    this.useTool("point");
  }

  // ------------------------------------------------------------------ from Python

  update() {
    const { told } = this;
    if (!told) return;
    this.serial ??= told.serial;
    this.find("set_said").textContent = told.said;
    this.find("set_kept").hidden = lacks(this.liveMap.data, "sets");
    this.button("answers").hidden = lacks(this.liveMap.data, "answers");
    this.button("rows").hidden = !lacks(this.liveMap.data, "row");
    this.form.update();
    this.list.update();
    this.describe();
    this.receive();
  }

  /** Take the packets that have come; an answer that is older than the last thing done here is none. */
  receive() {
    const { told, liveMap, keys } = this;
    if (!told || !liveMap.mu || told.serial !== this.serial) return;
    const choice = told.choice && told.choice !== keys.choice && liveMap.host.bytes(told.choice);
    if (choice) this.show(unpackedBits(choice.bits, liveMap.count));
    else if (!told.choice && this.choice) this.show(null);
    if (choice || !told.choice) this.adopt("choice");
    const packet = told.packet && told.packet !== keys.packet && liveMap.host.bytes(told.packet);
    if (packet) this.marks = packet.marks.slice();
    if (!packet && told.packet) return;
    this.adopt("packet");
    if (!told.packet) this.marks = null;
    this.walk.update();
    liveMap.invalidate();
  }

  /** A packet has been taken: the one before it is of no use any more. */
  adopt(name) {
    const key = this.told[name];
    if (this.keys[name] && this.keys[name] !== key) shared().parts.delete(this.keys[name]);
    this.keys[name] = key;
  }

  /** Ask Python for something; what it answers to older questions is passed over. */
  tell(asked) {
    this.serial = (this.serial ?? 0) + 1;
    this.find("set_said").textContent = "";
    this.liveMap.host.trigger("sets", { ...asked, serial: this.serial });
  }

  // ------------------------------------------------------------------ the choice

  get how() {
    return this.form.how;
  }

  /** A line was drawn round points; null after a mere press. */
  enclose(polygon) {
    const { flat, points, colouring } = this.liveMap;
    if (!flat) return;
    if (points.isMany) points.choose(polygon);
    else this.take(polygon && and(inside(polygon, flat), colouring.shown));
  }

  /** Choose these points, or after a mere press none, where the next choice takes the place of the last. */
  take(set) {
    whole(this.taking(set));
  }

  /** The same in steps. */
  *taking(set) {
    if (!set && this.how === "new") this.pressed({ set: "nothing" });
    if (!set) return;
    const next = combined(this.how, this.choice, set);
    yield;
    this.serial = (this.serial ?? 0) + 1; // what Python has told until now is older than this choice
    yield* this.showing(next);
    yield;
    this.tell({ do: "lasso", how: this.how, bits: toText(set) });
  }

  /** Choose a kept set. */
  pick(name) {
    const at = this.told.list.findIndex((one) => one.name === name);
    if (this.marks) this.show(combined(this.how, this.choice, markedIn(this.marks, at)));
    this.tell({ do: "pick", how: this.how, name });
  }

  show(set) {
    whole(this.showing(set));
  }

  /** The same in steps. */
  *showing(set) {
    const { liveMap } = this;
    this.choice = set;
    this.keys.choice = "";
    liveMap.colouring.select(set);
    yield;
    if (set) this.showPoints();
    this.describe();
    liveMap.invalidate();
  }

  /** What is chosen is seen on points: lay them on the map. */
  showPoints() {
    const { liveMap } = this;
    if (liveMap.layers.points) return;
    liveMap.layers.points = true;
    liveMap.setup.setLayers(liveMap.setup.pictures, liveMap.layers);
    showLayers(liveMap, true);
    liveMap.toolbar.write();
  }

  pressed({ set, tool }) {
    if (tool) this.useTool(tool);
    if (set === "invert") this.show(inverted(this.choice ?? new Uint8Array(this.liveMap.count)));
    if (set === "nothing") this.show(null);
    if (set === "rows") saveRows(this.liveMap, this.choice);
    else if (set === "answers") this.leadTo("chosen");
    else if (set) this.tell({ do: set });
  }

  /** Bring what Python says of the choice below the map into sight. */
  leadTo(key) {
    const answers = document.querySelector(`.st-key-${key}`);
    answers?.scrollIntoView({ behavior: this.liveMap.isCalm ? "auto" : "smooth", block: "start" });
  }

  // ------------------------------------------------------------------ tools

  useTool(name) {
    const { liveMap } = this;
    if (name !== "point" && liveMap.layers) this.showPoints();
    if (liveMap.tools) choose(liveMap, name);
    for (const button of this.find("set_tools").children) button.setAttribute("aria-pressed", String(button.dataset.tool === name));
  }

  /** Where the panel is left, pointers move z again. */
  shownOn(isShown) {
    if (!isShown && this.liveMap.tool !== this.liveMap.tools?.point) this.useTool("point");
  }

  // ------------------------------------------------------------------ words and marks

  /** Say how many images are chosen, and of which classes most of them are. */
  describe() {
    const { told, choice, liveMap } = this;
    if (!told) return;
    const n = choice ? sizeOf(choice) : 0;
    const isWhole = liveMap.count === told.of;
    // Of a run with more images than the map has, Python alone can count them.
    const values = { n: counted(isWhole || !told.choice ? n : told.n), of: counted(told.of), mix: n ? this.mix(choice) : "" };
    const words = [this.text(choice ? "set_count" : "set_none", values)];
    if (!isWhole && liveMap.mu) words.push(this.text("set_sent", { n: counted(liveMap.count), of: counted(told.of) }));
    this.find("set_count").textContent = words.join(this.text("set_space"));
    for (const name of ["nothing", "answers", "rows"]) this.button(name).disabled = !choice || (name !== "nothing" && !n);
    this.button("undo").disabled = !told.can_undo && told.serial === this.serial;
    this.list.writeKeep();
  }

  button(name) {
    return this.find("panel_sets").querySelector(`[data-set=${name}]`);
  }

  mix(choice) {
    const { labels, data } = this.liveMap;
    if (!labels) return "";
    const counts = [...classesIn(choice, labels, data.names.length)].map((n, place) => ({ n, name: data.names[place] }));
    const there = counts.filter(({ n }) => n).sort((one, other) => other.n - one.n);
    const words = there.slice(0, CLASSES_SAID).map(({ n, name }) => this.text("set_of_class", { n: counted(n), name }));
    const rest = there.slice(CLASSES_SAID).reduce((sum, { n }) => sum + n, 0);
    if (rest) words.push(this.text("set_of_others", { n: counted(rest) }));
    return this.text("set_mix", { classes: words.join(this.text("set_comma")) });
  }

  /** The kept sets that are marked, as the address has them. */
  get shown() {
    const { told, liveMap } = this;
    if (!told || !this.marks) return [];
    const names = new Set(liveMap.setup.sets);
    const marked = told.list.map(({ name, colour }, bit) => ({
      bit,
      name,
      shape: colour,
      colour: told.colours[colour],
      glyph: told.shapes[colour],
    }));
    return marked.filter(({ name }) => names.has(name));
  }

  draw() {
    const { ground, view, flat, theme, colouring } = this.liveMap;
    this.painter.draw(ground, view, flat, this.marks, this.shown, theme, colouring.shown);
  }

  name() {
    const { ground, view, flat, theme, reach } = this.liveMap;
    this.painter.name(ground, view, flat, this.marks, this.shown, theme, reach, BESIDE);
  }
}
