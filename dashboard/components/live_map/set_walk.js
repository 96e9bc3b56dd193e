// The way from the middle of one set to that of another, walked along live: a slider moves z, and the picture follows.

import { decimals } from "../js/engine/numbers.js";
import { wayBetween } from "../js/engine/sets.js";
import { fill } from "./toolbar.js";

export class SetWalk {
  constructor(sets) {
    this.sets = sets;
    this.way = null; // between the middles of two sets
    this.start = this.end = null; // where it is gone: from the first set's middle, or the same way from where z was
    const { liveMap } = sets;
    for (const name of ["set_from", "set_to"]) liveMap.on(name, "change", () => this.begin());
    liveMap.on("set_here", "change", () => this.begin());
    liveMap.on("set_way", "input", (event) => this.walk(Number(event.target.value)));
    liveMap.on("set_way", "change", () => this.way && liveMap.release());
  }

  find(name) {
    return this.sets.find(name);
  }

  /** Offer the sets, where there are two and all their images are here. */
  update() {
    const { told, marks, liveMap } = this.sets;
    const isOffered = told.list.length > 1 && marks && liveMap.count === told.of;
    this.find("set_walk").hidden = !isOffered;
    if (!isOffered) return;
    const sets = told.list.map(({ name }, n) => [n, name]);
    const chosen = (name, otherwise) => Math.min(Number(this.find(name).value || otherwise), sets.length - 1);
    fill(this.find("set_from"), sets, chosen("set_from", 0));
    fill(this.find("set_to"), sets, chosen("set_to", 1));
    this.find("set_way").setAttribute("aria-label", this.sets.text("set_way"));
    const now = JSON.stringify([told.packet, this.find("set_from").value, this.find("set_to").value]);
    if (now !== this.written) this.begin();
    this.written = now;
  }

  /** Another way: the slider stands at its start. */
  begin() {
    const { marks, liveMap } = this.sets;
    this.way = wayBetween(marks, Number(this.find("set_from").value), Number(this.find("set_to").value), liveMap.mu, liveMap.z.length);
    this.start = this.find("set_here").checked ? Float64Array.from(liveMap.z) : this.way?.start;
    this.end = this.way && this.start.map((value, n) => value + this.way.vector[n]);
    this.find("set_way").value = 0;
    this.find("set_way").disabled = !this.way;
    this.write(0);
  }

  walk(t) {
    const { liveMap } = this.sets;
    if (!this.way) return;
    liveMap.pin(true);
    liveMap.path.join(this.start, this.end);
    liveMap.z.set(this.start.map((value, n) => value + t * this.way.vector[n]));
    liveMap.moved();
    this.write(t);
  }

  write(t) {
    const { way } = this;
    const values = way ? { t: decimals(t, 2), length: decimals(Math.hypot(...way.vector), 2) } : {};
    this.find("set_way_words").textContent = this.sets.text(way ? "set_way_words" : "set_way_none", values);
  }
}
