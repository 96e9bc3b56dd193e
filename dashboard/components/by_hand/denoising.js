// Noise is laid over a test image by a slider, and taken off here, without a server: by redrawing it, and by the median beside it.

import { errorOf, median, noiseOf, redrawn, withNoise } from "../js/engine/denoising.js";
import { Network } from "../js/engine/network.js";
import { fixed } from "../js/engine/numbers.js";
import { parseSafetensors } from "../js/engine/safetensors.js";
import { mount } from "../js/host/mount.js";
import { ByHand } from "./by_hand.js";

const SHOWN = ["noisy", "model", "median", "clean"];

export class Denoising extends ByHand {
  constructor(root) {
    super(root, ["weights", "encoder"]);
    this.draws = 0;
    this.on("noise", "input", () => this.schedule());
    this.on("again", "click", () => {
      this.draws += 1;
      this.begin();
    });
    this.on("noise", "keydown", (event) => event.key !== "Tab" && event.stopPropagation()); // r and c would reach Streamlit
  }

  take(encoder) {
    this.encoder = new Network(parseSafetensors(encoder.weights), "encoder");
  }

  /** Another image, or other noise. */
  begin() {
    this.noise = noiseOf(this.x.length, 1000 * this.data.row + this.draws);
    this.schedule();
  }

  write() {
    super.write();
    this.find("noise").setAttribute("aria-label", this.text("noise"));
    if (this.noise) this.frame();
  }

  frame() {
    if (!this.noise) return;
    const { x, decoder, encoder, data } = this;
    const sigma = Number(this.find("noise").value);
    const noisy = withNoise(x, this.noise, sigma);
    const pictures = {
      noisy,
      model: redrawn(encoder, decoder, noisy, data.support !== "real"),
      median: median(noisy, decoder.picture),
      clean: x,
    };
    const off = Object.fromEntries(SHOWN.map((name) => [name, fixed(errorOf(pictures[name], x), 3)]));
    SHOWN.forEach((name, n) => {
      this.draw(n, pictures[name]);
      this.caption(n, this.text(name === "clean" ? "clean" : `${name}_off`, { off: off[name] }));
    });
    this.find("sigma").textContent = fixed(sigma, 2);
    this.find("verdict").textContent = this.text("verdict", { noise: fixed(sigma, 2), ...off });
    Object.assign(this.root.dataset, { ready: this.opened, off: JSON.stringify(off) });
  }
}

export default mount(".bh", Denoising);
