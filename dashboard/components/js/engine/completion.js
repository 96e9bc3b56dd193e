// Pictures of which a part is erased: draws of p(z | visible pixels), a short step at a time; see vae_core/evaluation/completion.py.

/** @import { Decoder, Numbers, PixelFacts } from "./types.js" */
/** @import { Normal } from "./normal_mixture.js" */

import { cholesky, inverse, logDiagonal, solve } from "./cholesky.js";
import { LOG_2_PI } from "./gaussian.js";
import { addCosts } from "./likelihoods.js";
import { draw, fitted, LEAST_SHARE, logSumExp } from "./normal_mixture.js";
import { total } from "./numbers.js";

const MODES = 4; // places that climb
const CLIMBS = 10; // steps of each at most
const APART = 0.35; // of a place from another one that climbs too, times the root of d
const FITS = 2; // times that the mixture is fitted anew
const LENGTHS = [1, 0.5, 0.2, 0.05]; // of a Gauss-Newton step, the first of which that rises is taken
const LITTLE = 0.02; // by which a place is moved to see how the decoder turns
const NUDGE = 1e-3; // by which a pixel's parameter is moved to see how its cost bends
const RULED_OUT = 12; // nats of evidence below the best mode
const STEEP = 1e-9; // the least a cost may bend

/**
 * Weighted draws: weights sum to 1, pictures lie one after another, `effective` equal draws would be worth as much.
 * @typedef {{ zs: Float64Array[], weights: Float64Array, logDensity: Float64Array, pictures: Float32Array, effective: number, modes: number }} Completions
 */

/**
 * A place that may climb, what the decoder makes of it, and the row of the image that lies there.
 * @typedef {{ z: Float64Array, params: Float32Array, row?: number }} Candidate
 */

export class Completer {
  /** @param {Decoder} decoder  with a network @param {PixelFacts} facts */
  constructor(decoder, facts) {
    this.decoder = decoder;
    this.facts = facts;
    this.d = decoder.latentSize;
    /** @type {Candidate[]} */
    this.candidates = [];
  }

  /**
   * Decode places (M, d) that may climb, one a step; `rows` (M) are those of the images that lie there.
   * @type {(places: Numbers, rows?: Numbers) => Generator<undefined, void, unknown>}
   */
  *prepare(places, rows = []) {
    for (let n = 0; (n + 1) * this.d <= places.length; n++) {
      const z = Float64Array.from({ length: this.d }, (_, j) => places[n * this.d + j]);
      this.decoder.decode(z);
      this.candidates.push({ z, row: rows[n], params: /** @type {Float32Array} */ (this.decoder.params).slice() });
      yield;
    }
  }

  /**
   * Draw completions of a picture x of which the numbers `seen` are visible, one decoded place a step; the place of its own `row` would
   * tell what is erased, and does not climb.
   * @type {(x: Numbers, seen: Int32Array, samples: number, bell: () => number, row?: number) => Generator<undefined, Completions, unknown>}
   */
  *complete(x, seen, samples, bell, row = -1) {
    const visible = new Visible(this, x, seen);
    let normals = yield* this.modes(
      visible,
      this.candidates.filter((one) => one.row !== row),
    );
    for (let n = 0; n < FITS; n++) {
      const drawn = draw(normals, Math.max(2, samples >> 1), bell);
      normals = fitted(drawn, normalised(yield* heights(visible, drawn.zs), drawn.logDensity));
    }
    const drawn = draw(normals, samples, bell);
    const size = x.length;
    const pictures = new Float32Array(samples * size);
    const joint = yield* heights(visible, drawn.zs, (s, picture) => pictures.set(picture, s * size));
    const weights = normalised(joint, drawn.logDensity);
    const effective = 1 / weights.reduce((sum, one) => sum + one * one, 0);
    const modes = drawn.normals.filter(({ share }) => share > 0).length;
    return { zs: drawn.zs, weights, logDensity: drawn.logDensity, pictures, effective, modes };
  }

