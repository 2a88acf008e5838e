import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Component } from "../../plugin/component.ts";
import { problemsOf, soundExperiment } from "../../testing/experiment.ts";
import { assertCloseBySize, fixturesBeside, probeWith } from "../../testing/parity.ts";
import { assertClose, assertGradient, createPart, gradient, leakedTensors } from "../../testing/tensors.ts";
import { cispoSurrogate } from "./cispo.ts";
import { clipSurrogate } from "./clip.ts";
import { dualClipSurrogate } from "./dual-clip.ts";
import { formulaSurrogate } from "./formula.ts";
import { plainSurrogate } from "./plain.ts";
import { twoSidedClipSurrogate } from "./two-sided-clip.ts";

const clip = "-min(ratio * A, clamp(ratio, 0.8, 1.2) * A)";
const tensors = (ratio: tf.Tensor2D, advantages: tf.Tensor2D, mask: tf.Tensor2D = tf.ones(ratio.shape)) => ({
  ratio,
  advantages,
  mask,
  logProbs: tf.zeros<tf.Rank.R2>(ratio.shape),
  oldLogProbs: tf.zeros<tf.Rank.R2>(ratio.shape),
  refLogProbs: tf.zeros<tf.Rank.R2>(ratio.shape),
});

test("formula: the clipped loss, worked by hand", () => {
  const { part } = createPart(formulaSurrogate, { expression: clip });
  // A = 2: ρ = 1.5 → −min(3, 2.4); ρ = 0.5 → −min(1, 1.6).  A = −2: ρ = 1.5 → −min(−3, −2.4); ρ = 0.5 → −min(−1, −1.6).  A = 0 → 0
  const ratio = tf.tensor2d([[1.5, 0.5, 1.5, 0.5, 3]]);
  const advantages = tf.tensor2d([[2, 2, -2, -2, 0]]);
  assertClose(part.apply(tensors(ratio, advantages)), [[-2.4, -1, 3, 1.6, 0]]);
  assertClose(
    gradient((x) => part.apply(tensors(x, advantages)), ratio),
    [[0, -2, 2, 0, 0]],
  );
  assertGradient((x) => part.apply(tensors(x, advantages)), ratio);
});

test("formula: every name is what it says, and the gradient flows through ratio and logProbs alone", () => {
  const { part } = createPart(formulaSurrogate, {
    expression: "ratio + 10 * A + 100 * advantages + 1000 * logProbs + 1e4 * oldLogProbs + 1e5 * refLogProbs",
  });
  const one = (value: number) => tf.tensor2d([[value]]);
  const batch = { ratio: one(1), advantages: one(2), logProbs: one(3), oldLogProbs: one(4), refLogProbs: one(5), mask: one(1) };
  // 1 + 20 + 200 + 3000 + 40000 + 500000
  assertClose(part.apply(batch), [[543221]]);
  const slope = (name: keyof typeof batch) => gradient((x) => part.apply({ ...batch, [name]: x }), batch[name]);
  assertClose(slope("ratio"), [[1]]);
  assertClose(slope("logProbs"), [[1000]]);
});

test("formula: old and reference log-probabilities are constants, even where they are the tensor that is differentiated", () => {
  const { part } = createPart(formulaSurrogate, {
    expression: "logProbs * A - oldLogProbs * A + 0.1 * (exp(refLogProbs - logProbs) - 1 - (refLogProbs - logProbs)) + A * ratio",
  });
  const x = tf.tensor2d([[-1, -2]]);
  const ones = tf.ones<tf.Rank.R2>(x.shape);
  const slope = gradient(
    (same) => part.apply({ ratio: ones, advantages: same, logProbs: same, oldLogProbs: same, refLogProbs: same, mask: ones }),
    x,
  );
  // A from the first term; k3 has slope 1 − exp(0) = 0 at logProbs = refLogProbs
  assertClose(slope, [[-1, -2]]);
});

