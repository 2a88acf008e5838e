import { InputError } from "@rewardlab/core";
import { explainCell, loadExperiment } from "@rewardlab/core/host";
import type { Cell, Experiment } from "@rewardlab/core/host";
import pc from "picocolors";
import { cellOf } from "../cell-of.ts";
import { registryFor } from "../plugins.ts";

interface ExplainOptions {
  readonly cell?: string;
  readonly json?: boolean;
  readonly set: readonly string[];
  readonly plot?: string;
  readonly surrogate?: readonly string[];
  readonly ratio?: string;
  readonly range?: readonly [number, number];
  readonly plugin?: readonly string[];
}

/** `rewardlab explain`: every value with where it came from; with `--plot` the loss as a curve over the importance ratio. */
export async function explain(file: string | undefined, options: ExplainOptions): Promise<void> {
  checkFlags(file, options);
  const { surrogate = [], ratio = "token", plugin = [], range = [0, 4], json } = options;
  const plot = options.plot === undefined ? null : { plot: options.plot, range, json };
  if (file === undefined) {
    const { plotSurrogates } = await import("./plot.ts");
    return plotSurrogates(surrogate, ratio, plugin, plot!);
  }
  const experiment = await loadExperiment(file, { set: options.set, registryFor });
  const cell = cellOf(experiment, options.cell, "explain");
  if (plot === null) return print(experiment, cell, options);
  const { plotCell } = await import("./plot.ts");
  return plotCell(cell, experiment.registry, plot);
}

/** Which flags go together. */
function checkFlags(
  file: string | undefined,
  { plot, surrogate = [], ratio, range, plugin = [], cell, set }: ExplainOptions,
): void {
  const refuse = (message: string) => new InputError("RL_FLAG", `explain: ${message}`);
  if (plot === undefined && surrogate.length > 0) throw refuse("--surrogate is drawn, expected --plot FILE.svg with it");
  if (plot === undefined && range !== undefined) throw refuse("--range is of a plot, expected --plot FILE.svg with it");
  if (file !== undefined && surrogate.length > 0)
    throw refuse("given an experiment and --surrogate, expected one of the two; --set changes an experiment's own surrogate");
  if (file === undefined && surrogate.length === 0)
    throw refuse("expected an experiment file, or --surrogate SPEC --plot FILE.svg");
  if (file !== undefined && (ratio !== undefined || plugin.length > 0))
    throw refuse("--ratio and --plugin go with --surrogate; an experiment has its own");
  if (file === undefined && (cell !== undefined || set.length > 0)) throw refuse("--cell and --set are of an experiment file");
}

function print(experiment: Experiment, cell: Cell, { json }: ExplainOptions): void {
  const lines = explainCell(experiment, cell);
  if (json) {
    console.log(JSON.stringify(lines, null, 2));
    return;
  }
  const names = experiment.cells.map(({ name }) => name);
  const others = names.length > 1 ? pc.dim(`   (--cell: ${names.join(" | ")})`) : "";
  console.log(`${pc.bold(`${experiment.name} / ${cell.name}`)}${others}`);
  const width = Math.min(70, Math.max(...lines.map(({ text }) => text.length)));
  for (const { text, origin } of lines) console.log(origin === "" ? text : `${text.padEnd(width)}  ${pc.dim(`# ${origin}`)}`);
}
