// A linear machine with gaussian noise under beta: once by Shannon's curve, once as it settles by itself. Pure numbers; nothing is shared.

const STEPS = 90; // of the search, each shrinking to 0.618
const GOLDEN = (Math.sqrt(5) - 1) / 2;
const NOTHING = 1e-5; // of a direction's variance: what the machine draws of it then is nothing

/** Theory: what water of this level leaves of directions with these variances (Cover & Thomas 2006, theorem 10.3.3). */
export function filled(variances, level) {
  const above = variances.filter((variance) => variance > level);
  const error = variances.reduce((sum, variance) => sum + Math.min(variance, level), 0);
  return { rate: above.reduce((sum, variance) => sum + 0.5 * Math.log(variance / level), 0), error, active: above.length };
}

/** The machine's own: each direction looks for the gain of its decoder that costs least; encoder and width follow from it. */
export function settled(variances, beta, noise) {
  const sum = { rate: 0, error: 0, active: 0 };
  for (const variance of variances) {
    const { gain, rate, error } = cheapest(variance, beta, noise);
    sum.rate += rate;
    sum.error += error;
    if (gain * gain > NOTHING * variance) sum.active++;
  }
  return sum;
}

/** One direction: squared error / (2 noise) + beta KL, least over the decoder's gain by golden section. */
function cheapest(variance, beta, noise) {
  const bill = (gain) => {
    const spread = 1 / (1 + (gain * gain) / (beta * noise)); // of the encoder, squared
    const slope = (gain * spread) / (beta * noise);
    const error = variance * (1 - gain * slope) ** 2 + gain * gain * spread;
    const rate = 0.5 * (slope * slope * variance + spread - 1 - Math.log(spread));
    return { gain, rate, error, cost: error / (2 * noise) + beta * rate };
  };
  let [low, high] = [0, 1.01 * Math.sqrt(variance)];
  for (let n = 0; n < STEPS; n++) {
    const width = GOLDEN * (high - low);
    if (bill(high - width).cost <= bill(low + width).cost) high = low + width;
    else low = high - width;
  }
  return bill((low + high) / 2);
}

/** How a machine under water of this level redraws x: the mean, and of each axis what stands above the water. */
export function redrawn(x, mean, axes, variances, level) {
  const out = Float64Array.from(mean);
  axes.forEach((axis, k) => {
    const kept = Math.max(0, 1 - level / variances[k]);
    if (!kept) return;
    let along = 0;
    for (let n = 0; n < x.length; n++) along += axis[n] * (x[n] - mean[n]);
    for (let n = 0; n < x.length; n++) out[n] += kept * along * axis[n];
  });
  return out.map((value) => Math.min(1, Math.max(0, value)));
}
