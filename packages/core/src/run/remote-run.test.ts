import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readJson, readJsonLines } from "@rewardlab/storage";
import { loadText, fakeRegistry, problemsOf, soundExperiment, temporaryFolder } from "../testing/experiment.ts";
import { checkRemoteModels } from "../experiment/remote-models.ts";
import { explainCell } from "../experiment/explain.ts";
import { fakeModel } from "../testing/fake-model.ts";
import { fakeRemoteModel, fakeService } from "../testing/fake-remote.ts";
import type { FakeRemote, FakeService } from "../testing/fake-remote.ts";
import { createContainer } from "../plugin/container.ts";
import { definePlugin } from "../plugin/plugin.ts";
import { model } from "../plugin/component.ts";
import { createModel } from "../testing/tensors.ts";
import { metricsOf, runInterrupted, runText } from "../testing/run.ts";
import { readTensors } from "./tensor-files.ts";

const test = suite<{ folder: string; tensors: number }>("remote models");
test.before.each((context) => {
  context.folder = temporaryFolder();
  context.tensors = tf.memory().numTensors;
});
test.after.each(({ folder, tensors }) => {
  rmSync(folder, { recursive: true });
  assert.is(tf.memory().numTensors, tensors, "tensors leaked");
});

const withRemote = (service: FakeService, change?: (one: FakeRemote) => object) =>
  fakeRegistry(definePlugin({ name: "far", api: "^1", components: [fakeRemoteModel(service, change)] }));

/** A cold start, RL in minibatches and micro-batches with a reference, an evaluation. */
const local = soundExperiment.replace(
  "optimizer: { use: sgd, learningRate: 0.5 }",
  `kl: { use: k3, in: loss, coefficient: 0.1 }
      update: { epochs: 2, minibatch: 4, microbatch: 3 }
      gradientClip: 0.05
      checkpointEvery: 2
      optimizer: { use: adamw, learningRate: 0.05, weightDecay: 0.01 }`,
);
const remote = local.replace("model: fake", "model: fake-remote");

interface Kept {
  readonly kept?: { readonly name: string };
}
const policyOf = (service: FakeService, folder: string) =>
  service.kept.get((readJson(join(folder, "artefact.json")) as Kept).kept!.name)!;
const artefact = (root: string, stage: string) =>
  join(
    root,
    "artefacts",
    readdirSync(join(root, "artefacts")).find((name) => name.startsWith(`${stage}-`))!,
  );

test("the whole experiment: the same weights after each stage, and the same lines, as of the model here", async ({ folder }) => {
  const [here, there] = [join(folder, "here"), join(folder, "there")];
  await runText(local, here);
  const service = fakeService();
  assert.is((await runText(remote, there, { registry: withRemote(service) })).status, "done");
  for (const [own, theirs] of [
    [artefact(here, "coldStart"), artefact(there, "coldStart")],
    [join(here, "main", "seed-1"), join(there, "main", "seed-1")],
  ] as const) {
    const tensors = readTensors(join(own, "model.safetensors"));
    const { parameters } = policyOf(service, theirs);
    for (const [name, tensor] of Object.entries(tensors))
      tensor.dataSync().forEach((value, index) => {
        const far = parameters[name]!.numbers[index]!;
        assert.ok(Math.abs(far - value) < 1e-5, `${name} ${index}: ${far}, here ${value}`); // 1e-6 a step, over a cold start and 16 updates
      });
    tf.dispose(tensors as never);
    assert.not.ok(readdirSync(theirs).includes("model.safetensors"), "the weights never came here");
    const [lines, far] = [own, theirs].map((at) => readJsonLines(join(at, "metrics.jsonl")).lines as Record<string, unknown>[]);
    assert.is(far!.length, lines!.length);
    lines!.forEach((line, index) => assertNear(far![index]!, line));
  }
  const results = [here, there].map((root) => readJson(join(artefact(root, "evaluate"), "artefact.json")) as { results: object });
  assert.equal(results[1]!.results, results[0]!.results);
  const provenance = readJson(join(there, "main", "seed-1", "provenance.json")) as { weightsAt?: string };
  assert.is(provenance.weightsAt, "in this process");
});

/** Numbers to 1e-4: what was computed from log-probs that went through more sums. */
function assertNear(given: unknown, expected: unknown, at = ""): void {
  if (typeof expected === "number")
    return assert.ok(Math.abs((given as number) - expected) < 1e-4, `${at}: ${String(given)}, expected ${expected}`);
  if (typeof expected !== "object" || expected === null) return assert.is(given, expected, at);
  assert.equal(Object.keys(given as object), Object.keys(expected), at);
  for (const [key, value] of Object.entries(expected)) assertNear((given as Record<string, unknown>)[key], value, `${at}.${key}`);
}

