import { stage } from "../../plugin/component.ts";
import { rlDefinition } from "./definition.ts";
import { iterationRecord } from "./lines.ts";
import { trainingLoop } from "./loop.ts";
import { advantagesOf } from "./prepare.ts";
import { collectResponses } from "./stale-responses.ts";
import { policyUpdate, startUpdates } from "./update.ts";

/**
 * The trainer. One iteration, from top to bottom:
 *
 *     prompts → rollout → scores → sampler → KL → advantages → ratio → surrogate → aggregate → gradient → optimizer
 *
 * Which component does each step is the experiment's choice; nothing here knows an algorithm. An algorithm with an update loop of its own is a stage like
 * this one, of the same parts.
 *
 * Where the numbers are: log-probabilities are sampled on the host, become tensors for the advantage chain and again for each micro-batch, once an epoch.
 * Advantages are read back from the chain once, are spread over the rollout's rows, and become tensors for each micro-batch.
 */
export const rlStage = stage({
  ...rlDefinition,
  name: "rl",
  summary: "reinforcement learning from rule rewards",
  create: (options) => ({
    run: (context) =>
      trainingLoop(context, options, async (training, iteration) => {
        const responses = await collectResponses(training); // prompts → rollout → scores → sampler
        const updates = startUpdates(training, iteration);
        const prepared = await updates.attempt(() => advantagesOf(training, responses)); // KL → advantages
        if (prepared !== null) await policyUpdate(training, responses, prepared, updates); // ratio → surrogate → aggregate → gradient → optimizer
        return iterationRecord(training, iteration, responses, updates);
      }),
  }),
});
