// npm run bench:versions -- BEFORE AFTER [ROUNDS]: two checkouts of this repository, each set up, run the same experiment in turn. Their bytes must be the
// same; the ratio of the seconds an iteration takes is written to result.json, median over the rounds.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const [before, after, rounds = "5"] = process.argv.slice(2);
if (before === undefined || after === undefined) throw new Error("expected two folders: BEFORE AFTER [ROUNDS]");
const experiment = fileURLToPath(new URL("experiment.yaml", import.meta.url));

const STAGES = ["coldStart", "rl", "evaluate"] as const;
interface Timed {
  /** Median seconds of a step, iteration or batch, by stage. */
  readonly seconds: Readonly<Record<string, number>>;
  /** SHA-256 of what the run made. */
  readonly bytes: string;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2;
}

function timed(checkout: string): Timed {
  const folder = mkdtempSync(join(tmpdir(), "rewardlab-versions-"));
  try {
    cpSync(experiment, join(folder, "experiment.yaml"));
    const command = join(resolve(checkout), "packages/cli/bin/rewardlab.js");
    execFileSync(process.execPath, [command, "run", "experiment.yaml"], { cwd: folder, stdio: "ignore" });
    const run = join(folder, "runs", "versions", "main", "seed-1");
    const lines = readFileSync(join(run, "times.jsonl"), "utf8").trim().split("\n");
    const times = lines.map((line) => JSON.parse(line) as { stage: string; seconds: number });
    const seconds = Object.fromEntries(
      STAGES.flatMap((stage) => {
        const own = times.filter((one) => one.stage === stage).map((one) => one.seconds);
        return own.length < 3 ? [] : [[stage, median(own.slice(1))]]; // the first warms up
      }),
    );
    const hash = createHash("sha256");
    for (const file of ["metrics.jsonl", "samples.jsonl", "model.safetensors"]) hash.update(readFileSync(join(run, file)));
    return { seconds, bytes: hash.digest("hex") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const commit = (checkout: string) =>
  execFileSync("git", ["-C", resolve(checkout), "rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
const pairs: { readonly before: Timed; readonly after: Timed }[] = [];
for (let round = 0; round < Number(rounds); round++) {
  // who goes first changes from round to round
  const order = round % 2 === 0 ? [before, after] : [after, before];
  const [first, second] = order.map(timed) as [Timed, Timed];
  pairs.push(round % 2 === 0 ? { before: first, after: second } : { before: second, after: first });
  console.log(`round ${round + 1} of ${rounds}: ${JSON.stringify(pairs.at(-1))}`);
}
const stages = Object.keys(pairs[0]!.before.seconds);
const result = {
  processor: cpus()[0]!.model,
  node: process.version,
  date: new Date().toISOString().slice(0, 10),
  load: loadavg()[0]!,
  before: commit(before),
  after: commit(after),
  rounds: pairs.length,
  sameBytes: pairs.every((pair) => pair.before.bytes === pair.after.bytes),
  // after / before: above 1 the newer one is slower
  ratio: Object.fromEntries(
    stages.map((stage) => {
      const ratios = pairs.map((pair) => pair.after.seconds[stage]! / pair.before.seconds[stage]!);
      return [stage, { median: median(ratios), least: Math.min(...ratios), most: Math.max(...ratios) }];
    }),
  ),
};
writeFileSync(new URL("result.json", import.meta.url), `${JSON.stringify(result, null, 2)}\n`);
console.log(JSON.stringify(result, null, 2));
