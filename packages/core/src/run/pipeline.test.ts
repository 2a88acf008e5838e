import "@tensorflow/tfjs";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { z } from "zod";
import { dataset, stage } from "../plugin/component.ts";
import { InputError, readJson, readJsonLines, RunError } from "@rewardlab/storage";
import { definePlugin } from "../plugin/plugin.ts";
import { splitOf } from "../items/items.ts";
import { fakeItems } from "../testing/fake-model.ts";
import { fakeRegistry, soundExperiment } from "../testing/experiment.ts";
import { metricsOf, runBytes, runText } from "../testing/run.ts";
import { inFolder } from "../testing/in-folder.ts";
import { suite } from "uvu";

type Used = { kind: string; name: string; version: number; integrity: string | null };
const test = inFolder(suite("pipeline", { folder: "", tensors: 0 }));

const runPath = (folder: string, ...more: string[]) => join(folder, "main", "seed-1", ...more);
const statusOf = (folder: string) => readJson(runPath(folder, "status.json")) as { status: string; reason: string | null };

test("prompts are looked at once: not for another seed, nor when a run goes on; again where the data, the model or a stage is another", async ({
  folder,
}) => {
  let outlines = 0;
  const items = fakeItems(6);
  const counted = (hash: string) =>
    dataset({
      name: "counted",
      summary: "tells how often it is read",
      options: z.strictObject({}),
      create: () => {
        const { item, outline, length } = splitOf(items);
        return {
          hash,
          splits: ["train", "test"],
          open: async () => ({ length, item, outline: (index) => (outlines++, outline(index)) }),
        };
      },
    });
  const text = soundExperiment.replace("data: fake-items", "data: counted");
  const readBy = async (run: Promise<unknown>) => {
    outlines = 0;
    await run;
    return outlines;
  };
  const registry = fakeRegistry(definePlugin({ name: "c", api: "^1", components: [counted("a")] }));
  const room = ["model.room=9"];
  assert.is(await readBy(runText(text, folder, { registry, set: room })), 12, "both splits");
  assert.is(await readBy(runText(text, folder, { registry, set: room, seed: 2 })), 0);
  assert.is(await readBy(runText(text, folder, { registry, set: room })), 0);
  assert.is(await readBy(runText(text, folder, { registry, set: ["model.room=8"] })), 12);
  assert.is(await readBy(runText(text, folder, { registry, set: [...room, "stages.rl.rollout.maxNewTokens=3"] })), 12);
  const other = fakeRegistry(definePlugin({ name: "c", api: "^1", components: [counted("b")] }));
  assert.is(await readBy(runText(text, folder, { registry: other, set: room })), 12);
  const tooLong = () => runText(text, folder, { registry, set: ["model.room=0"] }).catch((error: unknown) => String(error));
  assert.match(String(await tooLong()), "6 of 6 items don't fit into the model fake");
  assert.is(await readBy(tooLong()), 6, "what doesn't fit is looked at again");
});

test("what a run's folder holds", async ({ folder }) => {
  await runText(soundExperiment, folder);
  const files = [
    "artefact.json",
    "checkpoints",
    "experiment.yaml",
    "metrics.json",
    "metrics.jsonl",
    "model.safetensors",
    "provenance.json",
    "results.json",
    "samples.jsonl",
    "stage.json",
    "status.json",
  ];
  assert.equal(readdirSync(runPath(folder)).sort(), files);
  const { engine, versions, stages } = readJson(runPath(folder, "provenance.json")) as {
    engine: unknown;
    versions: Record<string, Used[]>;
    stages: { name: string; versions: Used[] }[];
  };
  assert.equal(Object.keys(versions), ["model", "data"]);
  const evaluate = stages.find(({ name }) => name === "evaluate")!.versions;
  assert.equal({ ...evaluate[0], version: 0 }, { kind: "stage", name: "evaluate", version: 0, integrity: null });
  for (const used of [...Object.values(versions), ...stages.map((one) => one.versions)].flat())
    assert.ok(Number.isInteger(used.version), JSON.stringify(used));
  assert.ok(
    stages.find(({ name }) => name === "rl")!.versions.some(({ kind }) => kind === "reward"),
    "what lies in a stage counts too",
  );
  assert.equal(engine, { name: "cpu", detail: "test", passedOver: [{ name: "better", detail: "not here" }] });
  const artefacts = readdirSync(join(folder, "artefacts")).sort();
  assert.equal(
    artefacts.map((name) => name.replace(/[0-9a-f]{12}$/, "…")),
    ["coldStart-…", "evaluate-…"],
  );
  const records = readJson(runPath(folder, "results.json")) as { name: string; folder: string; status: string }[];
  assert.equal(
    records.map(({ name, status }) => [name, status]),
    [
      ["coldStart", "done"],
      ["rl", "done"],
      ["evaluate", "done"],
    ],
  );
  for (const record of records) assert.ok(existsSync(join(folder, record.folder, "artefact.json")), record.folder);
});

