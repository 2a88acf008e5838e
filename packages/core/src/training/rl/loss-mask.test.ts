import "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { z } from "zod";
import type { LossMaskBatch, Model } from "../../kinds.ts";
import { mask, model } from "../../plugin/component.ts";
import { definePlugin } from "../../plugin/plugin.ts";
import { fakeRegistry, problemsOf, soundExperiment } from "../../testing/experiment.ts";
import { fakeModel } from "../../testing/fake-model.ts";
import { fakeRemoteModel, fakeService } from "../../testing/fake-remote.ts";
import { inFolder } from "../../testing/in-folder.ts";
import { metricsOf, runText } from "../../testing/run.ts";
import { createModel } from "../../testing/tensors.ts";

const test = inFolder(suite("loss mask", { folder: "", tensors: 0 }));

/** What it was given: how many rows and tokens, and the entropies of the tokens. */
const given: { rows: number; entropies: number[] }[] = [];
const upper = mask({
  name: "upper",
  summary: "for tests",
  options: z.strictObject({ from: z.number().default(0).describe("the least entropy that trains") }),
  create: ({ from }) => ({
    apply: ({ entropies, mask: inside }: LossMaskBatch) => {
      const own = inside.dataSync();
      given.push({ rows: inside.shape[0], entropies: [...entropies.dataSync()].filter((_, index) => own[index]! > 0) });
      return tf.cast(tf.greaterEqual(entropies, from), "float32");
    },
  }),
});
const reticent = model({
  name: "reticent",
  summary: "tells no entropies",
  options: z.strictObject({}),
  create: (): Model => {
    const { entropies: _, ...rest } = createModel(fakeModel);
    return rest as Model;
  },
});
const plugin = definePlugin({ name: "masks", api: "^1", components: [upper, reticent] });
const registry = fakeRegistry(plugin);
const rl = soundExperiment
  .replace(/ {2}- coldStart.*\n/, "")
  .replace(/ {2}- evaluate.*\n/, "")
  .replace("prompts: 4", "prompts: 16");
const sets = (...options: string[]) => ["iterations=2", "loss.mask=upper", ...options].map((one) => `stages.rl.${one}`);
test.before.each(() => void given.splice(0));

test("a mask is asked once a rollout, of all its responses, whatever the minibatches and micro-batches", async ({ folder }) => {
  await runText(rl, folder, { set: sets("update={ epochs: 2, minibatch: 8, microbatch: 3 }"), registry });
  assert.equal(
    given.map(({ rows }) => rows),
    [16, 16],
  );
  // −Σ p ln p over at most five words
  for (const { entropies } of given) assert.ok(entropies.every((one) => one > 0 && one <= Math.log(5) + 1e-5));
});

test("what it leaves out has no loss: none at all, and the gradient of all of it is another", async ({ folder }) => {
  const lossOf = async (name: string, ...options: string[]) => {
    await runText(rl, `${folder}/${name}`, { set: sets(...options), registry });
    const [{ gradientNorm }] = metricsOf(`${folder}/${name}`) as [{ gradientNorm: number }];
    return gradientNorm;
  };
  const all = await lossOf("all");
  assert.ok(all > 0);
  const middle = given[0]!.entropies.toSorted((a, b) => a - b).at(Math.floor(given[0]!.entropies.length / 2))!;
  assert.is(await lossOf("none", "loss.mask={ use: upper, from: 9 }"), 0);
  const some = await lossOf("some", `loss.mask={ use: upper, from: ${middle} }`);
  assert.ok(some > 0 && Math.abs(some - all) > 1e-4, `${some} and ${all}`);
});

test("a model that tells no entropies is refused before anything runs", async ({ folder }) => {
  const refused = await runText(rl.replace("model: fake", "model: reticent"), folder, { set: sets(), registry }).catch(
    (error: Error) => error,
  );
  assert.match(
    String((refused as Error).message),
    /stages\.rl\.loss\.mask: the model doesn't tell the entropies of its distributions, expected one that does, or loss\.mask: null/,
  );
  const far = fakeRegistry(plugin, definePlugin({ name: "far", api: "^1", components: [fakeRemoteModel(fakeService())] }));
  assert.match(
    await problemsOf(rl.replace("model: fake", "model: fake-remote"), sets(), far),
    /rl\.loss\.mask: needs the entropies of its distributions, and the weights of the model fake-remote are with a service .* expected loss\.mask: null/,
  );
});

test.run();
