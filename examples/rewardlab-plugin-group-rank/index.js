import { advantageStep, checkShapes, definePlugin } from "@rewardlab/core";
import * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";

/**
 * Centred ranks of the scores within a group, so that only their order counts.
 *
 *     a_i = scale · ( #{j : R_j < R_i} − #{j : R_j > R_i} ) / (n − 1)        n responses in the group; 0 where n = 1
 *
 * A NaN score makes its own group NaN and no other.
 */
export const groupRank = advantageStep({
  name: "group-rank",
  summary: "centred ranks of the scores within each group",
  takes: "scores",
  gives: "scores",
  comparesGroup: true,
  options: z.strictObject({
    scale: z.number().positive().default(1).describe("the best of a group gets +scale, the worst −scale"),
  }),
  create: ({ scale }) => ({
    apply(scores, { groupIds }) {
      checkShapes("group-rank", { scores: [scores, "B"], groupIds: [groupIds, "B"] });
      return tf.tidy(() => {
        const differences = tf.sub(tf.expandDims(scores, 1), tf.expandDims(scores, 0)); // [B, B]
        const order = tf.where(tf.isNaN(differences), differences, tf.sign(differences)); // [B, B], the sign of NaN being 0
        const sameGroup = tf.equal(tf.expandDims(groupIds, 1), tf.expandDims(groupIds, 0)); // bool [B, B]
        const inGroup = tf.where(sameGroup, order, tf.zerosLike(order)); // [B, B]
        const others = tf.maximum(tf.sub(tf.sum(tf.cast(sameGroup, "float32"), 1), 1), 1); // [B]
        return tf.mul(tf.div(tf.sum(inGroup, 1), others), scale); // [B]
      });
    },
  }),
});

export default definePlugin({ name: "rewardlab-plugin-group-rank", api: "^1", components: [groupRank] });
