import "@rewardlab/core/steady-heap";
import { InputError, messageOf } from "@rewardlab/core";
import {
  createContainer,
  firstSteps,
  loadExperiment,
  runFolder,
  runKey,
  runPipeline,
  shortened,
  stageWork,
} from "@rewardlab/core/host";
import type { ErrorCode } from "@rewardlab/core";
import type { Cell, Container } from "@rewardlab/core/host";
import { startEngine } from "@rewardlab/engines";
import type { ChosenEngine } from "@rewardlab/engines";
import { isInputError, isInterrupted } from "@rewardlab/storage";
import { mayBeChance } from "./chance.ts";
import { endContainers, untilTheEnd } from "./containers.ts";
import { endSoon } from "./end.ts";
import type { WorkerMessage, WorkerTask } from "./messages.ts";
import { planningContainer, planningOf } from "./planning.ts";
import { registryFor } from "./plugins.ts";
import { stageClock, stepTimes } from "./timing.ts";

/** One run in a process of its own. Stops cleanly when it is interrupted or when the process that started it is gone. */
const controller = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => controller.abort());
process.on("disconnect", () => controller.abort());

const tell = (message: WorkerMessage) =>
  new Promise<void>((resolve) => (process.connected ? process.send!(message, undefined, undefined, () => resolve()) : resolve()));

async function work(task: WorkerTask): Promise<void> {
  void tell({ type: "progress", what: "starting", done: 0, total: 0, values: {} });
  const experiment = await loadExperiment(task.file, { set: task.set, registryFor, only: task.cell });
  const container = untilTheEnd(createContainer(experiment.registry));
  const [whole] = experiment.cells;
  if (whole === undefined || runKey(experiment, whole, task.seed) !== task.key)
    throw new InputError(
      "RL_EXPERIMENT_CHANGED",
      `${task.file}: the experiment file or a plugin of it was changed while the grid ran; run again`,
    );
  const cell = cutShort(whole, task);
  const planning = planningOf(planningContainer(experiment, task.root), cell);
  const clock = stageClock(new Map(cell.stages.map(({ name, stage }) => [name, stageWork(stage, planning)?.size ?? 0])));
  const folder = runFolder(task.root, cell.name, task.seed);
  const own = cell.stages.filter(({ stage }) => stage.component.keeps === "run").map(({ name }) => name);
  const times = stepTimes(folder, new Set(task.firstSteps === undefined ? own : []));
  try {
    const status = await runPipeline({
      experiment,
      cell,
      seed: task.seed,
      root: task.root,
      useShipped: task.useShipped,
      container,
      startEngine: async () => {
        const engine = await startEngine(cell.engine, experiment.registry, container);
        void tell({ type: "engine", message: engineLine(engine) });
        return engine;
      },
      progress: {
        update: (what, done, total, values = {}) => {
          clock.update(what, done, total);
          times.update(what, done, total);
          void tell({ type: "progress", what, done, total, values });
        },
        note: (message) => void tell({ type: "note", message }),
      },
      signal: controller.signal,
    });
    if (task.firstSteps !== undefined) clock.write(folder, await wholeUnits(whole, planning));
    await tell({ type: "finished", status });
  } finally {
    if (task.firstSteps === undefined) clock.write(folder);
  }
}

function cutShort(cell: Cell, task: WorkerTask): Cell {
  if (task.shortened !== undefined) return shortened(cell, task.shortened);
  return task.firstSteps === undefined ? cell : firstSteps(cell, new Set(task.firstSteps));
}

/** e.g. "engine wasm: tfjs 4.22.0, SIMD, one thread", and below it "not tensorflow: libtensorflow is not installed. …" */
function engineLine({ name, detail, passedOver = [] }: ChosenEngine): string {
  return [`engine ${name}: ${detail}`, ...passedOver.map((other) => `not ${other.name}: ${other.detail}`)].join("\n  ");
}

/** How many units each stage of a whole run has. */
async function wholeUnits(cell: Cell, container: Container): Promise<Map<string, number>> {
  const data = container.create(cell.data);
  const units = new Map<string, number>();
  for (const { name, stage } of cell.stages) {
    const known = stageWork(stage, container);
    if (known !== null) units.set(name, known.units ?? (await data.open(known.split)).length);
  }
  return units;
}

/** With the causes: an error that names a plugin was made by us, what it says comes from there. */
function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  const cause = stackOf(error.cause);
  return `${error.stack ?? ""}${cause === "" ? "" : `\ncaused by ${cause}`}`;
}

async function tellFailure(error: unknown): Promise<void> {
  const kind = isInterrupted(error) ? "interrupted" : isInputError(error) ? "input" : "run";
  const code = (error as { code?: string } | null | undefined)?.code;
  const known = (code?.startsWith("RL_") ? code : "RL_UNKNOWN") as ErrorCode;
  await tell({
    type: "failed",
    kind,
    code: known,
    message: messageOf(error),
    stack: stackOf(error),
    chance: mayBeChance(error),
  });
}

/** Thrown by what a plugin started: nothing waits for it, so nothing else could tell. */
async function crashed(error: Error): Promise<void> {
  if (process.listenerCount("uncaughtException") > 1) return; // whoever loads a plugin listens too, nearer to the cause
  console.error(error);
  await tellFailure(error);
  process.exit(1);
}
process.on("uncaughtException", (error) => void crashed(error));

try {
  await work(JSON.parse(process.argv[2]!) as WorkerTask);
} catch (error) {
  await tellFailure(error);
} finally {
  for (const wrong of await endContainers()) await tell({ type: "note", message: wrong });
  if (process.connected) process.disconnect();
  endSoon();
}
