import { idleParts } from "@rewardlab/core/host";
import type { CellIdlePart, Experiment } from "@rewardlab/core/host";

/** A part that can't act, with the cells in which it can't. */
export interface CannotAct extends Pick<CellIdlePart, "path" | "because" | "remedy"> {
  readonly cells: readonly string[];
}

/** What of an experiment can't act by construction, each part once for all cells where it is for the same reason. */
export function cannotAct({ cells }: Pick<Experiment, "cells">): CannotAct[] {
  const groups = new Map<string, CannotAct>();
  for (const cell of cells)
    for (const { path, because, remedy } of idleParts(cell)) {
      const key = JSON.stringify([path, because]);
      groups.set(key, { path, because, remedy, cells: [...(groups.get(key)?.cells ?? []), cell.name] });
    }
  return [...groups.values()];
}

/** A line for each, with the cells where they aren't all. */
export function cannotActLines(parts: readonly CannotAct[], all: number): string[] {
  return parts.map(({ path, because, remedy, cells }) => {
    const names = cells.length <= 4 ? cells.join(", ") : `${cells.slice(0, 4).join(", ")} and ${cells.length - 4} more`;
    return `${path}${cells.length === all ? "" : ` of ${names}`}: ${because}. It takes ${remedy}`;
  });
}
