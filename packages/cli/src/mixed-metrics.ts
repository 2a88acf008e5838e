import { metricClashes } from "@rewardlab/core/host";
import type { Experiment, MetricClash } from "@rewardlab/core/host";

/** A metric that components used together mean differently, with the cells in which they are. */
export interface MixedMetric extends MetricClash {
  readonly cells: readonly string[];
}

/** What of an experiment's metrics mixes different things, each once for all cells where it is the same. */
export function mixedMetrics({ cells }: Pick<Experiment, "cells">): MixedMetric[] {
  const groups = new Map<string, MixedMetric>();
  for (const cell of cells)
    for (const clash of metricClashes(cell)) {
      const key = JSON.stringify(clash);
      groups.set(key, { ...clash, cells: [...(groups.get(key)?.cells ?? []), cell.name] });
    }
  return [...groups.values()];
}

/** A line for each. */
export function mixedMetricLines(mixed: readonly MixedMetric[]): string[] {
  return mixed.map(
    ({ stage, metric, said, cells }) =>
      `metric ${metric} of stages.${stage} (${cells.join(", ")}) mixes what its components mean by it: ${said.map((text) => text.replace(/\.$/, "")).join("; ")}. Its author should give it a name of its own`,
  );
}
