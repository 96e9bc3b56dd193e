// Pure arithmetic of the latent map: planes, neighbours, density, paths. No DOM, so that node can test it.

/** A plane through the current z: unit vectors u and v (d,) that run right and upward; v is null for one dimension. */
export class Plane {
  constructor(u, v) {
    this.u = u;
    this.v = v;
  }

  static ofAxes(d, i, j) {
    const unit = (k) => Float64Array.from({ length: d }, (_, n) => (n === k ? 1 : 0));
    return new Plane(unit(i), d > 1 ? unit(j) : null);
  }

  /** Coordinate of z, or of row `row` of a flat array of points, along one of the two directions. */
  static along(direction, points, row = 0) {
    let sum = 0;
    for (let n = 0, at = row * direction.length; n < direction.length; n++, at++) sum += direction[n] * points[at];
    return sum;
  }

  /** Move z within the plane until its coordinates are (a, b); what lies across the plane stays. */
  moveTo(z, a, b) {
    const stepU = a - Plane.along(this.u, z);
    const stepV = this.v ? b - Plane.along(this.v, z) : 0;
    for (let n = 0; n < z.length; n++) z[n] += stepU * this.u[n] + (this.v ? stepV * this.v[n] : 0);
  }

  /** Flat coordinates (2N) of N points; one dimension gets a second coordinate by which it stays readable, never a meaning. */
  project(points, count) {
    const flat = new Float32Array(2 * count);
    for (let row = 0; row < count; row++) {
      flat[2 * row] = Plane.along(this.u, points, row);
      flat[2 * row + 1] = this.v ? Plane.along(this.v, points, row) : ((row * 0.6180339887) % 1) * 2 - 1;
    }
    return flat;
  }
}

/** The k rows of `points` (N, d) nearest to z, nearest first, into `rows` and `distances` (both of length k). */
export function nearest(points, count, z, rows, distances) {
  const d = z.length;
  const k = rows.length;
  distances.fill(Infinity);
  rows.fill(-1);
  for (let row = 0, at = 0; row < count; row++, at += d) {
    const worst = distances[k - 1];
    let sum = 0;
    for (let n = 0; n < d && sum < worst; n++) {
      const gap = points[at + n] - z[n];
      sum += gap * gap;
    }
    if (sum >= worst) continue;
    let place = k - 1;
    while (place > 0 && distances[place - 1] > sum) {
      distances[place] = distances[place - 1];
      rows[place] = rows[place - 1];
      place--;
    }
    distances[place] = sum;
    rows[place] = row;
  }
  for (let n = 0; n < k; n++) distances[n] = Math.sqrt(distances[n]);
}

/** Index and votes of the class that most of `rows` have; `votes` is scratch of one number per class. */
export function vote(labels, rows, votes) {
  votes.fill(0);
  let best = 0;
  for (const row of rows) if (row >= 0) votes[labels[row]]++;
  for (let n = 1; n < votes.length; n++) if (votes[n] > votes[best]) best = n;
  return best;
}

/** Smoothed counts of flat points (2N) on a side x side grid over [low, high]^2, row 0 on top, largest value 1. */
export function density(flat, side, low, high, keep = () => true) {
  let counts = new Float32Array(side * side);
  for (let row = 0; row < flat.length / 2; row++) {
    const x = Math.floor(((flat[2 * row] - low) / (high - low)) * side);
    const y = Math.floor(((high - flat[2 * row + 1]) / (high - low)) * side);
    if (x >= 0 && x < side && y >= 0 && y < side && keep(row)) counts[y * side + x]++;
  }
  // Three passes of a box of 2r+1 cells are close to a bell.
  for (let pass = 0; pass < 3; pass++) counts = blurred(blurred(counts, side, 1, side), side, side, 1);
  let top = 0;
  for (const value of counts) top = Math.max(top, value);
  return top > 0 ? counts.map((value) => value / top) : counts;
}

function blurred(values, side, step, stride, radius = 2) {
  const result = new Float32Array(values.length);
  for (let line = 0; line < side; line++) {
    for (let n = 0; n < side; n++) {
      let sum = 0;
      for (let m = Math.max(0, n - radius); m <= Math.min(side - 1, n + radius); m++) sum += values[line * stride + m * step];
      result[line * stride + n * step] = sum / (2 * radius + 1);
    }
  }
  return result;
}

