import * as tf from "@tensorflow/tfjs-core";
import type { Rank, Scalar, Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import { InputError } from "@rewardlab/storage";
import { policyLoss } from "./policy-loss.ts";
import type { PolicyLossParts } from "./policy-loss.ts";

/** The policy loss of a single token against its importance ratio, for one advantage. */
export interface LossCurve {
  readonly advantage: number;
  readonly points: readonly LossPoint[];
}
export interface LossPoint {
  /** π/π_old of the token, before a ratio component has done anything to it. */
  readonly ratio: number;
  /** L, to be minimised. */
  readonly loss: number;
  /** ∂L/∂log π. */
  readonly gradient: number;
}

/** log π of the token throughout: it shows only in surrogates that read it, and at −1 their loss is weight · A. */
const LOG_PROB = -1;

/**
 * L and ∂L/∂log π of responses of one token, for A = +1 and A = −1. π stays, and π_old is what makes the ratio; the reference is the old
 * policy. What is shown is the arithmetic of a step of training, so guards of the ratio component show as well.
 */
export function lossCurves(
  { ratio, surrogate }: Pick<PolicyLossParts, "ratio" | "surrogate">,
  ratios: readonly number[],
): LossCurve[] {
  if (surrogate.comparesBatch)
    throw new InputError(
      "RL_PLOT",
      "the surrogate compares the tokens of a batch, so the loss of a token by itself is no curve; expected one that looks at a token's own numbers",
    );
  const aggregate = { apply: (tokenLoss: Tensor2D) => tf.sum(tokenLoss) as Scalar }; // []
  return [1, -1].map((advantage) =>
    tf.tidy(() => {
      const count = ratios.length;
      const oldLogProbs = tf.tensor2d(
        ratios.map((each) => LOG_PROB - Math.log(each)),
        [count, 1],
      ); // [B, 1]
      const mask = tf.ones<Rank.R2>([count, 1]); // [B, 1]
      const advantages = tf.fill<Rank.R2>(mask.shape, advantage); // [B, 1]
      const logProbs = tf.fill<Rank.R2>(mask.shape, LOG_PROB); // [B, 1]
      const totals = { tokens: count, sequences: count, nonEmptySequences: count, width: 1 };
      const at = (x: Tensor) =>
        policyLoss(
          { ratio, surrogate, aggregate },
          { logProbs: x as Tensor2D, oldLogProbs, refLogProbs: oldLogProbs, mask, advantages },
          totals,
        );
      const losses = at(logProbs).tokenLoss.dataSync(); // [B, 1]
      const gradients = tf
        .grad((x) => at(x).loss)(logProbs)
        .dataSync(); // [B, 1]
      return {
        advantage,
        points: ratios.map((each, index) => ({ ratio: each, loss: losses[index]!, gradient: gradients[index]! })),
      };
    }),
  );
}

/** Ratios from low to high: at equal steps, or at equal factors where they span a factor of 100 or more. */
export interface RatioGrid {
  readonly scale: "linear" | "log";
  readonly ratios: readonly number[];
}

/**
 * steps + 1 importance ratios from low to high, those of 0 and below left out; evenly spaced, or in their logarithm where high is 100 times low or
 * more.
 */
export function ratioGrid(low: number, high: number, steps = 400): RatioGrid {
  const scale = low > 0 && high / low >= 100 ? "log" : "linear";
  const at = (share: number) => (scale === "log" ? low * (high / low) ** share : low + (high - low) * share);
  const ratios = Array.from({ length: steps + 1 }, (_, index) => at(index / steps));
  return { scale, ratios: ratios.filter((ratio) => ratio > 0) };
}
