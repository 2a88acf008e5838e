import {
  advantagesOf,
  algorithmPreset,
  collectResponses,
  definePlugin,
  iterationRecord,
  keptResponses,
  policyUpdate,
  responsesAgain,
  rlChecks,
  rlIdleParts,
  rlMetrics,
  rlNeeds,
  rlOptions,
  rlShortened,
  rlWork,
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
  name: "rl-replay",
  summary: "reinforcement learning that trains on the latest rollouts again",
  keeps: "run",
  presetFrom: algorithmPreset,
  options: rlOptions.extend({
    replay: z.int().min(0).default(2).describe("how many earlier rollouts train again in each iteration; 0: none, as in rl"),
  }),
  checks: rlChecks,
  needs: rlNeeds,
  work: rlWork,
  shortened: rlShortened,
  idleParts: rlIdleParts,
  metrics: rlMetrics,
  inject: { state: State },
  create: (options, { state }) => {
    const earlier = state.value("earlier", []);
    return {
      run: (context) =>
        trainingLoop(context, options, async (training, iteration) => {
          const fresh = await collectResponses(training); // prompts → rollout → scores → sampler
          const updates = startUpdates(training, iteration);
          for (const kept of earlier.get()) update(training, await responsesAgain(training, kept), updates);
          update(training, fresh, updates);
          if (options.replay > 0) earlier.set([...earlier.get(), keptResponses(fresh)].slice(-options.replay));
          return iterationRecord(training, iteration, fresh, updates);
        }),
    };
  },
});

function update(training, responses, updates) {
  const prepared = updates.attempt(() => advantagesOf(training, responses)); // KL → advantages
  if (prepared !== null) policyUpdate(training, responses, prepared, updates);
}

export default definePlugin({ name: "rewardlab-plugin-replay", api: "^1", components: [replayStage] });
