// The laws can fail: components with one mistake each, and the law that finds it, with a message that names the mistake.

import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import {
  advantageStep,
  aggregate,
  keepMasked,
  kl,
  logRatio,
  Metrics,
  ratio,
  State,
  stopGradient,
  surrogate,
} from "@rewardlab/core";
import type {
  AdvantageBatch,
  Aggregate,
  Component,
  Kl,
  MetricDeclarations,
  Metrics as MetricsService,
  Ratio,
  RatioBatch,
  Surrogate,
  SurrogateBatch,
} from "@rewardlab/core";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { z } from "zod";
import { componentConformance } from "./index.ts";
import { breaches, expectBroken } from "./testing/breaches.ts";

const noOptions = z.strictObject({});
const about = { name: "wrong", summary: "has one mistake", options: noOptions };
const failedBy = (component: Component) => breaches(componentConformance(component));

const wrongRatio = (apply: Ratio["apply"], claims: Partial<Ratio> = {}) =>
  failedBy(ratio({ ...about, create: () => ({ apply: (batch) => tf.tidy(() => apply(batch)), ...claims }) }));
const wrongSurrogate = (apply: Surrogate["apply"], claims: Partial<Surrogate> = {}) =>
  failedBy(surrogate({ ...about, create: () => ({ apply: (batch) => tf.tidy(() => apply(batch)), ...claims }) }));
const wrongAggregate = (apply: Aggregate["apply"]) =>
  failedBy(aggregate({ ...about, create: () => ({ apply: (...given) => tf.tidy(() => apply(...given)) }) }));
const wrongKl = (apply: Kl["apply"]) =>
  failedBy(kl({ ...about, create: () => ({ apply: (x, y) => tf.tidy(() => apply(x, y)) }) }));
const scoresStep = (apply: (scores: Tensor1D, batch: AdvantageBatch) => Tensor, more: object = {}) =>
  failedBy(
    advantageStep({
      ...about,
      takes: "scores",
      gives: "scores",
      ...more,
      create: () => ({ apply: (scores, batch) => tf.tidy(() => apply(scores as Tensor1D, batch)) }),
    }),
  );
const tokensStep = (apply: (values: Tensor2D, batch: AdvantageBatch) => Tensor, claims: object = {}) =>
  failedBy(
    advantageStep({
      ...about,
      takes: "tokens",
      gives: "tokens",
      create: () => ({ apply: (values, batch) => tf.tidy(() => apply(values as Tensor2D, batch)), ...claims }),
    }),
  );
const kept = ({ ratio: own, advantages, mask, logProbs }: SurrogateBatch) => ({
  ratio: keepMasked(own, mask),
  advantages: keepMasked(advantages, mask),
  logProbs: keepMasked(logProbs, mask),
});

const padding = "ignores what lies outside the mask";
const width = "does not depend on how wide the padding is";
const gradient = "its gradient is the derivative of its value";
const extremes = "finite on extremes";
const bytes = "same input, same bytes";
const others = "what a response holds changes no other's result";
const order = "permuting the responses permutes the result";
const pieces = "splitting into micro-batches changes nothing";
const inputs = "leaves its inputs as they are";
const ownTensor = "gives a new tensor of the right shape";
const metricsLaw = "records finite metrics with camelCase names";
const declares = "declares the metrics that it records";
const positive = { positiveFraction: { title: "Positive", meaning: "Share of tokens with a log-probability above a bound." } };

// ---------------------------------------------------------------- no mistake

test("a component without a mistake breaks no law", async () => {
  assert.equal([...(await wrongRatio((batch) => tf.exp(tf.clipByValue(logRatio(batch), -10, 10)))).keys()], []);
  assert.equal([...(await wrongSurrogate((batch) => tf.neg(tf.mul(kept(batch).ratio, kept(batch).advantages)))).keys()], []);
  assert.equal([...(await scoresStep((scores) => tf.mul(scores, 2))).keys()], []);
});

// ---------------------------------------------------------------- the mask

test("multiplies by the mask after exp", async () => {
  const failed = await wrongRatio(
    ({ logProbs, oldLogProbs, mask }) => tf.mul(tf.exp(tf.sub(logProbs, stopGradient(oldLogProbs))), mask),
    { overflows: true },
  );
  expectBroken(failed, {
    [padding]:
      /with NaN outside the mask the (result|gradient)[^]*input:[^]*NaN[^]*expected:[^]*came: +NaN[^]*likely:.*product with the mask.*keepMasked/,
  });
});

