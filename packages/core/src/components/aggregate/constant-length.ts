import * as tf from "@tensorflow/tfjs-core";
import type { Scalar } from "@tensorflow/tfjs-core";
import { z } from "zod";
import { aggregate } from "../../plugin/component.ts";
import { maskedSum } from "../../math/masked.ts";
import { checkShapes } from "../../math/shapes.ts";
import { emptySequences, sequenceCount } from "./sequence-mean.ts";

/**
 * Dr. GRPO's normalisation by a constant, so that no token's weight depends on how long its response is (arXiv 2503.20783v2, section 3).
 *
 *     L = (1/(B·L_max)) Σ_it m_it L_it             L_max → length;  B over the whole batch → emptySequences
 *
 * Without a length, L_max is the most tokens that a response may have, rollout.maxNewTokens, and not the longest response of the batch: the same
 * in every step. So TRL (max_completion_length) and verl (the padded width, which is its max_response_length) have it. TRL counts empty
 * responses, verl doesn't.
 */
export const constantLength = aggregate({
  name: "constant-length",
  summary: "sum over tokens / (responses · length)",
  options: z.strictObject({
    length: z
      .number()
      .positive()
      .nullable()
      .default(null)
      .describe("L_max; null: rollout.maxNewTokens (TRL, verl), in `rewardlab probe` the width of the batch"),
    emptySequences,
  }),
  create: (options) => ({
    apply(tokenLoss, mask, totals) {
      checkShapes("constant-length", { tokenLoss: [tokenLoss, "B T"], mask: [mask, "B T"] });
      return tf.tidy(() => {
        const positions = tf.mul(sequenceCount(totals, options.emptySequences), options.length ?? totals.width); // []
        return tf.div(maskedSum(tokenLoss, mask), positions) as Scalar; // []
      });
    },
  }),
});
