import { InputError, suggestion } from "@rewardlab/core";
import type { Cell, Experiment } from "@rewardlab/core/host";

/** The cell of that name; the first where none is named. `who`: what an error begins with. */
export function cellOf({ cells }: Pick<Experiment, "cells">, name = cells[0]!.name, who = "--cell"): Cell {
  const cell = cells.find((one) => one.name === name);
  if (cell !== undefined) return cell;
  const names = cells.map((one) => one.name);
  throw new InputError("RL_CELL", `${who}: there is no cell "${name}".${suggestion(name, names)}`);
}
