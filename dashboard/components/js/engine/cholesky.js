// Small symmetric matrices by their Cholesky root, row by row in one array. Pure arithmetic.

/** @import { Numbers } from "./types.js" */

/** The lower root L of a positive definite matrix (d, d), A = L L'. @type {(matrix: Numbers, d: number) => Float64Array} */
export function cholesky(matrix, d) {
  const root = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * d + j];
      for (let k = 0; k < j; k++) sum -= root[i * d + k] * root[j * d + k];
      root[i * d + j] = i === j ? Math.sqrt(Math.max(sum, 1e-300)) : sum / root[j * d + j];
    }
  }
  return root;
}

/** The solution of L y = b. @type {(root: Numbers, b: Numbers) => Float64Array} */
export function solveLower(root, b) {
  const d = b.length;
  const y = Float64Array.from(b);
  for (let i = 0; i < d; i++) {
    for (let k = 0; k < i; k++) y[i] -= root[i * d + k] * y[k];
    y[i] /= root[i * d + i];
  }
  return y;
}

/** The solution of L L' x = b. @type {(root: Numbers, b: Numbers) => Float64Array} */
export function solve(root, b) {
  const d = b.length;
  const x = solveLower(root, b);
  for (let i = d - 1; i >= 0; i--) {
    for (let k = i + 1; k < d; k++) x[i] -= root[k * d + i] * x[k];
    x[i] /= root[i * d + i];
  }
  return x;
}

/** The inverse of L L', (d, d). @type {(root: Numbers, d: number) => Float64Array} */
export function inverse(root, d) {
  const found = new Float64Array(d * d);
  for (let j = 0; j < d; j++) {
    const unit = new Float64Array(d);
    unit[j] = 1;
    found.set(solve(root, unit), j * d);
  }
  return found;
}

/** L b. @type {(root: Numbers, b: Numbers) => Float64Array} */
export function timesLower(root, b) {
  const d = b.length;
  return Float64Array.from(b, (_, i) => {
    let sum = 0;
    for (let k = 0; k <= i; k++) sum += root[i * d + k] * b[k];
    return sum;
  });
}

/** The logarithm of the product of a root's diagonal: half of that of the determinant. @type {(root: Numbers, d: number) => number} */
export function logDiagonal(root, d) {
  let sum = 0;
  for (let i = 0; i < d; i++) sum += Math.log(root[i * d + i]);
  return sum;
}
