// Rewards, optimizers, schedules and datasets with one mistake each.

import * as tf from "@tensorflow/tfjs-core";
import { dataset, InputError, Metrics, optimizer, Random, reward, sampler, schedule, splitOf } from "@rewardlab/core";
import type {
  Dataset,
  Optimizer,
  Parameters,
  PreferenceItem,
  Reward,
  RewardOutcome,
  Sampler,
  SamplerBatch,
  SamplerChoice,
  Schedule,
  Split,
} from "@rewardlab/core";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { z } from "zod";
import { componentConformance } from "./index.ts";
import { plainItems } from "./items.ts";
import { breaches, expectBroken } from "./testing/breaches.ts";

const about = { name: "wrong", summary: "has one mistake", options: z.strictObject({}) };

// ---------------------------------------------------------------- rewards

const scored = (score: Reward["score"], claims: Partial<Reward> = {}) =>
  breaches(componentConformance(reward({ ...about, create: () => ({ score, ...claims }) })));
const lengthOf = (text: string) => text.length / 100;

test("reward: without a mistake", async () => {
  assert.equal([...(await scored(({ responses }) => responses.map(lengthOf))).keys()], []);
  assert.equal([...(await scored(async ({ responses }) => responses.map(() => ({ invalid: "the judge is away" })))).keys()], []);
});

const outcomes = "a finite number or a reason for each response";
test("reward: throws, gives NaN, an empty reason, or too few outcomes", async () => {
  expectBroken(await scored(({ responses }) => responses.map((text) => /<answer>(.)/.exec(text)![1]!.length)), {
    [outcomes]: /it threw: [^]*input: +response ""[^]*A rule that throws stops the run/,
  });
  expectBroken(await scored(({ responses }) => responses.map((text) => Number(text))), {
    [outcomes]: /its outcome is NaN[^]*response "<think>/,
  });
  expectBroken(await scored(({ responses }) => responses.map(() => ({ invalid: "" }))), { [outcomes]: /\{"invalid":""\}/ });
  expectBroken(await scored(({ responses }) => responses.filter((text) => text !== "").map(lengthOf)), {
    [outcomes]: /gave 0 outcomes for 1 responses[^]*a filter leaves responses out/,
  });
  expectBroken(await scored(({ responses }) => responses.map(() => null as unknown as RewardOutcome)), {
    [outcomes]: /its outcome is null/,
  });
});

test("reward: compares the batch, and declares it", async () => {
  const rank: Reward["score"] = ({ responses }) =>
    responses.map((text) => responses.filter((other) => other.length < text.length).length);
  expectBroken(await scored(rank), {
    "each response is scored by itself": /a response alone has another outcome than in a batch[^]*comparesBatch: true/,
  });
  assert.equal([...(await scored(rank, { comparesBatch: true })).keys()], []);
});

test("reward: a regular expression that keeps its place, and a rule that goes by the row", async () => {
  const pattern = /<answer>/g;
  expectBroken(await scored(({ responses }) => responses.map((text) => Number(pattern.test(text)))), {
    "each response is scored by itself": /the flag g keeps its lastIndex/,
  });
  expectBroken(await scored(({ responses }) => responses.map((_, row) => row)), {
    "each response is scored by itself": /lastIndex/,
    "permuting the responses permutes the outcomes": /row's number/,
  });
});

test("reward: chance, unless it is the run's own", async () => {
  expectBroken(await scored(({ responses }) => responses.map(() => Math.random())), {
    "same input, same outcomes": /a part created anew[^]*Math\.random/,
  });
  const drawing = reward({
    ...about,
    inject: { random: Random },
    create: (_options, { random }) => ({
      comparesBatch: true,
      score: ({ responses }) => responses.map(() => random.stream("noise").uniform()),
    }),
  });
  assert.not.ok((await breaches(componentConformance(drawing))).has("same input, same outcomes"));
});

