// Rules that move every dot of a cloud, and what they do to it: how far dots lie from the middle, a corner, how often a band goes round.

/** @import { Place } from "../js/engine/types.js" */

const BEND = 4; // how shallow the bend and the crease are
const DROP = 0.8; // by which they are moved down, into the middle of the picture
const TURN = 2; // so much of the cloud's width goes round once

/**
 * The rules by name. The ring is Doersch's (2016, figure 2): it jumps in the middle. The bend is smooth and can be undone, the crease is
 * unbroken but not smooth, and where the band winds round, dots meet that were apart.
 * @type {Record<string, (z: Place) => Place>}
 */
export const RULES = {
  ring: ([a, b]) => {
    const far = Math.hypot(a, b);
    return [a / 10 + a / far, b / 10 + b / far];
  },
  bend: ([a, b]) => [a, (a * a + b) / BEND - DROP],
  crease: ([a, b]) => [a, Math.abs(a) + b / BEND - DROP],
  wind: ([a, b]) => {
    const [angle, far] = [(2 * Math.PI * a) / TURN, 1 + b / 8];
    return [far * Math.cos(angle), far * Math.sin(angle)];
  },
};

/** What undoes the bend. @type {(place: Place) => Place} */
export const unbent = ([x, y]) => [x, BEND * (y + DROP) - x * x];

/** A dot on its straight way to where a rule puts it. @type {(z: Place, to: Place, share: number) => Place} */
export const between = (z, to, share) => [0, 1].map((k) => z[k] + share * (to[k] - z[k]));

/** Mean and standard deviation (divided by n) of the dots' distance from the middle. @type {(places: Place[]) => { mean: number, sd: number }} */
export function distances(places) {
  const far = places.map(([x, y]) => Math.hypot(x, y));
  const mean = far.reduce((sum, one) => sum + one, 0) / far.length;
  return { mean, sd: Math.sqrt(far.reduce((sum, one) => sum + (one - mean) ** 2, 0) / far.length) };
}

/** The angle in degrees at which the ways on both sides of a place along the first axis meet; 180 where they run on. */
export function corner(rule, [a, b], step = 1e-6) {
  const here = rule([a, b]);
  const [left, right] = [-step, step].map((gap) => {
    const there = rule([a + gap, b]);
    return [there[0] - here[0], there[1] - here[1]];
  });
  const across = Math.abs(left[0] * right[1] - left[1] * right[0]);
  return (Math.atan2(across, left[0] * right[0] + left[1] * right[1]) * 180) / Math.PI;
}

/** How often the wound band goes round under these dots. @type {(cloud: Place[]) => number} */
export function rounds(cloud) {
  const along = cloud.map(([a]) => a);
  return (Math.max(...along) - Math.min(...along)) / TURN;
}
