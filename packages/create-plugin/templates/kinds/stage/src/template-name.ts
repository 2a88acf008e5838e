import { generateRollout, Interrupted, stage, weightsHere } from "@rewardlab/core";
import { z } from "zod";

/**
 * A stage that measures: how different a policy's responses to one prompt are. What comes before and after RL says whether it made them more alike.
 *
 *     distinct = (1/P) Σ_p |{ y_p1 … y_pG }| / G          P → items;  G → samples
 *
 * It gets the policy as the stages before left it, and leaves it as it is. Another loop of RL is a stage as well: `rlDefinition` and `trainingLoop` of
 * `@rewardlab/core` are its parts.
 */
export const templateName = stage({
  name: "template-name",
  summary: "how different the responses to one prompt are",
  keeps: "artefact", // it depends on what its key says alone, so that cells which agree in that share it
  options: z.strictObject({
    items: z.int().positive().default(32).describe("P: items of the split test, from the start; at most all"),
    samples: z.int().positive().default(8).describe("G: responses to each"),
    temperature: z.number().positive().default(1).describe("of the sampling"),
    maxNewTokens: z.int().positive().default(48).describe("longest response, in tokens"),
  }),
  measures: () => ["distinct"],
  needs: ({ items, maxNewTokens }) => ({
    splits: [{ name: "test", items, asks: (item) => [{ item, response: maxNewTokens }] }],
  }),
  work: ({ items, samples, maxNewTokens }) => ({
    unit: "items",
    units: items,
    split: "test",
    per: [{ what: "item", amounts: { prompts: 1, responses: samples, tokens: samples * maxNewTokens } }],
    notes: [],
    size: samples * maxNewTokens,
  }),
  create: ({ items, samples, temperature, maxNewTokens }) => ({
    async run(context) {
      const split = await context.data.open("test");
      const model = weightsHere(context.model, context.name);
      const asked = Math.min(items, split.length);
      let sum = 0;
      for (let place = 0; place < asked; place += 1) {
        if (context.signal.aborted) throw new Interrupted(`stopped at item ${place + 1}`);
        const rollout = await generateRollout(
          model,
          context.policy,
          { items: [await split.item(place)], places: [place] },
          { samplesPerPrompt: samples, temperature, maxNewTokens },
          context.random.stream(`item ${place}`),
        );
        sum += new Set(rollout.texts).size / samples;
        context.progress.update(context.name, place + 1, asked);
      }
      return { status: "done", results: { items: asked, samples, distinct: sum / asked } };
    },
  }),
});
