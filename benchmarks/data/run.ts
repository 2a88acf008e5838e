import { steadyMemoryFlags, steadyMemoryVariables } from "@rewardlab/core/host";
import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { machine } from "../frameworks/machine.ts";
import { madeData } from "./make.ts";
import type { Seen, Task } from "./worker.ts";

/**
 *   npm run bench:data -- --folder DIR      200,000 rows with a picture each (8.5 GB, made once in DIR): memory and time of a cold and a warm start and of
 *                                           batches, and the rate of decoding beside PyTorch's DataLoader over Pillow, in turn. Writes result.json
 *     --rows 20000 --rounds 5 --python /venv/bin/python --out FILE
 *     --warm                                the warm start alone, from the cache of an earlier measurement
 *     --plain                               without the variables and flags that `rewardlab run` starts a process with
 *
 * Needs Linux; --python one with torch and Pillow, without which the rates are left out. Seconds of CPU are told beside those of the clock: on a busy machine
 * the clock says little.
 */
const { values: given } = parseArgs({
  options: {
    folder: { type: "string", default: "bench-data" },
    rows: { type: "string", default: "200000" },
    rounds: { type: "string", default: "5" },
    python: { type: "string" },
    warm: { type: "boolean", default: false },
    plain: { type: "boolean", default: false },
    out: { type: "string", default: fileURLToPath(new URL("result.json", import.meta.url)) },
  },
});
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const file = await madeData(resolve(given.folder), { rows: Number(given.rows), drawn: 256, side: 512 });
const cache = join(resolve(given.folder), "cache");
const node = ["--conditions=@rewardlab/source", "--import", "tsx"];
const options = given.plain ? { flags: [], variables: {} } : { flags: steadyMemoryFlags, variables: steadyMemoryVariables };

function started(): Omit<Seen, "batchSeconds"> & { readonly medianBatchSeconds: number } {
  const task: Task = { file, cache, pictures: "head", batches: 40, batch: 32, busyMs: 50 };
  const printed = output(process.execPath, [...options.flags, ...node, here("worker.ts"), JSON.stringify(task)]);
  const line = printed.split("\n").find((one) => one.startsWith("@@"))!;
  const { batchSeconds, ...seen } = JSON.parse(line.slice(2)) as Seen;
  const sorted = batchSeconds.toSorted((a, b) => a - b);
  return { ...seen, medianBatchSeconds: sorted[Math.floor(sorted.length / 2)]! };
}

function output(command: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    encoding: "utf8",
    env: { ...options.variables, ...process.env },
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${stderr.slice(-2000)}`);
  return stdout;
}

if (!given.warm) rmSync(cache, { recursive: true, force: true });
const starts = { cold: given.warm ? null : started(), warm: started() };
const rates = given.python === undefined ? null : Array.from({ length: Number(given.rounds) }, () => round(given.python!));

/** Ours and theirs one after the other, on the same pictures. */
function round(python: string) {
  const rate = (command: string, ...args: string[]) => JSON.parse(output(command, args)) as { perCpuSecond: number };
  const pillow = (workers: string) => rate(python, here("pillow_loader.py"), file, "2000", workers);
  return {
    ours: rate(process.execPath, ...options.flags, ...node, here("rate.ts"), file, "2000"),
    dataLoaderOneWorker: pillow("1"),
    dataLoaderTwoWorkers: pillow("2"),
    dataLoaderInProcess: pillow("0"),
  };
}

const digits = (_: string, value: unknown) => (typeof value === "number" ? Number(value.toPrecision(6)) : value);
const result = {
  date: new Date().toISOString().slice(0, 10),
  machine: machine(),
  load: loadavg()[0],
  node: process.version,
  starts,
  rates,
};
writeFileSync(given.out, `${JSON.stringify(result, digits, 1)}\n`);
console.log(JSON.stringify(result, digits, 1));
