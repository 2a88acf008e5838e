import { algorithm, definePlugin } from "@rewardlab/core";

/**
 * REINFORCE++: PPO without a critic, stabilised by normalising advantages over the whole batch (arXiv 2501.03262v9).
 * It is made of core's standard components; what it adds is the choice.
 *
 *     ρ_t = [t is the last token]·clip(R, ±10) − β·clamp(k1_t, ±10)             score-clip; kl k1 in the reward
 *     G_t = ρ_t + γ G_{t+1}                         γ = 1                       discounted-return
 *     A_t = (G_t − μ) / √max(σ², 1e-8)              over all tokens of the batch  whiten
 *     r_t = exp(clamp(log π_t − log π_old,t, ±20))                              clamped
 *     L   = (1/N) Σ max(−r_t A_t, −clip(r_t, 0.8, 1.2) A_t)                     clip, token-mean
 *
 * REINFORCE++-baseline first takes the group's mean off the score: R_i − (1/n) Σ_j R_j (group-centre).
 * NeMo-RL sums nothing up: A_t before whitening is R − β·k_t (spread-with-kl), or R with the KL in the loss, where it is unless a run asks for it.
 */
const openrlhf = {
  kl: { use: "k1", in: "reward", coefficient: 1e-2, clampOutput: 10 },
  advantage: [
    { use: "score-clip", low: -10, high: 10 },
    { use: "discounted-return", gamma: 1 },
    { use: "whiten", variance: "biased", epsilon: 1e-8, epsilonIn: "floor" },
  ],
  loss: { ratio: { use: "clamped", limit: 20 }, surrogate: { use: "clip", low: 0.2, high: 0.2 }, aggregate: "token-mean" },
};

const verl = {
  kl: { use: "k1", in: "reward", coefficient: 1e-3 },
  advantage: [
    { use: "discounted-return", gamma: 1 },
    { use: "whiten", variance: "unbiased", epsilon: 1e-8, epsilonIn: "sum" },
  ],
  loss: {
    ratio: { use: "clamped", limit: 20 },
    surrogate: { use: "dual-clip", low: 0.2, high: 0.2, cap: 3 },
    aggregate: "token-mean",
  },
};

const nemoKl = { use: "k3", coefficient: 1e-2, clampInput: 20, clampOutput: 10 };
const nemo = {
  kl: { ...nemoKl, in: "reward" },
  advantage: ["spread-with-kl", openrlhf.advantage[2]],
  loss: { ratio: "token", surrogate: { use: "clip", low: 0.2, high: 0.2 }, aggregate: "token-mean" },
};

export default definePlugin({
  name: "@rewardlab/algo-reinforcepp",
  api: "^1",
  algorithms: [
    algorithm({
      name: "reinforce++",
      summary: "PPO's loss without a critic: return of every token, normalised over the whole batch",
      source: "arXiv 2501.03262v9",
      sources: {
        openrlhf: "OpenRLHF 0.11.2: RemoteExperienceMaker.compute_advantages_and_returns (reinforce), PolicyLoss",
        verl: "verl 0.9.1: kl_penalty in the reward, compute_reinforce_plus_plus_outcome_advantage, compute_policy_loss_vanilla, agg_loss",
        nemo: "NeMo-RL at 7ea279ab: ReinforcePlusPlusAdvantageEstimator with use_kl_in_reward and without minus_baseline, ClippedPGLossFn",
      },
      presets: { openrlhf, verl, nemo },
    }),
    algorithm({
      name: "reinforce++-baseline",
      summary: "REINFORCE++ with the group's mean score as baseline",
      source: "arXiv 2501.03262v9",
      sources: {
        openrlhf: "OpenRLHF 0.11.2: RemoteExperienceMaker.compute_advantages_and_returns (reinforce_baseline), PolicyLoss",
        verl: "verl 0.9.1: compute_reinforce_plus_plus_baseline_outcome_advantage, compute_policy_loss_vanilla, agg_loss, kl_penalty in the loss",
        nemo: "NeMo-RL at 7ea279ab: ReinforcePlusPlusAdvantageEstimator, ClippedPGLossFn, at their defaults",
      },
      presets: {
        openrlhf: { ...openrlhf, advantage: ["group-centre", ...openrlhf.advantage] },
        // verl spreads the centred score over the tokens, without a KL in it: that goes into the loss
        verl: {
          kl: { use: "k3", in: "loss", coefficient: 1e-3, clampInput: 20, clampOutput: 10 },
          advantage: [{ use: "group-centre", singleton: "score" }, "spread", verl.advantage[1]],
          loss: verl.loss,
        },
        nemo: {
          kl: { ...nemoKl, in: "loss", gradient: "expectation" },
          advantage: ["group-centre", "spread", nemo.advantage[1]],
          loss: nemo.loss,
        },
      },
    }),
  ],
});
