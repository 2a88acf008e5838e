import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { keepMasked, logRatio } from "@rewardlab/core";
import type { CorrectionBatch, MetricDeclarations } from "@rewardlab/core";
import { z } from "zod";
import { bounded } from "./bounded.ts";

/**
 * How far the trainer is from the sampler, per token or per response:
 *
 *     d_t = log π_old(a_t) − log π_rollout(a_t)                      level token
 *     d   = Σ_t log π_old(a_t) − log π_rollout(a_t)                  level sequence: of the whole response, at each of its tokens
 *     w   = exp(clamp(d, ±20))
 *
 * The clamp is verl's, and bounds w to 2·10⁻⁹ … 5·10⁸.
 */

export const level = z
  .enum(["token", "sequence"])
  .default("token")
  .describe("token: biased, little variance; sequence: one weight a response, the product of its tokens', without bias");
export type Level = z.output<typeof level>;

/** Bound on |log w| (verl: 20). */
export const LARGEST_LOG = 20;

/** w, 0 outside the mask. [B, T] */
export function importanceWeights(of: Level, { oldLogProbs, rolloutLogProbs, mask }: CorrectionBatch): Tensor2D {
  return tf.tidy(() => {
    const ofTokens = logRatio({ logProbs: oldLogProbs, oldLogProbs: rolloutLogProbs, mask }); // [B, T]
    const d = of === "token" ? ofTokens : (tf.broadcastTo(tf.sum(ofTokens, 1, true), ofTokens.shape) as Tensor2D); // [B, T]
    return keepMasked(tf.exp(bounded(d, -LARGEST_LOG, LARGEST_LOG)) as Tensor2D, mask); // [B, T]
  });
}

/** What every correction with weights records. */
export const weightMetrics: MetricDeclarations = {
  largestCorrectionWeight: {
    title: "Largest weight before the bound",
    stability: "largest",
    meaning: "The largest π_old/π_rollout of any token, or at level sequence of any response. 1 where sampler and trainer agree.",
  },
};
