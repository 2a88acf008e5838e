import { createContainer, InputError, Interrupted, loadExperiment, messageOf, runKey, runPipeline } from "@rewardlab/core";
import type { ErrorCode } from "@rewardlab/core";
import { startEngine } from "@rewardlab/engines";
import type { WorkerMessage, WorkerTask } from "./messages.ts";
import { registryFor } from "./plugins.ts";

/** One run in a process of its own. Stops cleanly when it is interrupted or when the process that started it is gone. */
const controller = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => controller.abort());
process.on("disconnect", () => controller.abort());

const tell = (message: WorkerMessage) =>
  new Promise<void>((resolve) => (process.connected ? process.send!(message, undefined, undefined, () => resolve()) : resolve()));

async function work(task: WorkerTask): Promise<void> {
  const experiment = await loadExperiment(task.file, { set: task.set, registryFor });
  const container = createContainer(experiment.registry);
  const cell = experiment.cells.find(({ name }) => name === task.cell);
  if (cell === undefined || runKey(experiment, cell, task.seed) !== task.key)
    throw new InputError(
      "RL_EXPERIMENT_CHANGED",
      `${task.file}: the experiment file or a plugin of it was changed while the grid ran; run again`,
    );
  const status = await runPipeline({
    experiment,
    cell,
    seed: task.seed,
    root: task.root,
    useShipped: task.useShipped,
    container,
    startEngine: () => startEngine(cell.engine, experiment.registry, container),
    progress: {
      update: (what, done, total, values = {}) => void tell({ type: "progress", what, done, total, values }),
      note: (message) => void tell({ type: "note", message }),
    },
    signal: controller.signal,
  });
  await tell({ type: "finished", status });
}

try {
  await work(JSON.parse(process.argv[2]!) as WorkerTask);
} catch (error) {
  const kind = error instanceof Interrupted ? "interrupted" : error instanceof InputError ? "input" : "run";
  const code = (error as { code?: string }).code;
  const known = (code?.startsWith("RL_") ? code : "RL_UNKNOWN") as ErrorCode;
  await tell({
    type: "failed",
    kind,
    code: known,
    message: messageOf(error),
    stack: error instanceof Error ? (error.stack ?? "") : "",
  });
} finally {
  if (process.connected) process.disconnect();
}
