import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { sequenceMean } from "../../components/aggregate/sequence-mean.ts";
import { tokenMean } from "../../components/aggregate/token-mean.ts";
import { batchTotals } from "../../math/policy-loss.ts";
import { randomStream } from "@rewardlab/statistics/random";
import { fakeModel } from "../../testing/fake-model.ts";
import { assertCloseBySize, fixturesBeside } from "../../testing/parity.ts";
import { assertClose, createModel, createPart, leakedTensors } from "../../testing/tensors.ts";
import { criticLoss, explainedVariance, withoutValueHead, withValueHead } from "./critic.ts";
import { MetricsCollector } from "../../services/metrics.ts";

const options = { coefficient: 1, clip: 0.25 };

interface Fixture {
  readonly version: string;
  readonly batches: Readonly<Record<string, Record<"values" | "oldValues" | "returns" | "mask", (number | string)[][]>>>;
  readonly cases: readonly {
    readonly batch: string;
    readonly options: { readonly clip: number | null; readonly token_level_loss?: boolean };
    readonly mode?: string;
    readonly loss: number | string;
    readonly gradient: (number | string)[][];
  }[];
}
const read = fixturesBeside<Fixture>(import.meta.url);

/** Ours of a fixture's case, with the critic's weight 1. */
function lossAndGradient(batch: Fixture["batches"][string], clip: number | null, aggregate = tokenMean) {
  const [values, oldValues, returns, mask] = (["values", "oldValues", "returns", "mask"] as const).map((name) =>
    tf.tensor2d(batch[name].map((row) => row.map(Number))),
  ) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor2D]; // [B, T] each
  const { part } = createPart(aggregate as typeof tokenMean);
  const totals = batchTotals(mask.arraySync());
  const metrics = new MetricsCollector();
  const { value, grad } = tf.valueAndGrad((x: tf.Tensor) =>
    criticLoss({ coefficient: 1, clip }, part, { values: x as tf.Tensor2D, oldValues, returns, mask }, totals, metrics, 1),
  )(values);
  metrics.take();
  return { loss: value.dataSync()[0]!, gradient: grad.arraySync() as number[][] };
}

/** V is exactly at the end of its clip range somewhere, where verl takes half the gradient. */
const atTheBound = (name: string, batch: string, clip: number | null) =>
  name === "verl-value" && (["ordinary", "hugeOutside"].includes(batch) || (batch === "oneToken" && clip === 0.5));
// NaN in the padding spreads in OpenRLHF; a batch without tokens is NaN in both, 0 here; 1e6² is beyond what float32 tells apart from its neighbours
const differs = new Set(["nothing", "nanOutside", "hugeReturn"]);

for (const [name, count] of [
  ["verl-value", 15],
  ["openrlhf-value", 20],
] as const) {
  const { version, batches, cases } = read(name);
  const agreeing = cases.filter(({ batch }) => !differs.has(batch));
  test(`${name}: ${count} cases`, () => assert.is(agreeing.length, count));
  for (const { batch, options: given, mode, ...theirs } of agreeing)
    test(`${name} ${version}: ${batch}, ${JSON.stringify(given)} ${mode ?? ""}`, () => {
      const bySequence = mode === "seq-mean-token-mean" || given.token_level_loss === false;
      const ours = lossAndGradient(batches[batch]!, given.clip, bySequence ? (sequenceMean as never) : tokenMean);
      assertCloseBySize(ours.loss, theirs.loss);
      if (!atTheBound(name, batch, given.clip)) assertCloseBySize(ours.gradient, theirs.gradient);
      else {
        const shares = ours.gradient.flat().map((value, index) => Number(theirs.gradient.flat()[index]) / value);
        assert.ok(shares.every((share) => Number.isNaN(share) || Math.abs(share - 1) < 1e-5 || Math.abs(share - 0.75) < 1e-5));
      }
    });
}

test("critic: NaN in the padding and a batch without tokens: the sound loss, and 0", () => {
  const { batches } = read("openrlhf-value");
  assert.equal(lossAndGradient(batches.nanOutside!, 0.25), lossAndGradient(batches.hugeOutside!, 0.25));
  assert.is(lossAndGradient(batches.nothing!, 0.25).loss, 0);
});

test("critic: micro-batches add up to the whole, and the metrics are those of the whole", () => {
  const batch = {
    values: tf.tensor2d([[1, 2], [0, 5], [1, 1]]), // prettier-ignore
    oldValues: tf.tensor2d([[1, 1], [0, 0], [2, 1]]), // prettier-ignore
    returns: tf.tensor2d([[0, 0], [1, 0], [0, 0]]), // prettier-ignore
    mask: tf.tensor2d([[1, 1], [1, 0], [1, 1]]), // prettier-ignore
  };
  const { part } = createPart(tokenMean);
  const totals = batchTotals(batch.mask.arraySync());
  const rows = (start: number, size: number) =>
    Object.fromEntries(Object.entries(batch).map(([name, x]) => [name, tf.slice(x, [start, 0], [size, 2])])) as typeof batch;
  const [whole, parts] = [new MetricsCollector(), new MetricsCollector()];
  const loss = criticLoss(options, part, batch, totals, whole, 1);
  const sum = tf.add(
    criticLoss(options, part, rows(0, 1), totals, parts, 1 / 3),
    criticLoss(options, part, rows(1, 2), totals, parts, 2 / 3),
  ); // []
  assertClose(sum, loss.dataSync()[0]!);
  // errors 1, 4, 1, 1, 1 (clipped to 1.75: 1.75² = 3.0625) → ½ (1 + 4 + 1 + 3.0625 + 1) / 5
  assertClose(loss, 10.0625 / 10);
  const [a, b] = [whole.take(), parts.take()];
  assert.ok(Math.abs(a.valueLoss! - b.valueLoss!) < 1e-6);
  assert.equal([a.valueClipFraction, b.valueClipFraction], [0.4, 0.4]); // two of five tokens moved by 1
});

test("critic: explained variance", () => {
  assert.is(explainedVariance([1, 2, 9], [1, 2, 0], [1, 1, 0]), 1);
  assert.is(explainedVariance([5, 5], [1, 2], [1, 1]), 0);
  assert.is(explainedVariance([1, 2], [3, 3], [1, 1]), null);
});

test("critic: a head that is there is kept, a missing one made, and without a critic there is none", () => {
  const model = createModel(fakeModel);
  const policy = model.initialParameters(randomStream(1, "x"));
  const leaked = leakedTensors(() => {
    const made = withValueHead(policy, model);
    assert.equal(Object.keys(made), ["start", "next", "value.next"]);
    const kept = withValueHead({ ...made, "value.next": tf.ones([5, 1]) }, model);
    assertClose(kept["value.next"]!, [1, 1, 1, 1, 1]);
    assert.equal(Object.keys(withoutValueHead(kept)), ["start", "next"]);
    tf.dispose([made, kept]);
  });
  assert.is(leaked, 3, "the ones above, and the two copies of the last");
  tf.dispose(policy);
});

test.run();
