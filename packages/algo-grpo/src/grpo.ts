import { algorithm } from "@rewardlab/core";
import { groupAdvantages } from "./group-advantages.ts";
import { nemo, openrlhf, trl, verl } from "./sources.ts";

/**
 * GRPO: PPO with the group's scores in the place of a critic (DeepSeekMath, arXiv 2402.03300v3, section 4.1).
 *
 *     A_it = (R_i − mean) / (σ + ε)                 mean, σ of the G responses to one prompt      group-normalise, spread
 *     r_it = exp(log π_it − log π_old,it)                                                         token
 *     L    = (1/G) Σ_i (1/|y_i|) Σ_t [ max(−r A, −clip(r, 0.8, 1.2) A) + β·k3_it ]                clip, sequence-mean; kl k3 in the loss
 *
 * The frameworks' variants are what their own defaults compute: TRL has no KL and averages over tokens, and so do all that follow.
 * verl's is its GRPO example, with the KL in the loss. OpenRLHF (group_norm) takes the KL off the token rewards and sums what is left of them.
 * NeMo-RL leaves the response out of mean and σ; its KL has the gradient of the expectation.
 */
const clip = { use: "clip", low: 0.2, high: 0.2 };

export const grpo = algorithm({
  name: "grpo",
  summary: "PPO's loss with the score normalised within the group of responses to one prompt",
  source: "arXiv 2402.03300v3",
  sources: {
    paper: "arXiv 2402.03300v3, section 4.1",
    verl: `${verl}: compute_grpo_outcome_advantage, compute_policy_loss_vanilla, agg_loss, kl_penalty`,
    trl: `${trl}: GRPOTrainer._generate_and_score_completions and _compute_loss, at the defaults of GRPOConfig`,
    openrlhf: `${openrlhf}: RemoteExperienceMaker.compute_advantages_and_returns (group_norm), PolicyLoss`,
    nemo: `${nemo}: GRPOAdvantageEstimator, ClippedPGLossFn, calculate_kl`,
  },
  presets: {
    paper: {
      kl: { use: "k3", in: "loss", coefficient: 0.04 },
      advantage: groupAdvantages.paper,
      loss: { ratio: "token", surrogate: clip, aggregate: "sequence-mean" },
    },
    verl: {
      kl: { use: "k3", in: "loss", coefficient: 1e-3, clampInput: 20, clampOutput: 10 },
      advantage: groupAdvantages.verl,
      loss: { ratio: { use: "clamped", limit: 20 }, surrogate: { ...clip, use: "dual-clip", cap: 3 }, aggregate: "token-mean" },
    },
    trl: {
      advantage: groupAdvantages.trl,
      loss: { ratio: "token", surrogate: clip, aggregate: "token-mean" },
    },
    openrlhf: {
      kl: { use: "k1", in: "reward", coefficient: 1e-2, clampOutput: 10 },
      advantage: groupAdvantages.openrlhf,
      loss: { ratio: { use: "clamped", limit: 20 }, surrogate: clip, aggregate: "token-mean" },
    },
    nemo: {
      kl: { use: "k3", in: "loss", coefficient: 1e-2, clampInput: 20, clampOutput: 10, gradient: "expectation" },
      advantage: groupAdvantages.nemo,
      loss: { ratio: "token", surrogate: clip, aggregate: "token-mean" },
    },
  },
});
