// A process that runs the lives of runs, one after the other: each until it ends or until its n-th file operation. For kills.slow.test.ts, which starts
// it anew whenever it was killed. That its modules and its engine are loaded once makes a kill ten times as cheap.

import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { messageOf } from "@rewardlab/core";
import { createContainer, loadExperiment, runPipeline } from "@rewardlab/core/host";
import { startEngine } from "@rewardlab/engines";
import { registryFor } from "@rewardlab/cli";

export interface Life {
  readonly file: string;
  readonly root: string;
  /** At which file operation under `root` it ends; 0: at none. */
  readonly at: number;
  /**
   * kill: the process is sent SIGKILL. cut: the disk takes no further operation of this life, which is all that a kill is to the disk; the process lives
   * on. refuse: this one operation throws EACCES.
   */
  readonly how: "kill" | "cut" | "refuse";
  readonly number: number;
}
export interface LifeEnd {
  /** done or collapsed; or why it ended. */
  readonly end: string;
  readonly notes: readonly string[];
  /** Operations it made. */
  readonly operations: number;
}
/** Told before a life is ended. */
export interface Fallen {
  readonly operation: string;
  readonly path: string;
}

let life: Life | null = null;
let operations = 0;
let isCut = false;

class Cut extends Error {}

const original = { ...fs };
const names = [
  ...([
    "openSync",
    "writeSync",
    "fsyncSync",
    "ftruncateSync",
    "writeFileSync",
    "appendFileSync",
    "renameSync",
    "linkSync",
  ] as const),
  ...(["mkdirSync", "rmSync", "unlinkSync"] as const),
];
const paths = new Map<unknown, string>(); // of open files
let inside = false; // what an operation calls in turn is a part of it
for (const name of names) {
  const operate = original[name] as (...given: unknown[]) => unknown;
  const counted = (...given: unknown[]): unknown => {
    const path = typeof given[0] === "number" ? paths.get(given[0]) : String(given[0]);
    if (life !== null && !inside && path?.startsWith(life.root)) count(name, path, given);
    const outermost = !inside;
    inside = true;
    try {
      const result = operate(...given);
      if (name === "openSync" && path !== undefined) paths.set(result, path);
      return result;
    } finally {
      if (outermost) inside = false;
    }
  };
  Object.assign(fs, { [name]: counted });
}
syncBuiltinESMExports();

function count(name: string, path: string, given: readonly unknown[]): void {
  if (isCut) throw new Cut("this life is over");
  operations += 1;
  const { at, how } = life!;
  if (operations !== at) return;
  const fallen: Fallen = { operation: name, path };
  process.send!({ fallen });
  if (how === "refuse")
    throw Object.assign(new Error(`EACCES: permission denied, ${name} '${path}'`), { code: "EACCES", syscall: name });
  if (at % 2 === 1) half(name, given);
  if (how === "kill") process.kill(process.pid, "SIGKILL");
  isCut = true;
  throw new Cut("this life is over");
}

/** What a kill leaves of an operation that takes time: a part of the bytes, a folder of which something is gone. */
function half(name: string, [target, bytes, offset, length, position]: readonly unknown[]): void {
  if (name === "writeSync")
    original.writeSync(
      ...([target, bytes, offset, Math.floor(Number(length) / 2), position] as unknown as [
        number,
        Uint8Array,
        number,
        number,
        number,
      ]),
    );
  if (name !== "rmSync" || !original.existsSync(String(target)) || !original.statSync(String(target)).isDirectory()) return;
  for (const one of original.readdirSync(String(target)).slice(0, 1))
    original.rmSync(join(String(target), one), { recursive: true });
}

/** The processes that these lives would be have numbers that no process has, so that their locks are a dead process's. */
const NO_PROCESS = 5_000_000;
const realPid = process.pid;

async function live({ file, root, how, number }: Life): Promise<LifeEnd> {
  const notes: string[] = [];
  const experiment = await loadExperiment(file, { registryFor });
  const container = createContainer(experiment.registry);
  const cell = experiment.cells[0]!;
  if (how !== "kill") Object.defineProperty(process, "pid", { value: NO_PROCESS + number, configurable: true });
  try {
    const { status, reason } = await runPipeline({
      experiment,
      cell,
      seed: 1,
      root,
      useShipped: false,
      container,
      startEngine: () => startEngine(cell.engine, experiment.registry, container),
      progress: { update: () => {}, note: (message) => void notes.push(message) },
      signal: new AbortController().signal,
    });
    return { end: reason === null ? status : `${status}: ${reason}`, notes, operations };
  } catch (error) {
    return { end: messageOf(error), notes, operations };
  } finally {
    Object.defineProperty(process, "pid", { value: realPid, configurable: true });
  }
}

process.on("message", async (given: Life) => {
  [life, operations, isCut] = [given, 0, false];
  const end = await live(given);
  life = null;
  paths.clear();
  process.send!({ end });
});
