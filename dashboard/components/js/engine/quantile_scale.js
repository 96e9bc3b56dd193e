// The scale of an axis on which equal steps hold equal shares of the prior (Kingma & Welling 2014, figure 4).

const MOST = 1 - 1e-6; // of the bell curve's share: an axis goes no further, since its end lies nowhere

/**
 * The share of the standard normal distribution below a value (the series of Marsaglia 2004).
 * @type {(value: number) => number}
 */
export function shareBelow(value) {
  if (value < -8) return 0;
  if (value > 8) return 1;
  let [sum, term, last] = [value, value, 0];
  for (let n = 3; sum !== last; n += 2) {
    last = sum;
    term *= (value * value) / n;
    sum += term;
  }
  return 0.5 + (sum * Math.exp(-0.5 * value * value)) / Math.sqrt(2 * Math.PI);
}

/** The value below which lies a share of the standard normal distribution. @type {(share: number) => number} */
export function quantile(share) {
  if (share > 0.5) return -quantile(1 - share);
  let [low, high] = [-8, 0];
  for (let n = 0; n < 52; n++) {
    const middle = (low + high) / 2;
    if (shareBelow(middle) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Puts `side` quantiles of the central `coverage` into the middles of as many equal cells over [-reach, reach]. */
export class QuantileScale {
  /** @param {number} side @param {number} coverage @param {number} reach */
  constructor(side, coverage, reach) {
    this.perUnit = (coverage * side) / (side - 1) / (2 * reach);
    this.last = quantile((1 + coverage) / 2); // the value of the last picture
  }

  /** Where on the axis a value lies. @type {(value: number) => number} */
  to(value) {
    return (shareBelow(value) - 0.5) / this.perUnit;
  }

  /** The value at a place on the axis. @type {(place: number) => number} */
  from(place) {
    return quantile(Math.min(MOST, Math.max(1 - MOST, 0.5 + place * this.perUnit)));
  }
}
