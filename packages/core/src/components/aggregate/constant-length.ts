import * as tf from "@tensorflow/tfjs-core";
import type { Scalar } from "@tensorflow/tfjs-core";
import { z } from "zod";
import { aggregate } from "../../component.ts";
import { maskedSum } from "../../math/masked.ts";
import { checkShapes } from "../../math/shapes.ts";
import { emptySequences, sequenceCount } from "./sequence-mean.ts";

/**
 * Dr. GRPO's normalisation by a constant, so that no token's weight depends on how long its response is (arXiv 2503.20783v2, section 3).
 *
 *     L = (1/(B·L_max)) Σ_it m_it L_it             L_max → length;  B over the whole batch → emptySequences
 *
 * TRL divides by its maximal response length and counts empty responses; verl by a constant or the padded width and doesn't.
 */
export const constantLength = aggregate({
  name: "constant-length",
  summary: "sum over tokens / (responses · length)",
  options: z.strictObject({
    length: z.number().positive().describe("L_max: usually rollout.maxNewTokens"),
    emptySequences,
  }),
  create: (options) => ({
    apply(tokenLoss, mask, totals) {
      checkShapes("constant-length", { tokenLoss: [tokenLoss, "B T"], mask: [mask, "B T"] });
      return tf.tidy(() => {
        const positions = tf.mul(sequenceCount(totals, options.emptySequences), options.length); // []
        return tf.div(maskedSum(tokenLoss, mask), positions) as Scalar; // []
      });
    },
  }),
});