test("masks after exp with where: the value is right, the gradient is not", async () => {
  const failed = await wrongRatio(
    ({ logProbs, oldLogProbs, mask }) => {
      const own = tf.exp(tf.sub(logProbs, stopGradient(oldLogProbs)));
      return tf.where(tf.greater(mask, 0), own, tf.onesLike(own)) as Tensor2D;
    },
    { overflows: true },
  );
  expectBroken(failed, {
    [padding]:
      /the gradient in logProbs is another at response 1, token 2[^]*expected: +0, since the position is outside the mask/,
  });
});

test("a mean over the whole table, padding included", async () => {
  expectBroken(
    await tokensStep((values, { mask }) => keepMasked(tf.sub(values, tf.mean(keepMasked(values, mask))) as Tensor2D, mask), {
      comparesBatch: true,
    }),
    {
      [width]: /three more columns[^]*Count tokens by the mask/,
    },
  );
  expectBroken(
    await wrongAggregate(
      (loss, mask, { sequences }) => tf.div(tf.sum(keepMasked(loss, mask)), tf.mul(sequences, mask.shape[1])) as Scalar,
    ),
    {
      [width]: /division by its width/,
    },
  );
});

test("counts padding in a metric", async () => {
  const counting = ratio({
    ...about,
    metrics: positive,
    inject: { metrics: Metrics },
    create: (_options, { metrics }) => ({
      apply: (batch) =>
        tf.tidy(() => {
          metrics.share(
            "positiveFraction",
            tf.sum(tf.cast(tf.greater(batch.logProbs, -1), "float32")) as Scalar,
            batch.mask.size,
          );
          return tf.exp(tf.clipByValue(logRatio(batch), -10, 10));
        }),
    }),
  });
  expectBroken(await failedBy(counting), { [padding]: /its metric positiveFraction is another[^]*Count response tokens only/ });
});

// ---------------------------------------------------------------- tensors

test("leaks what it makes on the way, in value or gradient", async () => {
  const failed = await failedBy(
    surrogate({
      ...about,
      create: () => ({
        apply: ({ ratio: rho, advantages, mask }) => tf.neg(keepMasked(tf.mul(rho, advantages) as Tensor2D, mask)),
      }),
    }),
  );
  expectBroken(failed, { "leaks no tensor": /a call leaves 2 tensors behind[^]*tf\.tidy/ });
});

test("keeps a tensor in the part", async () => {
  const failed = await failedBy(
    kl({
      ...about,
      create: () => {
        let half: Scalar | undefined;
        return {
          apply: (x, y) => tf.tidy(() => tf.mul(tf.square(tf.sub(x, stopGradient(y))), (half ??= tf.keep(tf.scalar(0.5))))),
        };
      },
    }),
  );
  expectBroken(failed, { "leaks no tensor": /leaves 1 tensor behind[^]*keep no tensor in the part/ });
});

test("gives its input back", async () => {
  expectBroken(
    await failedBy(advantageStep({ ...about, takes: "scores", gives: "scores", create: () => ({ apply: (scores) => scores }) })),
    {
      [ownTensor]: /its result is its own input, input[^]*clone\(\)/,
    },
  );
});

test("a result of the wrong shape or type", async () => {
  expectBroken(await tokensStep((values) => tf.sum(values, 1)), {
    [ownTensor]: /float32 \[6\][^]*expected: +float32 \[6, 4\]: a number for each token/,
  });
  expectBroken(await wrongKl((x, y) => tf.greater(x, y) as Tensor2D), { [ownTensor]: /its result is bool/ });
});

test("disposes or overwrites what it was given", async () => {
  const disposing = ({ logProbs, oldLogProbs, mask }: RatioBatch) => {
    const result = tf.tidy(() => tf.exp(tf.clipByValue(logRatio({ logProbs, oldLogProbs, mask }), -10, 10)));
    oldLogProbs.dispose();
    return result;
  };
  expectBroken(await failedBy(ratio({ ...about, create: () => ({ apply: disposing }) })), {
    [inputs]: /it disposed its input oldLogProbs/,
  });
  const overwriting = await scoresStep((scores) => {
    (scores.dataSync() as Float32Array)[0] = 5;
    return tf.mul(scores, 1);
  });
  expectBroken(overwriting, { [inputs]: /it changed its input input at element 0[^]*came: +5[^]*copy it/ });
});