test("formula: what lies outside the mask changes neither value nor gradient", () => {
  const { part } = createPart(formulaSurrogate, { expression: "log(ratio) * sqrt(logProbs - refLogProbs) / A + ratio" });
  const mask = tf.tensor2d([[1, 0, 0, 0]]);
  const ratio = tf.tensor2d([[1, NaN, Infinity, 0]]);
  const rubbish = tf.tensor2d([[2, NaN, -Infinity, 0]]);
  const batch = { ratio, advantages: rubbish, logProbs: rubbish, oldLogProbs: rubbish, refLogProbs: tf.zerosLike(ratio), mask };
  // at ρ = 1: log 1 · … + 1; slopes: ρ: √2/2 + 1, log π: 0
  assertClose(part.apply(batch), [[1, 0, 0, 0]]);
  assertClose(
    gradient((x) => part.apply({ ...batch, ratio: x }), ratio),
    [[Math.SQRT2 / 2 + 1, 0, 0, 0]],
  );
  assertClose(
    gradient((x) => part.apply({ ...batch, logProbs: x }), rubbish),
    [[0, 0, 0, 0]],
  );
});

test("formula: leaks no tensor", () => {
  const { part } = createPart(formulaSurrogate, { expression: clip });
  const batch = tensors(tf.tensor2d([[1, 2]]), tf.tensor2d([[1, -1]]));
  const leaked = leakedTensors(() => {
    part.apply(batch).dispose();
    gradient((ratio) => part.apply({ ...batch, ratio }), batch.ratio).dispose();
  });
  assert.is(leaked, 0);
});

// ---------------------------------------------------------------- equal to the built-in surrogates, on the frameworks' batches

const read = fixturesBeside<{ batches: Readonly<Record<string, object>> }>(import.meta.url);
const fixtures = ["openrlhf-clip", "trl-cispo", "trl-clip", "verl-cispo", "verl-dual-clip", "verl-plain", "verl-ppo-clip"];
const batches = new Map(
  fixtures.flatMap((fixture) =>
    Object.entries(read(fixture).batches).map(
      ([name, batch]) => [JSON.stringify(batch), { name: `${fixture}, ${name}`, batch }] as const,
    ),
  ),
);
const probe = probeWith();

/** The ratio at bounds and between, to the last bit of float32, for A of both signs and 0. */
const ties = [0.8, 1.2, 1, 3, 5].flatMap((bound) => {
  const at = Math.fround(bound);
  return [at, at * (1 - 2 ** -23), at * (1 + 2 ** -23)];
});
const advantagesAtTies = [1.5, -0.7, 0];

const builtIns: Readonly<Record<string, Component<"surrogate">>> = Object.fromEntries(
  [clipSurrogate, dualClipSurrogate, twoSidedClipSurrogate, cispoSurrogate, plainSurrogate].map((component) => [
    component.name,
    component,
  ]),
);
const pairs: readonly { readonly name: string; readonly builtIn: object; readonly expression: string }[] = [
  { name: "clip", builtIn: { use: "clip", low: 0.2, high: 0.2 }, expression: clip },
  {
    name: "clip, the other way round",
    builtIn: { use: "clip", low: 0.2, high: 0.2 },
    expression: "max(-A * clamp(ratio, 1 - 0.2, 1 + 0.2), -A * ratio)",
  },
  {
    name: "clip-higher",
    builtIn: { use: "clip", low: 0.2, high: 0.28 },
    expression: "max(-ratio * A, -clamp(ratio, 0.8, 1.28) * A)",
  },
  {
    name: "dual-clip",
    builtIn: { use: "dual-clip", low: 0.2, high: 0.2, cap: 3 },
    expression: `where(A < 0, min(max(-ratio * A, -clamp(ratio, 0.8, 1.2) * A), -3 * A), ${clip})`,
  },
  {
    name: "two-sided-clip",
    builtIn: { use: "two-sided-clip", low: 0.2, high: 0.2, cap: 3 },
    expression: "-min(min(ratio, 3) * A, clamp(ratio, 0.8, 1.2) * A)",
  },
  {
    name: "cispo",
    builtIn: { use: "cispo", low: null, high: 4 },
    expression: "-stopGradient(clamp(ratio, 0, 5)) * A * logProbs",
  },
  {
    name: "cispo as in verl",
    builtIn: { use: "cispo", low: 0.2, high: 0.2 },
    expression: "-stopGradient(clamp(ratio, 0.8, 1.2)) * A * logProbs",
  },
  { name: "plain", builtIn: { use: "plain" }, expression: "-advantages * logProbs" },
];

