import "@tensorflow/tfjs";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { z } from "zod";
import { model } from "../../plugin/component.ts";
import { definePlugin } from "../../plugin/plugin.ts";
import { randomStream } from "@rewardlab/statistics/random";
import { readJsonLines } from "@rewardlab/storage";
import { fakeRegistry, temporaryFolder } from "../../testing/experiment.ts";
import { fakeModel } from "../../testing/fake-model.ts";
import { runText } from "../../testing/run.ts";
import { createModel } from "../../testing/tensors.ts";

const test = suite("sampling streams", { folder: "" });
test.before.each((context) => void (context.folder = temporaryFolder()));
test.after.each(({ folder }) => rmSync(folder, { recursive: true }));

/** Runs an evaluation of the 12 test items; gives the first number that each batch's stream would draw, and the responses. */
async function evaluated(folder: string, options: string, seed = 1) {
  const firsts: number[] = [];
  const listening = model({
    name: "listening",
    summary: "the fake one, which notes where a batch's random numbers begin",
    options: z.strictObject({}),
    create: () => {
      const part = createModel(fakeModel);
      return {
        ...part,
        generate: (parameters, prompts, given) => {
          const state = given.random.state();
          firsts.push(given.random.uniform());
          given.random.restore(state);
          return part.generate(parameters, prompts, given);
        },
      };
    },
  });
  const registry = fakeRegistry(definePlugin({ name: "more", api: "^1", components: [listening] }));
  const text = `name: fake
model: listening
data: fake-items
stages:
  - judged: { use: evaluate, maxNewTokens: 4, samplesKept: 12, ${options} }
`;
  await runText(text, folder, { seed, registry });
  const artefact = readdirSync(join(folder, "artefacts")).find((name) => name.startsWith("judged"));
  const samples = readJsonLines(join(folder, "artefacts", artefact!, "samples.jsonl")).lines as { response: string }[];
  rmSync(join(folder, "artefacts"), { recursive: true });
  return { firsts, responses: samples.map(({ response }) => response) };
}

test("evaluate: each batch has a stream of its own, named after the stage and the item it starts at", async ({ folder }) => {
  const { firsts } = await evaluated(folder, "prompts: 5, seed: 3");
  // seed/stage/first item: other names would give every evaluation there is other samples
  assert.equal(
    firsts,
    [0, 5, 10].map((start) => randomStream(3, `judged/${start}`).uniform()),
  );
  assert.is(new Set(firsts).size, 3);
});

test("evaluate: without a seed of its own it has the run's", async ({ folder }) => {
  const { firsts } = await evaluated(folder, "prompts: 12, seed: null", 7);
  assert.equal(firsts, [randomStream(7, "judged/0").uniform()]);
});

test("evaluate: what an item gets doesn't depend on how many come after it", async ({ folder }) => {
  const all = await evaluated(folder, "prompts: 4");
  const some = await evaluated(folder, "prompts: 4, items: 8");
  assert.is(all.responses.length, 12);
  assert.equal(some.responses, all.responses.slice(0, 8));
  // two batches of the same prompts draw differently
  assert.not.equal(all.responses.slice(0, 4), all.responses.slice(4, 8));
});

test.run();
