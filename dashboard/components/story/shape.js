// Appendix A of Doersch (2016) in one dimension: a decoder f that makes two hills of a bell, and the price D[Q||P] of answering with a bell.
// Pure numbers, in nats. Data p(x): two hills at -middle and middle; prior N(0, 1); x = f(z) + sigma eps; Q(z|x) = N(g(x), (g'(x) sigma)^2).

const LOG_ROOT_2_PI = 0.5 * Math.log(2 * Math.PI);
const [END, STEP] = [14, 0.01]; // pictures y at which g is known
const FAR = 7; // standard deviations on each side of a mean
const PIECES = 280; // of such a sum

const logPhi = (z) => -0.5 * z * z - LOG_ROOT_2_PI;

/** log of the normal distribution's tail above z: a series near 0, a continued fraction beyond. */
export function logTail(z) {
  if (z < 0) return Math.log1p(-Math.exp(logTail(-z)));
  if (z < 2.5) {
    let [term, sum] = [z, z];
    for (let n = 1; n < 60; n++) sum += term *= (z * z) / (2 * n + 1);
    return Math.log(0.5 - Math.exp(logPhi(z)) * sum);
  }
  let fraction = z;
  for (let n = 80; n > 0; n--) fraction = z + n / fraction;
  return logPhi(z) - Math.log(fraction);
}

export class Hills {
  constructor(middle, width) {
    Object.assign(this, { middle, width });
    const count = Math.round(END / STEP);
    this.y = Float64Array.from({ length: count + 1 }, (_, n) => n * STEP);
    this.z = new Float64Array(count + 1);
    for (let n = 1; n <= count; n++) this.z[n] = this.solved(this.y[n], this.z[n - 1]);
  }

  logTailAt(y) {
    const [low, high] = [-1, 1].map((sign) => logTail((y - sign * this.middle) / this.width));
    const top = Math.max(low, high);
    return top + Math.log(0.5 * (Math.exp(low - top) + Math.exp(high - top)));
  }

  /** z with as much above it as the hills have above y, by Newton's method from a z that is too low. */
  solved(y, from) {
    const wanted = this.logTailAt(y);
    let z = from;
    for (let n = 0; n < 50; n++) {
      const log = logTail(z);
      const step = (log - wanted) / Math.exp(logPhi(z) - log);
      z += step;
      if (Math.abs(step) < 1e-13 * (1 + z)) break;
    }
    return z;
  }

  density(y) {
    const bell = (middle) => Math.exp(logPhi((y - middle) / this.width)) / this.width;
    return 0.5 * (bell(this.middle) + bell(-this.middle));
  }

  /** The place of a picture, and how fast it moves with the picture: g(x), g'(x). */
  place(x) {
    const far = Math.abs(x);
    const at = Math.min(this.y.length - 1, Math.floor(far / STEP));
    const z = this.solved(far, this.z[at]);
    return { z: Math.sign(x) * z, slope: this.density(x) / Math.exp(logPhi(z)) };
  }

  /** The picture of a place, f(z): cubic between known ones, whose slopes are known too. */
  picture(place) {
    const { y, z } = this;
    const far = Math.min(Math.abs(place), z.at(-1));
    let [low, high] = [0, z.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (z[middle] <= far) low = middle;
      else high = middle;
    }
    const wide = z[high] - z[low];
    const t = (far - z[low]) / wide;
    const [from, to] = [low, high].map((n) => (wide * Math.exp(logPhi(z[n]))) / this.density(y[n]));
    const eased = t * t * (3 - 2 * t);
    const value = y[low] * (1 - eased) + y[high] * eased + t * (1 - t) * ((1 - t) * from - t * to);
    return Math.sign(place) * value;
  }

  /** log p(x) under the machine, as a sum over pictures y before the noise. */
  logP(x, sigma) {
    const sum = around((e) => this.density(x + sigma * e));
    return Math.log(sum);
  }

  /** The exact density of place z for picture x. */
  posterior(z, x, sigma, logP = this.logP(x, sigma)) {
    return Math.exp(this.logJoint(z, x, sigma) - logP);
  }

  logJoint(z, x, sigma) {
    return logPhi(z) + logPhi((x - this.picture(z)) / sigma) - Math.log(sigma);
  }

  /** KL(Q(z|x) || P(z|x)). */
  price(x, sigma) {
    const { z, slope } = this.place(x);
    const wide = sigma * slope;
    const mean = around((e) => logPhi(e) - Math.log(wide) - this.logJoint(z + wide * e, x, sigma));
    return mean + this.logP(x, sigma);
  }

  /** The mean price over so many even pictures from -reach to reach; both sides are alike. */
  meanPrice(sigma, reach, count) {
    let sum = 0;
    for (let n = 0; n < count; n++) sum += this.price(Math.abs(reach * ((2 * n) / (count - 1) - 1)), sigma);
    return sum / count;
  }
}

/** The mean of a function of a standard normal number, by equal steps. */
function around(value) {
  let sum = 0;
  const step = (2 * FAR) / PIECES;
  for (let n = 0; n <= PIECES; n++) {
    const e = FAR * ((2 * n) / PIECES - 1);
    sum += step * Math.exp(logPhi(e)) * value(e);
  }
  return sum;
}
