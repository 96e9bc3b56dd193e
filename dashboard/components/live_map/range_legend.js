// What the colours of numbers mean: a small histogram in the colours of the scale, and two thumbs that say which points are shown.

import { SHADES, shadesOn } from "../js/canvas/colour.js";
import { inWords } from "../js/engine/column.js";
import { decimals } from "../js/engine/numbers.js";
import { prose } from "../js/engine/words.js";
import { columnName } from "./column_names.js";
import { recolour } from "./layout.js";

const REST = 300; // ms without a move
const STEPS = 100; // of a thumb over the scale; at either end nothing is left out
const DIGITS = 12; // of a limit: dates are billions of seconds that may lie minutes apart, and the address has room for two such numbers

export class RangeLegend {
  constructor(liveMap) {
    this.liveMap = liveMap;
    liveMap.leaving.signal.addEventListener("abort", () => clearTimeout(this.resting));
  }

  /** The parts of the legend. */
  build() {
    const { column, isDark } = this.liveMap.colouring;
    this.words = element("p", "ll-range_words");
    this.thumbs = this.bars = [];
    if (!column.scale) return [this.words];
    const { bars, clip } = column.scale;
    const most = Math.max(...bars);
    this.bars = bars.map((count, n) => {
      const bar = element("i");
      bar.style.height = `${count ? Math.max(4, (100 * count) / most) : 0}%`;
      bar.style.background = shadeOf(bars.length > 1 ? n / (bars.length - 1) : 0, isDark);
      return bar;
    });
    const histogram = element("span", "ll-bars_of_scale", ...this.bars);
    histogram.setAttribute("aria-hidden", "true");
    const track = element("span", "ll-range", histogram);
    this.ends = [element("output"), element("output")];
    this.ends[1].hidden = clip[0] === clip[1]; // all have the one value
    if (clip[0] < clip[1]) {
      this.thumbs = [0, 1].map((end) => this.thumb(end));
      track.append(element("span", "ll-thumbs", ...this.thumbs));
    }
    track.append(element("span", "ll-ends", ...this.ends));
    return [track, this.words];
  }

  /** One of the two thumbs. */
  thumb(end) {
    const { liveMap } = this;
    const thumb = Object.assign(element("input"), { type: "range", min: "0", max: String(STEPS), step: "1" });
    const column = columnName(liveMap, liveMap.colouring.column.name);
    thumb.setAttribute("aria-label", liveMap.text(end ? "range_highest" : "range_lowest", { column }));
    thumb.addEventListener(
      "input",
      liveMap.guard(() => this.moved(end)),
    );
    thumb.addEventListener(
      "change",
      liveMap.guard(() => this.rest()),
    );
    return thumb;
  }

  /** A thumb has moved: it stops at the other one. */
  moved(end) {
    const { liveMap } = this;
    const { colouring } = liveMap;
    const [low, high] = this.thumbs.map((thumb) => Number(thumb.value));
    if (low > high) this.thumbs[end].value = String(end ? low : high);
    const range = [this.limit(0), this.limit(1)];
    colouring.sift({ range: range.some(Number.isFinite) ? range : null });
    this.write();
    recolour(liveMap);
  }

  /** Where a thumb leaves off; without a limit at its end of the scale. */
  limit(end) {
    const [low, high] = this.liveMap.colouring.column.scale.clip;
    const at = Number(this.thumbs[end].value);
    if (at === end * STEPS) return end ? Infinity : -Infinity;
    return Number((low + ((high - low) * at) / STEPS).toPrecision(DIGITS));
  }

  /** A thumb rests, unless a key is held down: then its place is kept. */
  rest() {
    clearTimeout(this.resting);
    this.resting = setTimeout(
      this.liveMap.guard(() => this.keep()),
      REST,
    );
  }

  /** Keep the range in the address. */
  keep() {
    const { range } = this.liveMap.colouring;
    this.liveMap.setup.set({ between: range ? range.map((end) => (Number.isFinite(end) ? end : "")).join() : "" });
  }

  /** Say what is shown. */
  write() {
    const { liveMap } = this;
    const { colouring, data } = liveMap;
    const { scale } = colouring.column;
    const number = (value) => decimals(value, 0, data.language);
    const all = colouring.shown.length;
    if (!scale) {
      this.words.textContent = liveMap.text("range_none");
      return;
    }
    const [low, high] = scale.clip;
    const range = colouring.range ?? [-Infinity, Infinity];
    const limits = range.map((limit, end) => Math.max(low, Math.min(high, Number.isFinite(limit) ? limit : scale.clip[end])));
    this.ends.forEach((output, end) => {
      output.textContent = inWords(colouring.column, Number.isFinite(range[end]) ? range[end] : scale.ends[end]);
    });
    this.thumbs.forEach((thumb, end) => {
      const at = Number.isFinite(range[end]) ? Math.round(((limits[end] - low) / (high - low)) * STEPS) : end * STEPS;
      thumb.value = String(at);
      thumb.setAttribute("aria-valuetext", this.ends[end].textContent);
    });
    this.bars.forEach((bar, n) => bar.classList.toggle("ll-left_out", isLeftOut(n, this.bars.length, scale.clip, limits)));
    const words = [liveMap.text("range_shown", { shown: number(colouring.shownCount), all: number(all) })];
    if (scale.missing) words.push(liveMap.text(colouring.range ? "range_missing_out" : "range_missing", { n: number(scale.missing) }));
    if (scale.ends[0] < low || scale.ends[1] > high)
      words.push(liveMap.text("range_clipped", { low: inWords(colouring.column, low), high: inWords(colouring.column, high) }));
    this.words.textContent = prose(words);
  }
}

/** Whether bar `n` of so many lies outside of limits; where all values are one, there is one bar and none of it does. */
export function isLeftOut(n, count, [low, high], [from, to]) {
  if (low === high) return false;
  const [first, end] = [from, to].map((limit) => (count * (limit - low)) / (high - low));
  return n + 1 <= Math.min(first, count - 1e-9) || n >= Math.max(end, 1e-9); // the bar at an end holds what lies on it
}

function element(kind, className = "", ...parts) {
  const made = Object.assign(document.createElement(kind), { className });
  made.append(...parts);
  return made;
}

/** The colour of the scale at a share of its length, as style sheets write it. */
function shadeOf(share, isDark) {
  const colour = shadesOn(isDark)[Math.round(share * (SHADES - 1))];
  return `rgb(${colour & 255} ${(colour >> 8) & 255} ${(colour >> 16) & 255})`;
}
