import { advantageStep, checkShapes, countTrue, Metrics } from "@rewardlab/core";
import * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";

/**
 * The scores less the mean of their group, kept within bounds.
 *
 *     A_i = clip( R_i − mean_{j ∈ group(i)} R_j, −L, L )          L → limit
 *
 * A NaN score makes its own group NaN and no other: whoever gave it is asked about it, and it never becomes a number in silence.
 */
export const templateName = advantageStep({
  name: "template-name",
  summary: "scores less the mean of their group, within ±limit",
  takes: "scores",
  gives: "scores",
  comparesGroup: true,
  options: z.strictObject({
    limit: z.number().positive().default(1).describe("L: bound on |A|"),
  }),
  metrics: {
    boundedFraction: {
      title: "Bounded responses",
      unit: "share",
      of: "responses",
      meaning: ({ limit }) => `Responses whose score was further than ${limit} from the mean of their group.`,
    },
  },
  inject: { metrics: Metrics },
  create: ({ limit }, { metrics }) => ({
    apply(scores, { groupIds }) {
      checkShapes("template-name", { scores: [scores, "B"], groupIds: [groupIds, "B"] });
      return tf.tidy(() => {
        const sameGroup = tf.equal(tf.expandDims(groupIds, 1), tf.expandDims(groupIds, 0)); // bool [B, B]
        const others = tf.where(sameGroup, tf.expandDims(scores, 0), tf.zeros(sameGroup.shape)); // [B, B], row i: the scores of i's group
        const mean = tf.div(tf.sum(others, 1), tf.sum(tf.cast(sameGroup, "float32"), 1)); // [B]
        const centred = tf.sub(scores, mean); // [B]
        metrics.share("boundedFraction", countTrue(tf.greater(tf.abs(centred), limit)), centred.size);
        return tf.clipByValue(centred, -limit, limit); // [B]
      });
    },
  }),
});