test("every number of a line is declared, with its meaning, in metrics.json", async ({ folder }) => {
  await runText(soundExperiment, folder, {
    set: [
      "stages.rl.kl={ use: k1, in: loss, coefficient: 0.1, clampInput: 10, clampOutput: 10, adaptive: { target: 0.1, horizon: 100 } }",
      "stages.rl.critic={ coefficient: 0.1 }",
      "stages.rl.advantage=[gae]",
      "stages.rl.sampler=[dynamic, { use: overlong, buffer: 2 }]",
      "stages.rl.rollout.samplesPerPrompt=2",
      "stages.rl.loss={ ratio: clamped, surrogate: dual-clip, aggregate: token-mean }",
    ],
  });
  const declared = readJson(runPath(folder, "metrics.json")) as Record<string, Record<string, { meaning: string }>>;
  const namesOf = (path: string) => {
    const lines = readJsonLines(path).lines as Record<string, unknown>[];
    assert.ok(lines.length > 0);
    return new Set(
      lines.flatMap(({ iteration: _i, step: _s, rules = {}, ...rest }) => [
        ...Object.keys(rest),
        ...Object.keys(rules as object).map((rule) => `rules.${rule}`),
      ]),
    );
  };
  const expectDeclared = (which: string, path: string, some: readonly string[]) => {
    const names = namesOf(path);
    for (const name of some) assert.ok(names.has(name), `${name} was recorded`);
    for (const name of names) assert.ok(declared[which]![name]?.meaning, `${which}: ${name} is declared`);
  };
  const of = [
    "klCoefficient",
    "valueLoss",
    "equalGroupFraction",
    "overlongPenalty",
    "clampedFraction",
    "capFraction",
    "klInputClamped",
    "rules.right",
  ];
  expectDeclared("rl", runPath(folder, "metrics.jsonl"), [
    ...of,
    "nonFiniteKl",
    "nonFiniteAdvantages",
    "updates",
    "trainedScore",
  ]);
  const coldStart = readdirSync(join(folder, "artefacts")).find((name) => name.startsWith("coldStart"))!;
  expectDeclared("coldStart", join(folder, "artefacts", coldStart, "metrics.jsonl"), ["loss", "phase"]);
});

test("a second run takes all that is there", async ({ folder }) => {
  await runText(soundExperiment, folder);
  const before = runBytes(folder);
  const worked: string[] = [];
  await runText(soundExperiment, folder, { stopAt: (what) => worked.push(what) < 0 });
  assert.equal(worked, []);
  assert.equal(runBytes(folder), before);
});

test("a stage is made anew where anything before it changed, and only then", async ({ folder }) => {
  const worked = async (set: string[]) => {
    const stages: string[] = [];
    await runText(soundExperiment, folder, { set, stopAt: (what) => stages.push(what) < 0 });
    return [...new Set(stages)];
  };
  assert.equal(await worked([]), ["coldStart", "rl", "evaluate"]);
  assert.equal(await worked(["stages.evaluate.maxNewTokens=3"]), ["evaluate"]);
  assert.equal(await worked(["stages.rl.iterations=2"]), ["rl", "evaluate"]);
  assert.equal(await worked(["stages.coldStart.gradientClip=3"]), ["coldStart", "rl", "evaluate"]);
  assert.equal(await worked(["model.scale=0.3"]), ["coldStart", "rl", "evaluate"]);
  assert.equal(await worked(["data.train=20"]), ["coldStart", "rl", "evaluate"]);
});