test("interrupted in the cold start and in RL, it goes on to the same lines and the same weights", async ({ folder }) => {
  const [whole, pieces] = [join(folder, "whole"), join(folder, "pieces")];
  const [one, other] = [fakeService(), fakeService()];
  await runText(remote, whole, { registry: withRemote(one) });
  await runInterrupted(
    remote,
    pieces,
    [
      ["coldStart", 2],
      ["rl", 1],
      ["rl", 3],
    ],
    { registry: withRemote(other) },
  );
  const bytes = (root: string, file: string) => readFileSync(join(root, "main", "seed-1", file), "utf8");
  for (const file of ["metrics.jsonl", "samples.jsonl"]) assert.is(bytes(pieces, file), bytes(whole, file), file);
  for (const at of [(root: string) => artefact(root, "coldStart"), (root: string) => join(root, "main", "seed-1")])
    assert.equal(policyOf(other, at(pieces)), policyOf(one, at(whole)));
  assert.is(metricsOf(pieces).length, 4);
  assert.is(other.calls.filter((call) => call === "begin").length, 4, "once in each life");
});

test("the policy is kept under the stage's name, its key and how far it is; a stage that is done is gone back to, not made again", async ({
  folder,
}) => {
  const service = fakeService();
  await runText(remote, folder, { registry: withRemote(service) });
  const names = service.calls.filter((call) => call.startsWith("keep ")).map((call) => call.slice("keep ".length));
  assert.ok(
    names.every((name) => /^(coldStart|rl)-[0-9a-f]{12}-0000\d\d$/.test(name)),
    names.join(" "),
  );
  assert.equal(
    names.map((name) => name.replace(/-.*-/, " ")),
    ["coldStart 000003", "rl 000002", "rl 000004"],
  );
  service.calls.length = 0;
  await runText(remote, folder, { registry: withRemote(service), seed: 2, set: ["stages.coldStart.seed=1"] });
  assert.ok(service.calls.includes("step"));
  service.calls.length = 0;
  await runText(remote, folder, { registry: withRemote(service) });
  assert.equal(service.calls, ["begin"], "all is there");
});

test("what is needed no more is dropped: two checkpoints' worth while a stage is at work, of one that is done what its artefact has", async ({
  folder,
}) => {
  const service = fakeService();
  const asked = remote.replace("checkpointEvery: 2", "checkpointEvery: 1");
  const names = () => [...service.kept.keys()].map((name) => name.replace(/-[0-9a-f]{12}-0*/, " ").replace(/\.\d+$/, ""));
  const most: number[] = [];
  const registry = withRemote(service, (one) => ({
    ...one,
    keep: (name: string) => {
      most.push(names().filter((kept) => kept.startsWith("rl")).length);
      return one.keep(name);
    },
  }));
  await runInterrupted(asked, folder, [["rl", 2]], { registry });
  assert.is(Math.max(...most), 2);
  assert.equal(names(), ["begin", "coldStart 3", "begin", "rl 4"], "begin is called in each life, and is not ours to drop");
  service.calls.length = 0;
  await runText(asked, folder, { registry });
  assert.equal(service.calls, ["begin"], "all that is needed is there");
});

test("killed between a checkpoint and the drop of the one that went: it is dropped by the next life", async ({ folder }) => {
  const service = fakeService();
  const asked = remote.replace("checkpointEvery: 2", "checkpointEvery: 1");
  let drops = 0;
  const dying = withRemote(service, (one) => ({
    ...one,
    drop: () => {
      drops += 1;
      throw Object.assign(new Error("killed"), { name: "Interrupted" }); // whatever it says, the run goes on
    },
  }));
  const notes: string[] = [];
  const stopped = runText(asked, folder, {
    registry: dying,
    note: (text) => notes.push(text),
    stopAt: (what, done) => what === "rl" && done === 3,
  });
  assert.match(String(await stopped.catch((error: unknown) => error)), "Interrupted");
  assert.is(drops, 1, "the first of RL, when the third was saved");
  assert.match(notes.join("\n"), "rl: the service keeps a policy that is needed no more: killed");
  await runText(asked, folder, { registry: withRemote(service) });
  const left = [...service.kept.keys()].filter((name) => name.startsWith("rl"));
  assert.is(left.length, 1, left.join(" "));
});

