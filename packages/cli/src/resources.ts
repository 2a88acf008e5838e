import { availableParallelism, freemem } from "node:os";

/** How many runs at a time, and how many cores each may use. */
export interface Share {
  readonly workers: number;
  readonly threads: number;
  /** What set the number, for people: "2 cores", "memory for 3". */
  readonly because: string;
}

const GIB = 2 ** 30;

/** What a run is taken to need where none has been measured: the tiny model takes less than half of it. */
const UNMEASURED = GIB;

/** As many runs as cores and memory allow. `asked`: --workers, which wins. `peak`: the most that a run of this grid took before, in bytes. */
export function shareOut(
  open: number,
  { asked, peak }: { readonly asked?: number | undefined; readonly peak?: number | undefined },
  { cores, memory } = machine(),
): Share {
  const fitting = Math.max(1, Math.floor(memory / (peak ?? UNMEASURED)));
  const workers = Math.min(asked ?? Math.min(cores, fitting), Math.max(1, open));
  const because =
    asked !== undefined ? "--workers" : fitting < cores ? `memory for ${fitting}` : `${cores} core${cores === 1 ? "" : "s"}`;
  return { workers, threads: Math.max(1, Math.floor(cores / workers)), because };
}

/** Memory: what is free, in a container what its limit leaves. */
function machine(): { cores: number; memory: number } {
  const { availableMemory } = process as { availableMemory?: () => number }; // since Node 20.13
  return { cores: availableParallelism(), memory: availableMemory?.call(process) ?? freemem() };
}
