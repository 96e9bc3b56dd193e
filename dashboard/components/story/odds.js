// Odds of a few outcomes and what they cost, in bits: surprise, entropy, cross-entropy, and the extra bits for wrong odds (KL).

/** Bits of surprise at what had this chance; infinite where it had none. */
export function surprise(chance) {
  return chance > 0 ? -Math.log2(chance) : Number.POSITIVE_INFINITY;
}

/** -sum p log2 q: bits of surprise on average, where outcomes come as p says and q was expected. */
export function crossEntropy(p, q) {
  return p.reduce((sum, chance, n) => sum + (chance > 0 ? chance * surprise(q[n]) : 0), 0);
}

/** -sum p log2 p */
export function entropy(p) {
  return crossEntropy(p, p);
}

/** KL(p || q) = sum p log2 (p / q), in bits. */
export function divergence(p, q) {
  return p.reduce((sum, chance, n) => sum + (chance > 0 ? chance * Math.log2(chance / q[n]) : 0), 0);
}

/**
 * KL(p || q) in bits once more, as an area and without a logarithm of odds: its second derivative along the straight way from q to p is
 * sum (p - q)^2 / (q + t (p - q)), so that KL(p || q) is the integral of (1 - t) times it over t from 0 to 1. By tanh-sinh quadrature,
 * since at t = 0 it may be steep.
 */
export function divergenceByArea(p, q) {
  if (p.some((chance, n) => chance > 0 && q[n] === 0)) return Number.POSITIVE_INFINITY;
  const step = 0.05;
  let area = 0;
  for (let n = -70; n <= 70; n++) {
    const steep = Math.exp(Math.PI * Math.sinh(n * step));
    const [t, rest] = [steep / (1 + steep), 1 / (1 + steep)]; // t and 1 - t, both exact near their zeros
    let bend = 0;
    for (let k = 0; k < p.length; k++) if (p[k] + q[k] > 0) bend += (rest * (p[k] - q[k]) ** 2) / (q[k] * rest + p[k] * t);
    area += step * Math.PI * Math.cosh(n * step) * t * rest * bend;
  }
  return area / Math.LN2;
}

/** Odds with one of them set to a chance in [0, 1]; the others keep their proportions, or are alike where they all were 0. */
export function withChance(odds, at, chance) {
  const rest = odds.reduce((sum, one, n) => sum + (n === at ? 0 : one), 0);
  const others = odds.length - 1;
  return odds.map((one, n) => (n === at ? chance : rest > 0 ? (one * (1 - chance)) / rest : (1 - chance) / others));
}