test("what the service can't do is refused with its place, before anything is run", async () => {
  const refusedBy = async (text: string, change: (one: FakeRemote) => object) => {
    const registry = withRemote(fakeService(), change);
    const loaded = await loadText(text, [], registry);
    const error = await Promise.resolve()
      .then(() => checkRemoteModels(loaded, () => createContainer(registry).child()))
      .catch((reason: unknown) => reason as Error);
    return error === undefined ? "" : String((error as Error).message).replaceAll(loaded.file, "experiment.yaml");
  };
  assert.is(await refusedBy(remote, (one) => one), "");
  const knowsSgd = await refusedBy(remote, (one) => ({ ...one, optimizers: ["sgd"] }));
  assert.match(knowsSgd, "2 problems");
  assert.match(
    knowsSgd,
    /experiment\.yaml:5:\d+: stages\.coldStart\.optimizer: is adamw, and the model's service \(in this process\) makes the steps; expected sgd\n/,
  );
  assert.match(knowsSgd, /experiment\.yaml:\d+:\d+: stages\.rl\.optimizer: is adamw/);
  const cooler = remote.replace("maxNewTokens: 4 }", "maxNewTokens: 4, temperature: 0.5 }");
  assert.is(await refusedBy(cooler, (one) => one), "", "at any temperature");
  assert.match(
    await refusedBy(cooler, (one) => ({ ...one, temperature: 1 })),
    /stages\.rl\.rollout\.temperature: log-probabilities at temperature 0\.5 are asked for, and the model's service \(in this process\) gives them at 1 alone; expected 1/,
  );
  assert.is(await refusedBy(remote, (one) => ({ ...one, temperature: 1 })), "");
});

test("the service has a policy no more: told by name, at the stage that needs it", async ({ folder }) => {
  const service = fakeService();
  await runText(remote, folder, { registry: withRemote(service) });
  const kept = (readJson(join(artefact(folder, "coldStart"), "artefact.json")) as Kept).kept!.name;
  service.kept.delete(kept);
  const again = runText(remote, folder, { registry: withRemote(service), set: ["stages.rl.iterations=2"] });
  assert.match(String(await again.catch((error: unknown) => error)), `keeps no policy ${kept}`);
});

test("explain says where the weights are; of a model here nothing", async () => {
  const [far, near] = [await loadText(remote, [], withRemote(fakeService())), await loadText(local)];
  const origin = (one: typeof far) => explainCell(one, one.cells[0]!).find(({ text }) => text === "model:")!.origin;
  assert.is(origin(far), "remote: its weights are at in this process");
  assert.is(origin(near), "");
});

test("a critic of a remote model is refused when the experiment is loaded, where it is written", async () => {
  const asked = remote.replace("      gradientClip", "      critic: {}\n      advantage: [gae]\n      gradientClip");
  assert.match(
    await problemsOf(asked, [], withRemote(fakeService())),
    /stages\.rl\.critic: needs a value head, and the weights of the model fake-remote are with a service \(in this process\).*expected critic: null/,
  );
});

test("a remote model has nothing that needs the weights here, and its component says that it is one", async ({ folder }) => {
  const failed = async (text: string, registry: ReturnType<typeof withRemote>) =>
    String(await runText(text, folder, { registry }).catch((error: unknown) => error));
  const having = (more: object) =>
    failed(
      remote,
      withRemote(fakeService(), (one) => ({ ...one, ...more })),
    );
  assert.match(
    await having({ trains: () => false }),
    /model fake-remote: is remote \(in this process\) and has which of its parameters are frozen \(trains\), expected nothing/,
  );
  assert.match(await having({ valueHead: {} }), /and has a value head/);
  assert.match(await having({ exportTo: async () => {} }), /and has exportTo/);
  const unsaid = definePlugin({
    name: "far",
    api: "^1",
    components: [{ ...fakeRemoteModel(fakeService()), weightsAt: undefined } as never],
  });
  assert.match(
    await failed(remote, fakeRegistry(unsaid)),
    /made a remote model \(in this process\) and doesn't say so, expected weightsAt/,
  );
  const said = model({
    name: "near",
    summary: "x",
    options: fakeModel.options,
    weightsAt: () => "far away",
    create: (options) => createModel(fakeModel, options),
  });
  assert.match(
    await failed(
      local.replace("model: fake", "model: near"),
      fakeRegistry(definePlugin({ name: "n", api: "^1", components: [said] })),
    ),
    /model near: says that its weights are at far away, and made a model that has them here/,
  );
});

test.run();
