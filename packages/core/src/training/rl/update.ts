import { isNonFinite } from "../non-finite.ts";
import { nextKlCoefficient } from "./adaptive-kl.ts";
import { microbatches, minibatches } from "./microbatches.ts";
import type { RlOptions } from "./options.ts";
import { nameNonFinite } from "./prepare.ts";
import type { Prepared } from "./prepare.ts";
import type { Responses } from "./responses.ts";
import type { Training } from "./training.ts";

/** The updates of an iteration: those that were made, and those that were left out since something in them was not finite. */
export interface Updates {
  /** Optimizer steps tried so far. */
  tried: number;
  /** Optimizer steps made. */
  made: number;
  /** What was left out, and why. */
  readonly skipped: readonly string[];
  /** Sums over the steps made; no gradient norm where a service doesn't say it. */
  readonly sums: { loss: number; gradientNorm: number | null; learningRate: number };
  /** β in this iteration. */
  readonly klCoefficient: number;
  /** Learning rate of the update with this index, from 0. */
  learningRate(index: number): number;
  /** The result of `work`; where it met something not finite, null, and what it was is noted. */
  attempt<T>(work: () => Promise<T>): Promise<T | null>;
}

/** The count of an iteration's updates, at 0. The policy updates of `policyUpdate` go into it, `iterationRecord` reads it. */
export function startUpdates({ options, klCoefficient }: Training, iteration: number): Updates {
  const skipped: string[] = [];
  return {
    tried: 0,
    made: 0,
    skipped,
    sums: { loss: 0, gradientNorm: 0, learningRate: 0 },
    klCoefficient,
    learningRate: learningRates(options, iteration),
    attempt: async (work) => {
      try {
        return await work();
      } catch (error) {
        if (!isNonFinite(error)) throw error;
        skipped.push(error.message);
        return null;
      }
    },
  };
}

/**
 * ratio → surrogate → aggregate → gradient → optimizer: the updates that one rollout makes, by epochs and minibatches. Changes the training's policy, and β
 * where it is adaptive. May be called for several rollouts an iteration, earlier ones among them.
 */
export async function policyUpdate(
  training: Training,
  { rollout, scored }: Responses,
  prepared: Prepared,
  updates: Updates,
): Promise<void> {
  const { options, learner, context } = training;
  for (const rows of minibatches(options, scored.rows, rollout, context.random.stream("minibatches"))) {
    if (updates.skipped.length > 0 && options.onNonFinite === "stop") break;
    const learningRate = updates.learningRate(updates.tried++);
    await updates.attempt(async () => {
      const gradient = await learner.gradient(microbatches(training, rollout, prepared, rows));
      if (!Number.isFinite(gradient.loss)) {
        gradient.dispose();
        await nameNonFinite(training, rollout, prepared, rows);
      }
      const gradientNorm = await gradient.step(learningRate);
      const { sums } = updates;
      sums.loss += gradient.loss;
      sums.gradientNorm = sums.gradientNorm === null || gradientNorm === null ? null : sums.gradientNorm + gradientNorm;
      sums.learningRate += learningRate;
      updates.made += 1;
    });
  }
  if (options.kl?.adaptive)
    training.klCoefficient = nextKlCoefficient(training.klCoefficient, prepared.kl, scored.rows.length, options.kl.adaptive);
}

/**
 * The learning rate of each update of an iteration. Where the schedule counts updates, those of an iteration are as many as its rollout makes when every
 * response has a score, so that what is left out shifts nothing.
 */
function learningRates(
  { optimizer, schedule, scheduleStep, ...options }: RlOptions,
  iteration: number,
): (update: number) => number {
  const { rollout, update } = options;
  const responses = rollout.prompts * rollout.samplesPerPrompt;
  const updates = scheduleStep === "iteration" ? 1 : update.epochs * Math.ceil(responses / (update.minibatch ?? responses));
  return (index) =>
    optimizer.learningRate *
    schedule.factor((iteration - 1) * updates + (updates === 1 ? 0 : Math.min(index, updates - 1)), options.iterations * updates);
}
