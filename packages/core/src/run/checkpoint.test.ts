import "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import { mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "../errors.ts";
import { temporaryFolder } from "../testing/experiment.ts";
import { loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";

const test = suite("checkpoint", { folder: "", tensors: 0 });
test.before.each((context) => {
  context.folder = temporaryFolder();
  context.tensors = tf.memory().numTensors;
});
test.after.each(({ folder, tensors }) => {
  rmSync(folder, { recursive: true });
  assert.is(tf.memory().numTensors, tensors, "tensors leaked");
});

async function save(folder: string, step: number, value = step): Promise<void> {
  const model = { w: tf.tensor1d([value, -value]) };
  await saveCheckpoint(folder, { step, tensors: { model, optimizer: {} }, state: { cursor: value, random: { a: [1, 2] } } });
  tf.dispose(model);
}

/** The first weight of the newest checkpoint. */
function loaded(folder: string): number {
  const checkpoint = loadCheckpoint<{ cursor: number }>(folder)!;
  const [weight] = checkpoint.tensors.model!.w!.dataSync();
  assert.is(checkpoint.state.cursor, weight);
  tf.dispose(checkpoint.tensors as never);
  return weight!;
}

function refused(folder: string, message: RegExp): void {
  try {
    loadCheckpoint(folder);
  } catch (error) {
    assert.instance(error, InputError);
    assert.match((error as InputError).message, message);
    assert.match(
      (error as InputError).message,
      /checkpoints\/000002: .*Remove that folder to go on from the checkpoint before it, or run with --fresh\.$/,
    );
    return;
  }
  assert.unreachable("it was accepted");
}

test("none is null; the newest is loaded; two are kept", async ({ folder }) => {
  assert.is(loadCheckpoint(folder), null);
  for (const step of [1, 2, 3]) await save(folder, step);
  assert.is(loaded(folder), 3);
  assert.equal(readdirSync(join(folder, "checkpoints")), ["000002", "000003"]);
});

test("steps are numbers: a million comes after 999999", async ({ folder }) => {
  await save(folder, 999_999, 1);
  await save(folder, 1_000_000, 2);
  assert.is(loaded(folder), 2);
});

test("the same step saved again replaces it", async ({ folder }) => {
  await save(folder, 1, 1);
  await save(folder, 1, 5);
  assert.is(loaded(folder), 5);
});

test("what a kill left half-written is passed over, and cleared by the next one", async ({ folder }) => {
  await save(folder, 1);
  mkdirSync(join(folder, "checkpoints", "000002.4711.part"));
  assert.is(loaded(folder), 1);
  await save(folder, 2);
  assert.equal(readdirSync(join(folder, "checkpoints")), ["000001", "000002"]);
});

const damage: Record<string, { readonly does: (path: string) => void; readonly says: RegExp }> = {
  "weights cut short": {
    does: (path) => truncateSync(join(path, "model.safetensors"), 70),
    says: /model\.safetensors is not what was written/,
  },
  "weights with a flipped bit": {
    does: (path) => flip(join(path, "model.safetensors"), -1),
    says: /model\.safetensors is not what was written \(its SHA-256 differs\)/,
  },
  "a lying header": {
    does: (path) => flip(join(path, "model.safetensors"), 0),
    says: /model\.safetensors is not what was written/,
  },
  "weights missing": { does: (path) => rmSync(join(path, "optimizer.safetensors")), says: /optimizer\.safetensors is missing/ },
  "state missing": { does: (path) => rmSync(join(path, "state.json")), says: /state\.json is missing/ },
  "state cut short": { does: (path) => truncateSync(join(path, "state.json"), 20), says: /state\.json: not valid JSON/ },
  "state with a changed digit": {
    does: (path) =>
      writeFileSync(
        join(path, "state.json"),
        readFileSync(join(path, "state.json"), "utf8").replace('"cursor": 2', '"cursor": 3'),
      ),
    says: /state\.json is not what was written/,
  },
  "state that is null": {
    does: (path) => writeFileSync(join(path, "state.json"), "null"),
    says: /state\.json is not what was written/,
  },
  "state that is something else": {
    does: (path) => writeFileSync(join(path, "state.json"), "{}"),
    says: /state\.json is not what was written/,
  },
};
for (const [name, { does, says }] of Object.entries(damage))
  test(`damaged: ${name}; the one before stays good`, async ({ folder }) => {
    await save(folder, 1);
    await save(folder, 2);
    does(join(folder, "checkpoints", "000002"));
    refused(folder, says);
    rmSync(join(folder, "checkpoints", "000002"), { recursive: true });
    assert.is(loaded(folder), 1);
  });

function flip(path: string, index: number): void {
  const bytes = readFileSync(path);
  const at = (index + bytes.length) % bytes.length;
  bytes[at] = bytes[at]! ^ 1;
  writeFileSync(path, bytes);
}

test.run();
