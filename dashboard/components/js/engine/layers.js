// The arithmetic of the layers: dense, convolution, activations. A step takes values and returns values; it allocates nothing when it runs.

/** @import { Numbers, Step } from "./types.js" */

/**
 * Return the weights as `addUp` reads them: four outputs side by side for every input, then what is left, output by output.
 * @type {(inputs: number, outputs: number, weightAt: (o: number, i: number) => number) => Float32Array}
 */
export function packInFours(inputs, outputs, weightAt) {
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
 * Return the step of a dense or convolutional layer, (values) -> out.
 *
 * `paths[q]` lists [p, tap] in turn: output place q sees input place p through the kernel's element `tap`. A dense layer is one
 * place and one tap. Values lie place by place, channels last. Zeros, which are many after a ReLU, are left out first.
 * @type {(channels: number, places: number, taps: number, paths: Int32Array[], weights: Float32Array, bias: Float32Array, out: Float32Array) => Step}
 */
export function weighingStep(channels, places, taps, paths, weights, bias, out) {
  const values = new Float32Array(places * channels),
    rows = new Int32Array(places * channels),
    counts = new Int32Array(places);
  const seen = new Float32Array(taps * channels),
    seenRows = new Int32Array(taps * channels);
  const outputs = bias.length,
    inputs = taps * channels;
  return (from) => {
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
    return out;
  };
}

/** The tanh form, 0.5 x (1 + tanh u), written with one exponential. @type {Step} */
export function geluStep(values) {
  for (let i = 0; i < values.length; i++) {
    const x = values[i];
    values[i] = x / (1 + Math.exp(-1.5957691216057308 * (x + 0.044715 * x * x * x)));
  }
  return values;
}

/** @type {Step} */
export function reluStep(values) {
  for (let i = 0; i < values.length; i++) if (values[i] < 0) values[i] = 0;
  return values;
}

/**
 * Return, for values of `shape` [channels, height, width] that lie channels last, where each stands in torch's order; null: the same.
 * @type {(shape: number[]) => Int32Array | null}
 */
export function channelsLast(shape) {
  const [channels, height, width] = shape;
  const places = height * width;
  if (channels === 1 || places === 1) return null;
  return Int32Array.from({ length: channels * places }, (_, i) => (i % channels) * places + Math.floor(i / channels));
}

/**
 * Return which place each place of a picture twice as large repeats; `before` and `sides` are [height, width].
 * @type {(before: number[], sides: number[]) => Int32Array}
 */
export function repeatedPlaces([, width], [tall, wide]) {
  return Int32Array.from({ length: tall * wide }, (_, q) => (Math.floor(q / wide) >> 1) * width + ((q % wide) >> 1));
}

/**
 * Join the elements of a kernel that see one and the same place, since `holders` names it several times: their weights are added up once.
 * Behind an upsampling a kernel of 3 x 3 then sees 2 x 2 places instead of nine.
 * @type {(paths: Int32Array[], holders: Int32Array) => { paths: Int32Array[], groups: number[][] }}  groups of the kernel's elements
 */
export function joinedPaths(paths, holders) {
  /** @type {Map<string, number>} */
  const known = new Map();
  /** @type {number[][]} */
  const groups = [];
  const joined = paths.map((path) => {
    /** @type {Map<number, number[]>} */
    const places = new Map();
    for (let i = 0; i < path.length; i += 2) {
      const place = holders[path[i]];
      places.set(place, [...(places.get(place) ?? []), path[i + 1]]);
    }
    return Int32Array.from(
      [...places].flatMap(([place, taps]) => {
        const key = taps.join();
        if (!known.has(key)) {
          known.set(key, groups.length);
          groups.push(taps);
        }
        return [place, known.get(key) ?? 0];
      }),
    );
  });
  return { paths: joined, groups };
}

/**
 * Return `paths` as weighingStep reads them; `sides` are [height, width] of input, kernel and output.
 * @type {(sides: number[], kernel: number[], outSides: number[], sourceOf: (o: number, k: number) => number) => Int32Array[]}
 */
export function convolutionPaths(sides, kernel, outSides, sourceOf) {
  const reach = (/** @type {number} */ side, /** @type {number} */ k, /** @type {number} */ o) => {
    const source = sourceOf(o, k);
    return Number.isInteger(source) && source >= 0 && source < sides[side] ? source : -1;
  };
  return Array.from({ length: outSides[0] * outSides[1] }, (_, q) => {
    const path = [];
    for (let tap = 0; tap < kernel[0] * kernel[1]; tap++) {
      const y = reach(0, Math.floor(tap / kernel[1]), Math.floor(q / outSides[1]));
      const x = reach(1, tap % kernel[1], q % outSides[1]);
      if (y >= 0 && x >= 0) path.push(y * sides[1] + x, tap);
    }
    return Int32Array.from(path);
  });
}