test("reward: changes the items, leaks a tensor, records nonsense", async () => {
  expectBroken(
    await scored(({ responses, items }) =>
      responses.map((text, row) => ((items[row]!.responses as unknown as string[]).push("more"), lengthOf(text))),
    ),
    {
      "leaves its inputs as they are": /sort, reverse/,
    },
  );
  expectBroken(await scored(({ responses }) => responses.map((text) => tf.scalar(text.length).dataSync()[0]!)), {
    "leaks no tensor": /leaves \d+ tensors behind/,
  });
  const counting = reward({
    ...about,
    inject: { metrics: Metrics },
    create: (_options, { metrics }) => ({ score: ({ responses }) => (metrics.sum("mean-length", NaN), responses.map(lengthOf)) }),
  });
  expectBroken(await breaches(componentConformance(counting)), {
    "records finite metrics with camelCase names": /"mean-length"/,
    "declares the metrics that it records": /"mean-length", which it doesn't declare/,
  });
});

// ---------------------------------------------------------------- optimizers

const descent =
  (change: (theta: tf.Tensor, g: tf.Tensor, rate: number) => tf.Tensor): Optimizer["step"] =>
  (parameters, gradients, _state, rate) => ({
    parameters: tf.tidy(() =>
      Object.fromEntries(
        Object.entries(parameters).map(([name, theta]) => [name, change(theta, gradients[name]!, rate as number)]),
      ),
    ),
    state: {},
  });
const stepped = (step: Optimizer["step"], more: Partial<Optimizer> = {}) =>
  breaches(
    componentConformance(optimizer({ ...about, create: () => ({ learningRate: 0.1, initialState: () => ({}), step, ...more }) })),
  );

test("optimizer: without a mistake", async () => {
  assert.equal([...(await stepped(descent((theta, g, rate) => tf.sub(theta, tf.mul(g, rate))))).keys()], []);
});

test("optimizer: goes uphill, stands still, ignores the rate", async () => {
  const law = "the first step goes against the gradient";
  expectBroken(await stepped(descent((theta, g, rate) => tf.add(theta, tf.mul(g, rate)))), {
    [law]: /is not below 0[^]*The sign/,
  });
  expectBroken(await stepped(descent((theta) => tf.mul(theta, 1))), { [law]: /not used/ });
  expectBroken(await stepped(descent((theta, g) => tf.sub(theta, tf.mul(g, 0.1)))), { [law]: /a learning rate of 0/ });
});

test("optimizer: remembers outside its state", async () => {
  const failed = await breaches(
    componentConformance(
      optimizer({
        ...about,
        create: () => {
          let taken = 0;
          return {
            learningRate: 0.1,
            initialState: () => ({}),
            step: (...given) => descent((theta, g, rate) => tf.sub(theta, tf.mul(g, rate / taken)))(...(taken++, given)),
          };
        },
      }),
    ),
  );
  expectBroken(failed, {
    "same input, same bytes, also from a saved state": /a second run with the same part[^]*is in its state/,
  });
});

test("optimizer: gives back, disposes or overwrites what is not its own; leaks", async () => {
  const pure = "a step leaves parameters, gradients and state as they are, and its results are new";
  expectBroken(await stepped((parameters) => ({ parameters, state: {} })), {
    [pure]: /new parameters hold a tensor that was given to it, weight[^]*clone/,
  });
  const greedy: Optimizer["step"] = (parameters, gradients, state, rate, step) => {
    const next = descent((theta, g) => tf.sub(theta, tf.mul(g, rate)))(parameters, gradients, state, rate, step);
    tf.dispose(Object.values(parameters));
    return next;
  };
  expectBroken(await stepped(greedy), { [pure]: /it disposed weight of the parameters given/ });
  const overwriting = descent((theta, g, rate) => ((g.dataSync() as Float32Array).fill(0), tf.sub(theta, tf.mul(g, rate))));
  expectBroken(await stepped(overwriting), { [pure]: /it changed weight of the gradients given/ });
  expectBroken(
    await stepped((parameters, gradients, _state, rate) => ({
      parameters: mapped(parameters, (theta, name) => tf.sub(theta, tf.mul(gradients[name]!, rate))),
      state: {},
    })),
    {
      "leaks no tensor": /a step leaves 2 tensors behind/,
    },
  );
});
const mapped = (parameters: Parameters, change: (theta: tf.Tensor, name: string) => tf.Tensor): Parameters =>
  Object.fromEntries(Object.entries(parameters).map(([name, theta]) => [name, change(theta, name)]));

