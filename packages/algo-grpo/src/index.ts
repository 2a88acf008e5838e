import { algorithm, definePlugin } from "@rewardlab/core";

/**
 * GRPO: PPO with the group's scores in the place of a critic (DeepSeekMath, arXiv 2402.03300v3, section 4.1).
 * It is made of core's standard components; what it adds is the choice.
 *
 *     A_it = (R_i − mean) / (σ + ε)                 mean, σ of the G responses to one prompt      group-normalise, spread
 *     r_it = exp(log π_it − log π_old,it)                                                         token
 *     L    = (1/G) Σ_i (1/|y_i|) Σ_t [ max(−r A, −clip(r, 0.8, 1.2) A) + β·k3_it ]                clip, sequence-mean; kl k3 in the loss
 */
const paper = {
  kl: { use: "k3", in: "loss", coefficient: 0.04 },
  advantage: [{ use: "group-normalise", deviation: "unbiased", epsilon: 1e-6 }, "spread"],
  loss: { ratio: "token", surrogate: { use: "clip", low: 0.2, high: 0.2 }, aggregate: "sequence-mean" },
};

const verl = {
  kl: { use: "k3", in: "loss", coefficient: 1e-3, clampInput: 20, clampOutput: 10 },
  advantage: [{ use: "group-normalise", deviation: "unbiased", epsilon: 1e-6, singleton: "score" }, "spread"],
  loss: {
    ratio: { use: "clamped", limit: 20 },
    surrogate: { use: "dual-clip", low: 0.2, high: 0.2, cap: 3 },
    aggregate: "token-mean",
  },
};

export default definePlugin({
  name: "@rewardlab/algo-grpo",
  api: "^1",
  algorithms: [
    algorithm({
      name: "grpo",
      summary: "PPO's loss with the score normalised within the group of responses to one prompt",
      source: "arXiv 2402.03300v3; verl 0.10",
      presets: { paper, verl },
    }),
  ],
});
