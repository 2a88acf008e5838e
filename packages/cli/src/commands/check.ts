import { ExperimentError, loadExperiment, placeOf } from "@rewardlab/core";
import { count, seedsText } from "../grid.ts";
import { registryFor } from "../plugins.ts";

export async function check(file: string, options: { readonly json?: boolean; readonly set: readonly string[] }): Promise<void> {
  try {
    const experiment = await loadExperiment(file, { set: options.set, registryFor });
    const cells = experiment.cells.map(({ name }) => name);
    if (options.json)
      console.log(
        JSON.stringify(
          { ok: true, name: experiment.name, cells, seeds: experiment.seeds, seedLevels: experiment.seedLevels },
          null,
          2,
        ),
      );
    else
      console.log(
        `${file}: fine. ${experiment.name}: ${count(cells.length, "cell")} (${cells.join(", ")}) × ${seedsText(experiment)}`,
      );
  } catch (error) {
    if (!(error instanceof ExperimentError) || !options.json) throw error;
    console.log(
      JSON.stringify(
        {
          ok: false,
          problems: error.problems.map((problem) => ({
            path: problem.path,
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
