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
import { batchTotals } from "../../policy-loss.ts";
import { uncompiled } from "../../services/compiler.ts";
import { MetricsCollector } from "../../services/metrics.ts";
import { fakeItems, fakeModel } from "../../testing/fake-model.ts";
import { fakeRemote } from "../../testing/fake-remote.ts";
import { assertClose, createPart } from "../../testing/tensors.ts";
import { NonFinite } from "../non-finite.ts";
import { generateRollout, responseTensors, rowTensor } from "../rollout.ts";
import { accumulateGradients, disposeTrained, startTraining } from "../update.ts";
import { stepFunctions } from "./functions.ts";
import type { Microbatch } from "./functions.ts";
import type { RlOptions } from "./options.ts";
import { remoteGradients } from "./remote.ts";

const { part: model } = createPart(fakeModel, { scale: 1 });
const { part: optimizer } = createPart(adamw, { learningRate: 0.1, weightDecay: 0.01 });
const options = {
  rollout: { prompts: 4, samplesPerPrompt: 2, temperature: 0.8, maxNewTokens: 4 },
  loss: {
    ratio: createPart(tokenRatio).part,
    surrogate: createPart(clipSurrogate, { low: 0.2, high: 0.2 }).part,
    aggregate: createPart(tokenMean).part,
  },
  kl: { in: "loss", part: createPart(klK3).part },
  critic: null,
  optimizer,
  gradientClip: 0.5,
} as unknown as RlOptions;

/** Micro-batches of three and five responses of a rollout, with advantages and references of their own. */
async function microbatchesOf(policy: Parameters<typeof startTraining>[0]) {
  const rollout = await generateRollout(model, policy, fakeItems(4), options.rollout, randomStream(2, "rollout"));
  const random = randomStream(3, "advantages");
  const advantages = rollout.mask.map(() => random.normal());
  const refLogProbs = rollout.logProbs.map((value) => value - 0.3 * random.uniform());
  const T = rollout.tokens;
  const masks = rollout.items.map((_, row) => rollout.mask.subarray(row * T, (row + 1) * T));
  return [
    [0, 1, 2],
    [3, 4, 5, 6, 7],
  ].map((rows): Microbatch => ({
    prompts: model.prompts(rows.map((row) => rollout.items[row]!)),
    responses: responseTensors(rollout, rows),
    oldLogProbs: rowTensor(rollout.logProbs, T, rows),
    refLogProbs: rowTensor(refLogProbs, T, rows),
    advantages: rowTensor(advantages, T, rows),
    critic: null,
    totals: batchTotals(masks, options.rollout.maxNewTokens),
    klCoefficient: 0.1,
    share: rows.length / 8,
  }));
}

let tensors = 0;
test.before.each(() => void (tensors = tf.memory().numTensors));
test.after.each(() => assert.is(tf.memory().numTensors, tensors, "leaked tensors"));

test("remote: the same model far away makes the same updates of the same batches, to 1e-6", async () => {
  const policy = model.initialParameters(randomStream(1, "parameters"));
  const remote = fakeRemote(model, policy, optimizer);
  const metrics = new MetricsCollector();
  const functions = stepFunctions({ compiler: uncompiled, model, metrics }, options);
  let trained = startTraining(policy, optimizer);
  const batches = await microbatchesOf(policy);
  for (let step = 0; step < 3; step++) {
    const gradients = accumulateGradients(
      trained.parameters,
      batches.map((batch) => () => {
        const { recorded, ...made } = tf.tidy(() => functions.gradients(trained.parameters, batch) as never) as ReturnType<
          typeof functions.gradients
        >;
        metrics.add(recorded);
        return made;
      }),
    );
    const local = functions.takeStep(trained, gradients, 0.1);
    trained = local.trained;
    let loss = 0;
    for (const batch of batches) loss += await remoteGradients(remote, options, metrics, batch);
    const { gradientNorm } = await remote.step({ learningRate: 0.1, gradientClip: options.gradientClip });
    assert.ok(Math.abs(loss - gradients.loss) < 1e-6, `loss ${loss}, here ${gradients.loss}`);
    assert.ok(Math.abs(gradientNorm! - local.gradientNorm) < 1e-6);
    assert.ok(local.gradientNorm > options.gradientClip!, "clipped");
    for (const [name, tensor] of Object.entries(remote.parameters()))
      assertClose(tensor, trained.parameters[name]!.arraySync() as never, 1e-6);
    assert.ok(tf.tidy(() => tf.max(tf.abs(tf.sub(trained.parameters["next"]!, policy["next"]!))).dataSync()[0]!) > 0.05, "moved");
  }
  metrics.take();
  disposeTrained(trained);
  remote.dispose();
  tf.dispose([policy, batches] as never);
});

test("remote: the reference stays; what was saved comes back, weights and optimizer", async () => {
  const policy = model.initialParameters(randomStream(1, "parameters"));
  const remote = fakeRemote(model, policy, optimizer);
  const metrics = new MetricsCollector();
  const [batch, other] = await microbatchesOf(policy);
  const host = {
    tokens: batch!.responses.mask.shape[1],
    responseIds: batch!.responses.responseIds.dataSync() as Int32Array,
    mask: batch!.responses.mask.dataSync() as Float32Array,
  };
  const under = (of: "policy" | "reference") => remote.logProbs(batch!.prompts, host, 1, of);
  const update = async () => {
    await remoteGradients(remote, options, metrics, batch!);
    await remote.step({ learningRate: 0.1, gradientClip: null });
  };
  const before = await under("policy");
  assert.equal(await under("reference"), before);
  await update();
  const saved = await remote.save();
  await update();
  const after = await under("policy");
  assert.not.equal(after, before);
  assert.equal(await under("reference"), before);
  await remote.restore(saved);
  await update();
  assert.equal(await under("policy"), after);
  metrics.take();
  remote.dispose();
  tf.dispose([policy, batch, other] as never);
});

test("remote: what is not finite doesn't go up; a critic and a wrong number of log-probabilities are told", async () => {
  const policy = model.initialParameters(randomStream(1, "parameters"));
  const sent: Float32Array[] = [];
  const fake = fakeRemote(model, policy, optimizer);
  const remote = { ...fake, backward: async (...given: Parameters_) => void sent.push(given[3]) };
  const metrics = new MetricsCollector();
  const [batch, other] = await microbatchesOf(policy);
  const failed = (given: Microbatch, chosen = options, at = remote) =>
    remoteGradients(at, chosen, metrics, given).catch((error: unknown) => error);
  const infinite = tf.tidy(() => tf.mul(batch!.advantages, Infinity) as Tensor2D);
  assert.instance(await failed({ ...batch!, advantages: infinite }), NonFinite);
  assert.is(sent.length, 0);
  assert.match(String(await failed(batch!, { ...options, critic: {} } as never)), /a remote model has no value head/);
  const short = { ...remote, logProbs: async () => new Float32Array(2) };
  assert.match(String(await failed(batch!, options, short)), /in this process: gave 2 log-probabilities for 3 responses/);
  await remoteGradients(remote, options, metrics, batch!);
  const outside = batch!.responses.mask.dataSync();
  assert.ok(sent[0]!.every((value, index) => outside[index]! > 0 || value === 0));
  metrics.take();
  fake.dispose();
  tf.dispose([policy, batch, other, infinite] as never);
});

type Parameters_ = globalThis.Parameters<ReturnType<typeof fakeRemote>["backward"]>;

test.run();
