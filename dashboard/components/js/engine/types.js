// The shapes of what the engine takes, most of it from Python.

/** @typedef {ArrayLike<number>} Numbers  numbers that are read */
/** @typedef {number[] | Float32Array | Float64Array} Floats  numbers that are written too */
/** @typedef {number[]} Place  [a, b] on a map */
/** @typedef {[number, number, number, number]} Box  left, top, right, bottom */
/** @typedef {{ u: Numbers, v: Numbers | null }} Directions  unit vectors that run right and upward; v is null for one dimension */
/** @typedef {{ [name: string]: string | number | Error }} RefusalValues */

/**
 * A tensor of model.safetensors; `data` is copied when it is first asked for.
 * @typedef {{ dtype: string, shape: number[], begin: number, end: number, readonly data: Float32Array }} Tensor
 */

/**
 * model.safetensors, or the part of it with one network.
 * @typedef {{ tensors: Map<string, Tensor>, metadata: Record<string, string> }} WeightsFile
 */

/**
 * One layer, as vae_core/model/layer_list.py writes it into the metadata of the weights; each op has what it needs of it.
 * @typedef {object} LayerFacts
 * @property {string} op
 * @property {string} name  of its tensors
 * @property {number} stride
 * @property {number} padding
 * @property {number[]} [output_padding]
 * @property {number[]} shape  of "reshape"
 * @property {number[]} [sides]  of "upsample": height and width behind it
 * @property {LayerFacts[]} layers  of "residual"
 */

/**
 * A dense or convolutional layer: values lie place by place, channels last. `paths[q]` lists [p, tap] in turn: output place q sees input
 * place p through the kernel's element `tap`. A dense layer is one place and one tap. Input `tap * channels + c` of output o weighs
 * `weightAt(o, input)`.
 * @typedef {{ channels: number, taps: number, paths: Int32Array[], weightAt: (o: number, i: number) => number, bias: Float32Array }} Weighing
 */

/**
 * The arithmetic of a network: buffers, and steps between them that are added in turn and that `run` takes without allocating anything.
 * Buffers are named by a number; `values` are theirs for good once all are made. Where `batch` is above one, a buffer has room for the
 * values of so many inputs, one after another, and the steps of layers that are not convolutions work on all of them.
 * @typedef {object} Kernels
 * @property {string} name
 * @property {number} batch
 * @property {(content: number | Float32Array) => number} buffer  of so many zeros for each input, or with these numbers once
 * @property {(layer: Weighing, from: number, to: number) => void} weigh
 * @property {(at: number) => void} gelu  the tanh form, 0.5 x (1 + tanh u), written with one exponential
 * @property {(at: number) => void} relu
 * @property {(from: number, to: number) => void} sigmoid
 * @property {(from: number, to: number, sources: Int32Array) => void} gather  to[i] = from[sources[i]]
 * @property {(from: number, to: number) => void} copy  all of `from` to the beginning of `to`
 * @property {(to: number, what: number) => void} add
 * @property {(at: number, inputs?: number) => Float32Array} values  of so many inputs, one unless it is said
 * @property {(inputs: number) => void} run  on one input, or on all of a batch
 */

/**
 * What is known of a run's pixels: the likelihood's support (binary, levels, unit or real) and noise, and how the data are laid out.
 * @typedef {object} PixelFacts
 * @property {string} support
 * @property {number | null} sigma  in pixels' units; null where the likelihood has none
 * @property {string} dataset  its name, or a path
 * @property {number | null} levels  of grey, less one; null where pixels are real numbers
 * @property {string} pixels  grey, or how they become black and white
 */

/** @typedef {{ channels: number, height: number, width: number }} PictureShape  one channel, or red, green and blue: planes one after another */

/**
 * What turns z into a picture.
 * @typedef {object} Decoder
 * @property {number} latentSize
 * @property {PictureShape} picture
 * @property {string} engine  which kernels run its network, webassembly or javascript; atlas: none is at hand, pictures are mixed
 * @property {number | null} error  root mean square of what pixel means are off from the network's; null where they are its own
 * @property {Float32Array | null} params  of the likelihood, at the last z; null where no network is at hand
 * @property {(z: Numbers) => Float32Array} decode  to the means of the pixels, row by row and plane after plane: always the same array, which the next call overwrites
 * @property {number} batch  how many places `decodeBatch` takes at once
 * @property {(zs: Numbers) => Float32Array} decodeBatch  of places one after another to pictures one after another, as `decode` makes them
 */

/** @typedef {{ axis: number[], picture: PictureShape, error: number }} AtlasFacts */

/**
 * The parts of a packet with a decoder: a file of weights, or an atlas and its pictures, row by row from the top.
 * @typedef {{ weights: Uint8Array, levels?: Uint8Array, atlas?: AtlasFacts }} DecoderParts
 */

/**
 * A row of LIKELIHOODS.
 * @typedef {object} Likelihood
 * @property {string} mean  the name that model.safetensors has for `means`
 * @property {(params: Float32Array, means: Float32Array, scale: number) => void} means  writes the means of all pixels; a call per pixel
 *   would leave garbage
 * @property {(param: number, x: number, noise: PixelNoise) => number} cost  -log p(x|z) of a pixel in nats
 * @property {(param: number, mean: number, uniform: number, bell: number, noise: PixelNoise) => number} draw  of a pixel, from p(x|z); `uniform`
 *   and `bell` are draws of a uniform and a normal number
 */

/** @typedef {{ sigma: number, variance: number, scale: number, quantum: number }} PixelNoise  of all pixels; scale is that of a logistic */
/** @typedef {{ uniform: Numbers, bell: Numbers }} Noise  a uniform and a normal number for each pixel */

/**
 * A picture that was picked for the pad, its pixels 0 to `divisor`; `own` where it is a test image of the run.
 * @typedef {{ pixels: Numbers, height: number, width: number, divisor: number, own?: boolean }} Picked
 */

/**
 * The exact posterior of one image on nested grids; the packet of components/posterior.
 * @typedef {object} PosteriorFacts
 * @property {{ low: number[], high: number[], shape: number[] }[]} levels  of which the first that holds a place counts
 * @property {number[]} nodes
 * @property {number[]} weights
 */

export {};
