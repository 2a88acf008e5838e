import { trains } from "./stage-role.ts";
import { finiteOf, listOf, recordOf } from "./plain.ts";
import type { GridCell } from "./read-grid.ts";
import type { GridRun } from "./grid-run.ts";
import { settingsOf } from "./settings.ts";
import { average } from "./stability.ts";

/** What a cell's runs cost, means over the runs that say so. null: not known. */
export interface Cost {
  /** Tokens that the policy wrote in RL. */
  readonly sampledTokens: number | null;
  readonly responses: number | null;
  /** Steps of the optimizer that were made. */
  readonly updates: number | null;
  /** Updates that were computed, and left out since a number was not finite or no response had a score: they cost time and taught nothing. */
  readonly skippedUpdates: number | null;
  readonly iterations: number | null;
  /** By timing.json; of a run that shares stages with others, without what it took from them. */
  readonly seconds: number | null;
}

/** What a cell's runs cost on average: tokens sampled, responses, updates, iterations, seconds. null where no run says it. */
export function costOf({ runs }: Pick<GridCell, "runs">): Cost {
  const counted = runs.flatMap((run) => countsOf(run) ?? []);
  const mean = (pick: (one: Counts) => number | null) => average(counted.flatMap((one) => pick(one) ?? []));
  return {
    sampledTokens: mean(({ sampledTokens }) => sampledTokens),
    responses: mean(({ responses }) => responses),
    updates: mean(({ updates }) => updates),
    skippedUpdates: mean(({ skippedUpdates }) => skippedUpdates),
    iterations: average(runs.flatMap(({ iterations }) => (iterations.length > 0 ? [iterations.length] : []))),
    seconds: average(runs.flatMap(({ seconds }) => seconds ?? [])),
  };
}

interface Counts {
  readonly sampledTokens: number | null;
  readonly responses: number;
  readonly updates: number;
  readonly skippedUpdates: number;
}

function countsOf(run: GridRun): Counts | null {
  const perIteration = writtenByIteration(run);
  const rollout = rolloutOf(run);
  if (perIteration === null || rollout === null) return null;
  const tokens = perIteration.flatMap((one) => one.tokens ?? []);
  const { prompts, samples, update } = rollout;
  const minibatch = finiteOf(update.minibatch);
  const perRollout = (finiteOf(update.epochs) ?? 1) * (minibatch === null ? 1 : Math.ceil((prompts * samples) / minibatch));
  const counted = (name: string) => run.iterations.map(({ values }) => (Number.isFinite(values[name]) ? values[name]! : null));
  const skippedUpdates = total(counted("skippedUpdates").map((count) => count ?? 0));
  const made = counted("updates").flatMap((count) => count ?? []);
  return {
    responses: total(perIteration.map(({ responses }) => responses)),
    sampledTokens: tokens.length === perIteration.length ? total(tokens) : null,
    // As counted; an older run that counted none made what its settings say, but for what it left out.
    updates: made.length === run.iterations.length ? total(made) : run.iterations.length * perRollout - skippedUpdates,
    skippedUpdates,
  };
}

/**
 * What the policy wrote in each iteration, from the run's resolved experiment and its metrics: responses are prompts × samplesPerPrompt and, for each group
 * a sampler had replaced, samplesPerPrompt more; tokens are responses times their mean length. (Replaced groups' responses are taken to be as long as
 * the others.) null: not known.
 */
export function writtenByIteration(run: GridRun): { readonly responses: number; readonly tokens: number | null }[] | null {
  const rollout = rolloutOf(run);
  if (rollout === null || run.iterations.length === 0) return null;
  return run.iterations.map(({ values }) => {
    const replaced = Number.isFinite(values.resampledGroups) ? values.resampledGroups! : 0;
    const responses = (rollout.prompts + replaced) * rollout.samples;
    return { responses, tokens: Number.isFinite(values.responseTokens) ? responses * values.responseTokens! : null };
  });
}

function rolloutOf(run: GridRun) {
  const name = (run.provenance?.stages ?? run.stages).find(trains)?.name;
  const rl = listOf(settingsOf(run.folder)?.stages)
    .map(recordOf)
    .map((stage) => (name === undefined ? undefined : stage[name]))
    .find((stage) => stage !== undefined) as Readonly<Record<string, unknown>> | undefined;
  const rollout = recordOf(rl?.rollout);
  const [prompts, samples] = [finiteOf(rollout.prompts), finiteOf(rollout.samplesPerPrompt)];
  return prompts === null || samples === null ? null : { prompts, samples, update: recordOf(rl?.update) };
}

const total = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
