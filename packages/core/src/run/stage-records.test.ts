import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { RandomStreams } from "../services/random.ts";
import { StateStore } from "../services/state.ts";
import { temporaryFolder } from "../testing/experiment.ts";
import { StageRecords } from "./stage-records.ts";

const test = suite("stage-records", { folder: "", before: 0 });
test.before.each((context) => {
  context.folder = temporaryFolder();
  context.before = tf.memory().numTensors;
});
test.after.each(({ folder, before }) => {
  rmSync(folder, { recursive: true });
  assert.is(tf.memory().numTensors, before, "no tensor is left");
});

/** A stage's process: what it has from the start, and what it leaves when it ends. */
function begun(folder: string) {
  const [random, states] = [new RandomStreams(1, "rl"), new StateStore()];
  const records = new StageRecords({ folder, key: "key", random, states });
  const state = states.at("advantage.0");
  const baseline = state.value<number | null>("baseline", null);
  const kept = state.tensor("kept", () => tf.zeros([2]));
  const end = () => {
    records.close();
    states.dispose();
  };
  return { random, records, baseline, kept, end };
}

test("records: state, streams and logs go back to one instant, whatever came after it", async ({ folder }) => {
  const first = begun(folder);
  assert.is(first.records.resume(), null);
  first.baseline.set(0.1);
  first.kept.set(tf.tensor1d([1 / 3, -0]));
  first.random.stream("own").uniform();
  first.records.log("metrics").append({ iteration: 1 });
  await first.records.save({ step: 1, tensors: {}, state: { own: "stage" } });
  const next = first.random.stream("own").uniform();
  first.baseline.set(0.2);
  first.kept.set(tf.tensor1d([9, 9]));
  first.records.log("metrics").append({ iteration: 2 });
  first.end();

  const second = begun(folder);
  assert.equal(second.records.resume(), { step: 1, tensors: {}, state: { own: "stage" } });
  assert.is(second.baseline.get(), 0.1);
  assert.equal(
    [...second.kept.get().dataSync()].map((value) => [value, Object.is(value, -0)]),
    [
      [Math.fround(1 / 3), false],
      [-0, true],
    ],
  );
  assert.is(second.random.stream("own").uniform(), next);
  second.records.log("metrics").append({ iteration: 2, again: true });
  second.end();
  assert.is(readFileSync(join(folder, "metrics.jsonl"), "utf8"), '{"iteration":1}\n{"iteration":2,"again":true}\n');
});

test("records: without a checkpoint there is what a part begins with", ({ folder }) => {
  const only = begun(folder);
  assert.is(only.records.resume(), null);
  assert.is(only.baseline.get(), null);
  assert.equal([...only.kept.get().dataSync()], [0, 0]);
  only.end();
});

test("records: a stage's own set of tensors can't take the place of the components'", async ({ folder }) => {
  const only = begun(folder);
  const error = await only.records.save({ step: 1, tensors: { components: {} }, state: null }).then(
    () => null,
    (reason: Error) => reason,
  );
  assert.match(error!.message, /a set of tensors may not be called "components"/);
  only.end();
});

test.run();
