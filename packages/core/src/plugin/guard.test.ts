import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs";
import { Interrupted, InputError, isInputError, RunError } from "@rewardlab/storage";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { z } from "zod";
import type { AdvantageBatch, Reward } from "../kinds.ts";
import { splitOf } from "../items/items.ts";
import { fakeItems } from "../testing/fake-model.ts";
import {
  advantageStep,
  aggregate,
  dataset,
  kl,
  model,
  optimizer,
  ratio,
  reward,
  sampler,
  schedule,
  stage,
  surrogate,
} from "./component.ts";
import type { Component, Kind, Parts } from "./component.ts";
import { createContainer } from "./container.ts";
import { definePlugin } from "./plugin.ts";
import { buildRegistry } from "./registry.ts";
import { asResolved } from "./resolved.ts";
import { slot } from "./slots.ts";

const test = suite("guard", { tensors: 0 });
test.before(async () => void (await tf.setBackend("cpu")));
test.before.each((context) => void (context.tensors = tf.memory().numTensors));
test.after.each(({ tensors }) => assert.is(tf.memory().numTensors, tensors, "tensors leaked"));

/** The part as a run gets it, from a plugin called "yours" and, unless said otherwise, at "rl.here". */
function made<K extends Kind>(component: Component<K>, place = "rl.here", options: object = {}): Parts[K] {
  const plugin = definePlugin({ name: "yours", api: "^1", components: [component as Component] });
  const container = createContainer(buildRegistry([{ plugin, version: "1", integrity: null }]));
  return container.create(asResolved(component.kind as K, component, options), place);
}

const bare = { name: "mine", summary: "for tests", options: z.strictObject({}) };
const levels = { takes: "tokens", gives: "tokens" } as const;
/** What a plugin in JavaScript can do. */
const wrongly = (part: unknown) => ({ ...bare, create: () => part as never });
const rule = (score: (...given: never) => unknown) => made(reward(wrongly({ score })));
const two = { responses: ["a", "b"], items: [] };

/** The error that the work ends with. */
async function errorOf(work: () => unknown): Promise<Error> {
  let gave: unknown;
  tf.engine().startScope(); // tf.tidy takes no promise
  try {
    gave = await work();
  } catch (error) {
    return error as Error;
  } finally {
    tf.engine().endScope();
  }
  throw new Error(`it gave ${String(gave)}`);
}
const refused = async (work: () => unknown, message: string) => assert.is((await errorOf(work)).message, message);

const tokens = () => tf.zeros<tf.Rank.R2>([2, 3]); // [B, T]
const batch = (): AdvantageBatch => ({
  mask: tf.ones([2, 3]),
  groupIds: tf.tensor1d([0, 0], "int32"),
  scores: tf.tensor1d([1, 2]),
  klPenalty: null,
  values: null,
  tokenRewards: null,
  returns: null,
});

test("a result of another shape or type is blamed on the step that gave it, not on the next one", async () => {
  const each = (apply: (values: tf.Tensor) => unknown, gives: "scores" | "tokens" = "tokens") =>
    made(advantageStep({ ...wrongly({ apply }), takes: "scores", gives }), "rl.advantage.1").apply(tf.tensor1d([1, 2]), batch());
  const at = "yours: advantage mine at rl.advantage.1";
  const [ofTokens, ofScores] = [
    "float32 [2, 3], [B, T]: a number for each token",
    "float32 [2], [B]: a number for each response",
  ];
  await refused(() => each((values) => tf.sum(values)), `${at}: apply: gave float32 [], expected ${ofTokens}`);
  await refused(() => each((values) => values, "tokens"), `${at}: apply: gave float32 [2], expected ${ofTokens}`);
  await refused(() => each(() => tokens(), "scores"), `${at}: apply: gave float32 [2, 3], expected ${ofScores}`);
  await refused(() => each(() => tf.zeros([3, 2])), `${at}: apply: gave float32 [3, 2], expected ${ofTokens}`);
  await refused(() => each(() => tf.greater(tokens(), 0)), `${at}: apply: gave bool [2, 3], expected ${ofTokens}`);
  await refused(() => each(() => [0, 0]), `${at}: apply: gave a list of 2, expected a tensor, ${ofTokens}`);
  await refused(() => each(() => undefined), `${at}: apply: gave undefined, expected a tensor, ${ofTokens}`);
  const disposed = tokens();
  disposed.dispose();
  await refused(() => each(() => disposed), `${at}: apply: gave a tensor that is disposed already, expected ${ofTokens}`);
  tf.tidy(() => assert.equal(each(() => tokens()).shape, [2, 3]));
});

