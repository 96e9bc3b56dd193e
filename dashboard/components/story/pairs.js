// Pairs of numbers with a correlation, each by itself a standard normal: what one tells of the other, in nats.

const FAR = 9; // standard deviations
const CELLS = 120; // of each direction of an integral
const NEIGHBOURS = 4; // of Kraskov's estimate
const LOG_2_PI = Math.log(2 * Math.PI);

/** -1/2 ln(1 - rho^2), of normal pairs alone */
export function normalInformation(rho) {
  return -0.5 * Math.log(1 - rho * rho);
}

/** The definition, the mean of ln p(x, y) / (p(x) p(y)), as a double integral; x runs straight, y round where it is likely. */
export function informationByArea(rho) {
  const narrow = Math.sqrt(1 - rho * rho);
  const step = (2 * FAR) / CELLS;
  let sum = 0;
  for (let i = 0; i <= CELLS; i++) {
    const x = i * step - FAR;
    for (let j = 0; j <= CELLS; j++) {
      const y = rho * x + narrow * (j * step - FAR);
      const both = -LOG_2_PI - Math.log(narrow) - (x * x - 2 * rho * x * y + y * y) / (2 * (1 - rho * rho));
      const apart = -LOG_2_PI - (x * x + y * y) / 2;
      sum += Math.exp(both) * (both - apart);
    }
  }
  return sum * step * step * narrow;
}

/** Pairs made of independent ones: the first number stays, the second is tied to it. */
export function tied(pairs, rho) {
  const narrow = Math.sqrt(1 - rho * rho);
  return pairs.map(([x, y]) => [x, rho * x + narrow * y]);
}

/**
 * An estimate from the pairs alone, which knows no formula of theirs (Kraskov, Stögbauer & Grassberger 2004, the first of two): how many
 * lie nearer in one number than the fourth nearest pair does in both.
 */
export function informationOfDots(pairs) {
  const count = pairs.length;
  const psi = new Float64Array(count + 1).fill(-0.5772156649015329); // psi(n) = psi(1) + 1 + 1/2 + ... + 1/(n - 1)
  for (let n = 2; n <= count; n++) psi[n] = psi[n - 1] + 1 / (n - 1);
  let sum = 0;
  for (const [x, y] of pairs) {
    const nearest = new Array(NEIGHBOURS + 1).fill(Number.POSITIVE_INFINITY); // itself among them
    for (const [a, b] of pairs) {
      let far = Math.max(Math.abs(a - x), Math.abs(b - y));
      for (let k = 0; k <= NEIGHBOURS && far < Number.POSITIVE_INFINITY; k++) if (far < nearest[k]) [nearest[k], far] = [far, nearest[k]];
    }
    const reach = nearest[NEIGHBOURS];
    let [beside, above] = [0, 0];
    for (const [a, b] of pairs) {
      if (Math.abs(a - x) < reach) beside++;
      if (Math.abs(b - y) < reach) above++;
    }
    sum += psi[beside] + psi[above]; // itself counted, as n + 1
  }
  return psi[NEIGHBOURS] + psi[count] - sum / count;
}
