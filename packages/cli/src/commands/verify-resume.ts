import { canShorten, findArtefact, loadExperiment, planStages } from "@rewardlab/core/host";
import type { Cell, Experiment } from "@rewardlab/core/host";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import pc from "picocolors";
import { cellOf } from "../cell-of.ts";
import { count, MOST_RUNS, takesShipped } from "../grid.ts";
import { verify } from "../kill-and-compare.ts";
import type { Failure, TrialOutcome, Part, Trial } from "../kill-and-compare.ts";
import { planningContainer, planningOf } from "../planning.ts";
import { registryFor } from "../plugins.ts";

interface VerifyOptions {
  readonly cell?: string;
  readonly kills: number;
  readonly seed: number;
  readonly runs: string;
  readonly json?: boolean;
  readonly set: readonly string[];
}

/** Kills a shortened copy of an experiment at random instants and compares what it leaves with an uninterrupted run's, byte for byte. */
export async function verifyResume(file: string, options: VerifyOptions): Promise<void> {
  const experiment = await loadExperiment(file, { set: options.set, registryFor, mostRuns: MOST_RUNS });
  const cell = cellOf(experiment, options.cell);
  const folder = mkdtempSync(join(tmpdir(), "rewardlab-verify-"));
  const interrupt = new AbortController();
  const stop = () => interrupt.abort();
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, stop);
  try {
    const parts = partsOf(experiment, cell, folder, join(resolve(options.runs), experiment.name));
    const whole = cell.stages.filter(({ stage }) => !canShorten(stage)).map(({ name }) => name);
    const { set, kills, seed, json } = options;
    const output = json ? process.stderr : process.stdout;
    const trial: Trial = { experiment, cell, folder, set, kills, seed, output, interrupt: interrupt.signal };
    if (!json) console.log(introduction(trial, parts, whole));
    const outcome = await verify(trial, parts);
    tell(trial, outcome, whole, json === true);
    process.exitCode = outcome.failure === null ? 0 : 1;
  } finally {
    for (const signal of signals) process.off(signal, stop);
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/**
 * All stages in short; but RL from a cold start of five steps never gets a score. So where the first stages were made before, they are tried by
 * themselves, and the others from what they made.
 */
function partsOf(experiment: Experiment, cell: Cell, folder: string, root: string): Part[] {
  const container = planningOf(planningContainer(experiment, folder), cell);
  const [data, model] = [container.create(cell.data), container.create(cell.model)];
  const useShipped = takesShipped(root, console.error);
  const found: { name: string; folder: string }[] = [];
  for (const plan of planStages({ experiment, cell, seed: experiment.seeds[0]!, root }, data, model)) {
    const made = plan.stage.component.keeps === "artefact" ? findArtefact({ experiment, useShipped }, plan) : null;
    if (made === null) break;
    found.push({ name: plan.name, folder: made.folder });
  }
  const stages = cell.stages.map(({ name }) => name);
  if (found.length === 0 || found.length === stages.length) return [{ stages, found: [] }];
  return [
    { stages: found.map(({ name }) => name), found: [] },
    { stages, found },
  ];
}

// ---------------------------------------------------------------- what is told

function introduction({ experiment, cell, kills }: Trial, parts: readonly Part[], whole: readonly string[]): string {
  const found = parts.flatMap((part) => part.found.map(({ name }) => name));
  return [
    `${pc.bold(`${experiment.name}${experiment.cells.length > 1 ? `, ${cell.name}` : ""}`)}: a shortened copy is run once without a break, then killed ${count(kills, "time")} and resumed, in a temporary folder. Ctrl-C stops.`,
    ...(found.length > 0
      ? [`${found.join(", ")}: made before; tried by itself, and the stages after it start from what is there`]
      : []),
    ...(whole.length > 0
      ? [`${whole.join(", ")}: ${whole.length === 1 ? "a plugin's stage, which is" : "plugins' stages, which are"} not shortened`]
      : []),
  ].join("\n");
}

function tell(trial: Trial, { kills, failure, flat }: TrialOutcome, whole: readonly string[], json: boolean): void {
  const places = Object.fromEntries(
    [...new Set(kills.map(({ place }) => place))].map((place) => [place, kills.filter((kill) => kill.place === place).length]),
  );
  if (json) {
    const { experiment, cell, seed } = trial;
    const result = {
      name: experiment.name,
      cell: cell.name,
      seed,
      equal: failure === null,
      kills,
      places,
      whole,
      flatScores: flat,
      failure,
    };
    console.log(JSON.stringify(result, null, 2));
    return;
  }
  if (flat)
    console.log(
      `${pc.yellow("warning")} the scores of each rollout were all the same, so nothing was learnt and a part that keeps something of them could not show it. After the stages before RL have been run (rewardlab run), RL starts from them here as well.`,
    );
  const late = failure === null ? trial.kills - kills.length : 0;
  const listed = Object.entries(places).map(([place, number]) => `${place} ${number}`);
  const fell = `${count(kills.length, "kill")} (${listed.join(", ")}${late > 0 ? `; ${late} more came after the end of their runs` : ""})`;
  console.log(
    failure === null
      ? `${pc.green("equal")}: ${fell}, and all files are the same, byte for byte.`
      : `${pc.red("different")}: ${reason(failure)} ${fell} in all.`,
  );
}

function reason({ message, difference, kills }: Failure): string {
  if (kills.length === 0)
    return difference === null ? `${message}.` : `${message}, without any kill: two uninterrupted runs are not the same.`;
  const list = kills.map(({ number, at }) => `kill ${number} at ${at}`).join(", ");
  return `${message}. After ${list}.`;
}
