import * as tf from "@tensorflow/tfjs-core";
import { isInputError, isRemote, randomStream } from "@rewardlab/core";
import type { Generated, HostResponses, KeptPolicy, ModelBatch, OptimizerDescription, RemoteModel } from "@rewardlab/core";

import { broken } from "../law.ts";
import type { Law } from "../law.ts";
import { expectNoLeakAsync } from "../laws/leaks.ts";
import type { Subject } from "../subject.ts";
import { closeLogProbs, expectSoundResponses, itemsOf, readingLaws, shortened } from "./model.ts";

type RemoteLaw = Law<Subject<"model">>;

// The weights are out of sight, so what is looked at is what the trainer sees: log-probabilities before and after what was asked.

const maxNewTokens = 6;
const samplesPerPrompt = 2;
/** The same weights read again: what a service's own float32 sums may differ by, where it computes them in another order. */
const same = 1e-5;
/** By how much a step should change Σ d · logProbs: 1000 times what its float32 sums are off by, and little enough for the derivative to hold. */
const CHANGE = 0.02;
/** The learning rate of a step down a gradient of that norm; null: not told. */
const rateFor = (gradientNorm: number | null) => (gradientNorm === null ? 2e-3 : CHANGE / gradientNorm ** 2);

/** The first life of a run. */
interface Life {
  readonly model: RemoteModel;
  readonly start: KeptPolicy;
  readonly prompts: ModelBatch;
  /** Some of them end early, so that there is padding. */
  readonly responses: HostResponses;
  readonly temperature: number;
  /** Of the policy as it is, or as it was. [B, T] */
  logProbs(of?: KeptPolicy): Promise<Float32Array>;
  /** A learning rate for which a step is a small one. */
  rate(): Promise<number>;
  /** Goes back to a policy, and makes one step down the gradient of Σ d · logProbs. */
  step(from: KeptPolicy, options?: StepFrom): Promise<{ readonly gradientNorm: number | null }>;
}
interface StepFrom {
  readonly learningRate?: number;
  readonly gradientClip?: number | null;
  readonly how?: "as it was" | "anew";
}

function remoteOf({ create }: Subject<"model">): RemoteModel {
  const { part } = create();
  return isRemote(part) ? part : broken({ what: "it made a model that has its weights here", expected: 'kind: "remote"' });
}

async function live(subject: Subject<"model">, body: (life: Life) => Promise<void>): Promise<void> {
  const model = remoteOf(subject);
  const temperature = model.temperature ?? 1;
  const start = await model.begin(randomStream(1, "parameters"));
  const prompts = model.prompts(itemsOf(subject));
  try {
    const sampled = await generated(model, prompts, temperature);
    expectSoundResponses(model, sampled, itemsOf(subject).length * samplesPerPrompt);
    const responses = shortened(sampled, model.tokenizer.padId);
    const step: Life["step"] = async (from, { learningRate = 0, gradientClip = null, how = "anew" } = {}) => {
      await model.goBack(from, how);
      await model.backward(prompts, responses, temperature, derivativeOf(responses));
      return model.step({ optimizer: optimizerOf(model), learningRate, gradientClip });
    };
    await body({
      model,
      start,
      prompts,
      responses,
      temperature,
      logProbs: (of) => model.logProbs(prompts, responses, temperature, of ?? null),
      step,
      rate: async () => rateFor((await step(start)).gradientNorm),
    });
  } finally {
    tf.dispose(prompts as never);
  }
}

const generated = (model: RemoteModel, prompts: ModelBatch, temperature: number, seed = 3): Promise<Generated> =>
  model.generate(prompts, { samplesPerPrompt, temperature, maxNewTokens, random: randomStream(seed, "rollout") });

/** A dLoss/dlogProbs: of both signs, 0 outside the mask. [B, T] */
const derivativeOf = ({ mask }: HostResponses) => mask.map((inside, index) => (inside > 0 ? Math.sin(index + 1) : 0));
const weighted = (logProbs: Float32Array, responses: HostResponses) =>
  derivativeOf(responses).reduce((sum, d, index) => sum + d * logProbs[index]!, 0);

/** Plain descent where it can, since what that does can be worked out. */
function optimizerOf({ optimizers }: RemoteModel): OptimizerDescription {
  if (descends({ optimizers })) return { name: "sgd", options: { momentum: 0 } };
  if (optimizers.includes("adamw"))
    return { name: "adamw", options: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 } };
  return { name: optimizers[0]!, options: {} };
}
const descends = ({ optimizers }: Pick<RemoteModel, "optimizers">) => optimizers.includes("sgd");

/** Where two lists of log-probabilities lie further apart than `most`; −1: nowhere. */
function farApart(a: Float32Array, b: Float32Array, most = same): number {
  return a.length === b.length ? a.findIndex((value, index) => !(Math.abs(value - b[index]!) <= most)) : 0;
}
function expectSame(what: string, came: Float32Array, expected: Float32Array, likely: string, most = same): void {
  const index = farApart(came, expected, most);
  if (index === -1) return;
  broken({ what: `${what}: number ${index} is another`, expected: String(expected[index]), came: String(came[index]), likely });
}

