// The form by which images are chosen without a pointer: by class, range or words of a column, near z, far out, round a hole, by row.

import { HOWS } from "../js/engine/sets.js";
import { columnName } from "./column_names.js";
import { fill } from "./toolbar.js";

const NUMBERS = { near: "set_k", outside: "set_radius", rim: "set_hole" }; // what a number in the form is
const WORDS = { words: "set_holds", rows: "set_rows" };
const STARTS = { near: { value: 20, min: 1, step: 1 }, outside: { value: 3, min: 0, step: "any" }, rim: { value: 1, min: 1, step: 1 } };

export class SetForm {
  constructor(sets) {
    this.sets = sets;
    this.by = "class";
    this.how = "new";
    const { liveMap } = sets;
    liveMap.on("set_how", "change", (event) => (this.how = event.target.value));
    liveMap.on("set_by", "change", (event) => this.choose(event.target.value));
    liveMap.on("set_form", "submit", (event) => {
      event.preventDefault();
      sets.tell({ do: "rule", how: this.how, ...this.asked() });
      sets.showPoints();
    });
  }

  find(name) {
    return this.sets.find(name);
  }

  /** Write words and choices anew. */
  update() {
    const { liveMap, told } = this.sets;
    const { data } = liveMap;
    const numbers = told.columns.some(({ kind }) => kind === "number" || kind === "date");
    const kinds = [
      ...(data.has_labels ? ["class"] : []),
      ...(numbers ? ["range"] : []),
      ...(told.columns.length ? ["words"] : []),
      "near",
      ...(data.has_prior ? ["outside"] : []),
      ...(told.holes ? ["rim"] : []),
      "rows",
    ];
    fill(
      this.find("set_how"),
      HOWS.map((how) => [how, liveMap.text(`set_how_${how}`)]),
      this.how,
    );
    fill(
      this.find("set_by"),
      kinds.map((kind) => [kind, liveMap.text(`set_by_${kind}`)]),
      this.by,
    );
    const { value } = this.find("set_class");
    fill(
      this.find("set_class"),
      data.names.map((name, n) => [n, name]),
      value || 0,
    );
    for (const name of ["class", "column"]) this.find(`set_${name}`).setAttribute("aria-label", liveMap.text(`set_${name}`));
    this.find("set_tools").setAttribute("aria-label", liveMap.text("set_tools"));
    this.choose(kinds.includes(this.by) ? this.by : kinds[0]);
  }

  choose(by) {
    const { liveMap } = this.sets;
    const isOther = by !== this.by || !this.find("set_number").value;
    this.by = this.find("set_by").value = by;
    for (const field of this.find("set_form").querySelectorAll("[data-for]")) field.hidden = !field.dataset.for.split(" ").includes(by);
    if (by === "range" || by === "words") this.listColumns(by);
    this.find("set_words_name").textContent = liveMap.text(WORDS[by] ?? "set_holds");
    this.find("set_number_name").textContent = liveMap.text(NUMBERS[by] ?? "set_k", { n: this.sets.told.holes });
    if (STARTS[by] && isOther) Object.assign(this.find("set_number"), STARTS[by]);
  }

  listColumns(by) {
    const { told } = this.sets;
    const fits = told.columns.filter(({ kind }) => (kind === "number" || kind === "date") === (by === "range"));
    const { value } = this.find("set_column");
    const names = (fits.length ? fits : told.columns).map(({ name }) => name);
    fill(
      this.find("set_column"),
      names.map((name) => [name, columnName(this.sets.liveMap, name)]),
      names.includes(value) ? value : names[0],
    );
  }

  /** The rule in the form. */
  asked() {
    const { by } = this;
    const written = (name) => this.find(`set_${name}`).value;
    const number = by === "class" ? Number(written("class")) : Number(written("number"));
    return {
      by,
      number,
      column: written("column"),
      low: written("low"),
      high: written("high"),
      words: written("words"),
      z: by === "near" ? Array.from(this.sets.liveMap.z) : [],
    };
  }
}
