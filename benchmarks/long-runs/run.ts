import { steadyMemoryFlags, steadyMemoryVariables } from "@rewardlab/core/host";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { machine } from "../frameworks/machine.ts";
import { flatness } from "./flatness.ts";
import type { Flatness } from "./flatness.ts";
import type { Kept, Resident } from "./memory.ts";
import type { LongRun, Seen } from "./worker.ts";

/**
 *   npm run bench:long                    10,000 iterations of a tiny model on wasm and on tensorflow: does memory grow? Writes result.json beside
 *     -- --engines wasm --iterations 2000 --warm-up 500 --out FILE       this file, and ends with 1 where it isn't flat
 *     -- --plain                          without the variables and flags that `rewardlab run` starts a process with
 *
 * Needs Linux. How fast the machine is doesn't matter, so it need not be quiet.
 */
const { values: given } = parseArgs({
  options: {
    engines: { type: "string", default: "wasm,tensorflow" },
    iterations: { type: "string", default: "10000" },
    "warm-up": { type: "string", default: "1000" },
    every: { type: "string", default: "50" },
    "collect-every": { type: "string", default: "1000" },
    plain: { type: "boolean", default: false },
    out: { type: "string", default: fileURLToPath(new URL("result.json", import.meta.url)) },
  },
});
/** What counts as flat. */
const WITHIN = 0.02;

const iterations = Number(given.iterations);
const warmUp = Number(given["warm-up"]);
const worker = translated();
const flags = given.plain ? [] : steadyMemoryFlags;
const variables = given.plain ? {} : steadyMemoryVariables;
const engines = given.engines.split(",").map((engine) => {
  console.log(`${engine}: ${iterations} iterations`);
  return { engine, ...measured(engine) };
});
const result = {
  date: new Date().toISOString().slice(0, 10),
  machine: machine(),
  load: loadavg()[0],
  node: process.version,
  iterations,
  warmUp,
  variables,
  flags,
  engines,
};
const digits = (_: string, value: unknown) => (typeof value === "number" ? Number(value.toPrecision(6)) : value);
writeFileSync(given.out, `${JSON.stringify(result, digits, 1)}\n`);
if (engines.some(({ flat }) => !flat)) process.exitCode = 1;

/** Two runs: one as it is, for a collection would disturb what is resident, and one that tells what is left after each. */
function measured(engine: string) {
  const residents = seenIn({ engine, iterations, every: Number(given.every), collectEvery: 0 }).flatMap((one) =>
    "resident" in one ? [one.resident] : [],
  );
  const keeps = seenIn({ engine, iterations, every: 0, collectEvery: Number(given["collect-every"]) }).flatMap((one) =>
    "kept" in one ? [one.kept] : [],
  );
  const rss = moved(residents, "rss");
  const committed = moved(residents, "committed");
  const rest = moved(residents, "rest");
  const after = {
    heap: moved(keeps, "heap"),
    external: moved(keeps, "external"),
    tensors: moved(keeps, "tensors"),
    handles: moved(keeps, "handles"),
    functions: moved(keeps, "functions"),
    files: moved(keeps, "files"),
  };
  const flat = rss.spread <= WITHIN && Math.abs(rss.trend) <= WITHIN;
  const counts = `tensors ${range(after.tensors)}, native handles ${range(after.handles)}, functions ${range(after.functions)}, files ${range(after.files)}`;
  const verdict = `${flat ? "flat within" : "NOT flat within"} ${100 * WITHIN} %: after ${warmUp} iterations resident memory stays between ${rss.lowest.toFixed(1)} and ${rss.highest.toFixed(1)} MiB (${percent(rss.spread)}), its trend is ${percent(rss.trend)} per 10,000 iterations (V8's heap as committed ${span(committed)}, the rest ${span(rest)}); after a collection the heap is ${after.heap.lowest.toFixed(1)} to ${after.heap.highest.toFixed(1)} MiB (trend ${percent(after.heap.trend)}), ${counts}`;
  console.log(`  ${verdict}`);
  return {
    verdict,
    flat,
    rss,
    committed,
    rest,
    afterCollection: after,
    residents: residents.map((one) => [one.iteration, one.rss, one.committed]),
    keeps,
  };
}

/** The worker as JavaScript, beside what was installed: translating it as it runs would add a thread with a heap of its own. */
function translated(): string {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const folder = join(root, "node_modules", ".rewardlab-long-runs");
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const options = ["--noEmit", "false", "--noCheck", "--outDir", folder, "--rootDir", root];
  const { status, stdout } = spawnSync(process.execPath, [tsc, "-p", root, ...options], { encoding: "utf8" });
  if (status !== 0) throw new Error(`the worker can't be translated: ${stdout}`);
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
  return join(folder, "benchmarks", "long-runs", "worker.js");
}

function seenIn(run: LongRun): Seen[] {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, worker, JSON.stringify(run)], {
    encoding: "utf8",
    env: { ...variables, ...process.env },
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`the run on ${run.engine} ended with ${status}: ${stderr.slice(-2000)}`);
  return stdout.split("\n").flatMap((line) => (line.startsWith("@@") ? [JSON.parse(line.slice(2)) as Seen] : []));
}

function moved<T extends Resident | Kept>(samples: readonly T[], of: keyof T): Flatness {
  return flatness(
    samples
      .filter(({ iteration }) => iteration > warmUp)
      .map((sample) => ({ iteration: sample.iteration, value: sample[of] as number })),
  );
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
function span({ lowest, highest }: Flatness): string {
  return `${lowest.toFixed(1)} to ${highest.toFixed(1)}`;
}
function range({ lowest, highest }: Flatness): string {
  return lowest === highest ? String(lowest) : `${lowest} to ${highest}`;
}
