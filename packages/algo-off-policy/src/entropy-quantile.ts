import * as tf from "@tensorflow/tfjs-core";
import { checkShapes, mask as maskOf, Metrics } from "@rewardlab/core";
import { z } from "zod";

/**
 * The minority of tokens at which a response may go either way (arXiv 2506.01939v1, eq. 6): only those of the highest entropies train.
 *
 *     τ   = the (1 − s) quantile of H over all response tokens, interpolated linearly           s → share
 *     M_t = 1 where H_t ≥ τ, else 0
 *
 * With s = 1 all tokens train, with s = 0 those of the highest entropy. The quantile is in float32, as torch.quantile computes it: a rank that is a whole
 * number is that token's own entropy, which trains. A NaN among the entropies leaves no quantile: no token trains, and it is counted.
 */
export const entropyQuantile = maskOf({
  name: "entropy-quantile",
  summary: "only the tokens of the upper share of entropies train",
  options: z.strictObject({
    share: z.number().min(0).max(1).default(0.2).describe("s: share of tokens that train (paper: 0.2)"),
  }),
  metrics: {
    entropyThreshold: {
      title: "Entropy from which tokens train",
      meaning: ({ share }) =>
        `Quantile of the tokens' entropies, in nats, above which ${Number((100 * share).toPrecision(4))} % of them lie.`,
    },
    nonFiniteEntropies: {
      title: "Entropies not finite",
      unit: "count",
      of: "tokens",
      meaning: "Tokens whose entropy is NaN: there is then no quantile, and no token trains.",
    },
  },
  inject: { metrics: Metrics },
  idle: ({ share }) =>
    share < 1 ? null : { because: "its share is 1, so all tokens train", remedy: "a share below 1", as: null },
  create: ({ share }, { metrics }) => ({
    apply: ({ entropies, mask }) => {
      checkShapes("entropy-quantile", { entropies: [entropies, "B T"], mask: [mask, "B T"] });
      const inside = mask.dataSync();
      const all = entropies.dataSync() as Float32Array;
      const own = all.filter((_, index) => inside[index]! > 0);
      const unknown = own.filter((one) => Number.isNaN(one)).length;
      metrics.sum("nonFiniteEntropies", unknown);
      const threshold = unknown > 0 ? NaN : quantile(own, 1 - share);
      if (own.length > 0 && unknown === 0) metrics.max("entropyThreshold", threshold);
      const kept = all.map((entropy, index) => Number(inside[index]! > 0 && entropy >= threshold));
      return tf.tensor2d(kept, mask.shape); // [B, T]
    },
  }),
});

/** torch.quantile: between the two values around rank q·(n − 1), every step rounded to float32. NaN of no value. */
function quantile(values: Float32Array, q: number): number {
  if (values.length === 0) return NaN;
  const f = Math.fround;
  const sorted = values.toSorted();
  const rank = f(f(q) * f(sorted.length - 1));
  const [low, high] = [sorted[Math.floor(rank)]!, sorted[Math.ceil(rank)]!];
  const weight = f(rank - Math.floor(rank));
  const gap = f(high - low);
  return weight < 0.5 ? f(low + f(weight * gap)) : f(high - f(gap * f(1 - weight)));
}
