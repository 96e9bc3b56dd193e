// Work that takes longer than a frame may, done in steps.

/** A request is answered by one run of `steps`; requests that come meanwhile wait until it is done, so that a fast pointer sees results too. */
export class Task {
  /**
   * `steps()` returns an iterator, or null where there is nothing to do; each of its steps is short.
   * @param {() => Iterator<unknown> | null} steps
   */
  constructor(steps) {
    this.steps = steps;
    this.isAtWork = false;
    this.stop();
  }

  stop() {
    this.isRequested = false;
    this.under = null;
  }

  request() {
    this.isRequested = true;
  }

  get isBusy() {
    return this.isRequested || this.under !== null;
  }

  /**
   * Go on until there is nothing left to do or the time has come, in ms of performance.now(); at least one step is taken. What a step asks
   * for is done after it.
   * @type {(until: number) => void}
   */
  work(until) {
    if (this.isAtWork) return;
    this.isAtWork = true;
    try {
      do this.go();
      while (this.isBusy && performance.now() < until);
    } finally {
      this.isAtWork = false;
    }
  }

  /** Take a step, if there is one. */
  go() {
    if (!this.isBusy) return;
    if (!this.under) {
      this.isRequested = false;
      this.under = this.steps();
    }
    if (!this.under || this.under.next().done) this.under = null;
  }
}

/** What steps of work come to, all of them taken at once. @type {<T>(steps: Generator<unknown, T>) => T} */
export function whole(steps) {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/**
 * Go on with several, each when those before it are done; true while something is left. A worker has a task and `work(until)`.
 * The first one takes a step in every frame, however late it is.
 * @type {(workers: { task: Task, work: (until: number) => void }[], until: number) => boolean}
 */
export function workOff(workers, until) {
  for (const worker of workers) {
    if (worker.task.isBusy && (worker === workers[0] || performance.now() < until)) worker.work(until);
    if (worker.task.isBusy) return true;
  }
  return false;
}
