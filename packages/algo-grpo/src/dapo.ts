import { algorithm } from "@rewardlab/core";
import { groupAdvantages } from "./group-advantages.ts";
import { nemo, openrlhf, trl, verl } from "./sources.ts";

/**
 * DAPO: GRPO for long chains of thought (arXiv 2503.14476v2, section 3), with a higher upper clip, every token of the same weight, and no KL.
 *
 *     groups with max R = min R are replaced by fresh prompts                                     sampler: dynamic
 *     responses that were cut off leave the loss                                                  sampler: overlong
 *     A_it = (R_i − mean) / (σ + ε)                 of the G responses to one prompt              group-normalise, spread
 *     r_it = exp(log π_it − log π_old,it)                                                         token
 *     L    = (1/Σ_i |y_i|) Σ_it max(−r A, −clip(r, 1 − 0.2, 1 + 0.28) A)                          clip, token-mean
 *
 * The paper's soft punishment of length is `overlong: { buffer: … }`: how many tokens, only the experiment can say.
 * verl's and NeMo-RL's DAPO recipes also bound the loss where A < 0, at c = 10 (dual-clip), and leave no response out. OpenRLHF's example
 * clips at 0.3 and has k3 in the loss. TRL doesn't replace groups.
 */
const clipHigher = { use: "clip", low: 0.2, high: 0.28 };

export const dapo = algorithm({
  name: "dapo",
  summary: "GRPO with a higher upper clip and the mean over all tokens, without KL",
  source: "arXiv 2503.14476v2",
  sources: {
    paper: "arXiv 2503.14476v2, section 3",
    trl: `${trl}: GRPOTrainer with loss_type dapo and epsilon_high 0.28`,
    verl: `${verl}: compute_grpo_outcome_advantage, compute_policy_loss_vanilla with the DAPO recipe's clip_ratio_c 10, agg_loss`,
    openrlhf: `${openrlhf}: RemoteExperienceMaker.compute_advantages_and_returns (group_norm), PolicyLoss, compute_approx_kl, as its DAPO example sets them`,
    nemo: `${nemo}: GRPOAdvantageEstimator, ClippedPGLossFn, as examples/configs/recipes/llm/dapo-qwen2.5-7b.v2.yaml sets them`,
  },
  presets: {
    paper: {
      sampler: ["dynamic", { use: "overlong", mask: true }],
      advantage: groupAdvantages.paper,
      loss: { ratio: "token", surrogate: clipHigher, aggregate: "token-mean" },
    },
    trl: {
      advantage: groupAdvantages.trl,
      loss: { ratio: "token", surrogate: clipHigher, aggregate: "token-mean" },
    },
    verl: {
      sampler: [{ use: "dynamic", rounds: 10 }],
      advantage: groupAdvantages.verl,
      loss: {
        ratio: { use: "clamped", limit: 20 },
        surrogate: { ...clipHigher, use: "dual-clip", cap: 10 },
        aggregate: "token-mean",
      },
    },
    openrlhf: {
      sampler: ["dynamic"],
      kl: { use: "k3", in: "loss", coefficient: 1e-3, clampOutput: 10 },
      advantage: groupAdvantages.openrlhf,
      loss: { ratio: { use: "clamped", limit: 20 }, surrogate: { use: "clip", low: 0.2, high: 0.3 }, aggregate: "token-mean" },
    },
    nemo: {
      sampler: [{ use: "dynamic", rounds: 10 }],
      advantage: groupAdvantages.nemoDapo,
      loss: { ratio: "token", surrogate: { ...clipHigher, use: "dual-clip", cap: 10 }, aggregate: "token-mean" },
    },
  },
});
