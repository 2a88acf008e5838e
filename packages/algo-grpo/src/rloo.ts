import { algorithm } from "@rewardlab/core";
import { nemo, openrlhf, trl, verl } from "./sources.ts";

/**
 * RLOO: REINFORCE on whole responses, with the mean score of the group's others as baseline (Ahmadian et al., arXiv 2402.14740v2, section 3).
 *
 *     R_i  ← R_i − β Σ_t k1_it                                                                    kl k1 in the reward; kl-penalty
 *     A_it = R_i − (1/(G − 1)) Σ_{j≠i} R_j                                                        leave-one-out, spread
 *     L    = (1/B) Σ_i −A_i log π(y_i)              log π(y_i) = Σ_t log π_it                     plain, sequence-sum
 *
 * The paper chooses β for each task; here it is TRL's default. No framework has its loss. TRL: the response's ratio, exp(Σ_t d_it), clipped.
 * verl: PPO's loss over tokens. OpenRLHF: the same, after the KL of each token and of those to come. NeMo-RL: −A log π over tokens, the KL in the loss.
 */
const clip = { use: "clip", low: 0.2, high: 0.2 };

export const rloo = algorithm({
  name: "rloo",
  summary: "REINFORCE with the mean score of the group's other responses as baseline",
  source: "arXiv 2402.14740v2",
  sources: {
    paper: "arXiv 2402.14740v2, section 3",
    trl: `${trl}: RLOOTrainer._generate_and_score_completions and _compute_loss, at the defaults of RLOOConfig`,
    verl: `${verl}: kl_penalty in the reward, compute_rloo_outcome_advantage, compute_policy_loss_vanilla, agg_loss`,
    openrlhf: `${openrlhf}: RemoteExperienceMaker.compute_advantages_and_returns (rloo), PolicyLoss`,
    nemo: `${nemo}: GRPOAdvantageEstimator without normalising, ClippedPGLossFn with disable_ppo_ratio, calculate_kl`,
  },
  presets: {
    paper: {
      kl: { use: "k1", in: "reward", coefficient: 0.05 },
      advantage: ["kl-penalty", "leave-one-out", "spread"],
      loss: { ratio: "token", surrogate: "plain", aggregate: { use: "sequence-sum", emptySequences: "counted" } },
    },
    trl: {
      kl: { use: "k1", in: "reward", coefficient: 0.05 },
      advantage: ["kl-penalty", { use: "leave-one-out", nanScores: "left-out" }, "spread"],
      loss: {
        ratio: { use: "sequence", over: "sum" },
        surrogate: clip,
        aggregate: { use: "sequence-mean", emptySequences: "counted" },
      },
    },
    verl: {
      kl: { use: "k1", in: "reward", coefficient: 1e-3 },
      advantage: ["kl-penalty", { use: "leave-one-out", singleton: "score" }, "spread"],
      loss: { ratio: { use: "clamped", limit: 20 }, surrogate: { ...clip, use: "dual-clip", cap: 3 }, aggregate: "token-mean" },
    },
    openrlhf: {
      kl: { use: "k1", in: "reward", coefficient: 1e-2, clampOutput: 10 },
      advantage: ["leave-one-out", { use: "score-clip", low: -10, high: 10 }, { use: "discounted-return", gamma: 1 }],
      loss: { ratio: { use: "clamped", limit: 20 }, surrogate: clip, aggregate: "token-mean" },
    },
    nemo: {
      kl: { use: "k3", in: "loss", coefficient: 1e-2, clampInput: 20, clampOutput: 10, gradient: "expectation" },
      advantage: ["leave-one-out", "spread"],
      loss: { ratio: "token", surrogate: "plain", aggregate: "token-mean" },
    },
  },
});
