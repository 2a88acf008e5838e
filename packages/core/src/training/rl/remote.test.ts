import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { randomStream } from "@rewardlab/statistics/random";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { adamw } from "../../components/optimizer/adamw.ts";
import { klK3 } from "../../components/kl/k3.ts";
import { tokenRatio } from "../../components/ratio/token.ts";
import { clipSurrogate } from "../../components/surrogate/clip.ts";
import { tokenMean } from "../../components/aggregate/token-mean.ts";
import type { Parameters } from "../../kinds.ts";
import { batchTotals } from "../../math/policy-loss.ts";
import { uncompiled } from "../../services/compiler.ts";
import { MetricsCollector } from "../../services/metrics.ts";
import type { StageContext } from "../../stage.ts";
import { fakeItems, fakeModel } from "../../testing/fake-model.ts";
import { fakeRemote, fakeService } from "../../testing/fake-remote.ts";
import type { FakeRemote } from "../../testing/fake-remote.ts";
import { assertClose, createModel, createPart } from "../../testing/tensors.ts";
import { NonFinite } from "../non-finite.ts";
import { responseTensors, rowTensor } from "../rollout.ts";
import type { Rollout } from "../rollout.ts";
import type { Microbatch } from "./functions.ts";
import { openLearner } from "./learner.ts";
import type { RlOptions } from "./options.ts";

const model = createModel(fakeModel, { scale: 1 });
/** Each counts in metrics of its own. */
const parts = [
  createPart(tokenRatio),
  createPart(clipSurrogate, { low: 0.2, high: 0.2 }),
  createPart(tokenMean),
  createPart(klK3),
] as const;
const options = {
  rollout: { prompts: 4, samplesPerPrompt: 2, temperature: 0.8, maxNewTokens: 4 },
  loss: { ratio: parts[0].part, surrogate: parts[1].part, aggregate: parts[2].part, correction: null, mask: null },
  kl: { in: "loss", part: parts[3].part, coefficient: 0.1 },
  critic: null,
  optimizer: createPart(adamw, { learningRate: 0.1, weightDecay: 0.01 }).part,
  gradientClip: 0.05,
} as unknown as RlOptions;
const asked = { items: fakeItems(4), places: [0, 1, 2, 3] };
const begin = () => randomStream(1, "parameters");

function contextOf(part: StageContext["model"], policy: Parameters, kept: StageContext["kept"] = null) {
  const metrics = new MetricsCollector();
  const random = { stream: () => randomStream(2, "rollout") };
  return { model: part, policy, kept, metrics, compiler: uncompiled, random } as unknown as StageContext;
}

/** Learners of the same policy: of the model here, and of the same model behind a service. */
async function learners(given = options) {
  const policy = model.initialParameters(begin());
  const service = fakeService();
  const remote = fakeRemote(model, service);
  const kept = await remote.begin(begin());
  const contexts = [contextOf(model, policy), contextOf(remote, {}, kept)] as const;
  const [here, there] = await Promise.all(contexts.map((one) => openLearner(one, given, null)));
  return {
    here: here! as typeof here & { readonly parameters: Parameters },
    there: there!,
    policy,
    remote,
    service,
    contexts,
    dispose: () => {
      for (const { metrics } of contexts) metrics.take();
      here!.dispose();
      there!.dispose();
      tf.dispose(policy as never);
    },
  };
}

/** What makes micro-batches of three and five responses of a rollout, with advantages and references of their own. */
function microbatchesOf(rollout: Rollout, change: (advantage: number) => number = (one) => one): (() => Microbatch)[] {
  const random = randomStream(3, "advantages");
  const advantages = rollout.mask.map(() => random.normal());
  const refLogProbs = rollout.logProbs.map((value) => value - 0.3 * random.uniform());
  const T = rollout.tokens;
  const masks = rollout.items.map((_, row) => rollout.mask.subarray(row * T, (row + 1) * T));
  return [
    [0, 1, 2],
    [3, 4, 5, 6, 7],
  ].map((rows) => () => ({
    prompts: model.prompts(rows.map((row) => rollout.items[row]!)),
    responses: responseTensors(rollout, rows),
    oldLogProbs: rowTensor(rollout.logProbs, T, rows),
    rolloutLogProbs: null,
    lossMask: null,
    refLogProbs: rowTensor(refLogProbs, T, rows),
    advantages: rowTensor(advantages.map(change), T, rows),
    draws: null,
    critic: null,
    totals: batchTotals(masks, options.rollout.maxNewTokens),
    klCoefficient: 0.1,
    share: rows.length / 8,
  }));
}

