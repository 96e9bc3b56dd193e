// Yes-or-no questions about one of a few kinds. A set of kinds is a mask: bit n stands for kind n. A plan is a Map from what is left to the kinds
// that are asked about.

/** How many of `counts` a set holds. */
export function weigh(counts, set) {
  return counts.reduce((sum, count, n) => sum + ((set >> n) & 1 ? count : 0), 0);
}

/** How many kinds a set holds. */
export function kindsOf(set) {
  return set ? (set & 1) + kindsOf(set >> 1) : 0;
}

/**
 * The fewest questions that any plan takes, summed over all of `counts`, for every set of kinds: each way to ask was tried.
 * `least` gives the sum, `ask` the question with which it begins.
 */
export function bestPlan(counts) {
  const sets = 1 << counts.length;
  const [least, ask] = [new Float64Array(sets), new Int32Array(sets)];
  for (let set = 1; set < sets; set++) {
    if (kindsOf(set) < 2) continue;
    least[set] = Number.POSITIVE_INFINITY;
    for (let yes = (set - 1) & set; yes; yes = (yes - 1) & set) {
      const sum = weigh(counts, set) + least[yes] + least[set ^ yes];
      if (sum < least[set]) [least[set], ask[set]] = [sum, yes];
    }
  }
  return { least, ask };
}

/** Questions of a plan, summed over all that a set holds; where it says nothing the best are asked. */
export function asked(counts, plan, best, set) {
  const yes = plan.get(set);
  if (yes === undefined) return best.least[set];
  return weigh(counts, set) + asked(counts, plan, best, yes) + asked(counts, plan, best, set ^ yes);
}

/** Bits that the answer to a question is worth on average. */
export function worth(counts, set, yes) {
  const share = weigh(counts, yes) / weigh(counts, set);
  return share > 0 && share < 1 ? -(share * Math.log(share) + (1 - share) * Math.log(1 - share)) / Math.LN2 : 0;
}

/** What all answers of a plan are worth together, per draw: for every plan the entropy of what is drawn (Shannon's rule of grouping). */
export function worthOfAll(counts, plan, best, set) {
  if (kindsOf(set) < 2) return 0;
  const yes = plan.get(set) ?? best.ask[set];
  const [all, part] = [weigh(counts, set), weigh(counts, yes)];
  const later = part * worthOfAll(counts, plan, best, yes) + (all - part) * worthOfAll(counts, plan, best, set ^ yes);
  return worth(counts, set, yes) + later / all;
}

/** Average length of Huffman's code for kinds with these counts: the two rarest are joined until one is left. */
export function huffman(counts) {
  const single = [...counts].sort((one, other) => one - other);
  const joined = [];
  let [i, j, sum] = [0, 0, 0];
  const rarest = () => (j >= joined.length || (i < single.length && single[i] <= joined[j]) ? single[i++] : joined[j++]);
  for (let left = counts.length; left > 1; left--) {
    const weight = rarest() + rarest();
    joined.push(weight);
    sum += weight;
  }
  return sum / counts.reduce((all, count) => all + count, 0);
}

/** The same per draw, where so many draws are asked about together. */
export function huffmanOfBlocks(counts, draws) {
  let blocks = counts;
  for (let n = 1; n < draws; n++) blocks = blocks.flatMap((block) => counts.map((count) => block * count));
  return huffman(blocks) / draws;
}