test("optimizer: loses a name, takes gradients by order, divides by a norm of 0", async () => {
  expectBroken(
    await stepped((parameters, gradients, state, rate, step) => {
      const { bias, ...rest } = descent((theta, g) => tf.sub(theta, tf.mul(g, rate)))(
        parameters,
        gradients,
        state,
        rate,
        step,
      ).parameters;
      bias!.dispose();
      return { parameters: rest, state: {} };
    }),
    { "a step keeps names and shapes": /the new parameters have other names[^]*bias, weight/ },
  );
  const ordered: Optimizer["step"] = (parameters, gradients, _state, rate) => ({
    parameters: tf.tidy(() =>
      mapped(parameters, (theta, name) =>
        tf.sub(theta, tf.mul(tf.mean(Object.values(gradients)[Object.keys(parameters).indexOf(name)]!), rate)),
      ),
    ),
    state: {},
  });
  expectBroken(await stepped(ordered), { "finds gradients by name": /gradients\[name\]/ });
  const normed = descent((theta, g, rate) => tf.sub(theta, tf.mul(tf.div(g, tf.norm(g)), rate)));
  expectBroken(await stepped(normed), { "finite on extremes": /gradients of about 0, (weight|bias) is NaN[^]*add ε/ });
});

// ---------------------------------------------------------------- schedules

const scheduled = (factor: Schedule["factor"]) =>
  breaches(componentConformance(schedule({ ...about, create: () => ({ factor }) })));

