// A layer of pixels that are written one by one and then laid on a canvas.

export class PixelLayer {
  /** Begin anew, so many device pixels wide and high, with nothing in them. */
  clear(width, height) {
    if (this.image?.width !== width || this.image.height !== height) {
      this.canvas = new OffscreenCanvas(width, height);
      this.context = this.canvas.getContext("2d");
      this.image = new ImageData(width, height);
      this.pixels = new Uint32Array(this.image.data.buffer);
    }
    this.pixels.fill(0);
  }

  /** Lay the pixels over what a canvas shows. */
  lay(context) {
    this.context.putImageData(this.image, 0, 0);
    context.drawImage(this.canvas, 0, 0);
  }
}
