import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Files, InputError } from "@rewardlab/core";
import { createContainer, modelProbe } from "@rewardlab/core/host";
import { registryFor } from "./plugins.ts";
import { withPictures } from "./probe-pictures.ts";

/** What `rewardlab probe model` does. Log-probabilities themselves are compared with Transformers in packages/models. */
const models = fileURLToPath(new URL("../../models/src/hf/fixtures/models", import.meta.url));
const dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

const test = suite("probe model", { folder: "", tensors: 0 });
test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), "rewardlab-probe-"));
  context.tensors = tf.memory().numTensors;
  writeFileSync(join(context.folder, "dot.png"), Buffer.from(dot, "base64"));
});
test.after.each(({ folder, tensors }) => {
  rmSync(folder, { recursive: true });
  assert.is(tf.memory().numTensors, tensors, "tensors leaked");
});

async function answer(folder: string, model: string, items: readonly unknown[]): Promise<Record<string, unknown[]>> {
  const registry = await registryFor([], folder);
  const container = createContainer(registry);
  container.provide(Files, { folder, cache: folder });
  const { run, dispose } = modelProbe(registry, container, `{ use: hf, path: ${models}/${model} }`);
  try {
    return (await run(await withPictures({ items }, join(folder, "batch.json")))) as Record<string, unknown[]>;
  } finally {
    dispose();
  }
}

async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  throw new Error("it was accepted");
}

test("conversations and items, each with its response, an item at a time", async ({ folder }) => {
  const messages = [
    {
      role: "user",
      content: [
        { type: "image", path: "dot.png" },
        { type: "text", text: "what is it?" },
      ],
    },
  ];
  const made = await answer(folder, "smolvlm", [
    { messages, response: "response 1" },
    { images: ["dot.png"], question: "which?", responses: ["a", "b"], preferred: 1, response: "2" },
    { messages: [{ role: "user", content: "hi" }], response: "" },
  ]);
  assert.equal(made["responsePieces"], [["re", "sponse", "Ġ1"], ["2"], []]);
  assert.equal(
    (made["logProbs"] as number[][]).map((row) => row.length),
    [3, 1, 0],
  );
  assert.ok((made["logProbs"] as number[][]).flat().every((value) => value < 0));
  assert.ok((made["promptTokens"] as number[])[0]! > 80, "a picture has columns");
});

test("the numbers of a batch's first item are the oracle's", async ({ folder }) => {
  const { cases } = JSON.parse(readFileSync(`${models}/llama/expected.json`, "utf8")) as {
    cases: { messages: unknown; response: string; responseIds: number[]; promptIds: number[]; logProbs: number[] }[];
  };
  const made = await answer(
    folder,
    "llama",
    cases.map(({ messages, response }) => ({ messages, response })),
  );
  assert.equal(
    made["responseIds"],
    cases.map(({ responseIds }) => responseIds),
  );
  assert.equal(
    made["promptTokens"],
    cases.map(({ promptIds }) => promptIds.length),
  );
  (made["logProbs"] as number[][]).forEach((row, index) =>
    row.forEach((value, at) => assert.ok(Math.abs(value - cases[index]!.logProbs[at]!) < 1e-4)),
  );
});

test("what is wrong with a batch is told by its place", async ({ folder }) => {
  const asked = (content: unknown) => answer(folder, "smolvlm", [{ messages: [{ role: "user", content }], response: "x" }]);
  assert.match(
    await refusal(asked([{ type: "image", url: "https://x.example/y.png" }])),
    /items\.0\.messages\.0\.content\.0: the picture is https:.*nothing is fetched/,
  );
  assert.match(await refusal(asked([{ type: "image", path: "none.png" }])), /items\.0\.messages\.0\.content\.0: .*none\.png/);
  assert.match(await refusal(asked(3)), /items\.0\.messages\.0\.content/);
  assert.match(
    await refusal(answer(folder, "llama", [{ question: "?", images: ["dot.png"], response: "x" }])),
    /1 picture, and the model reads text alone/,
  );
  assert.match(await refusal(answer(folder, "none", [{ question: "?", response: "x" }])), /no such folder/);
});

test.run();
