import { algorithm, definePlugin } from "@rewardlab/core";

/**
 * PPO with a critic (arXiv 1707.06347v2), as it is used on language models (arXiv 1909.08593v2): the critic is a value head on the policy's layers.
 * It is made of core's standard components; what it adds is the choice.
 *
 *     ρ_t = [t is the last token]·R − β·k1_t                                     kl k1 in the reward
 *     δ_t = ρ_t + γ V_{t+1} − V_t;   A_t = δ_t + γλ A_{t+1};   G_t = A_t + V_t   gae
 *     Â_t = (A_t − μ) / √(σ² + ε)                  over all tokens of the batch   whiten
 *     r_t = exp(log π_t − log π_old,t)                                           token
 *     L   = (1/N) Σ max(−r_t Â_t, −clip(r_t, 0.8, 1.2) Â_t)                      clip, token-mean
 *         + c_v (1/N) Σ ½ max((V_t − G_t)², (clip(V_t, V_old,t ± c) − G_t)²)     critic
 *
 * In verl and OpenRLHF the critic is a model of its own with an optimizer of its own; only the arithmetic of their variants is theirs, and c_v is TRL's.
 */
const whitenBiased = { use: "whiten", variance: "biased", epsilon: 1e-8, epsilonIn: "floor" };
const whitenUnbiased = { use: "whiten", variance: "unbiased", epsilon: 1e-8, epsilonIn: "sum" };

export default definePlugin({
  name: "@rewardlab/algo-ppo",
  api: "^1",
  algorithms: [
    algorithm({
      name: "ppo",
      summary: "clipped policy loss with generalised advantages from a value head",
      source: "arXiv 1707.06347v2",
      sources: {
        paper:
          "arXiv 1707.06347v2, section 3, λ = 0.95; the KL in the reward and its β from arXiv 1909.08593v2; whitening and value clip as TRL's PPOTrainer",
        verl: "verl 0.9.1: kl_penalty in the reward, compute_gae_advantage_return, compute_policy_loss_vanilla, compute_value_loss, agg_loss",
        openrlhf: "OpenRLHF 0.11.2: RemoteExperienceMaker.compute_advantages_and_returns (gae), PolicyLoss, ValueLoss",
      },
      presets: {
        paper: {
          kl: { use: "k1", in: "reward", coefficient: 0.05 },
          advantage: [{ use: "gae", gamma: 1, lambda: 0.95 }, whitenUnbiased],
          critic: { coefficient: 0.1, clip: 0.2 },
          loss: { ratio: "token", surrogate: { use: "clip", low: 0.2, high: 0.2 }, aggregate: "token-mean" },
        },
        verl: {
          kl: { use: "k1", in: "reward", coefficient: 1e-3 },
          advantage: [{ use: "gae", gamma: 1, lambda: 1 }, whitenUnbiased],
          critic: { coefficient: 0.1, clip: 0.5 },
          loss: {
            ratio: { use: "clamped", limit: 20 },
            surrogate: { use: "dual-clip", low: 0.2, high: 0.2, cap: 3 },
            aggregate: "token-mean",
          },
        },
        openrlhf: {
          kl: { use: "k1", in: "reward", coefficient: 1e-2, clampOutput: 10 },
          advantage: [{ use: "score-clip", low: -10, high: 10 }, { use: "gae", gamma: 1, lambda: 1 }, whitenBiased],
          critic: { coefficient: 0.1, clip: 0.5 },
          loss: {
            ratio: { use: "clamped", limit: 20 },
            surrogate: { use: "clip", low: 0.2, high: 0.2 },
            aggregate: "token-mean",
          },
        },
      },
    }),
  ],
});
