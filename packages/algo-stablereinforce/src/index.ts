import { algorithm, definePlugin } from "@rewardlab/core";
import { preClip } from "./pre-clip.ts";
import { threeSigmaFilter } from "./three-sigma-filter.ts";

/**
 * StableReinforce: REINFORCE++ with three changes against its collapse in reward modelling (R1-Reward, arXiv 2505.02835v2).
 *
 *     R   = accuracy · (1 + ½ consistency) + ½ format           consistency reward
 *     ρ_t = [t is the last token]·clip(R, ±10) − β·k1_t         β = 1e-3
 *     G_t = ρ_t + G_{t+1}
 *     z_t = (G_t − μ) / √max(σ², 1e-8)                          over all tokens of the batch
 *     A_t = z_t where |z_t| ≤ 3, else 0                         advantage filter: three-sigma-filter
 *     r_t = exp(clip(log π_t − log π_old,t, ln 1e-3, ln 1e3))   Pre-CLIP: pre-clip
 *     L   = (1/B) Σ_i (1/T_i) Σ_t max(−r A, −clip(r, 0.8, 1.2) A)
 *
 * One response per prompt (rollout.samplesPerPrompt: 1) in the authors' runs.
 */
const paper = {
  reward: {
    rules: { format: "think-answer-format", accuracy: "preference-accuracy", consistency: "stated-choice-consistency" },
    formula: "accuracy * (1 + 0.5 * consistency) + 0.5 * format",
  },
  kl: { use: "k1", in: "reward", coefficient: 1e-3 },
  advantage: [
    { use: "score-clip", low: -10, high: 10 },
    { use: "discounted-return", gamma: 1 },
    { use: "whiten", variance: "biased", epsilon: 1e-8, epsilonIn: "floor" },
    { use: "three-sigma-filter", sigmas: 3, rule: "paper" },
  ],
  loss: {
    ratio: { use: "pre-clip", low: 1e-3, high: 1e3 },
    surrogate: { use: "clip", low: 0.2, high: 0.2 },
    aggregate: "sequence-mean",
  },
};

// The released code: a contradiction costs a point, and the filter's bounds lie around the raw mean of the returns.
const officialCode = {
  ...paper,
  reward: {
    ...paper.reward,
    rules: { ...paper.reward.rules, consistency: { use: "stated-choice-consistency", contradict: -1 } },
  },
  advantage: [...paper.advantage.slice(0, -1), { use: "three-sigma-filter", sigmas: 3, rule: "official-code" }],
};

export default definePlugin({
  name: "@rewardlab/algo-stablereinforce",
  api: "^1",
  components: [preClip, threeSigmaFilter],
  algorithms: [
    algorithm({
      name: "stable-reinforce",
      summary: "REINFORCE++ with Pre-CLIP, an advantage filter and a consistency reward",
      source: "arXiv 2505.02835v2",
      sources: {
        paper: "arXiv 2505.02835v2, section 4",
        "official-code":
          "github.com/yfzhang114/r1_reward at 3693413a: PolicyLoss, NaiveReplayBuffer.normalize, compute_reward, get_cumulative_returns",
      },
      presets: { paper, "official-code": officialCode },
    }),
  ],
});
