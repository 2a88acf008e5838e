import * as tf from "@tensorflow/tfjs";
import { assertClose, createPart, leakedTensors, probeWith } from "@rewardlab/core/testing";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { bradleyTerry } from "./bradley-terry.ts";
import plugin from "./index.ts";

const lossOf = (options: object, chosen: number[], rejected: number[], margins: number[] | null = null) =>
  createPart(bradleyTerry, options).part.apply({
    chosen: tf.tensor1d(chosen),
    rejected: tf.tensor1d(rejected),
    margins: margins && tf.tensor1d(margins),
  });

test("bradley-terry: −log σ of the difference, a number for each pair", () => {
  // equal: ln 2; ln 3 ahead: σ = ¾; ln 3 behind: σ = ¼
  const loss = lossOf({}, [0.5, Math.log(3), 0], [0.5, 0, Math.log(3)]);
  assertClose(loss, [Math.LN2, Math.log(4 / 3), Math.log(4)]);
});

test("bradley-terry: margins of the data and of the options are taken off the difference", () => {
  assertClose(lossOf({ margin: 0.25 }, [1, 1], [0, 0], [0.75, 0.75 + Math.log(3)]), [Math.LN2, Math.log(4)]);
  assertClose(lossOf({ margin: 1 }, [1], [0]), [Math.LN2]);
});

test("bradley-terry: centre adds the square of the sum", () => {
  assertClose(lossOf({ centre: 0.5 }, [1.5, 2], [1.5, -2]), [Math.LN2 + 0.5 * 9, Math.log(1 + Math.exp(-4))]);
});

test("bradley-terry: the gradient is −σ(−x) in the better score, the opposite in the other, and 2c(r_c + r_r) in both", () => {
  const { part } = createPart(bradleyTerry, { centre: 0.5 });
  const [chosen, rejected] = [tf.tensor1d([1, 0]), tf.tensor1d([1, Math.log(3)])];
  const of = (x: tf.Tensor, y: tf.Tensor) =>
    tf.sum(part.apply({ chosen: x as tf.Tensor1D, rejected: y as tf.Tensor1D, margins: null }));
  const [better, other] = tf.grads(of)([chosen, rejected]);
  const sum = Math.log(3);
  assertClose(better!, [-0.5 + 2, -0.75 + sum]);
  assertClose(other!, [0.5 + 2, 0.75 + sum]);
  // by differences: h = 1e-2
  const at = (x: number) => lossOf({ centre: 0.5 }, [x], [Math.log(3)]).dataSync()[0]!;
  assertClose((at(0.01) - at(-0.01)) / 0.02, -0.75 + sum, 1e-3);
});

test("bradley-terry: scores far apart have a finite loss and gradient", () => {
  assertClose(lossOf({}, [200, -200], [-200, 200]), [0, 400]);
});

test("bradley-terry: a probe by its own kind or as a loss", async () => {
  const probe = probeWith(plugin);
  const batch = { chosen: [Math.log(3), 0], rejected: [0, 0], margins: [0, 0] };
  for (const kind of ["pair-loss", "loss"]) {
    const { loss, gradChosen } = await probe(kind, "bradley-terry", batch);
    assertClose(loss as number, (Math.log(4 / 3) + Math.LN2) / 2);
    assertClose(tf.tensor1d(gradChosen as number[]), [-0.125, -0.25]);
    assert.equal((await probe(kind, { use: "bradley-terry", margin: 0 }, batch)).loss, loss);
  }
});

test("bradley-terry: shapes that don't agree are refused", () => {
  assert.throws(() => lossOf({}, [1, 2], [1]), /bradley-terry: rejected has shape \[1\]/);
});

test("bradley-terry: leaks no tensor", () => {
  const { part } = createPart(bradleyTerry, { centre: 0.1 });
  const pairs = { chosen: tf.tensor1d([1, 2]), rejected: tf.tensor1d([0, 1]), margins: tf.tensor1d([0, 1]) };
  assert.is(
    leakedTensors(() => part.apply(pairs).dispose()),
    0,
  );
});

test.run();
