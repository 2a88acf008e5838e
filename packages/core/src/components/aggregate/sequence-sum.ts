import * as tf from "@tensorflow/tfjs-core";
import type { Scalar } from "@tensorflow/tfjs-core";
import { z } from "zod";
import { aggregate } from "../../plugin/component.ts";
import { maskedSum } from "../../math/masked.ts";
import { checkShapes } from "../../math/shapes.ts";
import { emptySequences, sequenceCount } from "./sequence-mean.ts";

/**
 * The mean over responses of each one's sum over tokens (verl 0.10's seq-mean-token-sum).
 *
 *     L = (1/B) Σ_i Σ_t m_it L_it                  B over the whole batch → emptySequences
 */
export const sequenceSum = aggregate({
  name: "sequence-sum",
  summary: "mean over responses of the token sum",
  options: z.strictObject({ emptySequences }),
  create: (options) => ({
    apply(tokenLoss, mask, totals) {
      checkShapes("sequence-sum", { tokenLoss: [tokenLoss, "B T"], mask: [mask, "B T"] });
      return tf.tidy(() => tf.div(maskedSum(tokenLoss, mask), sequenceCount(totals, options.emptySequences)) as Scalar); // []
    },
  }),
});
