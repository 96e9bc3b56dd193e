// Where not to trust a map: how thick the fog is at a place, and what is odd about a picture.
// `new Trust(density, quantiles).at(z)` gives nats, percent and isInFog of a place; `judge({ place, cost })` names the verdict on a picture
// from the percent of its place and of its cost. Story and Explore say the same by them.

/** @import { Numbers } from "./types.js" */
/** @import { Density } from "./aggregate_posterior.js" */

import { percentBelow } from "./aggregate_posterior.js";

export const RARE = 1; // percent of the real images: what no more of them are is odd
const CLEAR = 5; // percent of the real images' own places below which the fog begins
export const USUAL = [10, 90]; // percent: between these costs lie 8 of 10 real images

/** The one measure of trust: log q(z)/p(z), against what it is at the places of real images. */
export class Trust {
  /**
   * `quantiles`: 0, 1, ... 100 % of log q/p at places where real images lie, each left out of its own q; see vae_core's `calibration`.
   * @param {Density} density
   * @param {number[]} quantiles
   */
  constructor(density, quantiles) {
    this.density = density;
    this.quantiles = quantiles;
  }

  /**
   * log q/p at a place in nats, how many percent of the real images' own places have less, and whether that is fog; `own` is the row of an
   * image that is judged as if it had not been seen.
   * @type {(z: Numbers, own?: number) => { nats: number, percent: number, isInFog: boolean }}
   */
  at(z, own = -1) {
    return this.told(this.density.logRatio(z, own));
  }

  /** @type {(nats: number) => { nats: number, percent: number, isInFog: boolean }} */
  told(nats) {
    return { nats, percent: percentBelow(this.quantiles, nats), isInFog: nats < this.quantiles[RARE] };
  }

  /**
   * How thick the fog is, from 0 to 1: none where 95 of 100 real images' own places are no emptier, and all there is as many nats below
   * the emptiest hundredth of them as that lies below their median.
   * @type {(nats: number) => number}
   */
  thickness(nats) {
    const { quantiles } = this;
    const [clear, whole] = [quantiles[CLEAR], 2 * quantiles[RARE] - quantiles[50]];
    return Math.min(1, Math.max(0, (clear - nats) / (clear - whole)));
  }
}

/**
 * What is odd about a picture: "both", "fog" (its place), "rare" or "plain" (its cost), else "odd", "usual" or "easy" by its cost alone;
 * null where nothing is known of its cost. Outside the central 99 % of the real images none is called usual.
 *
 * `place`: percent of real images' own places with a lower log q/p; `cost`: percent of real images that cost less. null: not known.
 * @type {(percents: { place: number | null, cost: number | null }) => "both" | "fog" | "rare" | "plain" | "odd" | "usual" | "easy" | null}
 */
export function judge({ place, cost }) {
  const isInFog = place !== null && place < RARE;
  if (cost !== null && cost >= 100 - RARE) return isInFog ? "both" : "rare";
  if (isInFog) return "fog";
  if (cost === null) return null;
  if (cost < RARE) return "plain";
  return cost > USUAL[1] ? "odd" : cost < USUAL[0] ? "easy" : "usual";
}

/** Whether a verdict is on a stranger: by cost or by place hardly any real image is like that. @type {(verdict: string | null) => boolean} */
export function isStranger(verdict) {
  return verdict === "both" || verdict === "fog" || verdict === "rare";
}
