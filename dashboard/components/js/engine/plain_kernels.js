// The kernels of a network in JavaScript: the reference, and what runs where WebAssembly with SIMD is not to be had.

/** @import { Kernels, Weighing } from "./types.js" */

import { sigmoids } from "./likelihoods.js";

/**
 * Return the weights as `addUp` reads them: four outputs side by side for every input, then what is left, output by output.
 * @type {(inputs: number, outputs: number, weightAt: (o: number, i: number) => number) => Float32Array}
 */
function packInFours(inputs, outputs, weightAt) {
  const packed = new Float32Array(inputs * outputs);
  for (let o = 0; o < outputs; o++) {
    const inFours = o < (outputs & ~3);
    for (let i = 0; i < inputs; i++) packed[inFours ? ((o >> 2) * inputs + i) * 4 + (o & 3) : o * inputs + i] = weightAt(o, i);
  }
  return packed;
}

/**
 * out[at + o] = bias[o] + sum over k < count of values[k] * weight(o, rows[k] / 4), for every output o.
 * @type {(values: Float32Array, rows: Int32Array, count: number, weights: Float32Array, inputs: number, bias: Float32Array, out: Float32Array, at: number) => void}
 */
function addUp(values, rows, count, weights, inputs, bias, out, at) {
  const outputs = bias.length;
  let o = 0;
  for (; o + 4 <= outputs; o += 4) {
    const block = o * inputs;
    let a = bias[o],
      b = bias[o + 1],
      c = bias[o + 2],
      d = bias[o + 3];
    for (let k = 0; k < count; k++) {
      const value = values[k],
        w = block + rows[k];
      a += value * weights[w];
      b += value * weights[w + 1];
      c += value * weights[w + 2];
      d += value * weights[w + 3];
    }
    out[at + o] = a;
    out[at + o + 1] = b;
    out[at + o + 2] = c;
    out[at + o + 3] = d;
  }
  for (; o < outputs; o++) {
    let sum = bias[o];
    for (let k = 0; k < count; k++) sum += values[k] * weights[o * inputs + (rows[k] >> 2)];
    out[at + o] = sum;
  }
}

/**
 * Return the step of a dense or convolutional layer. Zeros, which are many after a ReLU, are left out first.
 * @type {(layer: Weighing, from: Float32Array, out: Float32Array) => () => void}
 */
function weighing({ channels, taps, paths, weightAt, bias }, from, out) {
  const places = from.length / channels,
    inputs = taps * channels,
    outputs = bias.length;
  const weights = packInFours(inputs, outputs, weightAt);
  const values = new Float32Array(from.length),
    rows = new Int32Array(from.length),
    counts = new Int32Array(places);
  const seen = new Float32Array(inputs),
    seenRows = new Int32Array(inputs);
  return () => {
    for (let p = 0; p < places; p++) {
      let n = p * channels;
      for (let c = 0; c < channels; c++) {
        const value = from[p * channels + c];
        if (value !== 0) {
          values[n] = value;
          rows[n++] = 4 * c;
        }
      }
      counts[p] = n - p * channels;
    }
    for (let q = 0; q < paths.length; q++) {
      const path = paths[q];
      let n = 0;
      for (let i = 0; i < path.length; i += 2) {
        const first = path[i] * channels,
          end = first + counts[path[i]],
          row = path[i + 1] * channels * 4;
        for (let k = first; k < end; k++) {
          seen[n] = values[k];
          seenRows[n++] = rows[k] + row;
        }
      }
      addUp(seen, seenRows, n, weights, inputs, bias, out, q * outputs);
    }
  };
}

/** @implements {Kernels} */
export class PlainKernels {
  name = "javascript";
  batch = 1; // several at once are no faster here
  /** @type {Float32Array[]} */
  #buffers = [];
  /** @type {(() => void)[]} */
  #steps = [];

  /** @type {Kernels["buffer"]} */
  buffer(content) {
    return this.#buffers.push(typeof content === "number" ? new Float32Array(content) : Float32Array.from(content)) - 1;
  }

  /** @type {Kernels["weigh"]} */
  weigh(layer, from, to) {
    this.#steps.push(weighing(layer, this.#buffers[from], this.#buffers[to]));
  }

  /** @type {Kernels["gelu"]} */
  gelu(at) {
    const values = this.#buffers[at];
    this.#steps.push(() => {
      for (let i = 0; i < values.length; i++) {
        const x = values[i];
        values[i] = x / (1 + Math.exp(-1.5957691216057308 * (x + 0.044715 * x * x * x)));
      }
    });
  }

  /** @type {Kernels["relu"]} */
  relu(at) {
    const values = this.#buffers[at];
    this.#steps.push(() => {
      for (let i = 0; i < values.length; i++) if (values[i] < 0) values[i] = 0;
    });
  }

  /** @type {Kernels["sigmoid"]} */
  sigmoid(from, to) {
    const [values, out] = [this.#buffers[from], this.#buffers[to]];
    this.#steps.push(() => sigmoids(values, out));
  }

  /** @type {Kernels["gather"]} */
  gather(from, to, sources) {
    const [values, out] = [this.#buffers[from], this.#buffers[to]];
    this.#steps.push(() => {
      for (let i = 0; i < out.length; i++) out[i] = values[sources[i]];
    });
  }

  /** @type {Kernels["copy"]} */
  copy(from, to) {
    const [values, out] = [this.#buffers[from], this.#buffers[to]];
    this.#steps.push(() => out.set(values));
  }

  /** @type {Kernels["add"]} */
  add(to, what) {
    const [values, others] = [this.#buffers[to], this.#buffers[what]];
    this.#steps.push(() => {
      for (let i = 0; i < values.length; i++) values[i] += others[i];
    });
  }

  /** @type {Kernels["values"]} */
  values(at) {
    return this.#buffers[at];
  }

  run() {
    for (let i = 0; i < this.#steps.length; i++) this.#steps[i]();
  }
}
