import {
  checkRemoteModels,
  checkSplits,
  ExperimentError,
  gridWarnings,
  loadExperiment,
  placeOf,
  weightsAt,
} from "@rewardlab/core/host";
import { join } from "node:path";
import pc from "picocolors";
import { cannotAct, cannotActLines } from "../cannot-act.ts";
import { dataDetails, dataLines } from "../data-details.ts";
import { count, listedSeeds } from "../grid.ts";
import { mixedMetricLines, mixedMetrics } from "../mixed-metrics.ts";
import { datasetsOf, planningCells } from "../planning.ts";
import { registryFor } from "../plugins.ts";

/** `rewardlab check`: reports all that is wrong with an experiment file at once, and what in it can't act; exit code 1 where it can't be run. */
export async function check(file: string, options: { readonly json?: boolean; readonly set: readonly string[] }): Promise<void> {
  try {
    const experiment = await loadExperiment(file, { set: options.set, registryFor });
    const dataOf = datasetsOf(experiment, join("runs", experiment.name));
    checkSplits(experiment, dataOf);
    const data = dataDetails(experiment, dataOf);
    checkRemoteModels(experiment, planningCells(experiment, join("runs", experiment.name)));
    const warnings = gridWarnings(experiment);
    const idle = cannotAct(experiment);
    const mixed = mixedMetrics(experiment);
    const cells = experiment.cells.map(({ name }) => name);
    const remote = experiment.cells.flatMap((cell) => {
      const at = weightsAt(cell);
      return at === null ? [] : [{ cell: cell.name, model: cell.model.component.name, weightsAt: at }];
    });
    if (options.json)
      console.log(
        JSON.stringify(
          {
            ok: true,
            name: experiment.name,
            cells,
            seeds: experiment.seeds,
            seedLevels: experiment.seedLevels,
            cannotAct: idle,
            warnings,
            mixedMetrics: mixed,
            remoteModels: remote,
            data,
          },
          null,
          2,
        ),
      );
    else {
      console.log(
        `${file}: fine. ${experiment.name}: ${count(cells.length, "cell")} (${cells.join(", ")}) × ${listedSeeds(experiment)}`,
      );
      for (const line of dataLines(data)) console.log(`\n${pc.green("data")} ${line}`);
      for (const { cell, model, weightsAt: at } of remote)
        console.log(`\n${pc.yellow("remote")} ${cell}: the weights of the model ${model} are at ${at}`);
      for (const line of cannotActLines(idle, cells.length)) console.log(`\n${pc.yellow("can't act")} ${line}`);
      for (const line of mixedMetricLines(mixed)) console.log(`\n${pc.yellow("warning")} ${line}`);
      for (const { message } of warnings) console.log(`\n${pc.yellow("warning")} ${message}`);
    }
  } catch (error) {
    if (!(error instanceof ExperimentError) || !options.json) throw error;
    console.log(
      JSON.stringify(
        {
          ok: false,
          problems: error.problems.map((problem) => ({
            path: problem.path,
            ...(problem.code === undefined ? {} : { code: problem.code }),
            message: problem.message,
            ...placeOf(error.source, problem),
          })),
        },
        null,
        2,
      ),
    );
    process.exitCode = 2;
  }
}