test("so are the parts of the policy loss and the optimizer", async () => {
  const sums = { apply: () => tf.scalar(0) };
  const given = () => ({ logProbs: tokens(), oldLogProbs: tokens(), mask: tokens() });
  const more = () => ({ ...given(), ratio: tokens(), advantages: tokens(), refLogProbs: tokens() });
  const each = "gave float32 [], expected float32 [2, 3], [B, T]: a number for each token";
  await refused(() => made(ratio(wrongly(sums))).apply(given()), `yours: ratio mine at rl.here: ${each}`);
  await refused(() => made(surrogate(wrongly(sums))).apply(more()), `yours: surrogate mine at rl.here: ${each}`);
  await refused(() => made(kl(wrongly(sums))).apply(tokens(), tokens()), `yours: kl mine at rl.here: ${each}`);
  await refused(
    () => made(aggregate(wrongly({ apply: tokens }))).apply(tokens(), tokens(), {} as never),
    "yours: aggregate mine at rl.here: gave float32 [2, 3], expected float32 [], the loss: one number",
  );
  const step = (result: unknown) =>
    made(optimizer(wrongly({ learningRate: 1, initialState: () => ({}), step: () => result }))).step(
      { w: tokens() },
      {},
      {},
      1,
      1,
    );
  const at = "yours: optimizer mine at rl.here: step:";
  await refused(() => step(undefined), `${at} gave undefined, expected { parameters, state }`);
  await refused(() => step({ parameters: {}, state: {} }), `${at} gave no w, expected parameters with the names that were given`);
  await refused(() => step({ parameters: { w: tf.scalar(0) }, state: {} }), `${at} gave w [], expected [2, 3], as it was given`);
  await refused(
    () => step({ parameters: { w: tokens() }, state: { m: tokens() } }),
    `${at} gave m, expected a state with the names that were given, and no others`,
  );
  const factor = made(schedule(wrongly({ factor: () => NaN })));
  await refused(() => factor.factor(0, 1), "yours: schedule mine at rl.here: gave NaN, expected a finite number");
});

test("a rule's outcomes: a wrong count, NaN, ±∞, nothing, or an object without a reason", async () => {
  const gives = (outcomes: unknown, message: string) =>
    refused(() => rule(() => outcomes).score(two), `yours: reward mine at rl.here: ${message}`);
  const list = "expected a list with an outcome for each response";
  await gives(undefined, `gave undefined, ${list}`);
  await gives(new Float32Array(2), `gave a Float32Array, ${list}`);
  await gives([1], "gave 1 outcomes, expected 2");
  const outcome = (value: string) => `gave ${value} for response 1 ("b"), expected a finite number or { invalid: reason }`;
  await gives([1, NaN], outcome("NaN"));
  await gives([1, -Infinity], outcome("-Infinity"));
  await gives([1, null], outcome("null"));
  await gives(Promise.resolve([1, {}]), outcome("a Object"));
  await gives([1, "1"], outcome('"1"'));
  assert.equal(rule(() => [1, { invalid: "why" }]).score(two), [1, { invalid: "why" }]);
  assert.equal(await rule(async () => [1, 2]).score(two), [1, 2]);
});

test("a sampler's choice, and how many rounds it may take", async () => {
  const scores = new Float32Array(2);
  const chosen = (choice: unknown, rounds: unknown = 1) =>
    made(sampler(wrongly({ rounds, apply: () => choice })), "rl.sampler.0").apply({ scores } as never);
  const at = "yours: sampler mine at rl.sampler.0:";
  await refused(() => chosen(null), `${at} gave null, expected { scores, masked, replaced }`);
  await refused(() => chosen({ scores: [1] }), `${at} gave 1 scores, expected 2`);
  await refused(() => chosen({ scores, masked: [true] }), `${at} gave 1 masks, expected 2`);
  await refused(
    () => chosen({ scores, masked: [true, true], replaced: [1] }),
    `${at} gave a list of 1 as replaced, expected a Set of group ids`,
  );
  await refused(() => chosen({}, 0), `${at} rounds: is 0, expected a positive integer: 1 where nothing is replaced`);
});

test("what it throws is told with package, kind, name, place and method; the error itself is its cause", async () => {
  const cause = new TypeError("x is not a function");
  const throwing = made(advantageStep({ ...wrongly({ apply: () => { throw cause; } }), ...levels }), "rl.advantage.0"); // prettier-ignore
  const error = (await errorOf(() => throwing.apply(tokens(), batch()))) as RunError;
  assert.instance(error, RunError);
  assert.is(error.message, "yours: advantage mine at rl.advantage.0: apply: TypeError: x is not a function");
  assert.is(error.code, "RL_COMPONENT_THREW");
  assert.is(error.cause, cause);
  await refused(() => rule(() => Promise.reject(new Error("no luck"))).score(two), "yours: reward mine at rl.here: no luck");
  await refused(() => rule(() => { throw "text"; }).score(two), 'yours: reward mine at rl.here: threw text, expected an Error'); // prettier-ignore
});

