// Which kernels run the networks: WebAssembly where it is to be had, else JavaScript.

/** @import { Kernels } from "./types.js" */

import { PlainKernels } from "./plain_kernels.js";
import { compileKernels, SimdKernels } from "./simd_kernels.js";

/** Compiled once; null: not to be had. @type {WebAssembly.Module | null | undefined} */
let compiled;

/**
 * Return what `plan` makes of the fastest kernels that this browser grants, with room for a batch where they profit by it. A network whose
 * memory is refused is planned in JavaScript; where nothing can be compiled, the console says so once.
 * @type {<T>(plan: (kernels: Kernels) => T, batch: number) => T}
 */
export function withKernels(plan, batch) {
  if (compiled === undefined) compiled = compiledOrNull();
  if (compiled) {
    try {
      return plan(new SimdKernels(compiled, batch));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  return plan(new PlainKernels());
}

function compiledOrNull() {
  try {
    return compileKernels();
  } catch (error) {
    console.info(`Latent Lens: networks run in JavaScript, which is slower, since WebAssembly with SIMD is not to be had here (${error}).`);
    return null;
  }
}
