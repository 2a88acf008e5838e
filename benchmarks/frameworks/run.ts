import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chart } from "./chart.ts";
import { contenders, takes } from "./contenders.ts";
import { machine } from "./machine.ts";
import { measure } from "./measure.ts";
import type { ConfigResult } from "./measure.ts";
import { TASKS } from "./messages.ts";
import { peerPython } from "./python-environment.ts";
import type { Environment } from "./python-environment.ts";
import { configNamed, configs } from "./sizes.ts";
import { table } from "./table.ts";
import type { Result } from "./table.ts";
import { WIDTHS, widthName } from "./vector-width.ts";

/**
 *   npm run bench                             everything, an hour on 2 quiet cores at most; writes ../results/<date>.{json,md,svg}
 *     -- --quick                              a tiny config and few repetitions, under two minutes: does it work? Writes nothing
 *     -- --configs i,ii --tasks update,generation --only "torch eager,tensorflow graph" --rounds 7 --starts 3 --no-peers --out FOLDER --name NAME
 *     -- --isa avx2                           keeps all contenders to AVX2's vectors, as a processor without AVX-512 has them
 *     -- --again A.json,B.json                writes table and chart of A anew from what was measured, with the tasks of B after its own
 */
const { values: given } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    configs: { type: "string" },
    tasks: { type: "string", default: TASKS.join(",") },
    only: { type: "string" },
    rounds: { type: "string" },
    starts: { type: "string" },
    "no-peers": { type: "boolean", default: false },
    out: { type: "string" },
    name: { type: "string" },
    isa: { type: "string" },
    again: { type: "string" },
  },
});
if (given.again !== undefined) {
  const files = given.again.split(",").map((file) => resolve(file));
  const read = files.map((file) => JSON.parse(readFileSync(file, "utf8")) as Result);
  const versions = Object.assign({}, ...read.map((one) => one.versions)) as Result["versions"];
  const all: Result = { ...read[0]!, versions, configs: joined(read.flatMap((one) => one.configs)) };
  writeResult(all, dirname(files[0]!), basename(files[0]!, ".json"));
  process.exit();
}
const { quick } = given;
const THREADS = 2;

const chosen = listed("configs", given.configs ?? (quick ? "tiny,tiny-text" : "i,ii,iii,vlm,smollm2,smolvlm"), configs.map(({ name }) => name)); // prettier-ignore
const tasks = listed("tasks", given.tasks, TASKS);
const slowToStart = (name: string) => / (xla|compile|tensorflow-xla)/.test(name);
const asked = listed("only", given.only ?? contenders.map(({ name }) => name).filter((name) => !quick || !slowToStart(name)).join(","), contenders.map(({ name }) => name)); // prettier-ignore
const needed = contenders.filter((one) => asked.includes(one.name) && chosen.some((config) => tasks.some((task) => takes(one, task, configNamed(config))))); // prettier-ignore
const pythonFor = (environment: Environment) =>
  given["no-peers"] || !needed.some((one) => !one.ours && (one.environment ?? "peers") === environment)
    ? null
    : peerPython(console.log, true, environment);
const pythons = { peers: pythonFor("peers"), vllm: pythonFor("vllm") };
const width = given.isa === undefined ? null : listed("isa", given.isa, WIDTHS)[0]!;
const rounds = positive("rounds", given.rounds ?? (quick ? "3" : "7"));
const out = given.out ?? (quick ? null : fileURLToPath(new URL("../results", import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), "rewardlab-bench-"));
try {
  const results = await measure({
    contenders: needed.filter(({ ours, environment = "peers" }) => ours || pythons[environment] !== null),
    configs: chosen,
    tasks,
    rounds,
    warmUp: 1,
    starts: positive("starts", given.starts ?? (quick ? "1" : "3")),
    threads: THREADS,
    width,
    pythons,
    folder,
    say: (line) => console.log(line),
    save: (so) => write(so),
  });
  write(results);
  if (out === null) console.log(`\n${table(resultOf(results), "")}`);
  if (results.some(({ agreements }) => Object.values(agreements).some(({ within }) => !within))) {
    console.error("benchmarks: contenders disagree: they do not do the same work, and their times can't be compared");
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** After each task, so that an hour's work isn't lost with its last minute. */
function write(results: readonly ConfigResult[]): void {
  if (out === null) return;
  const result = resultOf(results);
  writeResult(result, out, given.name ?? [result.date, ...(width === null ? [] : [width])].join("-"));
}

/** The tasks of each config together. */
function joined(parts: readonly ConfigResult[]): ConfigResult[] {
  return [...new Set(parts.map(({ config }) => config))].map((config) => {
    const same = parts.filter((part) => part.config === config);
    const agreements = Object.assign({}, ...same.map((part) => part.agreements)) as ConfigResult["agreements"];
    return { config, agreements, tasks: same.flatMap(({ tasks: some }) => some) };
  });
}

function writeResult(result: Result, to: string, name: string): void {
  mkdirSync(to, { recursive: true });
  const digits = (_: string, value: unknown) => (typeof value === "number" ? Number(value.toPrecision(6)) : value);
  writeFileSync(join(to, `${name}.json`), `${JSON.stringify(result, digits, 1)}\n`);
  const on = `${result.machine.cpu}, ${result.vectors ?? "all its vectors"}`;
  const title = `Median times on ${on}, ${result.date}: lower is better. Blue: RewardLab by hand, dark: its trainer, orange: PyTorch and TRL`;
  writeFileSync(join(to, `${name}.md`), table(result, `${name}.svg`));
  writeFileSync(join(to, `${name}.svg`), chart(result.configs, title));
}

function resultOf(results: readonly ConfigResult[]): Result {
  const details = results.flatMap((config) => config.tasks.flatMap((task) => task.rows)).map((row) => [row.contender, row.detail] as const); // prettier-ignore
  const git = spawnSync("git", ["rev-parse", "--short=9", "HEAD"], { cwd: fileURLToPath(new URL(".", import.meta.url)), encoding: "utf8" }); // prettier-ignore
  const commit = git.status === 0 ? git.stdout.trim() : null;
  const tfjs = createRequire(import.meta.url).resolve("@tensorflow/tfjs-core/package.json");
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: machine(),
    vectors: widthName(width),
    threads: THREADS,
    rounds,
    commit,
    versions: {
      Node: process.versions.node,
      "tfjs-core": (JSON.parse(readFileSync(tfjs, "utf8")) as { version: string }).version,
      ...Object.fromEntries(details),
    },
    quick,
    configs: results,
  };
}

function listed<T extends string>(option: string, text: string, known: readonly T[]): T[] {
  const names = text.split(",").map((name) => name.trim());
  const wrong = names.find((name) => !(known as readonly string[]).includes(name));
  if (wrong === undefined) return names as T[];
  console.error(`bench: --${option}: there is no ${JSON.stringify(wrong)}, only ${known.join(", ")}`);
  process.exit(2);
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  console.error(`bench: --${option} ${text}: a positive whole number is expected`);
  process.exit(2);
}