test("an error about the input stays one, with its code, whichever copy of the class made it", async () => {
  class InputErrorOfAnotherCopy extends Error {
    override readonly name = "InputError";
    readonly code = "RL_X";
  }
  for (const thrown of [new InputError("RL_X", "a.json: is missing"), new InputErrorOfAnotherCopy("a.json: is missing")]) {
    const error = await errorOf(() => rule(() => Promise.reject(thrown)).score(two));
    assert.ok(isInputError(error) && error.code === "RL_X");
    assert.is(error.message, "yours: reward mine at rl.here: a.json: is missing");
  }
  const full = new RunError("RL_DISK_FULL", "no room");
  assert.is(((await errorOf(() => rule(() => Promise.reject(full)).score(two))) as RunError).code, "RL_DISK_FULL");
});

test("an interruption, and a number that is not finite, are nobody's fault and pass through", async () => {
  const notFinite = Object.assign(new Error("the loss is NaN"), { name: "NonFinite" });
  for (const thrown of [new Interrupted("stopped"), notFinite])
    assert.is(await errorOf(() => rule(() => Promise.reject(thrown)).score(two)), thrown);
});

test("the innermost part is blamed, once", async () => {
  const inner = reward({ ...bare, name: "inner", create: () => ({ score: () => [NaN, 1] }) });
  const outer = reward({
    name: "outer",
    summary: "for tests",
    options: z.strictObject({ of: slot("reward") }),
    create: ({ of }) => ({ score: (given) => of.score(given) }),
  });
  const plugin = definePlugin({ name: "yours", api: "^1", components: [inner, outer] });
  const container = createContainer(buildRegistry([{ plugin, version: "1", integrity: null }]));
  const both = container.create(
    asResolved("reward", outer, { of: asResolved("reward", inner, {}) }),
    "rl.reward.rules.a",
  ) as Reward;
  await refused(
    () => both.score(two),
    'yours: reward inner at rl.reward.rules.a.of: gave NaN for response 0 ("a"), expected a finite number or { invalid: reason }',
  );
});

test("what create gives must be the part itself", async () => {
  const gives = (part: unknown, message: string) =>
    refused(
      () => made(reward(wrongly(part))),
      `yours: reward mine at rl.here: create gave ${message}, expected a reward: an object with score`,
    );
  await gives(null, "null");
  await gives(() => [], "a function");
  await gives(Promise.resolve({}), "a promise; create must give the part itself, and what takes time is done in its methods");
  await gives({ apply: () => [] }, "something without the method score");
  await refused(
    () => made(stage({ ...wrongly({ run: async () => undefined }), keeps: "run" }), "mine").run({} as never),
    'yours: stage mine: gave undefined, expected { status: "done" | "collapsed", … }',
  );
});

test("the parts of a part are watched too: a model's tokenizer, a dataset's items", async () => {
  const tokenizer = { size: 2, padId: 0, endId: 1, encode: () => [0.5], decode: () => "" };
  const methods = Object.fromEntries(
    ["initialParameters", "prompts", "promptLength", "logProbs", "generate"].map((name) => [name, () => -1]),
  );
  const watched = made(model(wrongly({ ...methods, tokenizer, contextLength: Infinity })), "mine");
  await refused(
    () => watched.tokenizer.encode("a"),
    "yours: model mine: tokenizer: encode: gave a list of 1, expected a list of token ids",
  );
  await refused(
    () => watched.promptLength({} as never),
    "yours: model mine: promptLength: gave -1, expected a whole number of tokens",
  );
  const [item] = fakeItems(1);
  const data = (one: unknown) =>
    made(
      dataset(wrongly({ hash: "h", splits: ["train"], open: async () => ({ ...splitOf([item!]), item: async () => one }) })),
      "mine",
    );
  const expected = "expected { id, images, question, responses: [text, text], preferred }";
  await refused(async () => (await data({ id: "1" }).open("train")).item(0), `yours: dataset mine: item: gave item 0 without images (an empty list: none), ${expected}`); // prettier-ignore
  assert.is((await (await data(item).open("train")).item(0)).id, item!.id);
});

test("a class with private fields, accessors and methods of its own works as it does by itself", () => {
  class Counting {
    #calls = 0;
    get comparesBatch() {
      return this.#calls > 1;
    }
    score({ responses }: { readonly responses: readonly string[] }) {
      this.#calls += 1;
      return responses.map(() => this.#calls);
    }
    calls() {
      return this.#calls;
    }
  }
  const part = made(reward({ ...bare, create: () => new Counting() })) as Reward & Counting;
  assert.equal([part.score(two), part.comparesBatch], [[1, 1], false]);
  assert.equal([part.score(two), part.comparesBatch, part.calls()], [[2, 2], true, 2]);
});

test("a watched part stands on the tape like any other", () => {
  const squared = made(ratio({ ...bare, create: () => ({ apply: ({ logProbs }) => tf.square(logProbs) }) }));
  tf.tidy(() => {
    const gradient = tf.grad((logProbs) =>
      tf.sum(squared.apply({ logProbs: logProbs as tf.Tensor2D, oldLogProbs: tokens(), mask: tokens() })),
    );
    assert.equal([...gradient(tf.tensor2d([[3]])).dataSync()], [6]); // d(x²) = 2x
  });
});

test.run();
