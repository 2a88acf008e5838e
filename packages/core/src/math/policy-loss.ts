import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { InputError } from "@rewardlab/storage";
import type {
  AdvantageBatch,
  AdvantageStep,
  Aggregate,
  BatchTotals,
  Correction,
  Kl,
  Ratio,
  RatioBatch,
  Surrogate,
} from "../kinds.ts";
import { correctionOf } from "./correction.ts";
import { countNonFinite, keepMasked } from "./masked.ts";
import { checkShapes } from "./shapes.ts";
import { tokenRewards } from "./token-rewards.ts";
import type { MetricDeclarations } from "../services/metric-declaration.ts";
import type { Metrics } from "../services/metrics.ts";

/**
 * The method's arithmetic, put together from its components: what the trainer computes in a step and `rewardlab probe` shows on numbers.
 * Pure functions; the caller owns what they return.
 */

/** What `policyLoss` counts. */
export const policyLossMetrics: MetricDeclarations = {
  nonFiniteLosses: {
    title: "Losses not finite",
    unit: "count",
    of: "tokens",
    meaning: "Tokens whose loss is NaN or infinite.",
  },
};

/** The same where the KL penalty is in the loss. */
export const klTermMetrics: MetricDeclarations = {
  nonFiniteKl: {
    title: "KL not finite",
    unit: "count",
    of: "tokens",
    meaning: "Tokens whose KL estimate is NaN or infinite.",
  },
};

/** What `advantageChain` counts. */
export const advantageMetrics: MetricDeclarations = {
  nonFiniteScores: {
    title: "Scores not finite",
    unit: "count",
    of: "responses",
    meaning: "Responses whose score is NaN or infinite.",
  },
  nonFiniteAdvantages: {
    title: "Advantages not finite",
    unit: "count",
    of: "tokens",
    meaning: "Tokens whose advantage is NaN or infinite.",
  },
};

/** A KL penalty: the estimator and β. */
export interface KlTerm {
  readonly kl: Kl;
  readonly coefficient: number | Scalar; // []
}

export interface PolicyLossParts {
  readonly ratio: Ratio;
  readonly surrogate: Surrogate;
  readonly aggregate: Aggregate;
  /** Weights of the token losses, one correction after the other; none: they are as they are. */
  readonly correction?: readonly Correction[] | null;
  /** Where the KL penalty is in the loss. */
  readonly klTerm?: KlTerm | null;
  /** Counts `nonFiniteLosses` and `nonFiniteKl`: response tokens whose loss or KL estimate is NaN or ±∞. */
  readonly metrics?: Metrics;
}

export interface PolicyLossBatch extends RatioBatch {
  readonly advantages: Tensor2D; // [B, T]
  readonly refLogProbs: Tensor2D; // [B, T]
  /** What the sampler said; absent: it is what oldLogProbs say. [B, T] */
  readonly rolloutLogProbs?: Tensor2D | null;
  /** 1 on the response tokens that train; absent: all do. [B, T] */
  readonly lossMask?: Tensor2D | null;
  /** For a surrogate that draws. [B, T] */
  readonly draws?: Tensor2D | null;
}

/**
 * L = aggregate(w · m · surrogate(ratio)) + β·aggregate(k), differentiable in batch.logProbs: w and m are what corrections and a mask make of the token
 * losses, 1 where there is neither. `tokenLoss` is what is aggregated, without the KL term, and 0 outside the mask. The losses of micro-batches add up to that of the whole batch, given the whole batch's `totals`.
 */
export function policyLoss(
  parts: PolicyLossParts,
  batch: PolicyLossBatch,
  totals: BatchTotals,
): { loss: Scalar; tokenLoss: Tensor2D } {
  const { logProbs, oldLogProbs, refLogProbs, advantages, mask } = batch;
  checkShapes("policy loss", {
    logProbs: [logProbs, "B T"],
    oldLogProbs: [oldLogProbs, "B T"],
    refLogProbs: [refLogProbs, "B T"],
    advantages: [advantages, "B T"],
    mask: [mask, "B T"],
    ...(batch.lossMask && { lossMask: [batch.lossMask, "B T"] as const }),
  });
  return tf.tidy(() => {
    const ratio = parts.ratio.apply(batch); // [B, T]
    const surrogateLoss = keepMasked(parts.surrogate.apply({ ...batch, ratio }), mask); // [B, T]
    const tokenLoss = weighed(surrogateLoss, parts, batch); // [B, T]
    parts.metrics?.sum("nonFiniteLosses", countNonFinite(tokenLoss)); // []
    const loss = parts.aggregate.apply(tokenLoss, mask, totals); // []
    if (!parts.klTerm) return { loss, tokenLoss };
    const penalty = klPenalty(parts.klTerm, batch); // [B, T]
    parts.metrics?.sum("nonFiniteKl", countNonFinite(penalty)); // []
    const klLoss = parts.aggregate.apply(penalty, mask, totals); // []
    return { loss: tf.add(loss, klLoss) as Scalar, tokenLoss }; // [], [B, T]
  });
}

/** The token losses as corrections and a mask leave them: what is left out is 0, whatever it was. [B, T] */
function weighed(tokenLoss: Tensor2D, { correction, metrics }: PolicyLossParts, batch: PolicyLossBatch): Tensor2D {
  const chosen = batch.lossMask ? keepMasked(tokenLoss, batch.lossMask) : tokenLoss; // [B, T]
  if (!correction) return chosen;
  const made = correctionOf(correction, { ...batch, rolloutLogProbs: batch.rolloutLogProbs ?? batch.oldLogProbs }, metrics);
  return keepMasked(tf.mul(chosen, made.weights) as Tensor2D, made.mask); // [B, T]
}

