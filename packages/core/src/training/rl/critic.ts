import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import type { z } from "zod";
import { InputError } from "@rewardlab/storage";
import type { Aggregate, BatchTotals, Model, Parameters, ValueHead } from "../../kinds.ts";
import { countTrue, keepMasked } from "../../math/masked.ts";
import { tokenValueLoss } from "../../math/value-loss.ts";
import type { ValueLossBatch } from "../../math/value-loss.ts";
import type { MetricDeclarations } from "../../services/metric-declaration.ts";
import type { Metrics } from "../../services/metrics.ts";
import type { criticOptions } from "./options.ts";

/** A critic on the policy's own layers: a value head whose parameters are trained with the policy's. */
export type CriticOptions = z.output<typeof criticOptions>;

/** What a critic adds to a line of metrics. */
export const criticMetrics: MetricDeclarations<{ readonly critic: CriticOptions | null }> = {
  valueLoss: { title: "Value loss", meaning: "Half the critic’s squared error, before its weight." },
  explainedVariance: {
    title: "Explained variance",
    meaning: "How much of the returns’ variance the critic knew: 1 all of it, 0 none, negative worse than their mean.",
  },
  valueClipFraction: {
    title: "Values moved far",
    unit: "share",
    of: "tokens",
    meaning: ({ critic }) =>
      `Tokens whose value moved by more than the value clip since the rollout${critic?.clip ? `, by ${critic.clip}` : ""}.`,
    zero: ({ critic }) => (critic === null || critic.clip === null ? "There is no value clip: no value is ever too far." : null),
  },
};

/** The pipeline has refused experiments with a critic on a model without a value head. */
export function valueHeadOf({ valueHead }: Model): ValueHead {
  return valueHead!;
}

/** What a stage says that is asked for a critic of a remote model. `option` asks for it. */
export function noCritic(option: string, at: string): InputError {
  return new InputError(
    "RL_NO_VALUE_HEAD",
    `${option}: a critic is a head on the policy's own layers, and the model's weights are with a service (${at}), expected ${option.split(".").at(-1)}: null, or a model that has its weights here`,
  );
}

const isHead = (name: string) => name.startsWith("value.");

/** The policy's parameters with the value head that is there, or a new one. The caller's, copies all. */
export function withValueHead(policy: Parameters, model: Model): Parameters {
  const head = copiesOf(policy, isHead);
  return { ...withoutValueHead(policy), ...(Object.keys(head).length > 0 ? head : valueHeadOf(model).initialParameters()) };
}

/** The policy's parameters alone. The caller's, copies all. */
export function withoutValueHead(policy: Parameters): Parameters {
  return copiesOf(policy, (name) => !isHead(name));
}

function copiesOf(parameters: Parameters, chosen: (name: string) => boolean): Parameters {
  return Object.fromEntries(
    Object.entries(parameters).flatMap(([name, tensor]) => (chosen(name) ? [[name, tensor.clone()] as const] : [])),
  );
}

/** c_v · aggregate(value loss). Records `valueLoss` and `valueClipFraction`; `share`: the part of the minibatch that this micro-batch is. */
export function criticLoss(
  { coefficient, clip }: CriticOptions,
  aggregate: Aggregate,
  batch: ValueLossBatch,
  totals: BatchTotals,
  metrics: Metrics,
  share: number | Scalar,
): Scalar {
  return tf.tidy(() => {
    const loss = aggregate.apply(tokenValueLoss(batch, clip), batch.mask, totals); // []
    metrics.share("valueLoss", loss, share);
    const moved = tf.abs(keepMasked(tf.sub(batch.values, batch.oldValues) as Tensor2D, batch.mask)); // [B, T]
    metrics.share("valueClipFraction", countTrue(tf.greater(moved, clip ?? Infinity)), tf.sum(batch.mask) as Scalar); // []
    return tf.mul(loss, coefficient) as Scalar; // []
  });
}

/** 1 − Var(G − V) / Var(G) over response tokens: 1 where the critic knows the returns, 0 where it is no better than their mean. null where all returns are equal. */
export function explainedVariance(values: ArrayLike<number>, returns: ArrayLike<number>, mask: ArrayLike<number>): number | null {
  const chosen = Array.from(mask).flatMap((one, index) => (one > 0 ? [index] : []));
  const total = variance(chosen.map((index) => returns[index]!));
  return total > 0 ? 1 - variance(chosen.map((index) => returns[index]! - values[index]!)) / total : null;
}

function variance(numbers: readonly number[]): number {
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  return numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0) / numbers.length;
}
