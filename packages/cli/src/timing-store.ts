import { contentHash, plainResolved } from "@rewardlab/core/host";
import { readJson, writeJson } from "@rewardlab/storage";
import type { Cell } from "@rewardlab/core/host";
import { cpus, homedir } from "node:os";
import { join } from "node:path";
import type { Timing } from "./timing.ts";

/**
 * What stages took on this machine, whichever experiment they were timed in, so that `plan` has an estimate without timing anything. Kept are hashes
 * of processor and model, an engine's and a stage's name, and numbers: no paths, no experiment's name. Losing or damaging it costs the estimate alone.
 */
export interface StoredRate {
  readonly secondsPerUnit: number;
  /** How much a unit was (StageWork.size). */
  readonly size: number;
  readonly of: number;
}

/** What is known of a cell's stages: by its own model, and where that was never timed by another one. */
export interface Remembered {
  readonly exact: Timing;
  readonly rough: Timing;
}

/** The most rates kept; the oldest go first. */
const MOST = 500;

/** REWARDLAB_CACHE, else where this system keeps what may be lost. */
function storeFile(): string {
  const { REWARDLAB_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  const caches =
    process.platform === "darwin"
      ? join(homedir(), "Library", "Caches")
      : process.platform === "win32"
        ? (LOCALAPPDATA ?? join(homedir(), "AppData", "Local"))
        : XDG_CACHE_HOME || join(homedir(), ".cache");
  return join(REWARDLAB_CACHE || join(caches, "rewardlab"), "timings.json");
}

/** Adds what the stages of a cell took. */
export function rememberTiming(cell: Cell, timing: Timing): void {
  const rates = new Map(readStore());
  for (const { name, stage } of cell.stages) {
    const timed = timing.stages[name];
    if (timed === undefined || !(timed.units > 0) || !(timed.seconds > 0)) continue;
    const key = keyOf(cell, stage.component.name);
    rates.delete(key); // so that it stands last, as the newest
    rates.set(key, { secondsPerUnit: timed.seconds / timed.units, size: timed.size, of: timed.of });
  }
  try {
    writeJson(storeFile(), Object.fromEntries([...rates].slice(-MOST)));
  } catch {
    // a disk that refuses costs the next estimate, and no run
  }
}

/** Of the stages that were ever timed here with its engine. */
export function rememberedTiming(cell: Cell): Remembered {
  const rates = readStore();
  const timingOf = (find: (stage: string) => StoredRate | undefined): Timing => {
    const stages = cell.stages.flatMap(({ name, stage }) => {
      const rate = find(stage.component.name);
      return rate === undefined
        ? []
        : [[name, { units: 1, seconds: rate.secondsPerUnit, of: rate.of, size: rate.size }] as const];
    });
    return { seconds: 0, peakMemory: 0, stages: Object.fromEntries(stages) };
  };
  const exact = new Map(rates);
  return {
    exact: timingOf((stage) => exact.get(keyOf(cell, stage))),
    rough: timingOf((stage) => rates.findLast(([key]) => key.startsWith(prefixOf(cell, stage)))?.[1]),
  };
}

function prefixOf({ engine }: Cell, stage: string): string {
  const processor = contentHash([process.arch, cpus()[0]?.model ?? "", cpus().length]).slice(0, 12);
  return `${processor} ${engine} ${stage} `;
}
const keyOf = (cell: Cell, stage: string) => `${prefixOf(cell, stage)}${contentHash(plainResolved(cell.model)).slice(0, 12)}`;

/** In the order written; what isn't a rate is left out. */
function readStore(): [string, StoredRate][] {
  try {
    const stored: unknown = readJson(storeFile());
    return Object.entries((stored ?? {}) as Record<string, StoredRate | null>).flatMap(([key, rate]) =>
      [rate?.secondsPerUnit, rate?.size, rate?.of].every((value) => Number.isFinite(value) && value! >= 0)
        ? [[key, rate as StoredRate] as [string, StoredRate]]
        : [],
    );
  } catch {
    return [];
  }
}
