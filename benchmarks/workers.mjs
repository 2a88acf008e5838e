// How much faster two workers finish the quickstart's grid than one.
//
//   node benchmarks/workers.mjs [--experiment FILE] [--workers 2] [--repeat 1] [--iterations N]
//
// Runs the grid with one worker and with several, in turn, each in a folder of its own that goes afterwards, and writes workers.json beside this
// file. Wants a quiet machine, and the set-up done. --iterations shortens RL (for trying the script; the figure that counts is the whole grid's).

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const here = dirname(fileURLToPath(import.meta.url));
const { values: options } = parseArgs({
  options: {
    experiment: { type: "string", default: "experiments/quickstart/quickstart.yaml" },
    workers: { type: "string", default: "2" },
    repeat: { type: "string", default: "1" },
    iterations: { type: "string" },
  },
});
process.chdir(join(here, ".."));

const command = join("packages", "cli", "bin", "rewardlab.js");
const load = loadavg()[0];
if (load > 0.5) console.error(`the machine is not quiet (load ${load.toFixed(1)}): the figure will be too`);

const many = Number(options.workers);
const seconds = { 1: [], [many]: [] };
for (let round = 0; round < Number(options.repeat); round++)
  for (const workers of [1, many]) {
    seconds[workers].push(timed(workers));
    console.log(`${workers} worker${workers === 1 ? "" : "s"}: ${seconds[workers].at(-1).toFixed(1)} s`);
  }

const best = (of) => Math.min(...seconds[of]);
const result = {
  experiment: options.experiment,
  ...(options.iterations === undefined ? {} : { iterations: Number(options.iterations) }),
  cpu: cpus()[0]?.model ?? "unknown",
  cores: availableParallelism(),
  node: process.version,
  seconds,
  speedup: Number((best(1) / best(many)).toFixed(2)),
};
writeFileSync(join(here, "workers.json"), `${JSON.stringify(result, null, 2)}\n`);
console.log(`${many} workers are ${result.speedup}× as fast as one`);

function timed(workers) {
  const runs = mkdtempSync(join(tmpdir(), "rewardlab-benchmark-"));
  const set = options.iterations === undefined ? [] : ["--set", `stages.rl.iterations=${options.iterations}`];
  const started = performance.now();
  const { status, stderr } = spawnSync(
    process.execPath,
    [command, "run", options.experiment, "--runs", runs, "--workers", String(workers), ...set],
    { stdio: ["ignore", "ignore", "pipe"], encoding: "utf8" },
  );
  const took = (performance.now() - started) / 1000;
  rmSync(runs, { recursive: true, force: true });
  if (status === 0) return took;
  console.error(`the run ended with ${status}:\n${stderr}`);
  process.exit(1);
}
