import { algorithm } from "@rewardlab/core";

/** A_it = (R_i − mean) / (σ + ε) of the G responses to one prompt, as each source makes it. */
const groupAdvantages = {
  paper: [{ use: "group-normalise", deviation: "unbiased", epsilon: 1e-6 }, "spread"],
  verl: [{ use: "group-normalise", deviation: "unbiased", epsilon: 1e-6, singleton: "score" }, "spread"],
  trl: [{ use: "group-normalise", deviation: "unbiased", epsilon: 1e-4, singleton: "zero", nanScores: "left-out" }, "spread"],
};
const trl = "TRL 1.16.0";
const verl = "verl 0.9.1";

/**
 * IcePop: GRPO without the tokens on which the trainer and the sampler disagree (Ring-1T, arXiv 2510.18855v1, section 3).
 *
 *     A_it = (R_i − mean) / (σ + ε)                 of the G responses to one prompt              group-normalise, spread
 *     r_it = exp(log π_it − log π_old,it)           π_old: the trainer's, before the updates      token
 *     w_it = exp(log π_old,it − log π_rollout,it),  0 beyond 0.5 … 5                              masked-importance
 *     L    = (1/G) Σ_i (1/|y_i|) Σ_t w_it max(−r_it A_it, −clip(r_it, 0.8, 1.2) A_it)             clip, sequence-mean
 */
const icepop = algorithm({
  name: "icepop",
  summary: "GRPO without the tokens on which trainer and sampler disagree",
  source: "arXiv 2510.18855v1",
  sources: {
    paper: "arXiv 2510.18855v1, section 3",
    verl: `${verl}: compute_grpo_outcome_advantage, compute_rollout_correction_weights (RolloutCorrectionConfig.decoupled_token_icepop), compute_policy_loss_vanilla, agg_loss`,
  },
  presets: {
    paper: {
      advantage: groupAdvantages.paper,
      loss: {
        ratio: "token",
        surrogate: { use: "clip", low: 0.2, high: 0.2 },
        correction: [{ use: "masked-importance", level: "token", low: 0.5, high: 5 }],
        aggregate: "sequence-mean",
      },
    },
    verl: {
      advantage: groupAdvantages.verl,
      loss: {
        ratio: { use: "clamped", limit: 20 },
        surrogate: { use: "dual-clip", low: 0.2, high: 0.2, cap: 3 },
        correction: [{ use: "masked-importance", level: "token", low: 0.5, high: 5 }],
        aggregate: "token-mean",
      },
    },
  },
});

/**
 * DPPO: a trust region on the tokens' probabilities in the place of PPO's on their ratios (arXiv 2602.04879v1), as verl computes it.
 *
 *     A_it = (R_i − mean) / (σ + ε)                 of the G responses to one prompt              group-normalise, spread
 *     M_it = 0 where π_it has moved by more than δ along with A_it, 1 elsewhere                   dppo
 *     L    = (1/Σ_i |y_i|) Σ_it −sg(min(r_it, 20) M_it) A_it log π_it                             dppo, token-mean
 */
const dppo = algorithm({
  name: "dppo",
  summary: "a trust region on the tokens' probabilities, with the group's advantage",
  source: "arXiv 2602.04879v1",
  sources: {
    tv: `${verl}: compute_grpo_outcome_advantage, compute_policy_loss_dppo_tv, agg_loss`,
    kl: `${verl}: compute_grpo_outcome_advantage, compute_policy_loss_dppo_kl, agg_loss`,
  },
  presets: {
    tv: {
      advantage: groupAdvantages.verl,
      loss: { ratio: "token", surrogate: { use: "dppo", divergence: "tv", threshold: 0.15, cap: 20 }, aggregate: "token-mean" },
    },
    kl: {
      advantage: groupAdvantages.verl,
      loss: { ratio: "token", surrogate: { use: "dppo", divergence: "kl", threshold: 0.05, cap: 20 }, aggregate: "token-mean" },
    },
  },
});

/**
 * VESPO: whole responses weighted softly by how far the policy has moved from them (arXiv 2602.10693v1), as TRL computes it.
 *
 *     A_it = (R_i − mean) / (σ + ε)                 of the G responses to one prompt              group-normalise, spread
 *     W_i  = Π_t exp(log π_it − log π_old,it)                                                     token
 *     L    = (1/Σ_i |y_i|) Σ_it −sg(exp(λ + k ln W_i − λW_i)) A_it log π_it                       vespo, token-mean
 */
const vespo = algorithm({
  name: "vespo",
  summary: "REINFORCE with the group's advantage, responses weighted softly by their whole ratio",
  source: "arXiv 2602.10693v1",
  sources: { trl: `${trl}: GRPOTrainer with loss_type vespo, get_gamma_weights` },
  presets: {
    trl: {
      advantage: groupAdvantages.trl,
      loss: {
        ratio: "token",
        surrogate: { use: "vespo", k: { positive: 2, negative: 3 }, lambda: { positive: 3, negative: 2 } },
        aggregate: "token-mean",
      },
    },
  },
});

export const algorithms = [icepop, dppo, vespo];
