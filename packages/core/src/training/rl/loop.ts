import { Interrupted } from "@rewardlab/storage";
import type { StageContext, StageOutcome } from "../../stage.ts";
import { yieldToEventLoop } from "../event-loop.ts";
import { keptName } from "../kept-name.ts";
import type { RlOptions } from "./options.ts";
import { closeTraining, openTraining, saveTraining } from "./training.ts";
import type { Training } from "./training.ts";

/** What an iteration did. */
export interface IterationRecord {
  /** The line of metrics.jsonl, after `iteration`. `score`: the policy's mean, absent where no response has one. */
  readonly line: Readonly<Record<string, unknown>> & {
    readonly score?: number;
    readonly updates: number;
    readonly skippedUpdates: number;
  };
  /** Lines of samples.jsonl. */
  readonly samples: readonly object[];
  /** Shown beside the progress. */
  readonly shown: Readonly<Record<string, number>>;
  /** Why the run must end here; null: it goes on. */
  readonly ends: string | null;
}

/**
 * Calls `iterate` until all iterations are done: a line and some samples for each, a checkpoint after every few and before an interruption, and an end where
 * the run has collapsed. A run that was killed goes on after its last checkpoint, to the same bytes.
 */
export async function trainingLoop(
  context: StageContext,
  options: RlOptions,
  iterate: (training: Training, iteration: number) => Promise<IterationRecord>,
): Promise<StageOutcome> {
  const { progress, name, signal } = context;
  const { iterations, checkpointEvery } = options;
  const training = await openTraining(context, options);
  try {
    const [metrics, samples] = [context.log("metrics"), context.log("samples")];
    for (let iteration = training.iteration + 1; iteration <= iterations; iteration++) {
      await yieldToEventLoop();
      if (signal.aborted) {
        await saveTraining(training);
        throw new Interrupted(`stopped before iteration ${iteration}`);
      }
      const { line, samples: kept, shown, ends } = await iterate(training, iteration);
      metrics.append({ iteration, ...line });
      for (const sample of kept) samples.append(sample);
      training.iteration = iteration;
      progress.update(name, iteration, iterations, shown);

      const collapsed = training.collapse.see({ score: line.score, updates: line.updates, skipped: line.skippedUpdates });
      const reason = ends ?? collapsed ?? (iteration === iterations ? training.collapse.atEnd() : null);
      // No checkpoint where it collapsed: killed before the artefact is written, the run repeats these iterations and ends here again.
      if (reason !== null)
        return { status: "collapsed", reason: `iteration ${iteration}: ${reason}`, ...(await outcomeOf(training)) };
      if (iteration % checkpointEvery === 0 || iteration === iterations) await saveTraining(training);
    }
    return { status: "done", ...(await outcomeOf(training)) };
  } finally {
    closeTraining(training);
  }
}

/** The policy, and how many updates of the run were made and left out. */
async function outcomeOf({ context, iteration, learner, collapse }: Training) {
  const { updates, skipped } = collapse.saved.total;
  return { ...(await learner.outcome(keptName(context, iteration))), results: { updates, skippedUpdates: skipped } };
}
