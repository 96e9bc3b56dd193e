// The kernels of a network in WebAssembly with SIMD: kernels.c, on one memory that is laid out while the network is planned.

/** @import { Kernels } from "./types.js" */

import { KERNELS } from "./kernels_wasm.js";

const PAGE = 2 ** 16; // bytes by which a memory grows

/** The compiled module. Throws where the browser or the page's policy does not allow it. @type {() => WebAssembly.Module} */
export function compileKernels() {
  return new WebAssembly.Module(Uint8Array.from(atob(KERNELS), (letter) => letter.charCodeAt(0)));
}

/**
 * Return the weights as `weigh` of kernels.c reads them: eight outputs side by side for every input, block after block, and four in a last
 * block that has no more.
 * @type {(inputs: number, outputs: number, weightAt: (o: number, i: number) => number) => Float32Array}
 */
function packInBlocks(inputs, outputs, weightAt) {
  const packed = new Float32Array(inputs * Math.ceil(outputs / 4) * 4);
  for (let o = 0; o < outputs; o++) {
    const first = o & ~7,
      width = outputs - first > 4 ? 8 : 4;
    for (let i = 0, at = first * inputs + (o & 7); i < inputs; i++, at += width) packed[at] = weightAt(o, i);
  }
  return packed;
}

/**
 * Return the program of `weigh`: output places in groups that see through the same taps, since they share what is loaded.
 * @type {(paths: Int32Array[], channels: number) => { program: Int32Array, groups: number }}
 */
function programOf(paths, channels) {
  /** @type {Map<string, number[]>} */
  const groups = new Map();
  paths.forEach((path, q) => {
    let key = "";
    for (let i = 1; i < path.length; i += 2) key += `${path[i]},`;
    const group = groups.get(key);
    if (group) group.push(q);
    else groups.set(key, [q]);
  });
  const program = new Int32Array(
    [...groups.values()].reduce((sum, group) => sum + 2 + paths[group[0]].length / 2 + group.length, 0) +
      paths.reduce((sum, path) => sum + path.length / 2, 0),
  );
  let n = 0;
  for (const group of groups.values()) {
    const first = paths[group[0]];
    program[n++] = first.length / 2;
    program[n++] = group.length;
    for (let i = 1; i < first.length; i += 2) program[n++] = first[i] * channels;
    for (const q of group) program[n++] = q;
    for (const q of group) for (let i = 0; i < paths[q].length; i += 2) program[n++] = paths[q][i] * channels;
  }
  return { program, groups: groups.size };
}

/** What runs a network: its own memory, which goes when the network does. Throws a RangeError where the memory is not to be had. @implements {Kernels} */
export class SimdKernels {
  name = "webassembly";
  #memory;
  #kernels;
  #end;
  /** How many numbers a buffer has for each input, by its address. @type {Map<number, number>} */
  #counts = new Map();
  /** @type {((inputs: number) => void)[]} */
  #steps = [];

  /** @param {WebAssembly.Module} compiled @param {number} batch */
  constructor(compiled, batch) {
    this.batch = batch;
    this.#memory = new WebAssembly.Memory({ initial: 1 });
    this.#kernels = /** @type {any} */ (new WebAssembly.Instance(compiled, { env: { memory: this.#memory } }).exports);
    this.#end = this.#kernels.__heap_base.value;
  }

  /** Take room for so many numbers of 32 bits, up to a multiple of four, and return its address. @type {(count: number) => number} */
  #room(count) {
    const at = Math.ceil(this.#end / 16) * 16;
    this.#end = at + Math.ceil(count / 4) * 16;
    const missing = this.#end - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE));
    return at;
  }

  /** @type {(numbers: Int32Array) => number} */
  #integers(numbers) {
    const at = this.#room(numbers.length);
    new Int32Array(this.#memory.buffer, at).set(numbers);
    return at;
  }

  /** @type {Kernels["buffer"]} */
  buffer(content) {
    const isFilled = typeof content !== "number";
    const count = isFilled ? content.length : content;
    const at = this.#room(isFilled ? count : count * this.batch);
    this.#counts.set(at, count);
    if (isFilled) this.values(at).set(content);
    return at;
  }

  /** @type {(at: number) => number} */
  #count(at) {
    return this.#counts.get(at) ?? 0;
  }

  /** @type {Kernels["weigh"]} */
  weigh({ channels, taps, paths, weightAt, bias }, from, to) {
    const { weigh } = this.#kernels,
      inputs = taps * channels,
      outputs = bias.length;
    const { program, groups } = programOf(paths, channels);
    const [one, weightsAt] = [this.#integers(program), this.buffer(packInBlocks(inputs, outputs, weightAt))];
    // Inputs of a dense layer that stand one after another are places of one picture, which share the weights that are loaded.
    const places = Array.from({ length: this.batch }, (_, place) => Int32Array.of(place, 0));
    const all = this.batch > 1 ? this.#integers(programOf(places, channels).program) : one;
    const biasAt = this.buffer(Float32Array.from({ length: Math.ceil(outputs / 8) * 8 }, (_, o) => bias[o] ?? 0));
    this.#steps.push((many) => weigh(from, to, channels, inputs, outputs, many > 1 ? all : one, groups, weightsAt, biasAt));
  }

  /** @type {Kernels["gelu"]} */
  gelu(at) {
    const { gelu } = this.#kernels,
      count = this.#count(at);
    this.#steps.push((inputs) => gelu(at, inputs * count));
  }

  /** @type {Kernels["relu"]} */
  relu(at) {
    const { relu } = this.#kernels,
      count = this.#count(at);
    this.#steps.push((inputs) => relu(at, inputs * count));
  }

  /** @type {Kernels["sigmoid"]} */
  sigmoid(from, to) {
    const { sigmoid } = this.#kernels,
      count = this.#count(from);
    this.#steps.push((inputs) => sigmoid(from, to, inputs * count));
  }

  /** @type {Kernels["gather"]} */
  gather(from, to, sources) {
    const { gather } = this.#kernels,
      count = sources.length,
      sourcesAt = this.#integers(sources);
    this.#steps.push(() => gather(from, to, sourcesAt, count));
  }

  /** @type {Kernels["copy"]} */
  copy(from, to) {
    const { copy } = this.#kernels,
      count = this.#count(from);
    this.#steps.push((inputs) => copy(from, to, inputs * count));
  }

  /** @type {Kernels["add"]} */
  add(to, what) {
    const { add } = this.#kernels,
      count = this.#count(to);
    this.#steps.push((inputs) => add(to, what, inputs * count));
  }

  /** @type {Kernels["values"]} */
  values(at, inputs = 1) {
    return new Float32Array(this.#memory.buffer, at, inputs * this.#count(at));
  }

  /** @type {Kernels["run"]} */
  run(inputs) {
    for (let i = 0; i < this.#steps.length; i++) this.#steps[i](inputs);
  }
}
