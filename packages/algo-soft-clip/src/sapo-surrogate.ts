import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import { checkShapes, countTrue, idleAtFirstUpdate, keepMasked, Metrics, stopGradient, surrogate } from "@rewardlab/core";
import { z } from "zod";

/**
 * SAPO: a sigmoid in the place of PPO's clip, so that a token far off loses its gradient bit by bit and not at once (arXiv 2511.20347v1).
 *
 *     f(ρ) = (4/τ) σ(τ (ρ − 1))                    τ_pos → positive where A > 0, τ_neg → negative elsewhere
 *     L_t  = −f(ρ_t) A_t
 *     ∂f/∂ρ = 4 p (1 − p),  p = σ(τ (ρ − 1))       1 at ρ = 1, as without a gate; towards 0 on both sides
 *
 * A larger τ narrows the gate: τ_neg > τ_pos damps tokens of negative advantage sooner, which raise the logits of all other tokens.
 */
export const sapoSurrogate = surrogate({
  name: "sapo",
  summary: "−(4/τ)·σ(τ(ρ − 1))·A, τ by the sign of A",
  options: z.strictObject({
    positive: z.number().positive().default(1).describe("τ_pos: temperature where A > 0 (paper, verl, TRL: 1)"),
    negative: z.number().positive().default(1.05).describe("τ_neg: temperature elsewhere (paper, verl, TRL: 1.05)"),
  }),
  metrics: {
    gateWeight: {
      title: "Weight of the gate",
      first: true,
      stability: "mean",
      meaning:
        "Mean over tokens of the gate’s derivative, 4p(1 − p): 1 where no ratio has left 1, and the gradient is that of an unclipped ratio; 0 where none has a gradient left.",
    },
    gatedFraction: {
      title: "Gated tokens",
      unit: "share",
      of: "tokens",
      meaning: ({ positive, negative }) =>
        `Tokens that keep less than half of their gradient: |ρ − 1| above ${halfWidth(positive)} where the advantage is positive, ${halfWidth(negative)} elsewhere.`,
      zero: "No token lost half of its gradient to the gate.",
    },
  },
  inject: { metrics: Metrics },
  idle: (_options, around) => idleAtFirstUpdate(around),
  create: ({ positive, negative }, { metrics }) => ({
    apply: ({ ratio, advantages, mask }) => {
      checkShapes("sapo", { ratio: [ratio, "B T"], advantages: [advantages, "B T"], mask: [mask, "B T"] });
      return tf.tidy(() => {
        const [rho, A] = [keepMasked(ratio, mask), keepMasked(advantages, mask)]; // [B, T] each
        const tau = tf.where(tf.greater(A, 0), tf.fill(A.shape, positive), tf.fill(A.shape, negative)); // [B, T]
        const p = tf.sigmoid(tf.mul(tau, tf.sub(rho, 1))) as Tensor2D; // [B, T]
        recordGate(metrics, stopGradient(p), mask);
        return tf.neg(tf.mul(tf.mul(p, tf.div(4, tau)), A)) as Tensor2D; // [B, T]
      });
    },
  }),
});

/** `gateWeight` and `gatedFraction`, from p = σ(τ (ρ − 1)). */
function recordGate(metrics: Metrics, p: Tensor2D, mask: Tensor2D): void {
  const weight = keepMasked(tf.mul(tf.mul(p, tf.sub(1, p)), 4), mask); // [B, T]
  const tokens = tf.sum(mask) as Scalar; // []
  metrics.share("gateWeight", tf.sum(weight) as Scalar, tokens); // []
  metrics.share("gatedFraction", countTrue(tf.logicalAnd(tf.less(weight, 0.5), tf.greater(mask, 0))), tokens); // []
}

/** Where 4p(1 − p) = ½: p = (1 + 1/√2)/2, so ρ − 1 = ln(p/(1 − p))/τ = 1.7627/τ. */
const halfWidth = (tau: number) => String(Number((Math.log(3 + 2 * Math.SQRT2) / tau).toPrecision(3)));
