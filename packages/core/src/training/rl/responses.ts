import { RunError } from "@rewardlab/storage";
import { itemsAt } from "../../items/items.ts";
import type { Invalid } from "../../kinds.ts";
import type { MetricDeclarations } from "../../services/metric-declaration.ts";
import { nextIndices } from "../cursor.ts";
import type { Cursor } from "../cursor.ts";
import { replacements, replaceRows, withoutRows } from "../rollout.ts";
import type { Rollout } from "../rollout.ts";
import { applyRules, isInvalid, replaceOutcomes } from "../score.ts";
import type { RuleOutcomes } from "../score.ts";
import { applySamplers, samplingRounds } from "./sampler-chain.ts";
import type { Training } from "./training.ts";

/** What collecting responses adds to a line of metrics. */
export const samplingMetrics: MetricDeclarations = {
  rollouts: {
    title: "Rollouts",
    unit: "count",
    of: "rollouts",
    meaning: "How many the iteration took, with those for replaced groups.",
  },
  resampledGroups: {
    title: "Groups replaced",
    unit: "count",
    of: "groups",
    meaning: "Groups that the sampler refused and whose place fresh prompts took, over all rounds of an iteration.",
  },
};

/** A rollout as the policy gave it, before any sampler: what tells how good the policy is. */
export interface Sampled {
  readonly rollout: Rollout;
  readonly scored: Omit<Scored, "masked">;
}

/** The responses of an iteration: those that train, and what the policy gave before a sampler chose. */
export interface Responses {
  readonly rollout: Rollout;
  readonly scored: Scored;
  readonly sampled: Sampled;
}

/**
 * prompts → rollout → scores → sampler: responses of the policy as it is, with their scores. While a sampler refuses groups and has rounds left, responses to fresh
 * prompts take their place.
 */
export async function freshResponses(training: Training): Promise<Responses> {
  const { sampler, rollout: options } = training.options;
  const { metrics } = training.context;
  let rollout = await collectRollout(training, options.prompts);
  let outcomes = await outcomesOfRules(training, rollout);
  const sampled = { rollout, scored: scoreResponses(training, rollout, outcomes) };
  for (let round = 1; ; round++) {
    const scored = round === 1 ? sampled.scored : scoreResponses(training, rollout, outcomes);
    const { scores, masked, replaced } = applySamplers(sampler, {
      ...rollout,
      scores: scored.scores,
      maxNewTokens: options.maxNewTokens,
    });
    if (replaced.size === 0 || round >= samplingRounds(sampler)) {
      metrics.sum("rollouts", round);
      return { rollout: withoutRows(rollout, masked), scored: { ...scored, scores, masked }, sampled };
    }
    metrics.sum("resampledGroups", replaced.size);
    const fresh = await collectRollout(training, replaced.size);
    const from = replacements(rollout, [...replaced], options.samplesPerPrompt);
    outcomes = replaceOutcomes(outcomes, await outcomesOfRules(training, fresh), from);
    rollout = replaceRows(rollout, fresh, from);
  }
}

/** The policy's responses to the next prompts. */
export async function collectRollout(training: Training, prompts: number): Promise<Rollout> {
  const { context, items } = training;
  const { order, prompts: usual } = training.options.rollout;
  const after = (count: number, cursor: Cursor) => nextIndices(`${context.seed}/prompts`, items.length, count, cursor, order);
  const next = after(prompts, training.cursor);
  training.cursor = next.cursor;
  const asked = { items: await itemsAt(items, next.indices), places: next.indices };
  items.prefetch?.(after(usual, next.cursor).indices);
  return training.learner.rollout(asked);
}

/** Each rule's outcome for each response. */
async function outcomesOfRules({ context, options }: Training, { texts, items }: Rollout): Promise<RuleOutcomes> {
  return applyRules(options.reward.rules, { responses: texts, items, signal: context.signal });
}

/** A rollout's scores, and what became of them. */
export interface Scored {
  readonly outcomes: RuleOutcomes;
  /** Score of each response, as it trains; NaN where a rule could not tell. */
  readonly scores: Float32Array; // [B]
  /** Responses whose tokens the sampler left out of the loss. */
  readonly masked: readonly boolean[]; // B
  /** The same of the outcomes before any normalisation: what is written down. */
  readonly plain: Float32Array; // [B]
  /** Rows that train: those with a score, and, as `onInvalid` says, whose whole group has one. */
  readonly rows: readonly number[];
  readonly invalid: number;
}

/** The scores of a rollout's responses by the formula or weights, from the rules' outcomes; what `onInvalid` says of those that have none. */
export function scoreResponses(
  { options, composer }: Training,
  rollout: Rollout,
  outcomes: RuleOutcomes,
): Omit<Scored, "masked"> {
  const { onInvalid } = options.reward;
  const { scores: results, plain } = composer.compose(outcomes, rollout.groupIds);
  const invalid = results.flatMap((result, row) => (isInvalid(result) ? [row] : []));
  if (invalid.length > 0 && onInvalid === "abort") {
    const [row] = invalid as [number];
    throw new RunError(
      "RL_REWARD_INVALID",
      `response ${row}: no score: ${(results[row] as { invalid: string }).invalid} (onInvalid: abort)`,
    );
  }
  const dropped = new Set(onInvalid === "drop-group" ? invalid.map((row) => rollout.groupIds[row]) : []);
  const rows = results.flatMap((result, row) => (isInvalid(result) || dropped.has(rollout.groupIds[row]) ? [] : [row]));
  return {
    outcomes,
    scores: orNaN(results),
    plain: orNaN(plain),
    rows,
    invalid: invalid.length,
  };
}

function orNaN(results: readonly (number | Invalid)[]): Float32Array {
  return Float32Array.from(results, (result) => (isInvalid(result) ? NaN : result)); // [B]
}