  /**
   * The normal distributions round the modes that the best candidates climb to.
   * @type {(visible: Visible, candidates: Candidate[]) => Generator<undefined, Normal[], unknown>}
   */
  *modes(visible, candidates) {
    /** @type {{ z: Float64Array, height: number, precision: Float64Array, root: Float64Array, evidence: number }[]} */
    const found = [];
    for (const start of visible.best(candidates)) {
      const { z, height, precision } = yield* visible.climb(start);
      const root = cholesky(precision, this.d);
      found.push({ z, height, precision, root, evidence: height - logDiagonal(root, this.d) });
    }
    const top = Math.max(...found.map(({ evidence }) => evidence));
    found.sort((one, other) => other.height - one.height);
    const kept = found.filter(
      (one, n) => one.evidence > top - RULED_OUT && !found.slice(0, n).some((higher) => distance(one.z, higher.z, higher.precision) < 1),
    );
    const shares = kept.map(({ evidence }) => Math.max(Math.exp(evidence - top), LEAST_SHARE));
    const whole = total(shares);
    return kept.map(({ z, root }, k) => ({ mean: z, covariance: inverse(root, this.d), share: shares[k] / whole }));
  }
}

/** log p(visible|z) p(z) of places, one a step; `take` gets the picture of each. @type {(visible: Visible, zs: Float64Array[], take?: (s: number, picture: Float32Array) => void) => Generator<undefined, Float64Array, unknown>} */
function* heights(visible, zs, take) {
  const found = new Float64Array(zs.length);
  for (let s = 0; s < zs.length; s++) {
    const picture = visible.decoder.decode(zs[s]);
    take?.(s, picture);
    found[s] = visible.ofParams(zs[s], /** @type {Float32Array} */ (visible.decoder.params));
    yield;
  }
  return found;
}

/** Importance weights that sum to 1. @type {(joint: Float64Array, logDensity: Float64Array) => Float64Array} */
function normalised(joint, logDensity) {
  const logs = joint.map((value, s) => value - logDensity[s]);
  const whole = logSumExp(logs);
  return logs.map((value) => Math.exp(value - whole));
}

/** (a - b)' P (a - b). @type {(a: Numbers, b: Numbers, precision: Numbers) => number} */
function distance(a, b, precision) {
  const d = a.length;
  let sum = 0;
  for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) sum += (a[i] - b[i]) * precision[i * d + j] * (a[j] - b[j]);
  return sum;
}

/** What is visible of a picture. */
class Visible {
  /** @param {Completer} completer @param {Numbers} x @param {Int32Array} seen */
  constructor({ decoder, facts, d }, x, seen) {
    this.decoder = decoder;
    this.facts = facts;
    this.d = d;
    this.seen = seen;
    this.x = Float64Array.from(seen, (n) => x[n]);
    this.shown = new Float64Array(seen.length);
    this.costs = new Float64Array(seen.length);
  }

  /** The cost of each visible pixel where their parameters are moved by `nudge`; always the same array. @type {(params: Numbers, nudge?: number) => Float64Array} */
  costsOf(params, nudge = 0) {
    for (let n = 0; n < this.seen.length; n++) this.shown[n] = params[n] + nudge;
    this.costs.fill(0);
    addCosts(this.facts, this.shown, this.x, this.costs);
    return this.costs;
  }

  /** The parameters of the visible pixels. @type {(params: Numbers) => Float64Array} */
  only(params) {
    return Float64Array.from(this.seen, (n) => params[n]);
  }

  /** log p(visible|z) + log p(z) in nats. @type {(z: Float64Array, params: Numbers) => number} */
  ofParams(z, params) {
    return -total(this.costsOf(this.only(params))) - 0.5 * z.reduce((sum, value) => sum + value * value + LOG_2_PI, 0);
  }

  /** @param {Float64Array} z */
  height(z) {
    this.decoder.decode(z);
    return this.ofParams(z, /** @type {Float32Array} */ (this.decoder.params));
  }