// ---------------------------------------------------------------- state

let calls = 0;
test("state in the module, in the part, and Math.random", async () => {
  expectBroken(await scoresStep((scores) => tf.add(scores, calls++)), {
    [bytes]: /a part created anew gives another number[^]*state outside the part/,
  });
  expectBroken(await scoresStep((scores) => tf.add(scores, Math.random())), { [bytes]: /Math\.random/ });
  const remembering = advantageStep({
    ...about,
    takes: "scores",
    gives: "scores",
    create: () => {
      let mean = 0;
      return {
        apply: (scores) =>
          tf.tidy(() => {
            mean = 0.9 * mean + 0.1 * (tf.mean(scores) as Scalar).dataSync()[0]!;
            return tf.sub(scores, mean);
          }),
      };
    },
  });
  expectBroken(await failedBy(remembering), { [bytes]: /a second call gives another number[^]*state between calls/ });
});

// ---------------------------------------------------------------- rows and groups

test("takes a group's responses to stand together", async () => {
  // rows in threes are a group
  const failed = await scoresStep(
    (scores) => {
      const groups = tf.reshape(scores, [scores.size / 3, 3]);
      return tf.reshape(tf.sub(groups, tf.mean(groups, 1, true)), [scores.size]);
    },
    { comparesGroup: true },
  );
  expectBroken(failed, {
    [order]:
      /in another order the result of response \d+ \(response \d+ before\) is another[^]*Groups are told by groupIds alone/,
    [others]: /it compares within groups[^]*comparesBatch: true/,
  });
});

test("takes group ids to be 0, 1, 2, …", async () => {
  const failed = await scoresStep(
    (scores, { groupIds }) => {
      const member = tf.oneHot(groupIds, 8) as Tensor2D; // [B, 8]
      const sizes = tf.maximum(tf.sum(member, 0), 1);
      const means = tf.div(tf.matMul(tf.reshape(scores, [1, -1]), member), sizes); // [1, 8]
      return tf.sub(scores, tf.reshape(tf.matMul(member, means, false, true), [-1]));
    },
    { comparesGroup: true },
  );
  expectBroken(failed, {
    "relabelling the groups changes nothing": /with the groups numbered otherwise[^]*compared, never counted with/,
    [others]: /NaN/,
  });
});

test("compares the whole batch and does not say so; says so", async () => {
  const centred = (scores: Tensor1D) => tf.sub(scores, tf.mean(scores));
  expectBroken(await scoresStep(centred), {
    [others]: /another number in input of response 0, the result of response 1[^]*comparesBatch: true/,
  });
  const declared = await failedBy(
    advantageStep({
      ...about,
      takes: "scores",
      gives: "scores",
      create: () => ({ comparesBatch: true, apply: (scores) => tf.tidy(() => centred(scores as Tensor1D)) }),
    }),
  );
  assert.equal([...declared.keys()], []);
});

test("a NaN score spoils the other groups", async () => {
  const failed = await scoresStep(
    (scores, { groupIds }) => {
      const same = tf.cast(tf.equal(tf.expandDims(groupIds, 1), tf.expandDims(groupIds, 0)), "float32"); // [B, B]
      return tf.sub(scores, tf.div(tf.sum(tf.mul(same, tf.expandDims(scores, 0)), 1), tf.sum(same, 1)));
    },
    { comparesGroup: true },
  );
  assert.equal([...failed.keys()], [others]);
  expectBroken(failed, {
    [others]: /with NaN in input of response 0, the result of response 1 is another[^]*tf\.where, never by a product/,
  });
});

test("turns NaN into a number in silence; counting it is enough", async () => {
  expectBroken(await scoresStep((scores) => tf.sign(scores)), {
    "hides no NaN": /with NaN in input of response \d its result is 0, and no metric tells[^]*tf\.sign/,
  });
  const counting = advantageStep({
    ...about,
    takes: "scores",
    gives: "scores",
    metrics: { nonFiniteScores: { title: "Scores not finite", unit: "count", meaning: "Scores that are NaN." } },
    inject: { metrics: Metrics },
    create: (_options, { metrics }) => ({
      apply: (scores) =>
        tf.tidy(() => {
          metrics.sum("nonFiniteScores", tf.sum(tf.cast(tf.isNaN(scores), "float32")) as Scalar);
          return tf.sign(scores);
        }),
    }),
  });
  assert.equal([...(await failedBy(counting)).keys()], []);
});

