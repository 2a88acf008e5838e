import * as tf from "@tensorflow/tfjs-core";
import type { Scalar } from "@tensorflow/tfjs-core";
import { z } from "zod";
import { aggregate } from "../../plugin/component.ts";
import type { BatchTotals } from "../../kinds.ts";
import { maskedRowSum } from "../../math/masked.ts";
import { checkShapes } from "../../math/shapes.ts";

/** Whether responses without a single token count in the number of sequences that is divided by. */
export const emptySequences = z
  .enum(["excluded", "counted"])
  .default("excluded")
  .describe("whether a response without tokens counts in B (verl, OpenRLHF: excluded; TRL, EasyR1: counted)");

/** B, at least 1. */
export function sequenceCount(totals: BatchTotals, empty: z.output<typeof emptySequences>): Scalar {
  return tf.maximum(empty === "counted" ? totals.sequences : totals.nonEmptySequences, 1); // []
}

/**
 * The mean over responses of each one's mean over tokens, so every response weighs the same (GRPO, arXiv 2402.03300v3, eq. 3).
 *
 *     L = (1/B) Σ_i (1/T_i) Σ_t m_it L_it          T_i = Σ_t m_it;  B over the whole batch → emptySequences
 */
export const sequenceMean = aggregate({
  name: "sequence-mean",
  summary: "mean over responses of the token mean",
  options: z.strictObject({ emptySequences }),
  create: (options) => ({
    apply(tokenLoss, mask, totals) {
      checkShapes("sequence-mean", { tokenLoss: [tokenLoss, "B T"], mask: [mask, "B T"] });
      return tf.tidy(() => {
        const tokens = tf.maximum(tf.sum(mask, 1), 1); // [B]
        const means = tf.div(maskedRowSum(tokenLoss, mask), tokens); // [B]
        return tf.div(tf.sum(means), sequenceCount(totals, options.emptySequences)) as Scalar; // []
      });
    },
  }),
});
