import "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { randomStream } from "@rewardlab/core";
import type { Component, Model, PreferenceItem } from "@rewardlab/core";
import { createModel } from "@rewardlab/core/testing";
import { startWasmBackend } from "@rewardlab/engines";
import models from "@rewardlab/models";
import { modelPolicy } from "./model-policy.ts";
import type { Ask } from "./question.ts";
import { settledLength } from "./stops.ts";

await startWasmBackend();
const tinyVlm = models.components!.find(({ name }) => name === "tiny-vlm") as Component<"model">;
const model: Model = createModel(tinyVlm, { width: 32, layers: 2, promptTokens: 24 });
const parameters = model.initialParameters(randomStream(1, "parameters"));
const policy = modelPolicy({ name: "tiny", model, parameters, compiles: false });

function itemOf(index: number): PreferenceItem {
  const random = randomStream(index, "pixels");
  const pixels = { width: 36, height: 36, data: Uint8Array.from({ length: 36 * 36 * 3 }, () => random.below(256)) };
  const question = ["how many red shapes are there ?", "what colour is the shape at b2 ?", "is there a cross ?"][index % 3]!;
  return { id: `${index}`, images: [{ path: "", pixels }], question, responses: ["one", "two"], preferred: 1 };
}
const ask = (index: number, more: Partial<Ask> = {}): Ask => ({
  question: { item: itemOf(index) },
  promptTokens: 10,
  samples: 1,
  temperature: 1,
  maxNewTokens: 12,
  stop: [],
  seed: index,
  stream: "test",
  signal: new AbortController().signal,
  ...more,
});

test("policy: the same question with the same seed gets the same answer, to the bit, whoever is asked beside it", async () => {
  const alone = [];
  for (const index of [0, 1, 2, 3, 4, 5]) alone.push((await policy.sample([ask(index)]))[0]);
  assert.ok(new Set(alone.map((samples) => samples![0]!.text)).size > 3, "they differ");
  assert.equal(await policy.sample([0, 1, 2, 3, 4, 5].map((index) => ask(index))), alone);
  assert.equal(await policy.sample([5, 3, 4].map((index) => ask(index))), [alone[5], alone[3], alone[4]]);
  // beside longer ones, and where rows and tokens are rounded up as for an engine that compiles
  const [first] = await policy.sample([ask(0), ask(1, { maxNewTokens: 30 })]);
  assert.equal(first, alone[0]);
  const padded = modelPolicy({ name: "tiny", model, parameters, compiles: true });
  assert.equal(await padded.sample([0, 1, 2].map((index) => ask(index))), alone.slice(0, 3));
});

test("policy: samples of one question differ, and the first of several is the one alone", async () => {
  const [one] = await policy.sample([ask(0)]);
  const [several] = await policy.sample([ask(0, { samples: 4 })]);
  assert.equal(several![0], one![0]);
  assert.ok(new Set(several!.map(({ text }) => text)).size > 1);
});

test("policy: each is as long as it may be, and no longer", async () => {
  const answers = await policy.sample([ask(0, { maxNewTokens: 3 }), ask(0, { maxNewTokens: 12 })]);
  const [short, long] = answers.map((samples) => samples[0]!);
  assert.is(short!.tokens, 3);
  assert.is(short!.finish, "length");
  assert.equal(short!.ids, long!.ids.slice(0, 3));
});

test("policy: a stop text ends it, and isn't part of it", async () => {
  const whole = (await policy.sample([ask(1)]))[0]![0]!;
  const stop = whole.text.slice(8, 11);
  const cut = (await policy.sample([ask(1, { stop: [stop] })]))[0]![0]!;
  assert.equal([cut.text, cut.finish], [whole.text.slice(0, whole.text.indexOf(stop)), "stop"]);
});

test("policy: texts are told while they grow, and rows that nobody waits for end", async () => {
  const texts: string[] = [];
  const control = new AbortController();
  const onText = (_: number, text: string) => {
    texts.push(text);
    if (texts.length === 4) control.abort();
  };
  const [stopped, other] = (await policy.sample([ask(0, { onText, signal: control.signal }), ask(1)])).map(([one]) => one!);
  assert.is(texts.length, 4);
  assert.is(stopped!.tokens, 5, "the step at which it is heard is its last");
  assert.is(other!.text, (await policy.sample([ask(1)]))[0]![0]!.text);
  for (const [index, text] of texts.entries()) {
    const before = texts[index - 1] ?? "";
    assert.ok(text.startsWith(before.slice(0, settledLength(before, []))), text);
  }
});

test("policy: every tensor is freed, also where the model fails", async () => {
  const before = tf.memory().numTensors;
  await policy.sample([ask(0, { samples: 2 }), ask(1, { samples: 2 })]);
  const failing = modelPolicy({
    name: "failing",
    model: { ...model, generate: () => Promise.reject(new Error("no")) },
    parameters,
    compiles: false,
  });
  await failing.sample([ask(0)]).then(
    () => assert.unreachable(),
    () => {},
  );
  assert.is(tf.memory().numTensors, before);
});

test("policy: numbers that aren't are an error, never an answer", async () => {
  const broken = modelPolicy({
    name: "broken",
    model: {
      ...model,
      generate: async (...given) => {
        const made = await model.generate(...given);
        made.logProbs[2] = NaN;
        return made;
      },
    },
    parameters,
    compiles: false,
  });
  const error = await broken.sample([ask(0)]).catch((reason: unknown) => reason as { code: string });
  assert.is((error as { code: string }).code, "RL_SERVE_NUMBERS");
});

test.run();
