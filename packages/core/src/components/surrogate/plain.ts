import * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";
import { surrogate } from "../../plugin/component.ts";
import { responseTokens } from "./clip.ts";

/**
 * REINFORCE's loss (Williams 1992, Machine Learning 8): no importance ratio, so only right for data of the policy itself.
 *
 *     L_t = −A_t log π(a_t)
 */
export const plainSurrogate = surrogate({
  name: "plain",
  summary: "−A·log π, without a ratio",
  options: z.strictObject({}),
  create: () => ({
    apply: (batch) =>
      tf.tidy(() => {
        const { advantages, logProbs } = responseTokens("plain", batch); // [B, T] each
        return tf.neg(tf.mul(advantages, logProbs)); // [B, T]
      }),
  }),
});
