// Work that takes longer than a frame may, done in steps.

/** A wish is answered by one run of `steps`; wishes that come meanwhile wait until it is done, so that a fast hand sees results too. */
export class Chore {
  /**
   * `steps()` returns an iterator, or null where there is nothing to do; each of its steps is short.
   * @param {() => Iterator<unknown> | null} steps
   */
  constructor(steps) {
    this.steps = steps;
    this.stop();
  }

  stop() {
    this.isWished = false;
    this.under = null;
  }

  wish() {
    this.isWished = true;
  }

  get isBusy() {
    return this.isWished || this.under !== null;
  }

  /**
   * Go on until there is nothing left to do or the time has come, in ms of performance.now(); at least one step is taken.
   * @type {(until: number) => void}
   */
  work(until) {
    while (this.isBusy) {
      if (!this.under) {
        this.isWished = false;
        this.under = this.steps();
      }
      if (!this.under || this.under.next().done) this.under = null;
      if (performance.now() >= until) return;
    }
  }
}

/**
 * Go on with several, each when those before it are done; true while something is left. A worker has a chore and `work(until)`.
 * The first one takes a step in every frame, however late it is.
 * @type {(workers: { chore: Chore, work: (until: number) => void }[], until: number) => boolean}
 */
export function workOff(workers, until) {
  for (const worker of workers) {
    if (worker.chore.isBusy && (worker === workers[0] || performance.now() < until)) worker.work(until);
    if (worker.chore.isBusy) return true;
  }
  return false;
}
