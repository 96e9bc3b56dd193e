// Where the values of a layer lie, and which of them each output place sees.

/**
 * Return, for values of `shape` [channels, height, width] that lie channels last, where each stands in torch's order; null: the same.
 * @type {(shape: number[]) => Int32Array | null}
 */
export function channelsLast(shape) {
  const [channels, height, width] = shape;
  const places = height * width;
  if (channels === 1 || places === 1) return null;
  const order = new Int32Array(channels * places);
  for (let place = 0, at = 0; place < places; place++) for (let c = 0; c < channels; c++) order[at++] = c * places + place;
  return order;
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
  const [rows, columns] = [0, 1].map((side) => reaches(sides[side], kernel[side], outSides[side], sourceOf));
  const path = new Int32Array(2 * kernel[0] * kernel[1]);
  return Array.from({ length: outSides[0] * outSides[1] }, (_, q) => {
    const [row, column] = [rows[Math.floor(q / outSides[1])], columns[q % outSides[1]]];
    let n = 0;
    for (let k = 0; k < kernel[0]; k++) {
      for (let l = 0; l < kernel[1]; l++) {
        if (row[k] < 0 || column[l] < 0) continue;
        path[n++] = row[k] * sides[1] + column[l];
        path[n++] = k * kernel[1] + l;
      }
    }
    return path.slice(0, n);
  });
}

/**
 * Along one side: which place each place of the output sees through each of the kernel's elements; -1 where it sees none.
 * @type {(side: number, kernel: number, outSide: number, sourceOf: (o: number, k: number) => number) => Int32Array[]}
 */
function reaches(side, kernel, outSide, sourceOf) {
  return Array.from({ length: outSide }, (_, o) =>
    Int32Array.from({ length: kernel }, (_, k) => {
      const source = sourceOf(o, k);
      return Number.isInteger(source) && source >= 0 && source < side ? source : -1;
    }),
  );
}
