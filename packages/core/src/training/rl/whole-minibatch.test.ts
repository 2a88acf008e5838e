import "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as assert from "uvu/assert";
import { suite } from "uvu";
import { z } from "zod";
import type { SurrogateBatch } from "../../kinds.ts";
import { lossCurves } from "../../math/loss-curves.ts";
import { surrogate } from "../../plugin/component.ts";
import { definePlugin } from "../../plugin/plugin.ts";
import { tokenRatio } from "../../components/ratio/token.ts";
import { fakeRegistry, loadText, problemsOf, soundExperiment } from "../../testing/experiment.ts";
import { inFolder } from "../../testing/in-folder.ts";
import { probeWith } from "../../testing/parity.ts";
import { runBytes, runInterrupted, runText } from "../../testing/run.ts";
import { createPart } from "../../testing/tensors.ts";

/** A surrogate that compares the tokens of a batch: it is given a whole minibatch at once, and its chance comes with the batch. */

const test = inFolder(suite("whole minibatch", { folder: "", tensors: 0 }));

/** −ρA, less for tokens by their draw; keeps what it was given. */
const given: { rows: number; draws: number[][] | null }[] = [];
const drawing = surrogate({
  name: "drawing",
  summary: "for tests",
  comparesBatch: true,
  draws: true,
  options: z.strictObject({}),
  create: () => ({
    apply: ({ ratio, advantages, draws }: SurrogateBatch) => {
      given.push({ rows: ratio.shape[0], draws: (draws?.arraySync() as number[][] | undefined) ?? null });
      return tf.tidy(() => tf.neg(tf.mul(tf.mul(ratio, advantages), draws!)) as Tensor2D); // [B, T]
    },
  }),
});
const plugin = definePlugin({ name: "drawing", api: "^1", components: [drawing] });
const registry = fakeRegistry(plugin);
const sets = (...options: string[]) => ["loss.surrogate=drawing", ...options].map((one) => `stages.rl.${one}`);

test.before.each(() => void given.splice(0));

test("smaller micro-batches are refused, by name; as large as the minibatch they are not", async () => {
  const refused = (...options: string[]) => problemsOf(soundExperiment, sets(...options), registry);
  assert.match(
    await refused("update={ microbatch: 2 }"),
    /rl\.update\.microbatch: drawing compares the tokens of a whole minibatch, 4 responses, and 2 are less; expected null, or 4 or more/,
  );
  assert.match(await refused("update={ microbatch: 2, minibatch: 3 }"), /a whole minibatch, 3 responses, and 2 are less/);
  for (const update of ["{}", "{ microbatch: 4 }", "{ microbatch: 3, minibatch: 3 }", "{ microbatch: 4, minibatch: 64 }"])
    await loadText(soundExperiment, sets(`update=${update}`), registry);
  // one that looks at each response by itself may have any
  await loadText(soundExperiment, ["stages.rl.update={ microbatch: 2 }"], registry);
});

test("each update brings a whole minibatch, with draws of its own", async ({ folder }) => {
  const text = soundExperiment.replace(/ {2}- coldStart.*\n/, "").replace(/ {2}- evaluate.*\n/, "");
  await runText(text, folder, { set: sets("update={ minibatch: 4, epochs: 2 }", "iterations=2"), registry });
  assert.equal(
    given.map(({ rows }) => rows),
    [4, 4, 4, 4],
  );
  const draws = given.flatMap((each) => each.draws!.flat());
  assert.ok(draws.every((draw) => draw >= 0 && draw < 1));
  assert.is(new Set(draws).size, draws.length, "no number twice");
});

test("stopped and run again: the same draws, so the same bytes", async ({ folder }) => {
  const set = sets("iterations=4", "checkpointEvery=1");
  await runText(soundExperiment, `${folder}/whole`, { set, registry });
  await runInterrupted(soundExperiment, `${folder}/stopped`, [["rl", 2]], { set, registry });
  assert.equal(runBytes(`${folder}/stopped`, "main", 1), runBytes(`${folder}/whole`, "main", 1));
});

test("probe: draws as given, or the tokens selected first, or the same for every batch", async () => {
  const probe = probeWith(plugin);
  const batch = { ratio: [[1, 1]], advantages: [[-1, -1]], logProbs: [[-1, -1]] };
  const lossOf = async (more: object) => (await probe("surrogate", "drawing", { ...batch, ...more })).tokenLoss;
  assert.equal(await lossOf({ draws: [[0.25, 0.5]] }), [[0.25, 0.5]]);
  assert.equal(await lossOf({ selected: [[1, 0]] }), [[0, 1]]);
  assert.equal(await lossOf({}), await lossOf({}));
});

test("it has no curve of a token by itself", () => {
  const parts = { ratio: createPart(tokenRatio).part, surrogate: createPart(drawing).part };
  assert.throws(() => lossCurves(parts, [1]), /compares the tokens of a batch/);
});

test.run();
