import "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { InputError } from "@rewardlab/storage";
import { checkpointKey, loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";
import { inFolder } from "../testing/in-folder.ts";
import { suite } from "uvu";

const test = inFolder(suite("checkpoint", { folder: "", tensors: 0 }));

const KEY = "the stage's key";

async function save(folder: string, step: number, value = step, key = KEY): Promise<void> {
  const model = { w: tf.tensor1d([value, -value]) };
  await saveCheckpoint(folder, { key, step, tensors: { model, optimizer: {} }, state: { cursor: value, random: { a: [1, 2] } } });
  tf.dispose(model);
}

/** The first weight of the newest checkpoint. */
function loaded(folder: string): number {
  const checkpoint = loadCheckpoint<{ cursor: number }>(folder, KEY)!;
  const [weight] = checkpoint.tensors.model!.w!.dataSync();
  assert.is(checkpoint.state.cursor, weight);
  tf.dispose(checkpoint.tensors);
  return weight!;
}

function refused(folder: string, message: RegExp): void {
  try {
    loadCheckpoint(folder, KEY);
  } catch (error) {
    assert.instance(error, InputError);
    assert.match((error as InputError).message, message);
    assert.match(
      (error as InputError).message,
      /checkpoints\/000002: .*Remove that folder to go on from the checkpoint before it \(without one the stage starts anew\), or run with --fresh\.$/,
    );
    return;
  }
  assert.unreachable("it was accepted");
}

test("none is null; the newest is loaded; two are kept", async ({ folder }) => {
  assert.is(loadCheckpoint(folder, KEY), null);
  for (const step of [1, 2, 3]) await save(folder, step);
  assert.is(loaded(folder), 3);
  assert.equal(readdirSync(join(folder, "checkpoints")), ["000002", "000003"]);
});

test("steps are numbers: a million comes after 999999", async ({ folder }) => {
  await save(folder, 999_999, 1);
  await save(folder, 1_000_000, 2);
  assert.is(loaded(folder), 2);
});

test("a step is saved once; one of another stage, or a damaged one, is replaced", async ({ folder }) => {
  const path = join(folder, "checkpoints", "000001");
  await save(folder, 1, 1);
  const made = statSync(join(path, "state.json")).ino;
  await save(folder, 1, 1);
  assert.is(statSync(join(path, "state.json")).ino, made, "not written again");
  await save(folder, 1, 3, "another");
  assert.is(checkpointKey(folder), "another");
  await save(folder, 1, 5);
  assert.is(loaded(folder), 5);
  truncateSync(join(path, "model.safetensors"), 70);
  await save(folder, 1, 7);
  assert.is(loaded(folder), 7);
  assert.equal(readdirSync(join(folder, "checkpoints")), ["000001"]);
});

test("another stage's checkpoint is refused, with what to remove", async ({ folder }) => {
  await save(folder, 1, 1, "0123456789abcdef");
  assert.is(checkpointKey(folder), "0123456789abcdef");
  assert.throws(
    () => loadCheckpoint(folder, KEY),
    (error: InputError) =>
      /belongs to another stage.*0123456789ab, expected the stage's.*Remove .*checkpoints to/.test(error.message),
  );
});

test("killed while a step is replaced: the old one is there again until its successor stands", async ({ folder }) => {
  const path = join(folder, "checkpoints", "000001");
  await save(folder, 1, 1);
  renameSync(path, `${path}.replaced`); // between the two renames
  assert.is(loaded(folder), 1);
  cpSync(path, `${path}.replaced`, { recursive: true }); // after them, before the old one is gone
  assert.is(loaded(folder), 1);
  assert.equal(readdirSync(join(folder, "checkpoints")), ["000001"]);
});

test("killed in the clean-up: what is one too many goes at the next start", async ({ folder }) => {
  await save(folder, 1);
  cpSync(join(folder, "checkpoints", "000001"), join(folder, "kept"), { recursive: true });
  await save(folder, 2);
  await save(folder, 3);
  renameSync(join(folder, "kept"), join(folder, "checkpoints", "000001"));
  rmSync(join(folder, "checkpoints", "000001", "state.json")); // half removed
  assert.is(loaded(folder), 3);
  assert.equal(readdirSync(join(folder, "checkpoints")), ["000002", "000003"]);
});

test("what a kill left half-written is passed over and cleared", async ({ folder }) => {
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
