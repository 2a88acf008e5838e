// Runs every test file, each in a process of its own, straight from the sources.
//
//   node scripts/test.mjs [words…]        only files whose path contains one of the words
//     --slow                              *.slow.test.ts as well
//     --engine NAME                       the tensor tests, on that engine (any of `rewardlab engines`); where it can't start they are skipped
//     --inspect                           one file, under the debugger: waits before its first line (--inspect-port 9229; 0: any free one)
//     --concurrency N (2)   --timeout SECONDS (a file: 300, with --engine 1200)   --root FOLDER (this repository)
//
// uvu alone would let much pass: a file without test.run(), a `before` hook that throws and a promise that never
// settles all exit with 0. So a file counts only by its printed totals, and finding no file is an error.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values: options, positionals: words } = parseArgs({
  allowPositionals: true,
  options: {
    slow: { type: "boolean", default: false },
    engine: { type: "string" },
    inspect: { type: "boolean", default: false },
    "inspect-port": { type: "string", default: "9229" },
    concurrency: { type: "string", default: "2" },
    timeout: { type: "string" },
    root: { type: "string", default: fileURLToPath(new URL("..", import.meta.url)) },
  },
});
const root = resolve(options.root);
options.timeout ??= options.engine === undefined ? "300" : "1200"; // a GPU that the processor plays is slow
const concurrency = positive("concurrency");
const timeout = positive("timeout");
const tsx = import.meta.resolve("tsx");
const startEngine = new URL("start-engine.mjs", import.meta.url).href;
/** What an engine must pass: these files compare with worked numbers, with PyTorch's, or with the plain JavaScript backend's. */
const engineTests =
  /^packages\/(core\/src\/(components|math|training|run\/(pipeline|tensor-files))|algo-|models\/|engines\/src\/webgpu|conformance\/src\/builtins)|^tests\/engine/;
const running = new Set();
const caches = mkdtempSync(join(tmpdir(), "rewardlab-caches-"));
process.on("exit", () => rmSync(caches, { recursive: true, force: true }));

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    for (const child of running) end(child);
    process.exit(signal === "SIGINT" ? 130 : 143);
  });
}

const files = testFiles();
if (files.length === 0) {
  console.error(`test: no test file ${words.length > 0 ? `with ${words.join(" or ")} in its path` : `under ${root}`}.`);
  console.log("0 passed, 1 failed");
  process.exit(1);
}

if (options.engine !== undefined) await tryEngine();
if (options.inspect) await inspect();

const total = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
const queue = [...files];
await Promise.all(Array.from({ length: concurrency }, worker));

if (failures.length > 0) console.log(`\nFailed:\n${failures.map((file) => `  ${file}`).join("\n")}\n`);
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ""}`);
process.exitCode = total.failed === 0 ? 0 : 1;

/** One file alone, with the terminal its own and no time-out, for a debugger to step through. */
async function inspect() {
  const port = options["inspect-port"];
  if (!/^\d+$/.test(port)) {
    console.error(`test: --inspect-port ${port}: a whole number is expected.`);
    process.exit(2);
  }
  const exact = files.filter((file) => words.includes(file));
  const chosen = exact.length > 0 ? exact : files;
  if (chosen.length !== 1) {
    const shown = chosen.slice(0, 10).map((file) => `\n  ${file}`);
    console.error(
      `test: --inspect takes one file; ${chosen.length} have ${words.join(" or ") || "any name"} in their path:${shown.join("")}`,
    );
    if (chosen.length > shown.length) console.error("  …");
    process.exit(2);
  }
  console.error(`${chosen[0]} waits for a debugger: chrome://inspect, or "Attach to Node Process" in VS Code.`);
  const child = startFile([`--inspect-brk=${port}`], [join(root, chosen[0])], { stdio: "inherit" });
  running.add(child);
  const ending = await new Promise((done) => child.on("exit", (code, signal) => done(signal ?? code)));
  if (typeof ending === "string") console.error(`test: ${chosen[0]} was ended by ${ending}.`);
  process.exit(typeof ending === "number" ? ending : 1);
}

async function worker() {
  for (let file = queue.shift(); file; file = queue.shift()) {
    const { output, ending, seconds } = await runFile(join(root, file));
    const counts = onEngine(file, output, countTests(output, ending));
    for (const key of Object.keys(total)) total[key] += counts[key];
    const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
    console.log(
      `${counts.failed > 0 ? "✘" : counts.passed > 0 ? "✓" : "–"} ${file}: ${counts.passed} passed, ${counts.failed} failed${skipped} (${seconds.toFixed(1)} s)`,
    );
    if (counts.why) console.log(`    ${counts.why}`);
    if (counts.failed === 0) continue;
    failures.push(file);
    console.log(output.trimEnd().replace(/^/gm, "    "));
  }
}

/** Where the engine can't start no file is run, and all count as skipped. */
async function tryEngine() {
  const { output, ending } = await runFile("--eval", "");
  if (ending === 0) return;
  console.error(output.trimEnd());
  console.log(
    ending === 3 ? `0 passed, 0 failed, ${files.length} ${files.length === 1 ? "file" : "files"} skipped` : "0 passed, 1 failed",
  );
  process.exit(ending === 3 ? 0 : 1);
}