test("schedule: below 0, a division by 0, a count of its own calls", async () => {
  assert.equal([...(await scheduled((step, steps) => 1 - step / steps)).keys()], []);
  const law = "a finite factor of at least 0 at every step";
  expectBroken(await scheduled((step) => 1 - step / 500), { [law]: /factor\(501, 1000\) is -0\.00[^]*Math\.max\(0/ });
  expectBroken(await scheduled((step, steps) => 1 - step / (steps - 1)), { [law]: /factor\(0, 1\) is NaN[^]*division by/ });
  let asked = 0;
  expectBroken(await scheduled(() => 1 / ++asked), { "the same factor whenever it is asked": /counts its calls/ });
});

// ---------------------------------------------------------------- samplers

const chosenBy = (change: (batch: SamplerBatch) => Partial<SamplerChoice>, claims: Partial<Sampler> = {}) =>
  breaches(
    componentConformance(
      sampler({
        ...about,
        create: () => ({
          rounds: 1,
          apply: (batch) => ({
            scores: batch.scores.slice(),
            masked: batch.truncated.map(() => false),
            replaced: new Set<number>(),
            ...change(batch),
          }),
          ...claims,
        }),
      }),
    ),
  );

test("sampler: tokens are there where it says that it sees them, as they are", async () => {
  const bySurprise = ({ logProbs, scores }: SamplerBatch) => ({
    scores: scores.map((score, row) => score - logProbs!.at(8 * row)!),
  });
  assert.equal([...(await chosenBy(bySurprise, { seesTokens: true })).keys()], []);
  expectBroken(await chosenBy(({ responseIds }) => (responseIds!.fill(0), {}), { seesTokens: true }), {
    "leaves its inputs as they are": /it changed responseIds/,
  });
});

test("sampler: leaves responses out, hides a missing score, goes by rows, changes its input", async () => {
  assert.equal([...(await chosenBy(() => ({}))).keys()], []);
  const sound = "a score and a mask for each response, and groups that are there";
  const order = "permuting the responses permutes the choice; group ids are names";
  expectBroken(await chosenBy(({ scores }) => ({ scores: scores.filter((score) => score > 0) })), {
    [sound]: /it gave 4 scores and 6 masks for 6 responses/,
  });
  expectBroken(await chosenBy(({ scores }) => ({ scores })), { [sound]: /its scores are its input/ });
  expectBroken(await chosenBy(({ scores, lengths }) => ({ scores: scores.map((score, row) => score / lengths[row]!) })), {
    [sound]: /the score of response 2 is NaN/,
  });
  expectBroken(await chosenBy(({ scores }) => ({ scores: scores.map((score) => score || 0) })), {
    "a score that is not there stays away": /response 0 has no score \(NaN\), and gets 0/,
  });
  expectBroken(await chosenBy(({ truncated }) => ({ masked: truncated.map((_, row) => row === 0) })), {
    [order]: /in another order/,
  });
  expectBroken(await chosenBy(() => ({ replaced: new Set([0]) })), {
    [order]: /replaced groups \[70\][^]*replaced groups \[0\]/,
  });
  expectBroken(await chosenBy(({ scores }) => (scores.sort(), {})), { "leaves its inputs as they are": /it changed scores/ });
  expectBroken(await chosenBy(({ scores }) => ({ scores: scores.map((score) => score + Math.random()) })), {
    "same input, same choice": /Math\.random/,
  });
});

// ---------------------------------------------------------------- datasets

const loaded = (given: Partial<Dataset> & { items?: () => readonly PreferenceItem[] }) =>
  breaches(
    componentConformance(
      dataset({
        ...about,
        create: () => ({
          hash: "fixed",
          splits: ["train"],
          open: async (split) => {
            if (split !== "train") throw new InputError("RL_SPLIT", `no split ${split}`);
            return splitOf(given.items?.() ?? plainItems);
          },
          ...given,
        }),
      }),
    ),
  );
const [first] = plainItems as [PreferenceItem];

test("dataset: without a mistake", async () => assert.equal([...(await loaded({})).keys()], []));

test("dataset: takes any split, or has none", async () => {
  const law = "names its splits, and refuses another";
  expectBroken(await loaded({ open: async () => splitOf(plainItems) }), { [law]: /open\("no-such-split"\) gave 3 items/ });
  expectBroken(await loaded({ splits: [] }), { [law]: /its splits are \[\]/ });
});

test("dataset: items that are none", async () => {
  const law = "its items are well-formed";
  for (const [item, message] of [
    [{ ...first, preferred: 0 }, /item 0 of split train \("one"\): preferred is 0, expected 1 or 2/],
    [{ ...first, responses: ["one"] }, /responses is \["one"\], expected two texts/],
    [{ ...first, question: "" }, /question is no text, or empty/],
    [
      { ...first, images: [{ path: "x.png", pixels: { width: 2, height: 2, data: new Uint8Array(16) } }] },
      /images\[0\] has 16 bytes, expected a Uint8Array of 2 · 2 · 3/,
    ],
    [{ ...first, targets: { caption: 1 } }, /targets\.caption/],
  ] as const)
    expectBroken(await loaded({ items: () => [item as unknown as PreferenceItem] }), { [law]: message });
  expectBroken(await loaded({ items: () => [first, first] }), { [law]: /two items of split train are called "one"/ });
  expectBroken(await loaded({ items: () => [] }), { [law]: /split train is empty/ });
});

test("dataset: other items each time, another hash each time", async () => {
  const law = "opened again, and created anew, it has the same hash and the same items";
  expectBroken(await loaded({ items: () => [{ ...first, answer: String(Math.random()) }] }), {
    [law]: /the split opened again gives other items in split train, from item 0 on[^]*Math\.random/,
  });
  let made = 0;
  const hashed = dataset({
    ...about,
    create: () => ({ hash: `hash ${made++}`, splits: ["train"], open: async () => splitOf(plainItems) }),
  });
  expectBroken(await breaches(componentConformance(hashed)), { [law]: /its hash changes/ });
});

test("dataset: places that shift, calls that mix, outlines that lie", async () => {
  const law = "an item is the same in any order and again, its outline is the item without pixels, and no other place has one";
  const split = splitOf(plainItems);
  const opened = (changed: Partial<Split>) => loaded({ open: async (name) => (name === "train" ? { ...split, ...changed } : Promise.reject(new Error("no such split"))) }); // prettier-ignore
  let asked = 0;
  expectBroken(await opened({ item: () => split.item(asked++ % 3) }), {
    [law]: /item\(2\) of split train is another when it is asked for again/,
  });
  let last = 0;
  const mixed = async (index: number) => {
    last = index;
    await Promise.resolve();
    return split.item(last);
  };
  expectBroken(await opened({ item: mixed }), { [law]: /item\(0\) of split train is another when all are asked for at once/ });
  expectBroken(await opened({ outline: (index) => split.item(index) }), { [law]: /outline\(2\) of split train is not the item/ });
  expectBroken(await opened({ item: async (index) => plainItems.at(Math.trunc(index) % 3)! }), {
    [law]: /item\(-1\) of split train gave "three"/,
  });
});

test.run();
