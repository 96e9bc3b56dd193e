// The sets that are kept with a run: marked on the map or not, chosen, renamed, deleted; and the form that keeps what is chosen.

import { decimals } from "../js/engine/numbers.js";
import { fill } from "./toolbar.js";

export class SetList {
  constructor(sets) {
    this.sets = sets;
    this.edited = null; // the name of the set that is being renamed
    this.renamed = null; // what was asked for, until it is answered
    const { liveMap } = sets;
    liveMap.on("set_keep", "submit", (event) => {
      event.preventDefault();
      this.keep();
    });
    liveMap.on("set_name", "input", () => this.writeKeep());
  }

  find(name) {
    return this.sets.find(name);
  }

  text(key, values) {
    return this.sets.text(key, values);
  }

  /** Write the list anew where it has changed; what had the keyboard's attention keeps it. */
  update() {
    const { told, liveMap } = this.sets;
    this.followName();
    const now = JSON.stringify([told.list, liveMap.setup.sets, this.edited, liveMap.data.language]);
    if (now === this.written) return;
    this.written = now;
    const focused = liveMap.root.getRootNode().activeElement?.dataset?.keeps;
    if (!told.list.some(({ name }) => name === this.edited)) this.edited = null;
    this.find("set_list").replaceChildren(...told.list.map((one) => (one.name === this.edited ? this.editor(one) : this.item(one))));
    if (focused)
      this.find("set_list")
        .querySelector(`[data-keeps="${CSS.escape(focused)}"]`)
        ?.focus();
    this.find("set_empty").textContent = told.list.length ? "" : this.text("set_empty");
    this.writeMarks(this.find("set_mark"));
  }

  item({ name, colour, n }) {
    const { liveMap } = this.sets;
    const { setup } = liveMap;
    const item = document.createElement("li");
    const [label, box, words] = ["label", "input", "span"].map((tag) => document.createElement(tag));
    Object.assign(box, { type: "checkbox", checked: setup.sets.includes(name) });
    box.dataset.keeps = `show ${name}`;
    box.addEventListener("change", () => this.mark(name, box.checked));
    words.textContent = name;
    label.title = this.text("set_show", { name });
    label.append(box, this.sign(colour), words);
    const size = Object.assign(document.createElement("span"), {
      className: "ll-set_size",
      textContent: this.text("set_size", { n: decimals(n, 0) }),
    });
    const pick = this.button("set_pick", name, () => this.sets.pick(name));
    const rename = this.button("set_rename", name, () => this.edit(name));
    const remove = this.button("set_remove", name, () => {
      this.sets.tell({ do: "remove", name });
      this.mark(name, false);
    });
    const acts = Object.assign(document.createElement("span"), { className: "ll-set_acts" });
    acts.append(pick, rename, remove);
    item.append(label, size, acts);
    return item;
  }

  /** The sign of a set's mark in its colour. */
  sign(colour) {
    const { told } = this.sets;
    const sign = Object.assign(document.createElement("i"), { className: "ll-set_sign", textContent: told.shapes[colour] });
    sign.style.setProperty("--mark", told.colours[colour]);
    sign.setAttribute("role", "img");
    sign.setAttribute("aria-label", this.text(`shape_${colour}`));
    return sign;
  }

  button(key, name, action) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: this.text(key) });
    button.dataset.keeps = `${key} ${name}`;
    button.setAttribute("aria-label", this.text("said_of", { name: this.text(key), words: name }));
    button.addEventListener("click", this.sets.liveMap.guard(action));
    return button;
  }

  edit(name) {
    this.edited = name;
    this.update();
    this.find("set_list")
      .querySelector(name === null ? "button" : "form input")
      ?.focus();
  }

  /** A set that is being renamed: its name and its mark as fields. */
  editor({ name, colour }) {
    const item = document.createElement("li");
    const [form, input, mark] = ["form", "input", "select"].map((tag) => document.createElement(tag));
    Object.assign(input, { value: name, maxLength: 80, autocomplete: "off" });
    input.setAttribute("aria-label", this.text("set_name"));
    mark.setAttribute("aria-label", this.text("set_mark"));
    this.writeMarks(mark, colour);
    const save = Object.assign(document.createElement("button"), { textContent: this.text("set_save") });
    form.append(
      input,
      mark,
      save,
      this.button("set_cancel", name, () => this.edit(null)),
    );
    form.addEventListener("keydown", (event) => event.key === "Escape" && this.edit(null));
    form.addEventListener(
      "submit",
      this.sets.liveMap.guard((event) => {
        event.preventDefault();
        this.rename(name, input.value.trim(), Number(mark.value));
      }),
    );
    item.append(form);
    return item;
  }

  rename(name, to, colour) {
    this.sets.tell({ do: "rename", name, to, colour });
    this.renamed = { name, to, serial: this.sets.serial };
    this.edited = null;
    this.written = "";
  }

  /** A set that is marked keeps its mark under its new name; a name that was refused, as one that is taken, takes none away. */
  followName() {
    const { renamed, sets } = this;
    if (!renamed || sets.told.serial < renamed.serial) return;
    this.renamed = null;
    const isThere = (wanted) => sets.told.list.some(({ name }) => name === wanted);
    const { setup } = sets.liveMap;
    if (isThere(renamed.to) && !isThere(renamed.name)) setup.setSets(setup.sets.map((one) => (one === renamed.name ? renamed.to : one)));
  }

  /** The marks that no set has, and the one that is its own. */
  writeMarks(select, own = null) {
    const { told } = this.sets;
    const taken = new Set(told.list.map(({ colour }) => colour));
    const free = told.shapes.map((glyph, n) => [n, `${glyph} ${this.text(`shape_${n}`)}`]).filter(([n]) => n === own || !taken.has(n));
    const { value } = select;
    fill(select, free, own ?? (free.some(([n]) => String(n) === value) ? value : free[0]?.[0]));
  }

  /** Show a set on the map, or no longer. */
  mark(name, isMarked) {
    const { liveMap } = this.sets;
    const others = liveMap.setup.sets.filter((one) => one !== name && this.sets.told.list.some((set) => set.name === one));
    liveMap.setup.setSets(isMarked ? [...others, name] : others);
    if (isMarked) this.sets.showPoints();
    this.update();
    liveMap.invalidate();
  }

  // ------------------------------------------------------------------ keeping what is chosen

  /** What pressing the button would do: keep a new set, or put what is chosen in the place of one. */
  writeKeep() {
    const { told, choice } = this.sets;
    const isThere = told.list.some(({ name }) => name === this.find("set_name").value.trim());
    this.find("set_keeps").textContent = this.text(isThere ? "set_replace" : "set_keep");
    this.find("set_keeps").disabled = !choice;
    this.find("set_mark").disabled = isThere;
  }

  keep() {
    const name = this.find("set_name").value.trim() || this.freeName();
    const isThere = this.sets.told.list.some((one) => one.name === name);
    this.sets.tell({ do: "keep", name, colour: isThere ? null : Number(this.find("set_mark").value) });
    this.mark(name, true);
    this.find("set_name").value = "";
  }

  freeName() {
    const taken = new Set(this.sets.told.list.map(({ name }) => name));
    for (let n = 1; ; n++) {
      const name = this.text("set_numbered", { n });
      if (!taken.has(name)) return name;
    }
  }
}