function assertSame(remote: FakeRemote, parameters: Parameters, tolerance = 1e-6): void {
  const theirs = remote.parameters();
  for (const [name, tensor] of Object.entries(parameters)) assertClose(theirs[name]!, tensor.arraySync(), tolerance);
  tf.dispose(theirs as never);
}

let tensors = 0;
test.before.each(() => void (tensors = tf.memory().numTensors));
test.after.each(() => {
  for (const { metrics } of parts) metrics.take();
  assert.is(tf.memory().numTensors, tensors, "leaked tensors");
});

// The two add the same float32 numbers in another order: 1e-7 of weights around 1, and AdamW's first step divides a gradient by its own size.
test("remote: the same model far away makes the same updates of the same batches, to 1e-6", async () => {
  const { here, there, policy, remote, contexts, dispose } = await learners();
  const rollout = await here.rollout(asked);
  assert.equal(await there.rollout(asked), rollout);
  for (let step = 1; step <= 4; step++) {
    const [local, far] = [await here.gradient(microbatchesOf(rollout)), await there.gradient(microbatchesOf(rollout))];
    assert.ok(Math.abs(far.loss - local.loss) < 1e-6, `loss ${far.loss}, here ${local.loss}`);
    const [localNorm, farNorm] = [await local.step(0.1), await far.step(0.1)];
    assert.ok(localNorm! > options.gradientClip!, `clipped: ${localNorm}`);
    assert.ok(Math.abs(localNorm! - farNorm!) < 1e-6, `norm ${farNorm}, here ${localNorm}`);
    assertSame(remote, here.parameters);
    assert.is(there.steps, step);
  }
  const moved = tf.tidy(() => tf.max(tf.abs(tf.sub(here.parameters["next"]!, policy["next"]!))).dataSync()[0]!);
  assert.ok(moved > 0.05, `moved by ${moved}`);
  const [own, theirs] = contexts.map(({ metrics }) => metrics.take());
  assert.equal(Object.keys(theirs!), Object.keys(own!));
  for (const [name, value] of Object.entries(own!)) assert.ok(Math.abs(theirs![name]! - value) < 1e-5, name);
  dispose();
});

test("remote: log-probabilities of the policy move, those of the reference stay as the stage began", async () => {
  const { here, there, dispose } = await learners();
  const rollout = await here.rollout(asked);
  const rows = [2, 3, 7];
  const both = async () => [await there.logProbs("policy", rollout, rows), await there.logProbs("reference", rollout, rows)];
  const [before, reference] = await both();
  assert.equal(before, reference);
  const expected = await here.logProbs("policy", rollout, rows);
  before!.forEach((value, index) => assert.ok(Math.abs(value - expected[index]!) < 1e-6));
  await (await there.gradient(microbatchesOf(rollout))).step(0.1);
  const [after, still] = await both();
  assert.not.equal(after, before);
  assert.equal(still, reference);
  dispose();
});

test("remote: what was saved comes back, weights and optimizer, in a process that has only the checkpoint", async () => {
  const { here, there, service, remote, dispose } = await learners();
  const rollout = await here.rollout(asked);
  const update = async (learner: typeof there) => (await learner.gradient(microbatchesOf(rollout))).step(0.1);
  await update(there);
  const saved = JSON.parse(JSON.stringify(await there.save("rl-1")));
  await update(there);
  const after = remote.parameters();
  const other = fakeRemote(model, service);
  const context = contextOf(other, {}, await other.begin(randomStream(9, "another beginning")));
  const again = await openLearner(context, options, saved);
  await update(again);
  assertSame(other, after, 0);
  assert.is(again.steps, 2);
  assert.equal(
    await again.logProbs("reference", rollout, [0]),
    await there.logProbs("reference", rollout, [0]),
    "the reference is the first process's",
  );
  context.metrics.take();
  tf.dispose(after as never);
  dispose();
});

test("remote: a policy that hasn't changed is kept once", async () => {
  const { here, there, service, dispose } = await learners();
  const first = await there.outcome("a");
  assert.is(service.kept.size, 2, "the beginning, and this");
  const gradient = await there.gradient(microbatchesOf(await here.rollout(asked)));
  gradient.dispose();
  assert.equal(await there.outcome("b"), first);
  await (await there.gradient(microbatchesOf(await here.rollout(asked)))).step(0.1);
  const { state } = await there.save("c");
  assert.equal(await there.outcome("d"), { kept: state.remote!.policy });
  assert.is(service.kept.size, 3);
  dispose();
});

