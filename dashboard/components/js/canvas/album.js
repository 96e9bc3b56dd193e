// Pictures to pick from: the run's own test images and others that need no network, class by class.

import { numbersIn } from "../engine/decoder.js";

export class Album {
  constructor(stage, pad) {
    this.stage = stage;
    this.pad = pad;
    this.sources = [];
  }

  close() {
    this.sources = [];
    this.last = -1;
    this.stage.find("album").hidden = true;
  }

  /** Offer the pictures of a packet. */
  receive(part) {
    this.sources = sourcesIn(part);
    this.write();
  }

  /** The two lists, in the words of the page's language. */
  write() {
    const { stage } = this;
    stage.find("album").hidden = !this.sources.length;
    const words = (source) => stage.text(source.own ? "source_own" : `source_${source.name}`);
    fill(
      stage.find("source"),
      this.sources.map((source, n) => [n, words(source)]),
    );
    this.writeClasses();
  }

  writeClasses() {
    const any = ["", this.stage.text("any_class")];
    fill(this.stage.find("class"), [any, ...this.names.map((name, n) => [n, name])]);
  }

  /** What the classes are called; those of the run itself in the page's language. */
  get names() {
    return (this.source?.own ? this.stage.data.names : this.source?.names) ?? [];
  }

  get source() {
    return this.sources[Number(this.stage.find("source").value)];
  }

  changed(target) {
    if (target === this.stage.find("source")) this.writeClasses();
    this.last = -1;
    this.next();
  }

  /** Lay the next picture of the chosen class on the pad. */
  next() {
    const { source } = this;
    if (!source) return;
    const wanted = this.stage.find("class").value;
    const fits = [...source.rows.keys()].filter((n) => wanted === "" || source.labels[n] === Number(wanted));
    const n = fits.find((one) => one > this.last) ?? fits[0];
    if (n === undefined) return;
    this.last = n;
    const size = numbersIn(source);
    const pixels = source.values.subarray(n * size, (n + 1) * size);
    this.pad.pick({ ...source, pixels, row: source.rows[n], name: this.names[source.labels[n]] });
  }
}

/** A packet taken apart: a list of sources, each with pictures as bytes or real numbers, row numbers and classes. */
export function sourcesIn(part) {
  const whole = (name, Kind = Int32Array) => new Kind(part[name].slice().buffer);
  return part.sources.map((source) => ({
    ...source,
    values: whole(`values/${source.name}`, source.is_real ? Float32Array : Uint8Array),
    rows: whole(`rows/${source.name}`),
    labels: whole(`labels/${source.name}`),
  }));
}

/** Write the options of a list anew and keep what was chosen. */
function fill(select, options) {
  const { value } = select;
  select.replaceChildren(
    ...options.map(([name, textContent]) => Object.assign(document.createElement("option"), { value: name, textContent })),
  );
  if (options.some(([name]) => String(name) === value)) select.value = value;
}
