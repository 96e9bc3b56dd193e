// What turns z into the means of pixels: a network's decoder under the mean of its likelihood, or an atlas of pictures that are stored.

/** @import { AtlasFacts, Decoder, DecoderParts, Numbers, PictureShape, WeightsFile } from "./types.js" */

import { meansOf } from "./likelihoods.js";
import { Network } from "./network.js";
import { refuse, written } from "./refusal.js";
import { parseSafetensors } from "./safetensors.js";

/**
 * The decoder in a packet, whichever there is. Throws a Refusal where its weights are not sound.
 * @type {(parts: DecoderParts) => Decoder}
 */
export function openDecoder({ weights, levels, atlas }) {
  return atlas && levels ? new AtlasDecoder(levels, atlas) : new NetworkDecoder(parseSafetensors(weights));
}

/** The decoder of a parsed file together with the mean of its likelihood. Throws as Network does. @implements {Decoder} */
class NetworkDecoder {
  #network;
  #means;
  #picture;
  #pictures;
  error = null;
  /** @type {Float32Array | null} */
  params = null;

  /** @param {WeightsFile} file */
  constructor(file) {
    this.#network = new Network(file, "decoder", file.metadata.mean);
    this.#means = meansOf(file.metadata) ?? refuse("weights.unknown_mean", { mean: written(file.metadata.mean) });
    const [params, ...event] = this.#network.outputShape;
    this.picture = (params === 1 && pictureOf(event)) || refuse("weights.no_picture");
    this.latentSize = this.#network.inputSize;
    this.engine = this.#network.engine;
    this.batch = this.#network.batch;
    const { means, meansOfBatch } = this.#network;
    this.#picture = means ?? new Float32Array(numbersIn(this.picture));
    this.#pictures = meansOfBatch ?? new Float32Array(this.batch * this.#picture.length);
  }

  /** @type {Decoder["decode"]} */
  decode(z) {
    this.params = this.#network.run(z);
    if (!this.#network.means) this.#means(this.params, this.#picture);
    return this.#picture;
  }

  /** @type {Decoder["decodeBatch"]} */
  decodeBatch(zs) {
    const params = this.#network.runBatch(zs);
    if (!this.#network.means) this.#means(params, this.#pictures);
    return this.#pictures;
  }
}

/** Pictures on a grid over a plane, bilinear between them; see AtlasDecoder in vae_core/latent/inference.py. @implements {Decoder} */
class AtlasDecoder {
  #axis;
  #levels;
  #picture;
  latentSize = 2;
  engine = "atlas";
  batch = 1;
  params = null;

  /** @param {Uint8Array} levels @param {AtlasFacts} facts */
  constructor(levels, { axis, picture, error }) {
    this.#axis = axis;
    this.#levels = levels;
    this.picture = picture;
    this.error = error;
    this.#picture = new Float32Array(numbersIn(picture));
  }

  /** @type {Decoder["decode"]} */
  decode(z) {
    const axis = this.#axis,
      levels = this.#levels,
      out = this.#picture;
    const column = cellOf(axis, z[0]),
      row = cellOf(axis, z[1]);
    const right = shareOf(axis, column, z[0]),
      up = shareOf(axis, row, z[1]);
    // Row 0 is on top, where the second dimension is highest.
    const low = ((axis.length - 1 - row) * axis.length + column) * out.length;
    const high = low - axis.length * out.length;
    for (let n = 0; n < out.length; n++) {
      const below = (1 - right) * levels[low + n] + right * levels[low + out.length + n];
      const above = (1 - right) * levels[high + n] + right * levels[high + out.length + n];
      out[n] = ((1 - up) * below + up * above) / 255;
    }
    return out;
  }

  /** @type {Decoder["decodeBatch"]} */
  decodeBatch(zs) {
    return this.decode(zs);
  }
}

/**
 * The shape of pictures that are stored as [height, width] or [channels, height, width] with one channel or three; null: they are none.
 * @type {(event: number[]) => PictureShape | null}
 */
export function pictureOf(event) {
  const [channels, height, width] = event.length === 2 ? [1, ...event] : event;
  return event.length > 3 || !width || (channels !== 1 && channels !== 3) ? null : { channels, height, width };
}

/** How many numbers a picture has: a plane of them for each channel. @type {(picture: PictureShape) => number} */
export function numbersIn({ channels, height, width }) {
  return channels * height * width;
}

/** What the channels of each pixel add up to, of values plane after plane. @type {(values: Numbers, picture: PictureShape) => Float64Array} */
export function summedOverChannels(values, { height, width }) {
  const sums = new Float64Array(height * width);
  for (let n = 0; n < values.length; n++) sums[n % sums.length] += values[n];
  return sums;
}

/** Which cell of an ascending axis holds a value: the first and the last reach on without end. @type {(axis: Numbers, value: number) => number} */
function cellOf(axis, value) {
  let cell = 0;
  while (cell < axis.length - 2 && axis[cell + 1] <= value) cell++;
  return cell;
}

/** How far along its cell a value lies, 0 to 1. @type {(axis: Numbers, cell: number, value: number) => number} */
function shareOf(axis, cell, value) {
  return Math.min(1, Math.max(0, (value - axis[cell]) / (axis[cell + 1] - axis[cell])));
}
