import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { z } from "zod";
import { advantageStep } from "../../component.ts";
import { groupCentred, groupDifferences, groupSizes, sameGroup, singletonsKeep } from "../../math/groups.ts";
import { checkShapes } from "../../math/shapes.ts";
import { singleton } from "./leave-one-out.ts";

/**
 * GRPO's advantage: the score normalised within its group (arXiv 2402.03300v3, section 4.1.2).
 *
 *     A_i = (R_i − mean) / (σ + ε)                 ε → epsilon
 *     σ² = Σ_j (R_j − mean)² / (n − c)             c = 1 (unbiased, as all frameworks) or 0 (population) → deviation
 *
 * leaveOneOut (NeMo-RL's default): mean and σ are those of the n − 1 other responses, and where their σ is not above ε, A_i = R_i − mean.
 * A response alone in its group gets 0, or with `singleton: score` R_i / (1 + ε), as in verl; where nothing but such responses comes, the deviation
 * has nothing to be made of, and a probe refuses the batch unless `singleton` says what is wanted. A NaN score makes its own group NaN and no other.
 */
export const groupNormalise = advantageStep({
  name: "group-normalise",
  summary: "(score − mean) / (deviation + ε) within the group",
  takes: "scores",
  gives: "scores",
  comparesGroup: true,
  options: z.strictObject({
    deviation: z.enum(["unbiased", "population"]).default("unbiased").describe("σ² divides by n − 1, or by n"),
    epsilon: z.number().min(0).default(1e-6).describe("ε (verl, EasyR1, NeMo-RL: 1e-6; TRL: 1e-4; OpenRLHF: 1e-9)"),
    leaveOneOut: z.boolean().default(false).describe("mean and σ without the response itself (NeMo-RL)"),
    singleton: singleton
      .unwrap()
      .nullable()
      .default(null)
      .describe(
        "a response alone in its group gets 0, or R/(1 + ε) (verl: score); null: 0, but a batch of nothing else is refused",
      ),
  }),
  create: (options) => ({
    apply(values, { groupIds }) {
      checkShapes("group-normalise", { scores: [values, "B"], groupIds: [groupIds, "B"] });
      const scores = values as Tensor1D;
      return tf.tidy(() => {
        const centred = groupCentred(scores, groupIds, options.leaveOneOut); // [B]
        const sigma = groupDeviation(scores, groupIds, options); // [B]
        const divided = tf.div(centred, tf.add(sigma, options.epsilon)) as Tensor1D; // [B]
        // 0/0 without ε: equal scores have no advantage. And a single other response has no deviation to divide by.
        const normalised = tf.where(tf.lessEqual(sigma, options.leaveOneOut ? options.epsilon : 0), centred, divided); // [B]
        return options.singleton !== "score"
          ? normalised
          : singletonsKeep(tf.div(scores, 1 + options.epsilon), normalised, groupIds); // [B]
      });
    },
  }),
});

/** σ of each response's group, or of the others in it. 0 where there is nothing to divide by. */
function groupDeviation(scores: Tensor1D, groupIds: Tensor1D, options: { deviation: string; leaveOneOut: boolean }): Tensor1D {
  const same = sameGroup(groupIds); // bool [B, B]
  const self = tf.cast(tf.eye(scores.shape[0]), "bool"); // bool [B, B]
  const counted = options.leaveOneOut ? tf.logicalAnd(same, tf.logicalNot(self)) : same; // bool [B, B]
  // R_j − mean_i = (R_i − mean_i) − (R_i − R_j)
  const centred = tf.expandDims(groupCentred(scores, groupIds, options.leaveOneOut), 1); // [B, 1]
  const residuals = tf.sub(centred, groupDifferences(scores, same)); // [B, B]
  const squares = tf.where(counted, tf.square(residuals), tf.zerosLike(residuals)); // [B, B]
  const correction = options.deviation === "unbiased" ? 1 : 0;
  const divisor = tf.maximum(tf.sub(groupSizes(counted as Tensor2D), correction), 1); // [B]
  return tf.sqrt(tf.div(tf.sum(squares, 1), divisor)) as Tensor1D; // [B]
}
