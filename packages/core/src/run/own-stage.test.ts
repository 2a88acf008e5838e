// A stage of a stranger's: its options are its own affair, and it saves, logs, counts and goes on as ours do.

import "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { z } from "zod";
import { Interrupted, readJsonLines } from "@rewardlab/storage";
import { advantageStep, stage } from "../plugin/component.ts";
import { definePlugin } from "../plugin/plugin.ts";
import { Metrics } from "../services/metrics.ts";
import { Progress } from "../services/progress.ts";
import { State } from "../services/state.ts";
import { token } from "../services/token.ts";
import { fakeRegistry, soundExperiment } from "../testing/experiment.ts";
import { metricsOf, runBytes, runInterrupted, runText } from "../testing/run.ts";
import { inFolder } from "../testing/in-folder.ts";
import { suite } from "uvu";

const test = inFolder(suite("a stage of one's own", { folder: "", tensors: 0 }));

const Unknown = token<{ readonly ask: () => string }>("Unknown");

/** Adds random numbers up, in what a checkpoint saves for it: its own state, an injected value, an injected tensor, a stream, two logs. */
const walk = stage({
  name: "walk",
  summary: "a random walk",
  keeps: "run",
  // names that mean something in our stages, and nothing here
  options: z.strictObject({
    on: z.string().default("a whim"),
    critic: z.string().default("nobody"),
    seed: z.string().default("wheat"),
    steps: z.int().default(6),
  }),
  inject: { metrics: Metrics, progress: Progress, state: State },
  create: ({ steps }, { metrics, state }) => {
    const largest = state.value("largest", 0);
    const total = state.tensor("total", () => tf.scalar(0));
    return {
      run: async ({ checkpoints, log, random, metrics: collected, progress, name, signal, policy }) => {
        const saved = checkpoints.resume<{ position: number }>();
        tf.dispose(saved?.tensors);
        let { position } = saved?.state ?? { position: 0 };
        const [lines, more] = [log("metrics"), log("steps")];
        for (let step = (saved?.step ?? 0) + 1; step <= steps; step++) {
          if (signal.aborted) throw new Interrupted(`stopped before step ${step}`);
          const move = random.stream("moves").uniform();
          position += move;
          largest.set(Math.max(largest.get(), move));
          tf.tidy(() => total.set(tf.add(total.get(), move)));
          metrics.sum("moved", move);
          lines.append({ step, position, largest: largest.get(), total: total.get().dataSync()[0]!, ...collected.take() });
          more.append({ step });
          if (step % 2 === 0) await checkpoints.save({ step, tensors: { model: policy }, state: { position } });
          progress.update(name, step, steps);
        }
        return { status: "done", results: { position } };
      },
    };
  },
});
const registry = fakeRegistry(definePlugin({ name: "walkers", api: "^1", components: [walk] }));
const text = "name: own\nmodel: fake\ndata: fake-items\nstages:\n  - walk: { use: walk }\n";

test("options named on, critic and seed are its own; no split, value head or seed is read into them", async ({ folder }) => {
  assert.is((await runText(text, folder, { registry })).status, "done");
  const lines = metricsOf(folder);
  assert.is(lines.length, 6);
  assert.is(
    lines.at(-1)!.position,
    lines.reduce((sum, { moved }) => sum + (moved as number), 0),
  );
});

test("stopped and resumed: logs, streams, state and counts are those of a run that was not", async ({ folder }) => {
  const [whole, stopped] = [join(folder, "whole"), join(folder, "stopped")];
  await runText(text, whole, { registry });
  const places = [1, 2, 3, 5].map((at) => ["walk", at] as const);
  // it saves at even steps only: what was written after is done again
  await runInterrupted(text, stopped, places, { registry });
  assert.equal(metricsOf(stopped), metricsOf(whole));
  const stepsOf = (root: string) => readJsonLines(join(root, "main", "seed-1", "steps.jsonl")).lines;
  assert.equal(stepsOf(stopped), stepsOf(whole));
});

test("a baseline that moves from iteration to iteration, in the injected state: a resumed run is the run that was not stopped", async ({
  folder,
}) => {
  const moving = advantageStep({
    name: "moving",
    summary: "scores less a moving baseline",
    takes: "scores",
    gives: "scores",
    options: z.strictObject({}),
    inject: { state: State },
    create: (_options, { state }) => {
      const baseline = state.value("baseline", 0);
      return {
        comparesBatch: true,
        apply: (scores) => {
          const before = baseline.get();
          baseline.set(0.5 * before + 0.5 * tf.tidy(() => tf.mean(scores).dataSync()[0]!));
          return tf.sub(scores, before); // [B]
        },
      };
    },
  });
  const own = fakeRegistry(definePlugin({ name: "movers", api: "^1", components: [moving] }));
  // twice in the chain: each has a state of its own
  const chained = soundExperiment
    .replace("iterations: 4", "iterations: 4\n      checkpointEvery: 1")
    .replace("algorithm: steady", "algorithm: steady\n      advantage: [moving, moving, discounted-return]");
  await runText(chained, join(folder, "whole"), { registry: own });
  await runInterrupted(
    chained,
    join(folder, "stopped"),
    [
      ["rl", 1],
      ["rl", 3],
    ],
    { registry: own },
  );
  assert.equal(runBytes(join(folder, "stopped")), runBytes(join(folder, "whole")));
});

test("a service that nobody provides is asked for by name", async ({ folder }) => {
  const asking = stage({
    name: "asking",
    summary: "asks for a service",
    keeps: "run",
    options: z.strictObject({}),
    create: () => ({ run: async ({ service }) => ({ status: "done", results: { said: service(Unknown).ask() } }) }),
  });
  const own = fakeRegistry(definePlugin({ name: "askers", api: "^1", components: [asking] }));
  const error = await runText(text.replace("use: walk", "use: asking"), folder, { registry: own }).then(
    () => null,
    (reason: Error) => reason,
  );
  assert.match(error!.message, /Unknown/);
});

test.run();
