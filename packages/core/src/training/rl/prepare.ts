import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import { advantageChain, klPenalty } from "../../math/policy-loss.ts";
import { checkTokens, NonFinite } from "../non-finite.ts";
import { rowTensor } from "../rollout.ts";
import type { Rollout } from "../rollout.ts";
import { outcomesAt } from "../score.ts";
import { explainedVariance } from "./critic.ts";
import type { Responses, Scored } from "./responses.ts";
import { backInRollout, chunks, meanOfRowMeans } from "./rows.ts";
import type { Training } from "./training.ts";

/** What every minibatch of a rollout needs, on the host: rows as in the rollout. */
export interface Prepared {
  readonly advantages: Float32Array; // [B, T]
  /** log π_old: the sampler's; where the loss has a correction, the trainer's own before the first update. */
  readonly oldLogProbs: Float32Array; // [B, T]
  /** The sampler's, for a correction; null where there is none. */
  readonly rolloutLogProbs: Float32Array | null; // [B, T]
  /** 1 on the tokens that train, by `loss.mask`; null: all of them do. */
  readonly lossMask: Float32Array | null; // [B, T]
  readonly refLogProbs: Float32Array; // [B, T]
  /** The critic's values at the rollout, and what they should have been; null without a critic. */
  readonly critic: { readonly values: Float32Array; readonly returns: Float32Array } | null; // [B, T] each
  /** Mean over responses of the mean KL per token, what an adaptive coefficient follows. */
  readonly kl: number;
}

/**
 * KL → advantages: log-probabilities before the updates and the reference's, the KL penalty where it is in the reward, and the advantage chain over the responses that have a score.
 * The reference is the policy as the stage was given it. Throws `NonFinite` where a number isn't finite, naming response and token.
 */
export async function advantagesOf(training: Training, { rollout, scored }: Responses): Promise<Prepared> {
  const { context, options, composer, learner } = training;
  const { metrics } = context;
  const { rows } = scored;
  if (rows.length === 0) throw new NonFinite("no response has a score");
  checkScores(scored, composer.source);
  const { tokens: T, mask, logProbs: sampled } = rollout;
  const word = wordOf(training, rollout);
  checkTokens("the sampling log-probability", sampled, mask, T, word);
  const corrects = options.loss.correction !== null;
  const oldLogProbs = corrects
    ? await ofEachToken(training, rollout, (part) => learner.logProbs("policy", rollout, part))
    : sampled;
  if (corrects) checkTokens("the trainer's log-probability", oldLogProbs, mask, T, word);
  const noReference = options.kl === null || options.kl.coefficient === 0;
  const refLogProbs = noReference
    ? oldLogProbs
    : await ofEachToken(training, rollout, (part) => learner.logProbs("reference", rollout, part));
  checkTokens("the reference log-probability", refLogProbs, mask, T, word);
  const values = options.critic === null ? null : await ofEachToken(training, rollout, (part) => learner.values(rollout, part));
  if (values !== null) checkTokens("the critic's value", values, mask, T, word);

  const made = tf.tidy(() => {
    const tensors = {
      mask: rowTensor(mask, T, rows),
      old: rowTensor(oldLogProbs, T, rows),
      ref: rowTensor(refLogProbs, T, rows),
    }; // [rows, T] each
    const kl =
      options.kl &&
      options.kl.coefficient > 0 &&
      klPenalty({ kl: options.kl.part, coefficient: 1 }, { logProbs: tensors.old, refLogProbs: tensors.ref, mask: tensors.mask }); // [rows, T]
    if (kl) metrics.share("kl", tf.sum(kl) as Scalar, tf.sum(tensors.mask) as Scalar);
    const batch = {
      scores: tf.tensor1d(rows.map((row) => scored.scores[row]!)), // [rows]
      groupIds: tf.tensor1d(
        rows.map((row) => rollout.groupIds[row]!),
        "int32",
      ), // [rows]
      mask: tensors.mask,
      klPenalty: kl && options.kl?.in === "reward" ? (tf.mul(kl, training.klCoefficient) as Tensor2D) : null, // [rows, T]
      values: values && rowTensor(values, T, rows), // [rows, T]
      tokenRewards: null,
    };
    const { advantages, returns } = advantageChain(options.advantage, batch, metrics);
    return {
      advantages: advantages.dataSync() as Float32Array,
      returns: returns.dataSync() as Float32Array,
      kl: kl ? meanOfRowMeans(kl.dataSync(), tensors.mask.dataSync(), T) : 0,
    };
  });
  const advantages = backInRollout(made.advantages, rows, rollout);
  checkTokens("the advantage", advantages, mask, T, word);
  const critic = values && { values, returns: backInRollout(made.returns, rows, rollout) };
  if (critic !== null) {
    checkTokens("the return", critic.returns, mask, T, word);
    const explained = explainedVariance(critic.values, critic.returns, mask);
    if (explained !== null) metrics.max("explainedVariance", explained);
  }
  return {
    advantages,
    oldLogProbs,
    rolloutLogProbs: corrects ? sampled : null,
    lossMask: await lossMaskOf(training, rollout, rows),
    refLogProbs,
    critic,
    kl: made.kl,
  };
}