/** β·k of every response token, 0 elsewhere; what the padding holds reaches neither value nor gradient. */
export function klPenalty(
  { kl, coefficient }: KlTerm,
  batch: { logProbs: Tensor2D; refLogProbs: Tensor2D; mask: Tensor2D },
): Tensor2D {
  const { logProbs, refLogProbs, mask } = batch;
  checkShapes("KL penalty", { logProbs: [logProbs, "B T"], refLogProbs: [refLogProbs, "B T"], mask: [mask, "B T"] });
  return tf.tidy(() => {
    const estimate = kl.apply(keepMasked(logProbs, mask), keepMasked(refLogProbs, mask)); // [B, T]
    return keepMasked(tf.mul(estimate, coefficient) as Tensor2D, mask); // [B, T]
  });
}

/**
 * The counts aggregates divide by, over the whole batch of an optimizer step: one row of the mask for each response. `width`: how long a row
 * could be, where the rows have been cut to the longest response.
 */
export function batchTotals(
  mask: readonly ArrayLike<number>[],
  width: number = mask[0]?.length ?? 0,
): Record<keyof BatchTotals, number> {
  const lengths = mask.map((row) => Array.from(row).reduce((sum, value) => sum + value, 0));
  return {
    tokens: lengths.reduce((sum, length) => sum + length, 0),
    sequences: lengths.length,
    nonEmptySequences: lengths.filter((length) => length > 0).length,
    width,
  };
}

/** What flows through the advantage chain: the batch without what the chain itself makes. */
export type AdvantageChainBatch = Omit<AdvantageBatch, "returns">;

export interface AdvantageChainResult {
  /** Score at the last token, less the KL penalty if it is in the reward; the score as it reaches a step that makes token rewards. [B, T] */
  readonly tokenRewards: Tensor2D;
  /** What the scores-to-tokens step made. [B, T] */
  readonly returns: Tensor2D;
  /** What the last step made. [B, T] */
  readonly advantages: Tensor2D;
}

/**
 * Runs the steps in order, from batch.scores [B] to advantages [B, T]. `metrics` counts `nonFiniteScores`, responses whose score is NaN or ±∞, and
 * `nonFiniteAdvantages`, tokens (in a chain that ends with scores, responses) whose advantage is.
 */
export function advantageChain(
  steps: readonly AdvantageStep[],
  batch: AdvantageChainBatch,
  metrics?: Metrics,
): AdvantageChainResult {
  const { scores, mask, groupIds } = batch;
  checkShapes("advantage chain", { scores: [scores, "B"], groupIds: [groupIds, "B"], mask: [mask, "B T"] });
  return tf.tidy(() => {
    const { values, returns, rewardScores, rewardKl } = runAdvantageSteps(
      steps,
      { values: scores, returns: null },
      batch,
      metrics,
    ); // [B, T], [B, T], [B]
    if (returns === null)
      throw new InputError(
        "RL_ADVANTAGE_CHAIN",
        "advantage chain: no step goes from scores to tokens, expected one, e.g. discounted-return or spread",
      );
    return {
      tokenRewards: (batch.tokenRewards ?? tokenRewards(rewardScores, mask, rewardKl)).clone() as Tensor2D, // [B, T]
      returns: returns.clone() as Tensor2D, // [B, T]
      advantages: values.clone() as Tensor2D, // [B, T]
    };
  });
}

/** Where a chain starts: from scores [B], or from tokens [B, T] (`rewardlab probe`). */
export interface AdvantageStart {
  readonly values: Tensor;
  readonly returns: Tensor2D | null; // [B, T]
}

/**
 * The steps' result, which may still be scores; the returns, once a step made tokens; the scores and the KL penalty that its token rewards are
 * made of. In a tidy of the caller's.
 */
export function runAdvantageSteps(
  steps: readonly AdvantageStep[],
  start: AdvantageStart,
  batch: AdvantageChainBatch,
  metrics?: Metrics,
): { values: Tensor; returns: Tensor2D | null; rewardScores: Tensor1D; rewardKl: Tensor2D | null } {
  let { values, returns } = start; // [B], from the scores-to-tokens step on [B, T]; [B, T]
  let penalty = batch.klPenalty; // [B, T], null once a step has taken it off the scores
  let rewardScores: Tensor1D = batch.scores; // [B]
  if (values.rank === 1) metrics?.sum("nonFiniteScores", countNonFinite(values)); // []
  let rewardKl = penalty; // [B, T]
  steps.forEach((step, index) => {
    const where = `advantage chain, step ${index + 1} of ${steps.length}`;
    const given = { ...batch, klPenalty: penalty, returns };
    const next = step.apply(values, given); // [B] or [B, T]
    if (next.rank === 1) {
      if (values.rank === 2)
        throw new InputError("RL_ADVANTAGE_CHAIN", `${where}: gives scores, expected tokens, since an earlier step gave tokens`);
      checkShapes(where, { scores: [batch.scores, "B"], result: [next, "B"] });
    } else {
      checkShapes(where, { mask: [batch.mask, "B T"], result: [next, "B T"] });
      if (values.rank === 1) {
        if (step.makesTokenRewards) [rewardScores, rewardKl] = [values as Tensor1D, penalty];
        returns ??= step.returnsOf?.(next as Tensor2D, given) ?? (next as Tensor2D);
      }
    }
    if (step.takesKlPenalty) penalty = null;
    values = next;
  });
  const kept = values.rank === 2 ? keepMasked(values, batch.mask) : values; // [B, T], or [B] where the chain ends with scores
  metrics?.sum("nonFiniteAdvantages", countNonFinite(kept)); // []
  return { values, returns, rewardScores, rewardKl };
}
