import { InputError } from "@rewardlab/core";
import { createContainer, curvesOf, lossSlotsOf, ratioGrid, resolveSlot, slotText } from "@rewardlab/core/host";
import { shortPath, writeFileAtomic } from "@rewardlab/storage";
import type { Cell, LossSlots, Registry } from "@rewardlab/core/host";
import { startEngine } from "@rewardlab/engines";
import { drawLossPlot } from "@rewardlab/report";
import { existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { untilTheEnd } from "../containers.ts";
import { registryHere } from "../plugins.ts";

export interface PlotOptions {
  readonly plot: string;
  readonly range: readonly [number, number];
  readonly json?: boolean | undefined;
}

interface Named extends LossSlots {
  readonly name: string;
}

/** The losses of a cell, one row for each stage that has one. */
export async function plotCell(cell: Cell, registry: Registry, options: PlotOptions): Promise<void> {
  const losses = [...lossSlotsOf(cell)].map(([stage, slots]) => ({ name: `${cell.name}, stage ${stage}`, ...slots }));
  if (losses.length === 0)
    throw new InputError(
      "RL_PLOT",
      `explain --plot: no stage of ${cell.name} has a policy loss (stages: ${cell.stages.map(({ name }) => name).join(", ")}), expected an rl stage; --surrogate SPEC needs no experiment`,
    );
  await plot(losses, registry, options);
}

/** Surrogates by themselves, one row each, all with the same ratio. */
export async function plotSurrogates(
  surrogates: readonly string[],
  ratio: string,
  plugins: readonly string[],
  options: PlotOptions,
): Promise<void> {
  const { registry } = await registryHere(plugins);
  const shared = resolveSlot(registry, "ratio", ratio);
  const losses = surrogates.map((text) => ({ name: "", ratio: shared, surrogate: resolveSlot(registry, "surrogate", text) }));
  await plot(losses, registry, options);
}

async function plot(losses: readonly Named[], registry: Registry, { plot: path, range, json }: PlotOptions): Promise<void> {
  checkPlotPath(path);
  const container = untilTheEnd(createContainer(registry));
  await startEngine("cpu", registry, container);
  const { scale, ratios } = ratioGrid(...range);
  const rows = losses.map(({ name, ...slots }) => ({
    title: slotText(slots.surrogate),
    subtitle: [`ratio: ${slotText(slots.ratio)}`, name].filter(Boolean).join(" · "),
    curves: curvesOf(container, slots, ratios),
  }));
  writeFileAtomic(path, await drawLossPlot({ rows, range, scale }));
  if (!json) console.log(`${shortPath(path, process.cwd())}: ${rows.map(({ title }) => title).join("; ")}`);
  else
    console.log(
      JSON.stringify({ plot: path, scale, rows }, (_key, value: unknown) => (isUnwritable(value) ? String(value) : value), 2),
    );
}

/** JSON has no such numbers. */
const isUnwritable = (value: unknown) => typeof value === "number" && !Number.isFinite(value);

function checkPlotPath(path: string): void {
  const folder = dirname(path);
  const refuse = (message: string) => new InputError("RL_PLOT_FILE", `--plot ${path}: ${message}`);
  if (!path.endsWith(".svg")) throw refuse("expected the name of an .svg file");
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throw refuse(`there is no folder ${folder}, expected one that exists`);
  if (existsSync(path) && statSync(path).isDirectory()) throw refuse("is a folder, expected a file");
}
