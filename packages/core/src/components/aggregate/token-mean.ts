import * as tf from "@tensorflow/tfjs-core";
import type { Scalar } from "@tensorflow/tfjs-core";
import { z } from "zod";
import { aggregate } from "../../plugin/component.ts";
import { maskedSum } from "../../math/masked.ts";
import { checkShapes } from "../../math/shapes.ts";

/**
 * The mean over all response tokens of the optimizer step's whole batch, so long responses weigh more (DAPO, arXiv 2503.14476v2, eq. 8).
 *
 *     L = Σ_it m_it L_it / N                       N = Σ m over the whole batch, not over the micro-batch; 0 where N = 0
 */
export const tokenMean = aggregate({
  name: "token-mean",
  summary: "sum over tokens / tokens of the whole batch",
  options: z.strictObject({}),
  create: () => ({
    apply(tokenLoss, mask, totals) {
      checkShapes("token-mean", { tokenLoss: [tokenLoss, "B T"], mask: [mask, "B T"] });
      return tf.tidy(() => tf.div(maskedSum(tokenLoss, mask), tf.maximum(totals.tokens, 1)) as Scalar); // []
    },
  }),
});
