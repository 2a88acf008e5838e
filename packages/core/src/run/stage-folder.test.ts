import "@tensorflow/tfjs";
import fs, { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "@rewardlab/storage";
import { soundExperiment, temporaryFolder } from "../testing/experiment.ts";
import { metricsOf, runBytes, runText } from "../testing/run.ts";

const test = suite("stage-folder", { folder: "" });
test.before.each((context) => void (context.folder = temporaryFolder()));
test.after.each(({ folder }) => rmSync(folder, { recursive: true }));

const before = ["stages.rl.checkpointEvery=1"];
const after = [...before, "stages.rl.optimizer.learningRate=0.3"];
const run = (folder: string, set: string[], notes: string[] = []) =>
  runText(soundExperiment, folder, { set, note: (message) => notes.push(message) });
const inRun = (folder: string, ...more: string[]) => join(folder, "main", "seed-1", ...more);
const stop = (folder: string) =>
  runText(soundExperiment, folder, { set: before, stopAt: (what, done) => what === "rl" && done === 2 }).catch(() => {});

/** Fails the n-th of some renames, as a kill or a refusing disk would. Returns whether it came to that. */
async function failing(
  n: number,
  concerns: (from: string, to: string) => boolean,
  work: () => Promise<unknown>,
): Promise<boolean> {
  const { renameSync } = fs;
  let count = 0;
  fs.renameSync = (from, to) => {
    if (concerns(String(from), String(to)) && ++count >= n) throw Object.assign(new Error("EACCES"), { code: "EACCES" });
    renameSync(from, to);
  };
  syncBuiltinESMExports();
  try {
    await work().catch(() => {});
  } finally {
    fs.renameSync = renameSync;
    syncBuiltinESMExports();
  }
  return count >= n;
}

test("set aside, interrupted at any rename: the changed experiment runs as if anew, and so does the old one if it comes back", async ({
  folder,
}) => {
  const [old, changed, stopped] = ["old", "changed", "stopped"].map((name) => join(folder, name)) as [string, string, string];
  await run(old, before);
  await run(changed, after);
  await stop(stopped);
  let interrupted = 0;
  for (const [again, whole] of [
    [after, changed],
    [before, old],
  ] as const)
    // prettier-ignore
    for (let n = 1, reached = true; reached; n++) {
      const tried = join(folder, "tried");
      const notes: string[] = [];
      cpSync(stopped, tried, { recursive: true });
      reached = await failing(
        n,
        (from, to) => /seed-1.(stage\.json|before)/.test(to) || /seed-1.[^/]*$/.test(from),
        () => run(tried, after, notes),
      );
      if (reached) {
        interrupted += 1;
        assert.is((await run(tried, again, notes)).status, "done", `${n}`);
        assert.equal(runBytes(tried), runBytes(whole), `rename ${n}`);
        if (again === after) {
          const [kept = ""] = readdirSync(inRun(tried, "before"));
          const files = readdirSync(inRun(tried, "before", kept)).sort();
          assert.equal(files, ["checkpoints", "metrics.jsonl", "samples.jsonl", "stage.json"], "whole");
          assert.match(notes.join("\n"), /what was there is kept in main.seed-1.before/);
        }
      }
      rmSync(tried, { recursive: true });
    }
  assert.ok(interrupted >= 10, `${interrupted} places`);
});

test("without stage.json: what says that it belongs here is gone on with, what belongs elsewhere is set aside", async ({
  folder,
}) => {
  const [whole, stopped] = [join(folder, "whole"), join(folder, "stopped")];
  await run(whole, before);
  await stop(stopped);
  rmSync(inRun(stopped, "stage.json"));
  const notes: string[] = [];
  await run(stopped, before, notes);
  assert.equal(notes, ["rl: goes on after iteration 2"]);
  assert.equal(runBytes(stopped), runBytes(whole));

  rmSync(inRun(stopped, "stage.json"));
  rmSync(inRun(stopped, "artefact.json"));
  await run(stopped, after, notes);
  assert.match(
    notes[1]!,
    /^rl: the experiment was changed since this run; what was there is kept in main\/seed-1\/before\/[0-9a-f]{12}$/,
  );
  assert.is(metricsOf(stopped)[0]!.learningRate, 0.3);
});

test("another run's checkpoints, copied here by hand, are not gone on with", async ({ folder }) => {
  const [whole, other, mixed] = ["whole", "other", "mixed"].map((name) => join(folder, name)) as [string, string, string];
  await run(whole, before);
  await run(other, after);
  await stop(mixed);
  rmSync(inRun(mixed, "checkpoints"), { recursive: true });
  cpSync(inRun(other, "checkpoints"), inRun(mixed, "checkpoints"), { recursive: true });
  const notes: string[] = [];
  await run(mixed, before, notes);
  assert.match(notes.join(), /its checkpoint belongs to something else; what was there is kept in/);
  assert.equal(runBytes(mixed), runBytes(whole));
});

test("a damaged stage.json: which file to remove, after which the run goes on", async ({ folder }) => {
  await stop(folder);
  for (const text of ["", "{", "null", "3"]) {
    writeFileSync(inRun(folder, "stage.json"), text);
    const error = await run(folder, before).catch((reason: unknown) => reason);
    assert.instance(error, InputError);
    assert.match(
      (error as InputError).message,
      /stage\.json: (is empty|not valid JSON|holds).*Remove the file .*stage\.json to go on/,
    );
  }
  rmSync(inRun(folder, "stage.json"));
  assert.is((await run(folder, before)).status, "done");
  assert.not(existsSync(inRun(folder, "before")));
});

test("killed between finishing an artefact and publishing it: it is published, not made again", async ({ folder }) => {
  await run(folder, before);
  const artefacts = join(folder, "artefacts");
  const name = readdirSync(artefacts).find((one) => one.startsWith("coldStart"))!;
  const model = readFileSync(join(artefacts, name, "model.safetensors"));
  fs.renameSync(join(artefacts, name), join(artefacts, `${name}.work`));
  fs.mkdirSync(join(artefacts, `${name}.work`, "checkpoints", "000003"), { recursive: true }); // half removed
  const stages: string[] = [];
  await runText(soundExperiment, folder, { set: after, stopAt: (what) => stages.push(what) < 0 });
  assert.not(stages.includes("coldStart"));
  assert.equal(readFileSync(join(artefacts, name, "model.safetensors")), model);
  assert.equal(
    readdirSync(artefacts).filter((one) => one.endsWith(".work")),
    [],
  );
});

test.run();
