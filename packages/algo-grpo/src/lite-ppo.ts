import { algorithm } from "@rewardlab/core";
import { trl } from "./sources.ts";

/**
 * Lite PPO: PPO's loss without a critic, and of all the tricks two (arXiv 2508.08221v1): the mean of the group, the deviation of the batch, and every token of
 * the same weight.
 *
 *     A_it = (R_i − mean) / (σ + ε)                 mean of the group, σ of all the batch's scores  group-normalise over: batch, spread
 *     r_it = exp(log π_it − log π_old,it)                                                         token
 *     L    = (1/Σ_i |y_i|) Σ_it max(−r A, −clip(r, 0.8, 1.2) A)                                   clip, token-mean
 *
 * No KL. The batch's deviation is steady where a group's is near 0, on prompts that are too easy or too hard.
 */
const advantage = (epsilon: number) => [
  { use: "group-normalise", over: "batch", deviation: "unbiased", epsilon, singleton: "zero" },
  "spread",
];
const loss = { ratio: "token", surrogate: { use: "clip", low: 0.2, high: 0.2 }, aggregate: "token-mean" };

export const litePpo = algorithm({
  name: "lite-ppo",
  summary: "PPO's loss without a critic: the group's mean, the batch's deviation, and the mean over all tokens",
  source: "arXiv 2508.08221v1",
  sources: {
    paper: "arXiv 2508.08221v1",
    trl: `${trl}: GRPOTrainer with scale_rewards batch`,
  },
  presets: {
    paper: { advantage: advantage(1e-6), loss },
    trl: { advantage: advantage(1e-4), loss },
  },
});