for (const { name, builtIn, expression } of pairs) {
  test(`formula: equals ${name} on every batch of the parity fixtures, loss and gradient`, async () => {
    assert.is(batches.size, 7);
    for (const { name: batchName, batch } of batches.values())
      for (const ratio of ["token", { use: "clamped", limit: 20 }]) {
        const [ours, theirs] = [
          await probe("loss", { ratio, surrogate: { use: "formula", expression } }, batch),
          await probe("loss", { ratio, surrogate: builtIn }, batch),
        ];
        for (const field of ["loss", "tokenLoss", "gradLogProbs"])
          try {
            assertCloseBySize(ours[field], theirs[field]);
          } catch (error) {
            throw new Error(`${batchName}, ratio ${JSON.stringify(ratio)}: ${field}`, { cause: error });
          }
      }
  });

  test(`formula: equals ${name} at the bounds and a float32 step beside them, for A > 0, A < 0 and A = 0, in both gradients`, () => {
    const ratio = tf.tensor2d(advantagesAtTies.map(() => ties)); // [B, T]
    const advantages = tf.tensor2d(advantagesAtTies.map((A) => ties.map(() => A))); // [B, T]
    const { use, ...options } = builtIn as { use: string };
    const logProbs = tf.fill<tf.Rank.R2>(ratio.shape, -0.5); // [B, T]
    const batch = { ...tensors(ratio, advantages), logProbs };
    const formula = createPart(formulaSurrogate, { expression }).part;
    const other = createPart(builtIns[use]!, options).part;
    assert.equal(withoutSignOfZero(formula.apply(batch)), withoutSignOfZero(other.apply(batch)), "value");
    for (const by of ["ratio", "logProbs"] as const) {
      // 0 · x, since tfjs refuses to differentiate by what is not read at all
      const slope = ({ apply }: typeof formula) => gradient((x) => tf.add(apply({ ...batch, [by]: x }), tf.mul(x, 0)), batch[by]);
      assert.equal(withoutSignOfZero(slope(formula)), withoutSignOfZero(slope(other)), by);
    }
  });
}

function withoutSignOfZero(values: tf.Tensor2D): number[][] {
  return values.arraySync().map((row) => row.map((value) => value + 0));
}

// ---------------------------------------------------------------- refused when the experiment is loaded

test("formula: what is wrong is told when the experiment is loaded, with a caret inside the expression", async () => {
  const problems = (expression: string) =>
    problemsOf(
      soundExperiment.replace(
        "      optimizer: { use: sgd",
        `      loss: { surrogate: { use: formula, expression: "${expression}" } }\n      optimizer: { use: sgd`,
      ),
    );
  const line = '  12 |       loss: { surrogate: { use: formula, expression: "ratio * Adv" } }';
  assert.match(
    await problems("ratio * Adv"),
    `experiment.yaml:12:63: stages.rl.loss.surrogate.expression: unknown name Adv, did you mean A?`,
  );
  assert.match(await problems("ratio * Adv"), `${line}\n     | ${" ".repeat(62)}^`);
  assert.match(await problems("import(ratio)"), /:12:55: .*unknown function import, did you mean/);
  assert.match(
    await problems("ratio.constructor"),
    /:12:60: .*properties are not allowed: a formula is arithmetic on a token's numbers/,
  );
  assert.match(await problems("ratio['x']"), /:12:60: .*arrays and indices are not allowed/);
  assert.match(await problems("'ratio'"), /:12:55: .*strings are not allowed/);
  assert.match(await problems("ratio +"), /:12:62: .*Unexpected end of expression/);
  assert.match(await problems(""), /:12:55: .*empty formula, expected e\.g\. -min\(ratio \* A/);
  assert.match(
    await problems("A + clamp(ratio, 1.2, 0.8)"),
    /:12:59: .*clamp\(x, 1\.2, 0\.8\): expected the low bound before the high one/,
  );
  assert.match(await problems("where(A < 0, ratio)"), /:12:55: .*where given 2 arguments, expected where\(condition, a, b\)/);
  assert.match(await problems("1 + 2 * 3"), /:12:55: .*the same number for every token/);
  for (const flat of [
    "A * oldLogProbs",
    "stopGradient(ratio) * A",
    "sign(logProbs)",
    "where(ratio > 1, A, 0)",
    "A * (ratio < 2)",
  ])
    assert.match(await problems(flat), /:12:55: .*no gradient: it flows through ratio and logProbs alone/, flat);
});

test.run();
