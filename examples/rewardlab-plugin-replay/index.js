import {
  advantagesOf,
  collectResponses,
  definePlugin,
  iterationRecord,
  keptResponses,
  policyUpdate,
  responsesAgain,
  rlDefinition,
  stage,
  startUpdates,
  State,
  trainingLoop,
} from "@rewardlab/core";
import { z } from "zod";

/**
 * The `rl` stage with a replay of earlier rollouts: each iteration trains on the last few again, oldest first, and then on its own. Their log-probabilities
 * are those of the policies that sampled them, so the importance ratio corrects for how far the policy has moved, and the surrogate bounds it.
 *
 *     for each of the last `replay` rollouts, then the new one:   advantages → ratio → surrogate → aggregate → gradient → optimizer
 *
 * All options are those of `rl`, and one more. The rollouts lie in the stage's state, so they are saved with every checkpoint.
 */
export const replayStage = stage({
  ...rlDefinition,
  name: "rl-replay",
  summary: "reinforcement learning that trains on the latest rollouts again",
  options: rlDefinition.options.extend({
    replay: z.int().min(0).default(2).describe("how many earlier rollouts train again in each iteration; 0: none, as in rl"),
  }),
  work: (options, create) => {
    const work = rlDefinition.work(options, create); // that of the new rollouts
    const more = `an iteration makes the updates of up to ${options.replay} earlier rollouts as well`;
    return options.replay === 0 ? work : { ...work, notes: [...work.notes, more] };
  },
  // A rollout's later updates meet a policy that has moved: what one update alone would give nothing to do has something then.
  idleParts: ({ replay, update, ...options }) =>
    rlDefinition.idleParts({ ...options, update: { ...update, epochs: update.epochs * (1 + replay) } }),
  metrics: {
    ...rlDefinition.metrics,
    replayed: { title: "Trained on again", unit: "count", of: "responses", meaning: "Responses of earlier rollouts." },
  },
  inject: { state: State },
  create: (options, { state }) => {
    const earlier = state.value("earlier", []);
    return {
      run: (context) =>
        trainingLoop(context, options, async (training, iteration) => {
          const fresh = await collectResponses(training); // prompts → rollout → scores → sampler
          const updates = startUpdates(training, iteration);
          for (const kept of earlier.get()) {
            const responses = await responsesAgain(training, kept);
            await trainOn(training, responses, updates);
            context.metrics.sum("replayed", responses.scored.rows.length);
          }
          await trainOn(training, fresh, updates);
          if (options.replay > 0) earlier.set([...earlier.get(), keptResponses(fresh)].slice(-options.replay));
          return iterationRecord(training, iteration, fresh, updates);
        }),
    };
  },
});

async function trainOn(training, responses, updates) {
  const prepared = await updates.attempt(() => advantagesOf(training, responses)); // KL → advantages
  if (prepared !== null) await policyUpdate(training, responses, prepared, updates);
}

export default definePlugin({ name: "rewardlab-plugin-replay", api: "^1", components: [replayStage] });
