import { checkShapes, countTrue, keepMasked, Metrics, surrogate } from "@rewardlab/core";
import * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";

/**
 * A penalty in place of a clip: the loss pulls the ratio back to the edge of the trust region, where a clip stops its gradient (as in SPO, arXiv 2401.16025).
 *
 *     L_t = −( ρ_t A_t − |A_t| / (2ε) · (ρ_t − 1)² )          ε → epsilon
 *
 * Its gradient in ρ_t is 0 at ρ_t = 1 + ε where A_t > 0, and at 1 − ε where A_t < 0.
 */
export const templateName = surrogate({
  name: "template-name",
  summary: "−ρA with a quadratic penalty on leaving the trust region",
  options: z.strictObject({
    epsilon: z.number().positive().default(0.2).describe("ε: where the penalty outweighs the gain"),
  }),
  metrics: {
    outsideFraction: {
      title: "Tokens outside the trust region",
      unit: "share",
      of: "tokens",
      meaning: ({ epsilon }) => `Response tokens whose importance ratio is further than ${epsilon} from 1.`,
    },
  },
  inject: { metrics: Metrics },
  create: ({ epsilon }, { metrics }) => ({
    overflows: true, // the square does, of ratios from 1e19 on: a ratio that is bounded keeps it from that
    apply: ({ ratio, advantages, mask }) => {
      checkShapes("template-name", { ratio: [ratio, "B T"], advantages: [advantages, "B T"], mask: [mask, "B T"] });
      return tf.tidy(() => {
        // Outside the mask anything may stand, NaN too: it is taken out first, since ∞ · 0 is NaN.
        const rho = keepMasked(ratio, mask); // [B, T]
        const a = keepMasked(advantages, mask); // [B, T]
        const far = keepMasked(tf.greater(tf.abs(tf.sub(ratio, 1)), epsilon), mask); // bool [B, T]
        metrics.share("outsideFraction", countTrue(far), tf.sum(mask));
        const penalty = tf.mul(tf.div(tf.abs(a), 2 * epsilon), tf.square(tf.sub(rho, 1))); // [B, T]
        return tf.sub(penalty, tf.mul(rho, a)); // [B, T]
      });
    },
  }),
});
