import * as tf from "@tensorflow/tfjs";
import type { Scalar, Tensor2D } from "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Component } from "../../plugin/component.ts";
import { batchTotals } from "../../math/policy-loss.ts";
import { fixturesBeside, numbersOf } from "../../testing/parity.ts";
import { assertClose, createPart, gradient } from "../../testing/tensors.ts";
import { constantLength } from "./constant-length.ts";
import { sequenceMean } from "./sequence-mean.ts";
import { sequenceSum } from "./sequence-sum.ts";
import { tokenMean } from "./token-mean.ts";
import { tokenSum } from "./token-sum.ts";

/** The aggregates against what the frameworks compute: loss and its gradient in float64, made by tools/oracles/{verl,trl,openrlhf}.py. */

interface Case {
  readonly batch: string;
  readonly mode?: string;
  readonly options: { readonly loss_scale_factor?: number; readonly token_level_loss?: boolean; readonly loss_type?: string };
  readonly loss: number | string;
  readonly gradient: readonly (readonly (number | string)[])[];
}
interface Batch {
  readonly tokenLoss: number[][];
  readonly advantages: number[][];
  readonly mask: number[][];
}
interface Fixture {
  readonly version: string;
  readonly batches: Readonly<Record<string, Batch>>;
  readonly cases: readonly Case[];
}
const read = fixturesBeside<Fixture>(import.meta.url);

/** Within 1e-6: sums of at most 15 terms below 10 in float32, and verl's and OpenRLHF's 1e-8 beside a length. */
function close(actual: number | tf.Tensor, expected: unknown): void {
  assertClose(actual, numbersOf(expected), 1e-6);
}

type Choice = readonly [Component<"aggregate">, object];

function ours([component, options]: Choice, { tokenLoss, mask }: Batch) {
  const { part } = createPart(component, options);
  const apply = (values: Tensor2D): Scalar => part.apply(values, tf.tensor2d(mask), batchTotals(mask));
  return { loss: apply(tf.tensor2d(tokenLoss)), gradient: gradient(apply, tf.tensor2d(tokenLoss)) };
}

function parity(name: string, count: number, translate: (each: Case, batch: Batch) => Choice): void {
  const { version, batches, cases } = read(name);
  const withTokens = cases.filter(({ batch }) => batches[batch]!.mask.flat().includes(1));
  test(`${name}: ${count} cases`, () => assert.is(withTokens.length, count));
  for (const each of withTokens)
    test(`${name} ${version}: ${each.batch}, ${each.mode ?? ""} ${JSON.stringify(each.options)}`, () => {
      const batch = batches[each.batch]!;
      const result = ours(translate(each, batch), batch);
      close(result.loss, each.loss);
      close(result.gradient, each.gradient);
    });
}

const verl = ({ mode, options }: Case, { mask }: Batch): Choice => {
  if (mode === "token-mean") return [tokenMean, {}];
  if (mode === "token-sum") return [tokenSum, {}];
  if (mode === "seq-mean-token-sum") return [sequenceSum, {}];
  if (mode === "seq-mean-token-mean") return [sequenceMean, {}];
  return [constantLength, { length: options.loss_scale_factor ?? mask[0]!.length }]; // seq-mean-token-sum-norm: a constant, or the padded width
};
parity("verl-aggregate", 18, verl);

const openrlhf = ({ options }: Case): Choice => (options.token_level_loss ? [tokenMean, {}] : [sequenceMean, {}]);
parity("openrlhf-aggregate", 4, openrlhf);

test("aggregate: a batch without a single token is 0 here; verl and OpenRLHF divide 0 by 0", () => {
  for (const [name, translate, nans] of [
    ["verl-aggregate", verl, 5],
    ["openrlhf-aggregate", openrlhf, 2],
  ] as const) {
    const { batches, cases } = read(name);
    const empty = cases.filter(({ batch }) => batch === "empty");
    assert.is(empty.filter(({ loss }) => loss === "NaN").length, nans); // all but verl's token-sum
    for (const each of empty) close(ours(translate(each, batches.empty!), batches.empty!).loss, 0);
  }
});

// TRL's loss can't be had without its surrogate. On policy that is −A, so here A goes in with its sign changed: ∂loss/∂log π = −A·∂loss/∂L.
const counted = { emptySequences: "counted" };
const trl: Record<string, Choice> = {
  grpo: [sequenceMean, counted],
  luspo: [sequenceSum, counted],
  dr_grpo: [constantLength, { length: 16, ...counted }],
  dapo: [tokenMean, {}],
  bnpo: [tokenMean, {}], // of the micro-batch, where dapo's is of the whole batch: one and the same for one micro-batch
};
const fixture = read("trl-aggregate");
const found = fixture.cases.filter(({ batch }) => batch !== "ordinary");
test("trl-aggregate: 15 cases", () => assert.is(found.length, 15));
for (const each of found)
  test(`trl-aggregate ${fixture.version}: ${each.batch}, ${each.options.loss_type}`, () => {
    const { advantages, mask } = fixture.batches[each.batch]!;
    const tokenLoss = advantages.map((row) => row.map((value) => -value));
    const result = ours(trl[each.options.loss_type!]!, { tokenLoss, mask, advantages });
    close(result.loss, each.loss);
    close(tf.mul(result.gradient, tf.tensor2d(tokenLoss)), each.gradient);
  });

test.run();
