import { batchTotals } from "../../math/policy-loss.ts";
import type { RandomStream } from "@rewardlab/statistics/random";
import { askedBy, groupsOf, responseTensors, rowTensor } from "../rollout.ts";
import type { Rollout } from "../rollout.ts";
import type { Microbatch } from "./functions.ts";
import type { RlOptions } from "./options.ts";
import type { Prepared } from "./prepare.ts";
import { chunks } from "./rows.ts";
import type { Training } from "./training.ts";

/** The rows of each optimizer step, in order: of each epoch anew. */
export function minibatches(options: RlOptions, rows: readonly number[], rollout: Rollout, random: RandomStream): number[][] {
  const { epochs, minibatch, shuffle } = options.update;
  const units = shuffle === "groups" ? groupsOf(rollout, rows) : rows.map((row) => [row]);
  return Array.from({ length: epochs }, () => chunks(random.shuffle(units).flat(), minibatch ?? rows.length)).flat();
}

/** What makes each micro-batch's tensors. Their losses add up to the loss of the whole minibatch, and so do their gradients. */
export function microbatches(
  { context: { model, random }, options, learner, klCoefficient }: Training,
  rollout: Rollout,
  { advantages, oldLogProbs, rolloutLogProbs, lossMask, refLogProbs, critic }: Prepared,
  minibatch: readonly number[],
): (() => Microbatch)[] {
  const T = rollout.tokens;
  const masks = minibatch.map((row) => rollout.mask.subarray(row * T, (row + 1) * T)); // each [T]
  const totals = batchTotals(masks, options.rollout.maxNewTokens);
  const draws = options.loss.surrogate.draws ? drawsOf(rollout, minibatch, random.stream("loss.surrogate")) : null; // [B, T]
  const all = rollout.items.length;
  const size = Math.min(options.update.microbatch ?? options.update.minibatch ?? all, all);
  return chunks(minibatch, size).map((rows) => () => {
    // Where functions are compiled, rows without tokens fill a batch up to a number of rows that occurs often.
    const filled = [...rows, ...Array<number>(learner.rowsFor(rows.length, size) - rows.length).fill(rows.at(-1)!)];
    return {
      prompts: model.prompts(askedBy(rollout, filled)),
      responses: responseTensors(rollout, filled, rows.length),
      oldLogProbs: rowTensor(oldLogProbs, T, filled), // [rows, T]
      rolloutLogProbs: rolloutLogProbs && rowTensor(rolloutLogProbs, T, filled), // [rows, T]
      lossMask: lossMask && rowTensor(lossMask, T, filled), // [rows, T]
      refLogProbs: rowTensor(refLogProbs, T, filled), // [rows, T]
      advantages: rowTensor(advantages, T, filled), // [rows, T]
      draws: draws && rowTensor(draws, T, filled), // [rows, T]
      critic: critic && {
        oldValues: rowTensor(critic.values, T, filled), // [rows, T]
        returns: rowTensor(critic.returns, T, filled), // [rows, T]
      },
      totals: {
        ...totals,
        tokens: learner.number(totals.tokens),
        sequences: learner.number(totals.sequences),
        nonEmptySequences: learner.number(totals.nonEmptySequences),
      },
      klCoefficient: learner.number(klCoefficient),
      share: learner.number(rows.length / minibatch.length),
    };
  });
}

/** A number from 0 up to 1 for each token of a minibatch, rows as in the rollout. [B, T] */
function drawsOf({ mask, tokens: T }: Rollout, minibatch: readonly number[], random: RandomStream): Float32Array {
  const draws = new Float32Array(mask.length);
  for (const row of minibatch) for (let token = 0; token < T; token++) draws[row * T + token] = random.uniform();
  return draws;
}