/** The root of the mean square of flat points' (2N) distances from their middle. */
export function spread(flat) {
  let [x, y, squares] = [0, 0, 0];
  for (let n = 0; n < flat.length; n += 2) [x, y, squares] = [x + flat[n], y + flat[n + 1], squares + flat[n] ** 2 + flat[n + 1] ** 2];
  const count = flat.length / 2;
  return Math.sqrt(Math.max(0, squares / count - (x / count) ** 2 - (y / count) ** 2));
}

/**
 * World coordinates of the spot where each class is densest, `apart` from the spots before it; null for a class without points.
 * None at all while the points lie closer together than that: on one spot no class has a place of its own.
 */
export function densest(flat, labels, classes, low, high, apart, side = 48) {
  if (!(spread(flat) > apart)) return [];
  const size = (high - low) / side;
  const spots = [];
  for (let wanted = 0; wanted < classes; wanted++) {
    const cells = density(flat, side, low, high, (row) => labels[row] === wanted);
    let [best, most] = [null, 0];
    for (let n = 0; n < cells.length; n++) {
      if (cells[n] <= most) continue;
      const spot = [low + ((n % side) + 0.5) * size, high - (Math.floor(n / side) + 0.5) * size];
      if (spots.every((taken) => !taken || Math.hypot(taken[0] - spot[0], taken[1] - spot[1]) >= apart)) [best, most] = [spot, cells[n]];
    }
    spots.push(best);
  }
  return spots;
}

/** The name of a latent dimension counted from 0: z₁, z₂ ... */
export function axisName(dim) {
  return `z${String(dim + 1).replace(/\d/g, (digit) => String.fromCharCode(0x2080 + Number(digit)))}`;
}

/** The point a share t of the way from a to b: along the straight line, or along the arc that keeps the length of a prior's draw. */
export function between(a, b, t, isSpherical, into) {
  let [wa, wb] = [1 - t, t];
  if (isSpherical) {
    const [la, lb] = [Math.hypot(...a), Math.hypot(...b)];
    const cosine = la && lb ? a.reduce((sum, value, n) => sum + value * b[n], 0) / (la * lb) : 1;
    const angle = Math.acos(Math.min(1, Math.max(-1, cosine)));
    // Opposite or parallel points define no arc: the straight line is the answer then.
    if (angle > 1e-6 && Math.PI - angle > 1e-6) [wa, wb] = [Math.sin((1 - t) * angle) / Math.sin(angle), Math.sin(t * angle) / Math.sin(angle)];
  }
  for (let n = 0; n < a.length; n++) into[n] = wa * a[n] + wb * b[n];
  return into;
}

/** One draw of the standard normal distribution (Box & Muller 1958). */
export function normal(random = Math.random) {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** One draw from p(x|z) into `drawn`, with noise that stays while z moves, so that only z changes the picture. */
export function sample({ support, sigma }, params, means, { uniform, bell }, drawn) {
  for (let n = 0; n < means.length; n++) {
    if (support === "binary") drawn[n] = uniform[n] < means[n] ? 1 : 0;
    else drawn[n] = support === "unit" ? continuousBernoulli(params[n], uniform[n]) : means[n] + sigma * bell[n];
  }
  return drawn;
}

/** The inverse of the continuous Bernoulli's distribution function; eta > 0 is the mirror image of eta < 0. */
function continuousBernoulli(eta, uniform) {
  const size = Math.abs(eta);
  const low = size < 1e-4 ? uniform : -Math.log1p(uniform * Math.expm1(-size)) / size;
  return eta > 0 ? 1 - low : low;
}

/** Ticks of a round step, at least `room` pixels apart, over [low, high]. */
export function ticks(low, high, pixels, room = 64) {
  const rough = ((high - low) * room) / pixels;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((n) => n * power >= rough) * power;
  const found = [];
  for (let n = Math.ceil(low / step); n * step <= high; n++) found.push(Number((n * step).toPrecision(6)));
  return found;
}
//# sourceURL=space.js