test("a surrogate that mixes rows", async () => {
  const failed = await wrongSurrogate((batch) => {
    const { ratio: rho, advantages } = kept(batch);
    return tf.neg(tf.mul(rho, tf.sub(advantages, tf.mean(advantages))));
  });
  expectBroken(failed, {
    [pieces]: /cut into responses 0–2, 3 and 4–5[^]*row by row/,
    [others]: /another number in advantages of response 0/,
  });
});

// ---------------------------------------------------------------- micro-batches

test("divides by the micro-batch's own token count", async () => {
  const failed = await wrongAggregate(
    (loss, mask) => tf.div(tf.sum(keepMasked(loss, mask)), tf.maximum(tf.sum(mask), 1)) as Scalar,
  );
  assert.equal([...failed.keys()], [pieces]);
  expectBroken(failed, { [pieces]: /the sum is another[^]*divide by `totals`/ });
});

test("records what it doesn't declare, or declares what says nothing", async () => {
  const limited = z.strictObject({ limit: z.number().default(2).describe("the most") });
  const recording = (name: string, value: number, metrics: MetricDeclarations<z.output<typeof limited>>) =>
    failedBy(
      ratio({
        ...about,
        options: limited,
        metrics,
        inject: { metrics: Metrics },
        create: (_options, services) => ({
          apply: (batch) =>
            tf.tidy(() => {
              services.metrics.max(name, value);
              return tf.exp(tf.clipByValue(logRatio(batch), -10, 10));
            }),
        }),
      }),
    );
  const cut = { title: "Cut tokens", meaning: ({ limit }: { limit: number }) => `Beyond ±${limit}.` };
  assert.equal([...(await recording("cutFraction", 0.5, { cutFraction: { ...cut, unit: "share", guard: true } })).keys()], []);
  const refused = async (name: string, value: number, metrics: MetricDeclarations<z.output<typeof limited>>, why: RegExp) =>
    expectBroken(await recording(name, value, metrics), { [declares]: why });
  await refused(
    "cutFractoin",
    0.5,
    { cutFraction: cut },
    /"cutFractoin", which it doesn't declare\. Did you mean "cutFraction"\?/,
  );
  await refused("cutFraction", 2, { cutFraction: { ...cut, unit: "share" } }, /cutFraction is 2, and it declares a share/);
  await refused("cutFraction", 0, { cutFraction: { ...cut, title: " " } }, /the title of its metric cutFraction is " "/);
  await refused("cutFraction", 0, { cutFraction: { ...cut, zero: () => "" } }, /the zero of its metric cutFraction is ""/);
  await refused("cutFraction", 0, { cutFraction: { ...cut, near: "largest" } }, /near: "largest", which it doesn't declare/);
  await refused("cutFraction", 0, { cutFraction: { ...cut, guard: true } }, /how often a guard acted, and has no unit/);
  await refused("cut", 0, { "cut fraction": cut, cut }, /declares a metric named "cut fraction"/);
});

test("records a fraction where it should record part and whole", async () => {
  const recording = (record: (metrics: MetricsService, batch: RatioBatch) => void) =>
    failedBy(
      ratio({
        ...about,
        metrics: positive,
        inject: { metrics: Metrics },
        create: (_options, { metrics }) => ({
          apply: (batch) =>
            tf.tidy(() => {
              record(metrics, batch);
              return tf.exp(tf.clipByValue(logRatio(batch), -10, 10));
            }),
        }),
      }),
    );
  const above = ({ logProbs, mask }: RatioBatch) =>
    tf.sum(keepMasked(tf.cast(tf.greater(logProbs, -2), "float32"), mask)) as Scalar;
  expectBroken(
    await recording((metrics, batch) =>
      metrics.sum("positiveFraction", tf.div(above(batch), tf.maximum(tf.sum(batch.mask), 1)) as Scalar),
    ),
    {
      [pieces]: /its metric positiveFraction is another[^]*metrics\.share/,
    },
  );
  expectBroken(
    await recording((metrics, batch) => metrics.sum("positiveFraction", tf.div(above(batch), tf.sum(batch.mask)) as Scalar)),
    {
      [metricsLaw]: /positiveFraction is NaN[^]*metrics\.share/,
    },
  );
  expectBroken(await recording((metrics) => metrics.max("Largest ratio", 1)), { [metricsLaw]: /"Largest ratio"[^]*camelCase/ });
});

test("an aggregate that is not linear", async () => {
  expectBroken(
    await wrongAggregate(
      (loss, mask, { tokens }) => tf.div(tf.sum(tf.square(keepMasked(loss, mask))), tf.maximum(1, tokens)) as Scalar,
    ),
    {
      "linear in the token losses": /2·loss\(x\) − 3·loss\(y\)/,
      [extremes]: /token losses of 1e30/,
    },
  );
});

// ---------------------------------------------------------------- compiled

test("reads a value, or calculates with a count in JavaScript", async () => {
  const law = "reads no value, and takes counts as scalars, so that it can be compiled";
  expectBroken(
    await wrongRatio((batch) => {
      const ratios = tf.exp(tf.clipByValue(logRatio(batch), -10, 10));
      return tf.max(ratios).dataSync()[0]! > 1e9 ? tf.onesLike(ratios) : ratios;
    }),
    { [law]: /it reads a tensor's value[^]*tf\.where/ },
  );
  expectBroken(
    await wrongAggregate(
      (loss, mask, { tokens }) => tf.div(tf.sum(keepMasked(loss, mask)), Math.max(1, tokens as number)) as Scalar,
    ),
    { [law]: /it reads a tensor's value[^]*tf\.maximum takes numbers and scalars/ },
  );
});

// ---------------------------------------------------------------- gradients

test("a gradient that is stopped by accident, and one that is declared", async () => {
  const stopped = (batch: SurrogateBatch) => tf.neg(tf.mul(stopGradient(kept(batch).ratio), kept(batch).advantages)) as Tensor2D;
  expectBroken(await wrongSurrogate(stopped), {
    [gradient]:
      /the gradient in ratio is not the derivative at response 0, token 0[^]*0 everywhere[^]*stopsGradient: \["ratio"\]/,
  });
  assert.equal([...(await wrongSurrogate(stopped, { stopsGradient: ["ratio"] })).keys()], []);
});

test("declares a stop that is not there", async () => {
  const failed = await wrongSurrogate((batch) => tf.neg(tf.mul(kept(batch).ratio, kept(batch).advantages)), {
    stopsGradient: ["ratio"],
  });
  expectBroken(failed, { [gradient]: /declares stopsGradient: \["ratio"\], and its gradient there is the derivative/ });
});

test("a custom gradient that is wrong by a factor, or only in part stopped", async () => {
  const squared = tf.customGrad((x, save) => {
    (save as (tensors: Tensor[]) => void)([x as Tensor]);
    return { value: tf.square(x as Tensor), gradFunc: (dy: Tensor, [saved]: Tensor[]) => tf.mul(dy, saved!) };
  });
  expectBroken(await wrongKl((x, y) => squared(tf.sub(x, stopGradient(y))) as Tensor2D), {
    [gradient]: /central differences, h = 1\/128[^]*the tape[^]*wrong custom gradient/,
  });
  const half = await wrongSurrogate((batch) => {
    const { ratio: rho, advantages } = kept(batch);
    return tf.neg(tf.mul(tf.add(rho, stopGradient(tf.square(rho))), advantages));
  });
  expectBroken(half, { [gradient]: /A stopped gradient on part of the way/ });
});

test("a gradient through the old log-probabilities", async () => {
  const failed = await wrongRatio(({ logProbs, oldLogProbs, mask }) =>
    tf.exp(keepMasked(tf.clipByValue(tf.sub(logProbs, oldLogProbs), -10, 10) as Tensor2D, mask)),
  );
  assert.equal([...failed.keys()], [gradient]);
  expectBroken(failed, { [gradient]: /where oldLogProbs is the very tensor logProbs[^]*stopGradient\(oldLogProbs\)/ });
});

test("a kink is not taken for a mistake, and a mistake beside a kink is", async () => {
  const clipped = (slope: number) => (batch: SurrogateBatch) => {
    const { ratio: rho, advantages } = kept(batch);
    const value = tf.mul(tf.relu(tf.sub(rho, 1.203125)), advantages) as Tensor2D; // a kink on the grid of the numbers
    return slope === 1 ? value : (tf.add(value, tf.mul(slope - 1, stopGradient(value))) as Tensor2D);
  };
  assert.equal([...(await wrongSurrogate(clipped(1))).keys()], []);
  expectBroken(await wrongSurrogate(clipped(1.1)), { [gradient]: /not the derivative/ });
});

// ---------------------------------------------------------------- extremes

test("NaN on equal scores", async () => {
  const failed = await scoresStep((scores) => tf.div(tf.sub(scores, tf.mean(scores)), tf.moments(scores).variance), {});
  expectBroken(failed, { [extremes]: /(equal scores|scores of 0): the result is NaN at response 0[^]*add ε/ });
});

test("a mean over no token", async () => {
  const failed = await tokensStep((values, { mask }) => {
    const inside = keepMasked(values, mask);
    return keepMasked(tf.sub(inside, tf.div(tf.sum(inside, 1, true), tf.sum(mask, 1, true))) as Tensor2D, mask);
  });
  assert.not.ok(failed.has(extremes), "a row without tokens holds nothing that counts");
  expectBroken(
    await tokensStep((values, { mask }) => tf.add(values, tf.mul(0, tf.div(1, tf.sub(tf.sum(mask), 1)))), {
      comparesBatch: true,
    }),
    { [extremes]: /one token in all: the result is NaN[^]*divide by at least 1/ },
  );
});

test("an overflow that is not declared, declared and counted, declared and not counted", async () => {
  const bare = (batch: RatioBatch) => tf.exp(logRatio(batch));
  expectBroken(await wrongRatio(bare), { [extremes]: /log ratios of ±200: the result is Infinity[^]*clamp[^]*overflows: true/ });
  expectBroken(await wrongRatio(bare, { overflows: true }), { [extremes]: /as it declares, and no metric tells[^]*recordRatio/ });
  expectBroken(await wrongRatio((batch) => tf.exp(tf.mul(logRatio(batch), 4)), { overflows: true }), {
    [extremes]: /log ratios of ±30: the result is Infinity/,
  });
});

test("a finite value with a gradient that is not", async () => {
  const failed = await wrongRatio((batch) => {
    const d = logRatio(batch);
    return tf.where(tf.less(stopGradient(d), 20), tf.exp(d), tf.fill(d.shape, Math.exp(20))) as Tensor2D;
  });
  expectBroken(failed, { [extremes]: /log ratios of ±200: the gradient in logProbs is NaN[^]*both sides of a tf\.where/ });
});

test("a comparison on the tape, which tfjs cannot differentiate", async () => {
  const failed = await wrongRatio((batch) => {
    const d = logRatio(batch);
    return tf.where(tf.less(d, 5), tf.exp(tf.minimum(d, 5)), tf.fill(d.shape, Math.exp(5))) as Tensor2D;
  });
  expectBroken(failed, {
    [gradient]: /it threw: .*gradient function not found for Less[^]*tf\.where\(tf\.greater\(stopGradient\(x\)/,
  });
});

test("an estimator that is not 0 at 0, and one that looks at other tokens", async () => {
  expectBroken(await wrongKl((x, y) => tf.add(tf.square(tf.sub(x, stopGradient(y))), 1)), {
    "0 where policy and reference are equal": /the estimate is 1/,
  });
  expectBroken(await wrongKl((x, y) => tf.cumsum(tf.sub(x, stopGradient(y)), 1)), {
    [others]: /response 0, token 0, the result of response 0, token 1 is another[^]*each token's estimate is its own/,
  });
});

test("laws: state that is read once and kept in a closure is not there after a resume; state that is read where it is used is", async () => {
  const moving = (remembers: boolean) =>
    failedBy(
      advantageStep({
        ...about,
        takes: "scores",
        gives: "scores",
        inject: { state: State },
        create: (_options, { state }) => {
          const baseline = state.value("baseline", 0);
          let own = baseline.get();
          return {
            comparesBatch: true,
            apply: (scores) => {
              const before = remembers ? own : baseline.get();
              own = before + tf.tidy(() => tf.mean(scores).dataSync()[0]!);
              baseline.set(own);
              return tf.sub(scores, before);
            },
          };
        },
      }),
    );
  const closure = await moving(true);
  expectBroken(closure, { "goes on from its saved state": /read its state once/, "same input, same bytes": /injected State/ });
  const injected = await moving(false);
  for (const law of ["goes on from its saved state", "same input, same bytes"]) assert.not(injected.has(law), injected.get(law));
});

test.run();