  /** The best candidates that lie apart; without any, the middle of the prior. @type {(candidates: Candidate[]) => Float64Array[]} */
  best(candidates) {
    const order = candidates.map(({ z, params }) => ({ z, height: this.ofParams(z, params) })).sort((a, b) => b.height - a.height);
    /** @type {Float64Array[]} */
    const chosen = [];
    for (const { z } of order) {
      if (chosen.length === MODES) break;
      if (chosen.every((one) => Math.hypot(...one.map((value, j) => value - z[j])) >= APART * Math.sqrt(this.d))) chosen.push(z);
    }
    return chosen.length ? chosen : [new Float64Array(this.d)];
  }

  /** @type {(start: Float64Array) => Generator<undefined, { z: Float64Array, height: number, precision: Float64Array }, unknown>} */
  *climb(start) {
    let z = start;
    let height = this.height(z);
    for (let n = 0; n < CLIMBS; n++) {
      const { slope, precision } = yield* this.slope(z);
      const step = solve(cholesky(precision, this.d), slope);
      let gained = 0;
      for (const length of LENGTHS) {
        const tried = z.map((value, j) => value + length * step[j]);
        const there = this.height(tried);
        yield;
        if (!(there > height)) continue;
        gained = there - height;
        [z, height] = [tried, there];
        break;
      }
      if (gained < 1e-6) break;
    }
    return { z, height, precision: (yield* this.slope(z)).precision };
  }

  /**
   * The slope of log p(z | visible) at z, and its precision as Gauss and Newton have it: J' W J + 1.
   * @type {(z: Float64Array) => Generator<undefined, { slope: Float64Array, precision: Float64Array }, unknown>}
   */
  *slope(z) {
    const { d, decoder } = this;
    decoder.decode(z);
    const middle = this.only(/** @type {Float32Array} */ (decoder.params));
    const turns = [];
    for (let j = 0; j < d; j++) {
      const moved = z.slice();
      moved[j] += LITTLE;
      decoder.decode(moved);
      turns.push(this.only(/** @type {Float32Array} */ (decoder.params)).map((value, n) => (value - middle[n]) / LITTLE));
      yield;
    }
    const below = this.costsOf(middle, -NUDGE).slice();
    const here = this.costsOf(middle).slice();
    const above = this.costsOf(middle, NUDGE);
    const bend = here.map((value, n) => Math.max(STEEP, (above[n] + below[n] - 2 * value) / NUDGE ** 2));
    const pull = here.map((_, n) => (below[n] - above[n]) / (2 * NUDGE));
    const slope = Float64Array.from(turns, (turn, j) => turn.reduce((sum, value, n) => sum + value * pull[n], 0) - z[j]);
    const precision = new Float64Array(d * d);
    for (let i = 0; i < d; i++) {
      for (let j = 0; j <= i; j++) {
        let sum = i === j ? 1 : 0;
        for (let n = 0; n < bend.length; n++) sum += turns[i][n] * bend[n] * turns[j][n];
        precision[i * d + j] = precision[j * d + i] = sum;
      }
    }
    return { slope, precision };
  }
}

/** The average of all completions, as a picture. @type {(found: Completions) => Float32Array} */
export function averageOf({ pictures, weights }) {
  const average = new Float32Array(pictures.length / weights.length);
  for (let s = 0, at = 0; s < weights.length; s++) for (let n = 0; n < average.length; n++, at++) average[n] += weights[s] * pictures[at];
  return average;
}

/** Which draws to show, evenly by weight; one of great weight comes more than once. @type {(weights: Numbers, count: number) => number[]} */
export function someOf(weights, count) {
  const chosen = [];
  for (let k = 0, s = 0, sum = weights[0]; k < count; k++) {
    const at = (k + 0.5) / count;
    while (sum < at && s < weights.length - 1) sum += weights[++s];
    chosen.push(s);
  }
  return chosen;
}
