// npm run mutation -- PATHS…: changes the sources under PATHS (from the repository's root) in one place at a time, and sees whether a test fails.
//
//     --sample N    so many mutants of each package, drawn with --seed (1); without it all
//     --name NAME   writes tools/mutation/results/NAME.json, and results.md from all that lie there
//     --minutes N   stops after so long: what was tried by then is a sample too
//     --again NAME  tries the survivors of results/NAME.json once more, and corrects it
//     --tests PATH  only tests under PATH, instead of all of the package: quicker, and what only others would find survives
//     --list        says what would be changed, and runs nothing
//
// One process at a time runs tests; a mutant that never ends is ended with its process. Nothing in the working tree is touched, and nothing may be moved there meanwhile.

import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { randomStream } from "@rewardlab/core";
import { compiled, instrumented } from "./instrument.ts";
import type { Numbered } from "./instrument.ts";
import { mutantsOf } from "./mutants.ts";
import { correctResults, survivorsOf, writeResults } from "./results.ts";
import type { Outcome } from "./results.ts";
import { Plans, Worker } from "./tester.ts";
import type { Surveyed } from "./tester.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const { values: options, positionals: paths } = parseArgs({
  allowPositionals: true,
  options: {
    sample: { type: "string" },
    seed: { type: "string", default: "1" },
    name: { type: "string" },
    minutes: { type: "string" },
    again: { type: "string" },
    tests: { type: "string" },
    list: { type: "boolean", default: false },
  },
});
if (paths.length === 0) throw new Error("mutation: no path given, expected some, e.g. packages/rewards");

const targets = sourcesUnder("packages").filter(
  (file) =>
    paths.some((path) => `${file}/`.startsWith(path.endsWith(".ts") ? path : `${path.replace(/\/$/, "")}/`)) && isProgram(file),
);
const all = targets.flatMap((file) => mutantsOf(file, read(file)).map((mutant) => ({ ...mutant, file })));
const mutants: Numbered[] = all.map((mutant, id) => ({ ...mutant, id }));
/** The first mutant at the same place: what $mutation.hits knows. */
const places = new Map<string, number>();
for (const { file, start, end, id } of mutants)
  if (!places.has(`${file} ${start} ${end}`)) places.set(`${file} ${start} ${end}`, id);
const placeOf = ({ file, start, end }: Numbered) => places.get(`${file} ${start} ${end}`)!;
console.log(`${mutants.length} mutants in ${targets.length} files`);

if (options.list) for (const { file, line, change } of mutants) console.log(`${file}:${line}  ${change}`);
else await run();

async function run(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "rewardlab-mutation-"));
  const worker = new Worker(root, folder);
  try {
    build(folder);
    const surveyed: Surveyed[] = [];
    for (const file of testFiles()) {
      const found = await worker.survey(file);
      const failing = found?.tests.find(({ failed }) => failed);
      if (found === null) console.log(`${file}: could not be run, left out`);
      else if (failing) console.log(`${file}: "${failing.title}" fails without any mutant, the file is left out`);
      else surveyed.push(found);
    }
    worker.end();
    const tests = surveyed.flatMap((one) => one.tests);
    console.log(`${tests.length} tests in ${surveyed.length} files`);

    const outcomes: Outcome[] = [];
    const plans = new Plans(surveyed);
    const drawn = options.again === undefined ? sample() : survivorsOf(options.again, mutants);
    const until = Date.now() + 60_000 * Number(options.minutes ?? Infinity);
    for (const [index, mutant] of drawn.entries()) {
      const outcome = await fateOf(worker, mutant, plans);
      outcomes.push(outcome);
      const { file, line, change } = mutant;
      if (outcome.fate === "survived" || outcome.fate === "reached by no test")
        console.log(`${file}:${line}  ${change}   (${outcome.fate})`);
      const last = index + 1 === drawn.length || Date.now() > until;
      if ((index + 1) % 25 === 0 || last) {
        const killed = outcomes.filter(({ fate }) => fate === "killed" || fate === "timed out").length;
        console.log(`${index + 1} of ${drawn.length}: ${killed} killed`);
        if (options.name !== undefined) writeResults(options.name, { seed: Number(options.seed), of: mutants, outcomes });
        if (options.again !== undefined && last) correctResults(options.again, outcomes);
      }
      if (last) break;
    }
  } finally {
    worker.end();
    rmSync(folder, { recursive: true });
  }
}

