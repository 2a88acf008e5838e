import { algorithm } from "@rewardlab/core";
import { openrlhf, trl, verl } from "./sources.ts";

/**
 * Dr. GRPO: GRPO without its two biases, towards long wrong responses and towards prompts that are too easy or too hard (arXiv 2503.20783v2,
 * section 3).
 *
 *     A_it = R_i − mean                             of the G responses to one prompt: no σ        group-centre, spread
 *     r_it = exp(log π_it − log π_old,it)                                                         token
 *     L    = (1/(G·L_max)) Σ_i Σ_t max(−r A, −clip(r, 0.8, 1.2) A)                                clip, constant-length
 *
 * L_max is rollout.maxNewTokens, the same in every step. No KL. TRL has the paper's formula; verl leaves empty responses out of G and has a
 * dual clip; OpenRLHF's dr_grpo is the advantage only: k1 in the reward, the return of what is left, and the mean over tokens.
 */
const clip = { use: "clip", low: 0.2, high: 0.2 };
const paper = {
  advantage: ["group-centre", "spread"],
  loss: { ratio: "token", surrogate: clip, aggregate: { use: "constant-length", emptySequences: "counted" } },
};

export const drGrpo = algorithm({
  name: "dr-grpo",
  summary: "GRPO without the division by the group's deviation and by each response's length",
  source: "arXiv 2503.20783v2",
  sources: {
    paper: "arXiv 2503.20783v2, section 3",
    trl: `${trl}: GRPOTrainer with loss_type dr_grpo and scale_rewards none`,
    verl: `${verl}: compute_grpo_outcome_advantage (norm_adv_by_std_in_grpo False), compute_policy_loss_vanilla, agg_loss (seq-mean-token-sum-norm)`,
    openrlhf: `${openrlhf}: RemoteExperienceMaker.compute_advantages_and_returns (dr_grpo), PolicyLoss`,
  },
  presets: {
    paper,
    trl: { ...paper, advantage: [{ use: "group-centre", nanScores: "left-out" }, "spread"] },
    verl: {
      advantage: [{ use: "group-centre", singleton: "score" }, "spread"],
      loss: {
        ratio: { use: "clamped", limit: 20 },
        surrogate: { ...clip, use: "dual-clip", cap: 3 },
        aggregate: { use: "constant-length", emptySequences: "excluded" },
      },
    },
    openrlhf: {
      kl: { use: "k1", in: "reward", coefficient: 1e-2, clampOutput: 10 },
      advantage: ["group-centre", { use: "score-clip", low: -10, high: 10 }, { use: "discounted-return", gamma: 1 }],
      loss: { ratio: { use: "clamped", limit: 20 }, surrogate: clip, aggregate: "token-mean" },
    },
  },
});
