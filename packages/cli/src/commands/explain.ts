import { explainCell, InputError, loadExperiment, suggestion } from "@rewardlab/core";
import pc from "picocolors";
import { registryFor } from "../plugins.ts";

export async function explain(
  file: string,
  options: { readonly cell?: string; readonly json?: boolean; readonly set: readonly string[] },
): Promise<void> {
  const experiment = await loadExperiment(file, { set: options.set, registryFor });
  const names = experiment.cells.map(({ name }) => name);
  const cell = options.cell === undefined ? experiment.cells[0]! : experiment.cells.find(({ name }) => name === options.cell);
  if (cell === undefined)
    throw new InputError("RL_CELL", `explain: there is no cell "${options.cell}".${suggestion(options.cell ?? "", names)}`);
  const lines = explainCell(experiment, cell);
  if (options.json) {
    console.log(JSON.stringify(lines, null, 2));
    return;
  }
  const others = names.length > 1 ? pc.dim(`   (--cell: ${names.join(" | ")})`) : "";
  console.log(`${pc.bold(`${experiment.name} / ${cell.name}`)}${others}`);
  const width = Math.min(70, Math.max(...lines.map(({ text }) => text.length)));
  for (const { text, origin } of lines) console.log(origin === "" ? text : `${text.padEnd(width)}  ${pc.dim(`# ${origin}`)}`);
}