async function fateOf(worker: Worker, mutant: Numbered, plans: Plans): Promise<Outcome> {
  const task = plans.first(mutant, placeOf(mutant), neighboursOf(mutant, plans));
  if (task === null) return { mutant, fate: "reached by no test" };
  const limit = Math.min(180_000, 5_000 + 8 * plans.usual(task));
  let found = await worker.attempt(task, limit);
  if (found.fate === "survived" && !task.fresh) {
    const again = plans.again(mutant, task);
    found = await worker.attempt(again, 5_000 + 8 * plans.usual(again));
  }
  if (found.fate === "killed") plans.killed(mutant.file, found.by!);
  return { mutant, ...found };
}

/** All of its source; where that holds nothing but what is worked out while it is loaded, of the sources that import it too. */
function neighboursOf({ file }: Numbered, plans: Plans): ReadonlySet<number> {
  const idsOf = (files: readonly string[]) => new Set(mutants.filter((one) => files.includes(one.file)).map(({ id }) => id));
  const own = idsOf([file]);
  return plans.runSomeOf(own) ? own : idsOf([file, ...targets.filter((target) => importedBy(target).includes(file))]);
}

function importedBy(file: string): string[] {
  return [...read(file).matchAll(/ from "(\.[^"]+)"/g)].map(([, path]) => posix.join(dirname(file), path!));
}

/** In a random order; at most so many of each package. */
function sample(): Numbered[] {
  const shuffled = randomStream(Number(options.seed), "mutants").shuffle(mutants);
  if (options.sample === undefined) return shuffled;
  const taken = new Map<string, number>();
  return shuffled.filter(({ file }) => {
    const name = file.split("/")[1]!;
    taken.set(name, (taken.get(name) ?? 0) + 1);
    return taken.get(name)! <= Number(options.sample);
  });
}

/** All packages' sources as JavaScript, those under test with their mutants. */
function build(folder: string): void {
  for (const file of sourcesUnder("packages")) {
    const own = mutants.filter((mutant) => mutant.file === file);
    const target = join(folder, `${file}.js`);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, own.length > 0 ? instrumented(read(file), own) : compiled(read(file)));
  }
}

/** Those of the packages that the sources under test are in, or those asked for. */
function testFiles(): string[] {
  const packages = new Set(targets.map((file) => file.split("/").slice(0, 2).join("/")));
  if (options.tests !== undefined) return sourcesUnder(options.tests).filter((file) => /(?<!\.slow)\.test\.ts$/.test(file));
  return sourcesUnder("packages").filter(
    (file) => file.endsWith(".test.ts") && !file.endsWith(".slow.test.ts") && packages.has(file.split("/").slice(0, 2).join("/")),
  );
}

/** No test, and nothing that only tests and simulations use. */
function isProgram(file: string): boolean {
  return (
    (!/\.(test|bench)\.ts$|\/testing\/|\/coverage-(simulation|table)\.ts$/.test(file) && basename(file) !== "index.ts") ||
    /packages\/algo-[^/]+\/src\/index\.ts$/.test(file)
  );
}

function sourcesUnder(path: string): string[] {
  return readdirSync(join(root, path), { withFileTypes: true })
    .filter(({ name }) => name !== "node_modules" && name !== "dist" && name !== "fixtures")
    .flatMap((entry) => {
      const inside = `${path}/${entry.name}`;
      return entry.isDirectory() ? sourcesUnder(inside) : inside.endsWith(".ts") && inside.includes("/src/") ? [inside] : [];
    })
    .sort();
}

function read(file: string): string {
  return readFileSync(join(root, file), "utf8");
}
