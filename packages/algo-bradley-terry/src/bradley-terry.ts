import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D } from "@tensorflow/tfjs-core";
import { checkShapes, pairLoss } from "@rewardlab/core";
import { z } from "zod";

/**
 * Bradley–Terry: the better response wins with the probability σ(r_c − r_r); the loss is −log of it (InstructGPT, arXiv 2203.02155v1, eq. 1; a margin as in
 * Llama 2, arXiv 2307.09288v2, eq. 2; scores centred at 0 as in arXiv 2312.09244v3).
 *
 *     L = −log σ(r_c − r_r − m) + c (r_c + r_r)²             c → centre;  m → margin, and what the data say of the pair besides
 *
 * TRL's `RewardTrainer` takes the mean over pairs, and so does whoever trains by it here. Only differences are learnt, so without c all scores may drift
 * together. −log σ(x) is softplus(−x), which doesn't overflow.
 */
export const bradleyTerry = pairLoss({
  name: "bradley-terry",
  summary: "−log σ(r_c − r_r − margin) + centre·(r_c + r_r)²",
  options: z.strictObject({
    centre: z.number().min(0).default(0).describe("c: weight of the scores' distance from 0 (TRL: none, its documentation 0.01)"),
    margin: z.number().default(0).describe("m: by how much the better response should be ahead, in every pair (TRL: 0)"),
  }),
  create: ({ centre, margin }) => ({
    apply({ chosen, rejected, margins }) {
      checkShapes("bradley-terry", {
        chosen: [chosen, "P"],
        rejected: [rejected, "P"],
        ...(margins === null ? {} : { margins: [margins, "P"] as const }),
      });
      return tf.tidy(() => {
        const ahead = tf.sub(tf.sub(chosen, rejected), margins === null ? margin : tf.add(margins, margin)); // [P]
        const loss = tf.softplus(tf.neg(ahead)) as Tensor1D; // [P]
        return centre === 0 ? loss : tf.add(loss, tf.mul(tf.square(tf.add(chosen, rejected)), centre)); // [P]
      });
    },
  }),
});
