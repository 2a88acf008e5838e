import "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import { mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { InputError, LOCK_FILE, lockFolder } from "@rewardlab/storage";
import { temporaryFolder } from "../testing/experiment.ts";
import { publishArtefact, readArtefact, readArtefactModel, writeArtefact } from "./artefact.ts";

const test = suite("artefact", { folder: "" });
test.before.each((context) => void (context.folder = temporaryFolder()));
test.after.each(({ folder }) => rmSync(folder, { recursive: true }));

const made = { stage: "coldStart", key: "k", status: "done", results: { steps: 3 }, madeBy: { engine: "cpu" } } as const;

test("written, read, verified", ({ folder }) => {
  const w = tf.tensor1d([1, 2]);
  writeArtefact(folder, made, { w });
  const artefact = readArtefact(folder, "k")!;
  assert.equal(artefact.results, { steps: 3 });
  const model = readArtefactModel(folder, artefact)!;
  assert.equal([...model.w!.dataSync()], [1, 2]);
  assert.is(readArtefact(folder, "another key"), null);
  tf.dispose([w, model]);
});

test("a stage that leaves the policy as it was has no model", ({ folder }) => {
  assert.is(readArtefactModel(folder, writeArtefact(folder, made, undefined)), null);
});

test("a model that is missing, cut short, or another one", ({ folder }) => {
  const w = tf.tensor1d([1, 2]);
  const artefact = writeArtefact(folder, made, { w });
  tf.dispose(w);
  const refused = (message: RegExp) =>
    assert.throws(
      () => readArtefactModel(folder, artefact),
      (error: unknown) => error instanceof InputError && message.test(error.message),
    );
  const path = join(folder, "model.safetensors");
  const whole = readFileSync(path);
  writeFileSync(
    path,
    whole.map((byte, index) => (index === whole.length - 1 ? byte ^ 1 : byte)),
  );
  refused(/model\.safetensors: is not what was written/);
  truncateSync(path, 12);
  refused(/model\.safetensors: .*cut short/);
  rmSync(path);
  refused(/model\.safetensors: is missing.*Remove the folder .* to make it again; that costs the time its stage takes/);
});

for (const [text, says] of [
  ["", /artefact\.json: is empty\. Remove the folder .* to make it again/],
  ['{"key": "k', /artefact\.json: not valid JSON .*Remove the folder .* to make it again/],
  ["null", /artefact\.json: holds null, expected an object\. Remove the folder/],
  ["[1]", /artefact\.json: holds \[1\], expected an object/],
] as const)
  test(`damaged, ${JSON.stringify(text)}: which folder to remove, and what that costs`, ({ folder }) => {
    writeFileSync(join(folder, "artefact.json"), text);
    assert.throws(
      () => readArtefact(folder, "k"),
      (error: unknown) => error instanceof InputError && says.test(error.message),
    );
  });

test("published: without checkpoints and lock; what was there is replaced", ({ folder }) => {
  const [working, final] = [join(folder, "a.work"), join(folder, "a")];
  mkdirSync(final);
  writeFileSync(join(final, "old"), "");
  const unlock = lockFolder(working);
  mkdirSync(join(working, "checkpoints"));
  writeFileSync(join(working, "new"), "");
  assert.ok(readdirSync(working).includes(LOCK_FILE));
  publishArtefact(working, final);
  unlock();
  assert.equal([readdirSync(folder), readdirSync(final)], [["a"], ["new"]]);
});

test.run();
