import { RunError } from "../../errors.ts";
import { itemsAt } from "../../items.ts";
import type { Invalid, Split } from "../../kinds.ts";
import type { MetricDeclarations } from "../../metric-declaration.ts";
import type { StageContext } from "../../stage.ts";
import type { ScoreComposer } from "./compose.ts";
import { nextIndices } from "../cursor.ts";
import type { MetricsCollector } from "../../services/metrics.ts";
import type { RlOptions } from "./options.ts";
import type { RunState } from "./training.ts";
import { collectRollout, replacements, replaceRows, withoutTokens } from "../rollout.ts";
import type { Rollout } from "../rollout.ts";
import { sampleResponses, samplingRounds } from "./sampler-chain.ts";
import type { StepFunctions } from "./functions.ts";
import { applyRules, isInvalid, replaceOutcomes } from "../score.ts";
import type { RuleOutcomes } from "../score.ts";

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

/** What an iteration works with. */
export interface Step {
  readonly context: StageContext;
  readonly options: RlOptions;
  readonly composer: ScoreComposer;
  readonly metrics: MetricsCollector;
  readonly functions: StepFunctions;
  readonly iteration: number;
}

/** A rollout as the policy gave it, before any sampler: what tells how good the policy is. */
export interface Sampled {
  readonly rollout: Rollout;
  readonly scored: Omit<Scored, "masked">;
}

/** prompts → rollout → scores → sampler: the iteration's responses with their scores. While a sampler refuses groups and has rounds left, responses to fresh prompts take their place. */
export async function collectResponses(
  step: Step,
  run: RunState,
  items: Split,
): Promise<{ rollout: Rollout; scored: Scored; sampled: Sampled }> {
  const { sampler, rollout: options } = step.options;
  let { rollout, outcomes } = await respond(step, run, items, options.prompts);
  const sampled = { rollout, scored: score(step, rollout, outcomes) };
  for (let round = 1; ; round++) {
    const scored = round === 1 ? sampled.scored : score(step, rollout, outcomes);
    const { scores, masked, replaced } = sampleResponses(sampler, {
      ...rollout,
      scores: scored.scores,
      maxNewTokens: options.maxNewTokens,
    });
    if (replaced.size === 0 || round >= samplingRounds(sampler)) {
      step.metrics.sum("rollouts", round);
      return { rollout: withoutTokens(rollout, masked), scored: { ...scored, scores, masked }, sampled };
    }
    step.metrics.sum("resampledGroups", replaced.size);
    const fresh = await respond(step, run, items, replaced.size);
    const from = replacements(rollout, [...replaced], options.samplesPerPrompt);
    rollout = replaceRows(rollout, fresh.rollout, from);
    outcomes = replaceOutcomes(outcomes, fresh.outcomes, from);
  }
}

/** The next prompts, the policy's responses to them, and each rule's outcomes. */
async function respond({ context, options }: Step, run: RunState, items: Split, count: number) {
  const next = nextIndices(`${context.seed}/prompts`, items.length, count, run.cursor);
  run.cursor = next.cursor;
  const prompts = await itemsAt(items, next.indices);
  const random = run.random.stream("rollout");
  const rollout = await collectRollout(context.model, run.trained.parameters, prompts, options.rollout, random);
  return { rollout, outcomes: await applyRules(options.reward.rules, { responses: rollout.texts, items: rollout.items }) };
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

function score({ options, composer, iteration }: Step, rollout: Rollout, outcomes: RuleOutcomes): Omit<Scored, "masked"> {
  const { onInvalid } = options.reward;
  const { scores: results, plain } = composer.compose(outcomes, rollout.groupIds);
  const invalid = results.flatMap((result, row) => (isInvalid(result) ? [row] : []));
  if (invalid.length > 0 && onInvalid === "abort") {
    const [row] = invalid as [number];
    throw new RunError(
      "RL_REWARD_INVALID",
      `iteration ${iteration}, response ${row}: no score: ${(results[row] as { invalid: string }).invalid} (onInvalid: abort)`,
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