test("an experiment that was changed keeps what was there, also when it is changed back and forth", async ({ folder }) => {
  const notes: string[] = [];
  for (const iterations of [3, 2, 3, 2, 3]) {
    await runText(soundExperiment, folder, {
      set: [`stages.rl.iterations=${iterations}`],
      note: (message) => notes.push(message),
    });
    assert.is(metricsOf(folder).length, iterations);
  }
  assert.is(notes.length, 4);
  assert.match(
    notes[0]!,
    /^rl: the experiment was changed since this run; what was there is kept in main\/seed-1\/before\/[0-9a-f]{12}$/,
  );
  const kept = readdirSync(runPath(folder, "before")).map(
    (name) =>
      readFileSync(runPath(folder, "before", name, "metrics.jsonl"), "utf8")
        .trim()
        .split("\n").length,
  );
  assert.equal(kept.sort(), [2, 2, 3, 3]);
});

test("two variants share the cold start and the data; a damaged artefact is named", async ({ folder }) => {
  await runText(soundExperiment, folder);
  const coldStart = readdirSync(join(folder, "artefacts")).find((name) => name.startsWith("coldStart"));
  truncateSync(join(folder, "artefacts", coldStart!, "model.safetensors"), 50);
  const error = await runText(soundExperiment, folder, { set: ["stages.rl.iterations=2"] }).catch((reason: unknown) => reason);
  assert.instance(error, InputError);
  assert.match((error as InputError).message, new RegExp(`${coldStart}/model\\.safetensors: .*cut short`));
  assert.is(statusOf(folder).status, "failed");
});

test("a damaged checkpoint: named, with what to do; nothing else is touched", async ({ folder: parent }) => {
  const folder = join(parent, "stopped"); // paths in samples.jsonl are relative, so both lie equally deep
  const stop = { set: ["stages.rl.checkpointEvery=1"], stopAt: (what: string, done: number) => what === "rl" && done === 3 };
  await runText(soundExperiment, folder, stop).catch(() => {});
  const newest = runPath(folder, "checkpoints", "000003");
  const before = readFileSync(runPath(folder, "metrics.jsonl"), "utf8");
  writeFileSync(join(newest, "model.safetensors"), "cut");
  const error = await runText(soundExperiment, folder, { set: stop.set }).catch((reason: unknown) => reason);
  assert.instance(error, InputError);
  assert.match(
    (error as InputError).message,
    /checkpoints\/000003: model\.safetensors is not what was written.*Remove that folder to go on from the checkpoint before it/,
  );
  assert.is(readFileSync(runPath(folder, "metrics.jsonl"), "utf8"), before);

  rmSync(newest, { recursive: true });
  await runText(soundExperiment, folder, { set: stop.set });
  await runText(soundExperiment, join(parent, "whole"), { set: stop.set });
  assert.equal(runBytes(folder), runBytes(join(parent, "whole")));
});

test("a line torn by a kill, and lines after the checkpoint, are cut off", async ({ folder: parent }) => {
  const folder = join(parent, "stopped"); // paths in samples.jsonl are relative, so both lie equally deep
  const stop = { stopAt: (what: string, done: number) => what === "rl" && done === 2 };
  await runText(soundExperiment, folder, stop).catch(() => {});
  const path = runPath(folder, "metrics.jsonl");
  writeFileSync(path, `${readFileSync(path, "utf8")}{"iteration":3}\n{"itera`);
  await runText(soundExperiment, folder);
  await runText(soundExperiment, join(parent, "whole"));
  assert.equal(runBytes(folder), runBytes(join(parent, "whole")));
});