test("remote: where one micro-batch isn't finite none goes up, and the next step is as if it had not been", async () => {
  const { here, there, service, dispose } = await learners();
  const rollout = await here.rollout(asked);
  const [first, second] = microbatchesOf(rollout);
  const infinite = microbatchesOf(rollout, () => Infinity);
  const before = service.calls.length;
  const gradient = await there.gradient([first!, infinite[1]!]);
  assert.not.ok(Number.isFinite(gradient.loss));
  const error = await gradient.step(0.1).catch((reason: unknown) => reason);
  assert.instance(error, NonFinite);
  assert.equal(service.calls.slice(before), ["logProbs of the policy", "logProbs of the policy"]);
  const [local, far] = [await here.gradient([first!, second!]), await there.gradient([first!, second!])];
  assert.ok(Math.abs((await local.step(0.1))! - (await far.step(0.1))!) < 1e-6);
  dispose();
});

test("remote: a gradient that isn't finite is told by its token, though the loss is; what lies outside the mask never goes up", async () => {
  const up: Float32Array[] = [];
  const sqrt = { apply: ({ ratio }: { ratio: Tensor2D }) => tf.sqrt(tf.sub(ratio, ratio)) }; // 0, and its derivative is not
  const { here, remote, dispose } = await learners();
  const rollout = await here.rollout(asked);
  const kept = await remote.keep("x");
  const context = contextOf(remote, {}, kept);
  const broken = await openLearner(context, { ...options, loss: { ...options.loss, surrogate: sqrt } } as never, null);
  const gradient = await broken.gradient(microbatchesOf(rollout));
  assert.ok(Number.isFinite(gradient.loss));
  assert.match(
    String(await gradient.step(0.1).catch((reason: unknown) => reason)),
    /the gradient of the log-probability at response 0, token 0 of a micro-batch is NaN/,
  );
  context.metrics.take();

  const listening = {
    ...remote,
    backward: async (...given: unknown[]) => void up.push(given[3] as Float32Array),
    step: async () => ({ gradientNorm: 1 }),
  };
  const own = contextOf(listening as FakeRemote, {}, kept);
  const heard = await openLearner(own, options, null);
  const made = microbatchesOf(rollout);
  await (await heard.gradient(made)).step(0.1);
  const masks = made.map((make) => {
    const { prompts, responses, ...rest } = make();
    const values = responses.mask.dataSync();
    tf.dispose([prompts, responses, rest] as never);
    return values;
  });
  assert.is(up.length, 2);
  up.forEach((values, part) => values.forEach((value, index) => assert.ok(masks[part]![index]! > 0 || value === 0)));
  assert.ok(masks.some((values) => values.includes(0)));
  own.metrics.take();
  dispose();
});

test("remote: what a service can't do, and what it does wrong, is told by name", async () => {
  const { here, remote, dispose } = await learners();
  const kept = await remote.keep("x");
  const rollout = await here.rollout(asked);
  const contexts: StageContext[] = [];
  const failed = async (change: object, chosen: object = {}) => {
    const context = contextOf({ ...remote, ...change } as FakeRemote, {}, kept);
    contexts.push(context);
    const open = openLearner(context, { ...options, ...chosen } as RlOptions, null);
    const done = open.then(async (learner) => (await learner.gradient(microbatchesOf(rollout))).step(0.1));
    return String(await done.catch((error: unknown) => error));
  };
  assert.match(await failed({}, { critic: {} }), /critic: .*service \(in this process\), expected critic: null/);
  assert.match(
    await failed({ optimizers: ["adamw"] }, { optimizer: { description: { name: "lion", options: {} } } }),
    /is lion.*expected adamw/,
  );
  assert.match(await failed({}, { optimizer: { learningRate: 1 } }), /its steps can be made here alone.*expected adamw, sgd/);
  assert.match(
    await failed({ logProbs: async () => new Float32Array(2) }),
    /in this process: gave 2 log-probabilities for 3 responses of \d tokens, expected \d+/,
  );
  assert.match(
    await failed({ step: async () => ({ gradientNorm: NaN }) }),
    /in this process: made a step with a gradient of norm NaN/,
  );
  assert.match(await failed({ step: async () => ({ gradientNorm: null }) }), /^null$/, "a service need not say the norm");
  assert.match(await failed({ goBack: remote.goBack, backward: async () => Promise.reject(new Error("away")) }), /away/);
  for (const { metrics } of contexts) metrics.take();
  dispose();
});

test.run();
