// What the instruments share: their packets, the picture under the hand, and pictures with words below.

import { showPicture } from "../js/canvas/pictures.js";
import { Stage } from "../js/canvas/stage.js";
import { numbersIn, openDecoder } from "../js/engine/decoder.js";

export class ByHand extends Stage {
  /** `parts` are the packets of a run that are needed, the weights first. */
  constructor(root, parts) {
    super(root, "bh");
    this.parts = parts;
    this.figures = [...root.querySelectorAll("figure")].map((figure) => ({
      context: figure.querySelector("canvas").getContext("2d"),
      caption: figure.querySelector("figcaption"),
    }));
  }

  update(host) {
    const { data } = host;
    Object.assign(this, { host, data });
    this.readTheme();
    this.write();
    this.receive();
  }

  resize() {}

  /** A packet has arrived, or was there. */
  receive() {
    const { run, row } = this.data;
    const packets = [...this.parts, `row/${row}`].map((part) => this.host.bytes(`${run}/${part}`));
    if (packets.some((packet) => !packet) || this.opened === `${run}/${row}`) return;
    const image = packets.pop();
    if (this.ready !== run) {
      this.decoder = openDecoder(packets[0]);
      this.take(...packets.slice(1));
      this.ready = run;
    }
    this.opened = `${run}/${row}`;
    this.row = row;
    this.say(""); // what was said of another image or run
    this.open(image);
  }

  open({ sources: [own], ...parts }) {
    const bytes = parts[`values/${own.name}`];
    const values = own.is_real ? new Float32Array(bytes.slice().buffer) : bytes;
    this.x = Float32Array.from(values, (value) => value / own.divisor);
    if (numbersIn(this.decoder.picture) === this.x.length) this.begin();
  }

  /** Show a picture in the place of a number. */
  draw(n, means) {
    if (this.figures[n]) showPicture(this.figures[n].context, means, this.decoder.picture);
  }

  /** Write what stands below a picture, which is also what a voice reads. */
  caption(n, words) {
    const { caption, context } = this.figures[n];
    caption.textContent = words;
    context.canvas.setAttribute("aria-label", words);
  }
}