/** Which tokens train, of the rows that do: those rows together, so that no minibatch changes it. null: all of them. [B, T] */
async function lossMaskOf(training: Training, rollout: Rollout, rows: readonly number[]): Promise<Float32Array | null> {
  const { loss } = training.options;
  if (loss.mask === null) return null;
  const { tokens: T, mask } = rollout;
  const entropies = await ofEachToken(training, rollout, (part) => training.learner.entropies(rollout, part));
  checkTokens("the entropy", entropies, mask, T, wordOf(training, rollout));
  const kept = tf.tidy(() => {
    const batch = { entropies: rowTensor(entropies, T, rows), mask: rowTensor(mask, T, rows) }; // [rows, T] each
    return loss.mask!.apply(batch).dataSync() as Float32Array;
  });
  return backInRollout(kept, rows, rollout);
}

/** A formula may divide by 0 though every rule gave a number. */
function checkScores({ rows, scores, outcomes }: Scored, source: string): void {
  const row = rows.find((one) => !Number.isFinite(scores[one]));
  if (row !== undefined)
    throw new NonFinite(
      `the score of response ${row} is ${scores[row]}: ${source} of ${JSON.stringify(outcomesAt(outcomes, row))}`,
    );
}

function wordOf({ context }: Training, { responseIds, tokens: T }: Rollout): (row: number, token: number) => string {
  return (row, token) => context.model.tokenizer.decode([responseIds[row * T + token]!]);
}

/** What `compute` gives for each token of a rollout, part by part, on the host. [B, T] */
async function ofEachToken(
  { options: { update } }: Training,
  rollout: Rollout,
  compute: (rows: readonly number[]) => Promise<Float32Array>,
): Promise<Float32Array> {
  const all = rollout.items.map((_, row) => row);
  const joined = new Float32Array(rollout.mask.length);
  let offset = 0;
  for (const rows of chunks(all, update.microbatch ?? update.minibatch ?? all.length)) {
    const part = await compute(rows); // [rows, T]
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Throws `NonFinite` naming the token behind a loss that isn't finite, if it is one whose log-probability or ratio isn't. */
export async function nameNonFinite(
  training: Training,
  rollout: Rollout,
  { oldLogProbs }: Prepared,
  rows: readonly number[],
): Promise<void> {
  const { tokens: T } = rollout;
  const word = wordOf(training, rollout);
  const mask = rollout.mask.map((value, index) => (rows.includes(Math.floor(index / T)) ? value : 0));
  const logProbs = await ofEachToken(training, rollout, (part) => training.learner.logProbs("policy", rollout, part));
  checkTokens("the policy's log-probability", logProbs, mask, T, word);
  const ratios = logProbs.map((value, index) => Math.exp(value - oldLogProbs[index]!));
  checkTokens("the importance ratio", ratios, mask, T, word);
}
