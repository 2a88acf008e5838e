import { keptFunctions } from "@rewardlab/engines";
import * as tf from "@tensorflow/tfjs-core";
import { readdirSync, readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What the process holds, without asking for a collection first. Resident memory in MiB. */
export interface Resident {
  readonly iteration: number;
  readonly seconds: number;
  readonly rss: number;
  /** Of it, at most: what V8 has taken for its heap, used or not. */
  readonly committed: number;
  /** What is resident beside that. */
  readonly rest: number;
}

/** What is left after a collection. Memory in MiB. */
export interface Kept extends Resident {
  /** V8's objects, and what it holds outside its heap: array buffers, wasm's memory, tensors of the binding. */
  readonly heap: number;
  readonly external: number;
  readonly tensors: number;
  /** Of libtensorflow: its tensors, and traced functions. 0 on other engines. */
  readonly handles: number;
  readonly functions: number;
  readonly files: number;
}

const MIB = 2 ** 20;
const PAGE = 4096; // bytes; on the systems whose /proc is read here
const began = performance.now();

export function resident(iteration: number): Resident {
  const pages = Number(readFileSync("/proc/self/statm", "utf8").split(" ")[1]);
  const rss = (pages * PAGE) / MIB;
  const committed = process.memoryUsage().heapTotal / MIB;
  return { iteration, seconds: (performance.now() - began) / 1000, rss, committed, rest: rss - committed };
}

/** Collects garbage twice, with a turn of the event loop between: only then do finalizers run, and what they let go of is garbage as well. */
export async function kept(iteration: number): Promise<Kept> {
  for (let round = 0; round < 2; round++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return {
    ...resident(iteration),
    heap: heapUsed / MIB,
    external: external / MIB,
    tensors: tf.memory().numTensors,
    handles: (tf.backend() as { binding?: { getNumOfTensors(): number } }).binding?.getNumOfTensors() ?? 0,
    functions: keptFunctions(),
    files: readdirSync("/proc/self/fd").length,
  };
}

const collect = ((): (() => void) => {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
})();
