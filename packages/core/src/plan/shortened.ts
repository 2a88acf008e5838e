import type { Cell } from "../experiment/cell.ts";
import type { Resolved } from "../plugin/resolved.ts";
import type { Purpose } from "../stage.ts";

/** Which part of a cell is run in short. */
export interface Shortening {
  /** The stages that are run, by name; the others are left out. */
  readonly stages: readonly string[];
  /** Of these, the ones that are left as they are. */
  readonly whole: readonly string[];
}

/**
 * The same cell with little to do and many checkpoints, for trying how it goes on after a kill: a few steps of each phase, iterations of few prompts,
 * items in small batches. Stages that can't be shortened are left as they are.
 */
export function shortened(cell: Cell, { stages, whole }: Shortening): Cell {
  return cutShort({ ...cell, stages: cell.stages.filter(({ name }) => stages.includes(name)) }, new Set(whole), "resume");
}

/** The same cell, cut short: enough steps of each stage to time one. `whole`: stages that are left as they are. */
export function firstSteps(cell: Cell, whole: ReadonlySet<string>): Cell {
  return cutShort(cell, whole, "time");
}

/** Whether a stage says how it is cut short. */
export function canShorten({ component }: Resolved<"stage">): boolean {
  return component.shortened !== undefined;
}

function cutShort(cell: Cell, whole: ReadonlySet<string>, purpose: Purpose): Cell {
  const cut = (stage: Resolved<"stage">): Resolved<"stage"> => {
    const short = stage.component.shortened?.(stage.options, purpose);
    return short === undefined ? stage : { ...stage, options: { ...(stage.options as object), ...short } };
  };
  return { ...cell, stages: cell.stages.map((one) => (whole.has(one.name) ? one : { ...one, stage: cut(one.stage) })) };
}
