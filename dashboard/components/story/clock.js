// A quiet clock for whoever presents: minutes on this step, and in all.

export class Clock {
  constructor(story) {
    this.story = story;
    this.entered = performance.now();
  }

  start() {
    this.began = this.entered = performance.now();
    clearInterval(this.timer);
    this.timer = setInterval(() => this.write(), 1000);
    this.write();
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
    this.story.find("clock").textContent = "";
  }

  /** A step begins. */
  enter() {
    this.entered = performance.now();
    if (this.timer) this.write();
  }

  /** Minutes and seconds on this step, and since a moment. */
  times(began) {
    const since = (moment) => {
      const seconds = Math.floor((performance.now() - moment) / 1000);
      return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    };
    return { step: since(this.entered), all: since(began) };
  }

  write() {
    this.story.find("clock").textContent = this.story.text("clock", this.times(this.began));
  }
}
