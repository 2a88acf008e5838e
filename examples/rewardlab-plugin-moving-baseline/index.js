import { advantageStep, checkShapes, definePlugin, State } from "@rewardlab/core";
import * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";

/**
 * REINFORCE's moving-average baseline (Williams 1992, section 6): what the scores were so far is taken off them.
 *
 *     A_i = R_i − b          b ← decay · b + (1 − decay) · mean(R)          b = mean(R) at first
 *
 * b lives in the injected state, so it is saved with every checkpoint and a run that was killed goes on to the same numbers.
 */
export const movingBaseline = advantageStep({
  name: "moving-baseline",
  summary: "scores less a moving average of earlier ones (REINFORCE)",
  takes: "scores",
  gives: "scores",
  options: z.strictObject({
    decay: z.number().min(0).max(1).default(0.9).describe("how much of the old baseline stays after an iteration"),
  }),
  inject: { state: State },
  create: ({ decay }, { state }) => {
    const baseline = state.value("baseline", null);
    return {
      comparesBatch: true,
      apply(scores, { groupIds }) {
        checkShapes("moving-baseline", { scores: [scores, "B"], groupIds: [groupIds, "B"] });
        const mean = tf.tidy(() => tf.mean(scores).dataSync()[0]);
        const before = baseline.get() ?? mean;
        if (Number.isFinite(mean)) baseline.set(decay * before + (1 - decay) * mean);
        return tf.sub(scores, before); // [B]
      },
    };
  },
});

export default definePlugin({ name: "rewardlab-plugin-moving-baseline", api: "^1", components: [movingBaseline] });