/** A package's file that had no kernel run on the engine under test says nothing about it. (Those in tests/ start processes of their own.) */
function onEngine(file, output, counts) {
  if (options.engine === undefined || counts.failed > 0 || !file.startsWith("packages/")) return counts;
  const kernels = Number(/^engine \S+: (\d+) kernels$/m.exec(output)?.[1]);
  if (kernels > 0) return counts;
  return { ...counts, passed: 0, skipped: counts.skipped + counts.passed, why: `It ran nothing on ${options.engine}.` };
}

/** What uvu printed last is what ran; `ending` is how the process ended. */
function countTests(output, ending) {
  const summary = [...output.matchAll(/^ {2}Total: +(\d+)\n {2}Passed: +(\d+)\n {2}Skipped: +(\d+)$/gm)].at(-1);
  const crashed = ending === 0 || ending === 1 ? undefined : `It ended with ${ending}.`;
  if (!summary)
    return {
      passed: 0,
      failed: 1,
      skipped: 0,
      why: crashed ?? "It printed no summary: did every suite call run(), and every promise settle?",
    };
  const [ran, passed, skipped] = summary.slice(1).map(Number);
  if (ran + skipped === 0) return { passed, failed: 1, skipped, why: "It ran no test." };
  // Fewer passed than ran with exit code 0: a hook threw. All passed and still not 0: it crashed afterwards.
  const failed = ran - passed || (ending === 0 ? 0 : 1);
  return { passed, failed, skipped, why: failed > 0 ? (crashed ?? (ending === 0 ? "A hook threw." : undefined)) : undefined };
}

function runFile(...program) {
  const started = performance.now();
  return new Promise((done) => {
    const child = startFile([], program, {
      stdio: ["ignore", "pipe", "pipe"],
      detached: process.platform !== "win32", // a group of its own, so that the processes it starts end with it
    });
    running.add(child);
    let output = "";
    let late = false;
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => void (output += text));
    const limit = Math.max(timeout, ownLimit(program));
    const timer = setTimeout(() => {
      late = true;
      end(child);
    }, limit * 1000);
    child.on("exit", (code, signal) => {
      clearTimeout(timer);
      end(child);
      running.delete(child);
      const ending = late ? `a time-out after ${limit} s` : (signal ?? code);
      const finish = () => done({ output, ending, seconds: (performance.now() - started) / 1000 });
      const grace = setTimeout(finish, 1000); // its output normally closes at once
      child.on("close", () => {
        clearTimeout(grace);
        finish();
      });
    });
  });
}

/** Seconds that a file says it may take where the machine is busy: a line `// time-out: 900 s`. */
function ownLimit([file]) {
  const said = existsSync(file) ? /^\/\/ time-out: (\d+) s$/m.exec(readFileSync(file, "utf8")) : null;
  return Number(said?.[1] ?? 0);
}

/** A test file's process, from the sources; `flags` are Node's own. */
function startFile(flags, program, how) {
  const before = options.engine === undefined ? [] : ["--import", startEngine];
  return spawn(process.execPath, [...flags, "--conditions=@rewardlab/source", "--import", tsx, ...before, ...program], {
    cwd: root,
    env: {
      ...process.env,
      NO_COLOR: "1",
      FORCE_COLOR: "0",
      NODE_NO_WARNINGS: "1",
      REWARDLAB_CACHE: mkdtempSync(join(caches, "file-")), // nothing of a test reaches the user's own, or another test
      ...(options.engine !== undefined && { REWARDLAB_TEST_ENGINE: options.engine }),
    },
    ...how,
  });
}

/** Ends a file's process and whatever it left running. */
function end(child) {
  try {
    if (process.platform === "win32") child.kill("SIGKILL");
    else process.kill(-child.pid, "SIGKILL");
  } catch {
    child.kill("SIGKILL"); // no group of its own, or it has ended with everything it started: then this does nothing
  }
}

function testFiles() {
  const folders = children("packages").map((name) => `packages/${name}/src`);
  return [...folders, "tests", "examples", "benchmarks"]
    .flatMap(filesIn)
    .filter((file) => file.endsWith(".test.ts") && (options.slow || !file.endsWith(".slow.test.ts")))
    .filter((file) => options.engine === undefined || engineTests.test(file))
    .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
    .sort();
}

function filesIn(folder) {
  return children(folder)
    .filter((name) => name !== "node_modules" && name !== "dist")
    .flatMap((name) => (/\.\w+$/.test(name) ? `${folder}/${name}` : filesIn(`${folder}/${name}`)));
}

function children(folder) {
  return existsSync(join(root, folder)) ? readdirSync(join(root, folder)) : [];
}

function positive(name) {
  const value = Number(options[name]);
  if (value > 0) return value;
  console.error(`test: --${name} ${options[name]}: a positive number is expected.`);
  process.exit(2);
}
