// Where the values of a layer lie, and which of them each output place sees.

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
 * Return the paths of a convolution, as Weighing has them; `sides` are [height, width] of input, kernel and output.
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