const generationAgrees: RemoteLaw = {
  name: "logProbs are those that generation sampled by, and 0 outside the mask",
  check: (subject) =>
    live(subject, async ({ model, prompts, temperature, logProbs, responses }) => {
      const sampled = await generated(model, prompts, temperature);
      const read = await model.logProbs(prompts, sampled, temperature, null);
      const inside = (values: Float32Array) => values.map((value, index) => (sampled.mask[index]! > 0 ? value : 0));
      expectSame(
        `at temperature ${temperature} the two differ`,
        inside(read),
        inside(sampled.logProbs),
        "Another temperature in one of the two, logits where log-probabilities are asked for, or responses that are read one token too early or late",
        closeLogProbs,
      );
      const outside = (await logProbs()).findIndex((value, index) => responses.mask[index] === 0 && value !== 0);
      if (outside !== -1)
        broken({ what: `number ${outside} lies outside the mask and isn't 0`, likely: "Put 0 where no response token is" });
    }),
};

const sameSamples: RemoteLaw = {
  name: "same policy, same stream, same samples",
  check: (subject) =>
    live(subject, async ({ model, prompts, temperature, start }) => {
      const text = (sampled: Generated) => JSON.stringify([[...sampled.responseIds], [...sampled.mask]]);
      const first = text(await generated(model, prompts, temperature));
      await model.goBack(start, "anew");
      if (text(await generated(model, prompts, temperature)) !== first)
        broken({
          what: "generate samples otherwise, with an equal stream of random numbers",
          expected: "the same responses: a run that goes on after a kill is to be the same run",
          likely: "Give the service a seed drawn from options.random, for each sample another one",
        });
    }),
};

const staysKept: RemoteLaw = {
  name: "what it keeps is plain data, to which another life goes back",
  check: (subject) =>
    live(subject, async ({ model, start, prompts, responses, temperature, logProbs, step, rate }) => {
      const learningRate = await rate();
      await step(start, { learningRate });
      const expected = await logProbs();
      const kept = await model.keep("conformance-000001");
      const text = JSON.stringify(kept);
      if (text === undefined || JSON.stringify(JSON.parse(text)) !== text)
        broken({ what: `keep gave ${String(text)}`, expected: "what JSON can hold: it stands in checkpoints" });
      await step(kept, { learningRate, how: "as it was" });
      const now = await logProbs();
      expectSame(
        "logProbs of what was kept, after a further step",
        await logProbs(kept),
        expected,
        "`of` is what it was kept as",
      );
      expectSame(
        "logProbs of the policy, after those of one that was kept",
        await logProbs(),
        now,
        "That one is read changes nothing",
      );
      const other = remoteOf(subject);
      await other.begin(randomStream(1, "parameters"));
      await other.goBack(JSON.parse(text) as KeptPolicy, "as it was");
      const again = await other.logProbs(prompts, responses, temperature, null);
      expectSame(
        "after goBack in a part created anew",
        again,
        expected,
        "A run goes on in another process: keep must outlive this one",
      );
    }),
};

const goesDown: RemoteLaw = {
  name: "a step goes down the gradient of Σ dLogProbs · logProbs, by as much as it says",
  check: (subject) =>
    live(subject, async ({ model, start, responses, logProbs, step }) => {
      const before = weighted(await logProbs(), responses);
      const { gradientNorm } = await step(start);
      expectSame(
        "after a step with learning rate 0",
        await logProbs(),
        await logProbs(start),
        "The learning rate is the one given, for this step",
      );
      const learningRate = rateFor(gradientNorm);
      await step(start, { learningRate });
      const change = weighted(await logProbs(), responses) - before;
      if (!(change < 0))
        broken({
          what: `the sum changed by ${change}`,
          expected: "less than 0: a step goes down",
          likely: "dLogProbs is the loss's derivative, which goes down; as an advantage its sign is the other one",
        });
      if (!descends(model) || gradientNorm === null) return;
      if (Math.abs(change / -CHANGE - 1) > 0.2)
        broken({
          what: `by ${learningRate} times a gradient of norm ${gradientNorm} the sum changed by ${change}`,
          expected: `about ${-CHANGE}, −η‖g‖²`,
          likely: "The service divides by tokens or sequences: `backward` is a plain sum, so multiply by what it divides by",
        });
    }),
};

