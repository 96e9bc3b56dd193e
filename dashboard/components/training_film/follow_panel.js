// A picture of one's own, followed through the film: the pad, pictures to pick from, and the way that Python works out for it.

import { Album } from "../js/canvas/album.js";
import { Brushes } from "../js/canvas/brushes.js";
import { Pad } from "../js/canvas/pad.js";
import { aboutInk, asSeen } from "../js/engine/ink.js";

export class Follow {
  constructor(stage) {
    this.stage = stage;
    this.pad = new Pad(
      stage,
      (isNew) => this.changed(isNew),
      () => this.rested(),
    );
    this.album = new Album(this, this.pad);
    this.brushes = new Brushes(stage, this.pad);
    this.isOpen = false;
    this.way = null;
    this.number = 0;
    this.said = () => "";
  }

  // The list of pictures asks for its parts, its words and its run here.
  find(name) {
    return this.stage.find(name);
  }

  text(key, values) {
    return this.stage.text(key, values);
  }

  get data() {
    return this.stage.data;
  }

  get isColour() {
    return this.data.picture?.channels === 3;
  }

  open() {
    this.album.close();
    this.way = null;
    this.isLaidOut = false;
    this.pad.setDark(this.data.is_dark);
    if (this.isOpen) this.start();
  }

  toggle() {
    this.isOpen = !this.isOpen;
    if (this.isOpen) this.start();
    else this.way = null;
    this.write();
    this.stage.resize(); // the curves get another width
  }

  start() {
    const { data } = this.stage;
    if (!data.can_follow) return;
    if (!this.isLaidOut) this.pad.open(data.picture.height, data.picture.width, this.isColour);
    this.isLaidOut = true;
    this.receive();
    if (data.images && !this.album.sources.length) this.stage.host.trigger("wanted", "images");
  }

  /** Pick up the pictures, and the way of the picture that was sent last. */
  receive() {
    const { data } = this.stage;
    const images = this.stage.host.bytes(data.images);
    if (this.isOpen && images && !this.album.sources.length) {
      this.album.receive(images);
      if (this.isColour) this.brushes.lay(images.palette);
    }
    if (data.trail?.id === this.number && this.number) {
      this.way = data.trail.spots;
      const n = this.way.length;
      this.say(() => this.text("followed", { n }));
    }
  }

  /** Say a sentence, now and in the language of later. */
  say(sentence) {
    this.said = sentence;
    this.find("followed").textContent = sentence();
  }

  write() {
    const { stage } = this;
    const { data } = stage;
    const button = this.find("follow");
    this.find("studio").hidden = !this.isOpen || !data.can_follow;
    button.hidden = !data.can_follow;
    button.textContent = stage.text(this.isOpen ? "follow_close" : "follow");
    button.setAttribute("aria-expanded", String(this.isOpen));
    this.find("cannot").textContent = data.can_follow || data.mode === "live" || data.steps.length < 2 ? "" : stage.text("cannot_follow");
    this.find("brushes").hidden = !this.isColour;
    this.find("dark_ink").hidden = this.isColour;
    this.brushes.write();
    this.find("pad").setAttribute("aria-label", stage.text("pad_label"));
    for (const name of ["source", "class"]) this.find(name).setAttribute("aria-label", stage.text(`${name}_label`));
    this.album.write();
    this.writeInk();
    this.say(this.said);
  }

  /** Say what the pen is like, beside what the data are like. */
  writeInk() {
    this.find("ink").textContent = this.isColour ? this.text("ink_colour") : this.text(aboutInk(this.pad.isDark, this.data.is_dark));
  }

  changed(isNew) {
    this.pad.paint();
    this.writeInk();
    if (isNew) this.way = null;
    this.stage.schedule();
  }

  /** The hand lets go: the picture as the model sees it goes to Python, which has the encoders. */
  rested() {
    const x = asSeen(this.pad, this.data, this.data.picture.height, this.data.picture.width);
    this.number = Date.now();
    if (!x) {
      this.way = null;
      this.say(() => this.text("pad_empty"));
      return;
    }
    this.say(() => this.text("following"));
    this.stage.host.trigger("picture", { id: this.number, pixels: Array.from(x, (value) => Number(value.toFixed(4))) });
  }
}
