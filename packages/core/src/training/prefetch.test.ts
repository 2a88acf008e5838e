import "@tensorflow/tfjs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { z } from "zod";
import { splitOf } from "../items/items.ts";
import { dataset } from "../plugin/component.ts";
import { definePlugin } from "../plugin/plugin.ts";
import { fakeRegistry, soundExperiment } from "../testing/experiment.ts";
import { fakeItems } from "../testing/fake-model.ts";
import { inFolder } from "../testing/in-folder.ts";
import { runBytes, runText } from "../testing/run.ts";

const test = inFolder(suite("prefetch", { folder: "", tensors: 0 }));

/** fake-items of which every call is noted: what was used, and what was announced. Without `prefetch`: as a dataset that knows of no such thing. */
function noted(withPrefetch: boolean) {
  const calls: { use?: number; ahead?: readonly number[] }[] = [];
  const data = dataset({
    name: "noted-items",
    summary: "for tests",
    options: z.strictObject({}),
    create: () => ({
      hash: "noted",
      splits: ["train", "test"],
      open: async (split) => {
        const items = splitOf(split === "train" ? fakeItems(10) : fakeItems(12, 1000));
        const item = (use: number) => (calls.push({ use }), items.item(use));
        const prefetch = (ahead: readonly number[]) => void calls.push({ ahead });
        return withPrefetch ? { ...items, item, prefetch } : { ...items, item };
      },
    }),
  });
  return { calls, plugin: definePlugin({ name: "noted", api: "^1", components: [data] }) };
}
const experiment = soundExperiment.replace("data: fake-items", "data: noted-items");

test("prefetch: each stage announces the items that it uses next, over the end of a pass too, and after the last batch nothing else is used", async ({
  folder,
}) => {
  const { calls, plugin } = noted(true);
  await runText(experiment, folder, { registry: fakeRegistry(plugin) });
  const announced = calls.flatMap(({ ahead }, at) => (ahead === undefined ? [] : [{ ahead, at }]));
  assert.ok(announced.length >= 3 + 4 + 1, String(announced.length)); // steps of sft, iterations of rl, batches of the evaluation
  let kept = 0;
  for (const [index, { ahead, at }] of announced.entries()) {
    const used = calls.slice(at + 1, announced[index + 1]?.at).map(({ use }) => use);
    if (used.length > 0 && JSON.stringify(used) === JSON.stringify(ahead)) kept += 1;
  }
  assert.is(kept, announced.length - 3, "all but the last of each of the three stages");
});

test("prefetch: a run's bytes are the same with and without", async ({ folder }) => {
  const [one, two] = [`${folder}/with`, `${folder}/without`];
  await runText(experiment, one, { registry: fakeRegistry(noted(true).plugin) });
  await runText(experiment, two, { registry: fakeRegistry(noted(false).plugin) });
  assert.equal(runBytes(one), runBytes(two));
});

test.run();
