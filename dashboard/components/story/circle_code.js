// A number for each place of a circle: without a cut two opposite places share one (Borsuk 1933); with a cut neighbours are far apart.

const NARROW = 6; // how narrow a pull is: exp(NARROW (cos - 1)), about 48 degrees across at half its height
const SCAN = 720; // steps round the circle to find a change of sign
const HALVINGS = 60;

/** An unbroken number for each angle: that of a plain height, and what was pulled, {at, by} each. */
export function unbroken(pulls, angle) {
  return pulls.reduce((sum, { at, by }) => sum + by * Math.exp(NARROW * (Math.cos(angle - at) - 1)), 0.5 * Math.cos(angle));
}

/** The number from the cut round to the cut again: 0 to 1. */
export function fromCut(cut, angle) {
  const turns = (angle - cut) / (2 * Math.PI);
  return turns - Math.floor(turns);
}

/** An angle in [0, pi) whose number, given by `code`, is also that of the opposite angle. */
export function opposites(code) {
  const gap = (angle) => code(angle) - code(angle + Math.PI);
  let low = 0;
  let high = Math.PI; // the gap there is minus that at 0
  const sign = Math.sign(gap(0));
  if (sign === 0) return 0;
  for (let n = 1; n <= SCAN; n++) {
    const angle = (Math.PI * n) / SCAN;
    if (Math.sign(gap(angle)) !== sign) {
      [low, high] = [(Math.PI * (n - 1)) / SCAN, angle];
      break;
    }
  }
  for (let n = 0; n < HALVINGS; n++) {
    const middle = (low + high) / 2;
    if (Math.sign(gap(middle)) === sign) low = middle;
    else high = middle;
  }
  return ((low + high) / 2) % Math.PI;
}