const addsUp: RemoteLaw = {
  name: "gradients add up, micro-batch by micro-batch",
  check: (subject) =>
    live(subject, async ({ model, start, responses, temperature, logProbs, step }) => {
      const items = itemsOf(subject);
      const { gradientNorm } = await step(start);
      const learningRate = rateFor(gradientNorm);
      await step(start, { learningRate });
      const whole = await logProbs();
      await model.goBack(start, "anew");
      const { tokens } = responses;
      const d = derivativeOf(responses);
      for (const [index, item] of items.entries()) {
        const [from, to] = [index, index + 1].map((place) => place * samplesPerPrompt * tokens);
        const part = { tokens, responseIds: responses.responseIds.slice(from, to), mask: responses.mask.slice(from, to) };
        const alone = model.prompts([item]);
        await model.backward(alone, part, temperature, d.slice(from, to));
        tf.dispose(alone as never);
      }
      await model.step({ optimizer: optimizerOf(model), learningRate, gradientClip: null });
      expectSame(
        `a batch of ${items.length} prompts in ${items.length} calls of backward`,
        await logProbs(),
        whole,
        "The later call replaces the earlier one, or each is a mean: what goes up is added, as it is",
        same,
      );
    }),
};

const goesBackWhole: RemoteLaw = {
  name: "going back takes the weights, the optimizer and the gradient back",
  check: (subject) =>
    live(subject, async ({ model, start, prompts, responses, temperature, logProbs, step, rate }) => {
      const learningRate = await rate();
      await step(start, { learningRate });
      const kept = await model.keep("conformance-000001");
      await step(kept, { learningRate, how: "as it was" });
      const expected = await logProbs();
      await model.goBack(kept, "as it was");
      await model.backward(
        prompts,
        responses,
        temperature,
        derivativeOf(responses).map((value) => -3 * value),
      ); // never stepped
      await step(kept, { learningRate, how: "as it was" });
      expectSame(
        "the same step, after going back a second time",
        await logProbs(),
        expected,
        "The gradient of what was broken off is still there, or the optimizer's state isn't what it was then",
      );
    }),
};

const doesAsTold: RemoteLaw = {
  name: "an optimizer that it doesn't know, and a clip that it can't make, are refused",
  check: (subject) =>
    live(subject, async ({ model, start, prompts, responses, temperature, logProbs, step }) => {
      const refused = (work: () => Promise<unknown>) =>
        Promise.resolve()
          .then(work)
          .then(
            () => false,
            (error: unknown) => isInputError(error) || Promise.reject(error),
          );
      await step(start);
      await model.backward(prompts, responses, temperature, derivativeOf(responses));
      const strange = { name: "an-optimizer-that-is-not-there", options: {} };
      if (!(await refused(() => model.step({ optimizer: strange, learningRate: 0, gradientClip: null }))))
        broken({ what: `it made a step with the optimizer ${strange.name}`, expected: "an InputError, and nothing ignored" });
      const before = weighted(await logProbs(start), responses);
      const { gradientNorm } = await step(start);
      if (gradientNorm === null || !descends(model)) return;
      const clipped = { learningRate: rateFor(gradientNorm), gradientClip: gradientNorm / 10 };
      if (await refused(() => step(start, clipped))) return;
      const share = (weighted(await logProbs(), responses) - before) / -CHANGE;
      if (!(Math.abs(share - 0.1) <= 0.05))
        broken({
          what: `with gradientClip at a tenth of the gradient's norm a step is ${share.toPrecision(3)} of the unclipped one`,
          expected: "0.1, or an InputError",
          likely: "The service ignores it: refuse gradientClip where it isn't null",
        });
    }),
};

const dropsOne: RemoteLaw = {
  name: "what it drops, if it drops, is gone, and what else it keeps is not",
  check: (subject) =>
    live(subject, async ({ model, start, logProbs, step, rate }) => {
      const learningRate = await rate();
      if (model.drop === undefined) return;
      await step(start, { learningRate });
      const first = await model.keep("conformance-000001");
      await step(first, { learningRate, how: "as it was" });
      const expected = await logProbs();
      const second = await model.keep("conformance-000002");
      await model.drop(first);
      await model.drop(first); // a kill may come before that it is gone is known
      await model.goBack(second, "as it was");
      expectSame("what is kept beside one that is dropped", await logProbs(), expected, "drop takes away what it is given alone");
      const gone = await model.goBack(first, "as it was").then(
        () => null,
        (error: unknown) => error,
      );
      if (!isInputError(gone))
        broken({
          what: gone === null ? "it went back to what was dropped" : `going back to what was dropped threw ${String(gone)}`,
          expected: "an InputError: the service has it no more",
        });
    }),
};

const leaks: RemoteLaw = {
  name: "leaks no tensor",
  check: (subject) =>
    live(subject, async ({ model, start, prompts, temperature, logProbs, step }) => {
      await expectNoLeakAsync("prompts", async () => tf.dispose(model.prompts(itemsOf(subject)) as never));
      await expectNoLeakAsync("generate", async () => void (await generated(model, prompts, temperature)));
      await expectNoLeakAsync("logProbs", async () => void (await logProbs()));
      await expectNoLeakAsync("backward and step", async () => void (await step(start)));
    }),
};

export const remoteModelLaws: readonly RemoteLaw[] = [
  ...readingLaws,
  generationAgrees,
  sameSamples,
  staysKept,
  goesDown,
  addsUp,
  goesBackWhole,
  doesAsTold,
  dropsOne,
  leaks,
];