test("an artefact that came with the experiment is taken, unless it is not wanted", async ({ folder }) => {
  await runText(soundExperiment, join(folder, "first"));
  const made = readdirSync(join(folder, "first", "artefacts")).find((name) => name.startsWith("coldStart"));
  const shipped = { from: join(folder, "first", "artefacts", made!), as: join("artefacts", made!) };
  const worked = async (useShipped: boolean) => {
    const [stages, notes] = [new Set<string>(), [] as string[]];
    await runText(soundExperiment, join(folder, String(useShipped)), {
      useShipped,
      shipped,
      note: (message) => notes.push(message),
      stopAt: (what) => stages.add(what).size < 0,
    });
    return { stages: [...stages], notes };
  };
  const taken = await worked(true);
  assert.equal(taken.stages, ["rl", "evaluate"]);
  assert.match(taken.notes[0]!, /^coldStart: taken from .*, made before by this experiment \(--fresh makes it anew\)/);
  assert.equal((await worked(false)).stages, ["coldStart", "rl", "evaluate"]);
  assert.equal(runBytes(join(folder, "true")), runBytes(join(folder, "false")));
});

test("what a kill left half-written is cleared by the next run, wherever it works; another's lock is not touched", async ({
  folder,
}) => {
  const twice = soundExperiment.replace(/( {2}- rl:[^]*?)( {2}- evaluate)/, "$1$1$2").replace(/(- rl:[^]*?)- rl:/, "$1- second:");
  const made = join(folder, "made");
  await runText(twice, made);
  const work = readdirSync(join(made, "artefacts")).find((name) => name.startsWith("coldStart-"));
  for (const place of ["main/seed-1", "main/seed-1/second", `artefacts/${work}.work`]) {
    mkdirSync(join(folder, place), { recursive: true });
    writeFileSync(join(folder, place, "model.safetensors.17.part"), "half");
    writeFileSync(join(folder, place, ".lock.18.part"), "{}");
  }
  await runText(twice, folder);
  const left = readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith(".part"));
  assert.equal(left.toSorted(), [
    `artefacts/${work}/.lock.18.part`,
    "main/seed-1/.lock.18.part",
    "main/seed-1/second/.lock.18.part",
  ]);
});

test("a stage that throws: failed, with the reason; the next run goes on", async ({ folder }) => {
  let works = false;
  const frail = stage({
    name: "frail",
    summary: "for tests",
    keeps: "artefact",
    options: z.strictObject({}),
    create: () => ({
      run: async () => {
        if (!works) throw new RunError("RL_TEST", "no luck");
        return { status: "done" };
      },
    }),
  });
  const registry = fakeRegistry(definePlugin({ name: "more", api: "^1", components: [frail] }));
  const text = soundExperiment.replace("- evaluate: { use: evaluate", "- frail: frail\n  - evaluate: { use: evaluate");
  assert.is(
    ((await runText(text, folder, { registry }).catch((reason: unknown) => reason)) as Error).message,
    "no luck (stage frail)",
  );
  assert.equal([statusOf(folder).status, statusOf(folder).reason], ["failed", "no luck (stage frail)"]);
  const bytes = runBytes(folder);
  works = true;
  assert.is((await runText(text, folder, { registry })).status, "done");
  assert.equal(runBytes(folder), bytes);
});

test("data that can't be loaded: input, not a failure of the run", async ({ folder }) => {
  const missing = dataset({
    name: "missing",
    summary: "for tests",
    options: z.strictObject({}),
    create: () => ({
      hash: "h",
      splits: ["train"],
      open: async () => {
        throw new InputError("RL_DATASET", "train.jsonl:3: no such picture");
      },
    }),
  });
  const registry = fakeRegistry(definePlugin({ name: "more", api: "^1", components: [missing] }));
  const error = await runText(soundExperiment, folder, { registry, set: ["data=missing"] }).catch((reason: unknown) => reason);
  assert.instance(error, InputError);
});

test("a split that the data hasn't got is refused before the first stage", async ({ folder }) => {
  const error = await runText(soundExperiment, folder, { set: ["stages.evaluate.on=[data.tset]"] }).catch(
    (reason: unknown) => reason,
  );
  assert.instance(error, InputError);
  assert.match((error as InputError).message, /stages\.evaluate\.on: the data has no split "tset"\. Did you mean "test"\?/);
  assert.not(existsSync(join(folder, "artefacts")));
});

test.run();
