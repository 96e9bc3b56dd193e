// What the colours of the points mean, and which points are shown: a switch for each category, a field that finds the others, or a scale.

import { decimals } from "../js/engine/numbers.js";
import { columnName } from "./column_names.js";
import { recolour } from "./layout.js";
import { RangeLegend } from "./range_legend.js";

const FEW = 12; // switches that take one line
const FOUND = 8; // categories that are offered at once

export class Legend {
  constructor(liveMap) {
    this.liveMap = liveMap;
    this.range = new RangeLegend(liveMap);
    this.key = "";
  }

  /** Build the legend anew where it is another one: whoever is at work in it keeps the place. */
  build() {
    const { liveMap } = this;
    const { data, colouring, setup } = liveMap;
    if (liveMap.isLanding) return;
    const by = setup.get("by");
    const isAwaited = by !== colouring.column.name;
    const { column, picked, isDark, counts, colours } = colouring;
    const key = [data.run, data.language, by, isAwaited, isDark, picked, column.categories, counts.length, colours.length].join("/");
    if (key === this.key) return this.write();
    this.key = key;
    const place = liveMap.find("legend");
    place.setAttribute("aria-label", liveMap.text("legend", { column: columnName(liveMap, by) }));
    this.switches = [];
    const isScale = colouring.isScale && !isAwaited;
    const waiting = () => [Object.assign(document.createElement("span"), { textContent: liveMap.text("legend_awaited") })];
    place.replaceChildren(...(isAwaited ? waiting() : isScale ? this.range.build() : this.categories()));
    liveMap.root.dataset.legend = isScale ? "scale" : this.switches.length > FEW ? "many" : "few";
    this.write();
  }

  /** Say anew what is shown. */
  write() {
    const { colouring } = this.liveMap;
    if (colouring.isScale) this.range.write();
    else for (const { button, category } of this.switches) button.setAttribute("aria-pressed", String(!colouring.hidden.has(category)));
  }

  categories() {
    const { colouring, data } = this.liveMap;
    if (!colouring.column.values) return [];
    const { others, missing } = colouring.legendBeside();
    const buttons = colouring.legend().map((entry) => this.switch(entry, entry.name));
    const words = (key, { kinds, count }) => this.liveMap.text(key, { n: kinds ?? decimals(count, 0, data.language) });
    if (others) buttons.push(this.switch({ ...others, isRing: true }, words("legend_others", others)), this.finder());
    if (missing) buttons.push(this.switch({ ...missing, isRing: true }, words("legend_missing", missing)));
    return buttons;
  }

  /** A button for a category, which switches it off and on. */
  switch({ category, colour, count, isRing, isShown }, name) {
    const { liveMap } = this;
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: name });
    if (count !== undefined) button.title = liveMap.text("legend_count", { name, n: decimals(count, 0, liveMap.data.language) });
    if (colour) button.style.setProperty("--class", colour);
    button.dataset.ring = isRing ? "yes" : "no";
    button.setAttribute("aria-pressed", String(isShown));
    button.addEventListener(
      "click",
      liveMap.guard(() => {
        const { colouring } = liveMap; // the weights may have come since
        colouring.toggle(category);
        liveMap.setup.set({ hide: [...colouring.hidden].sort((one, other) => one - other).join() });
        this.write();
        recolour(liveMap);
      }),
    );
    this.switches.push({ button, category });
    return button;
  }

  // ------------------------------------------------------------------ categories without a colour

  /** A field that finds categories by their letters; the one that is pressed gets a colour. */
  finder() {
    const { liveMap } = this;
    const [field, found] = [document.createElement("input"), document.createElement("span")];
    const words = liveMap.text("legend_find", { n: decimals(liveMap.colouring.slots.length, 0, liveMap.data.language) });
    Object.assign(field, { type: "search", placeholder: words, className: "ll-find" });
    field.setAttribute("aria-label", words);
    found.className = "ll-found_categories";
    field.addEventListener(
      "input",
      liveMap.guard(() => found.replaceChildren(...this.matches(field.value).map((category) => this.offer(category)))),
    );
    const finder = document.createElement("span");
    finder.className = "ll-finder";
    finder.append(field, found);
    return finder;
  }

  /** The first categories without a colour whose names hold these letters; those that begin with them come first. */
  matches(text) {
    const { colouring } = this.liveMap;
    const asked = text.trim().toLowerCase();
    if (!asked) return [];
    const at = colouring.column.categories.map((name, category) =>
      colouring.slots[category] < 0 ? name.toLowerCase().indexOf(asked) : -1,
    );
    const found = at.flatMap((place, category) => (place < 0 ? [] : [category]));
    return found.sort((one, other) => Math.min(at[one], 1) - Math.min(at[other], 1) || one - other).slice(0, FOUND);
  }

  offer(category) {
    const { liveMap } = this;
    const button = Object.assign(document.createElement("button"), {
      type: "button",
      textContent: liveMap.colouring.column.categories[category],
    });
    button.dataset.ring = "yes";
    button.addEventListener(
      "click",
      liveMap.guard(() => this.pick(category)),
    );
    return button;
  }

  /** Give a category a colour. */
  pick(category) {
    const { liveMap } = this;
    const { colouring, setup } = liveMap;
    const picked = [...colouring.picked, category].slice(-colouring.coloured.length);
    colouring.sift({ picked });
    setup.set({ pick: picked.join() });
    recolour(liveMap);
    this.build();
    liveMap.find("find")?.focus();
  }
}
