// Makes a fresh checkout ready: dependencies, then dist, then the schemas that editors read experiments by. Plain Node, because it runs before anything is installed.
//
//   node scripts/setup.mjs                  does what is missing or out of date, and nothing else
//   node scripts/setup.mjs --install-only   no build
//   node scripts/setup.mjs --rebuild        builds even if no source changed
//
// Each step leaves a stamp, a hash of what went in. It is written last and by rename, so an interrupted step is done again.

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
process.chdir(root);
const manifest = JSON.parse(readFileSync("package.json", "utf8"));
const flags = new Set(process.argv.slice(2));
const kernels = join("packages", "engines", "src", "wasm", "build-kernels.mjs");

checkFlags();
checkNodeVersion();
const newlyInstalled = await step(
  "install",
  installInputs,
  () => [join("node_modules", ".bin"), join("node_modules", "typescript")],
  install,
);
if (!flags.has("--install-only")) {
  const newlyBuilt = await step("build", buildInputs, compiledFiles, build, newlyInstalled || flags.has("--rebuild"));
  await step("schemas", schemaInputs, () => [...schemaFiles().keys()], writeSchemas, newlyBuilt);
}

function checkFlags() {
  const unknown = [...flags].find((flag) => flag !== "--install-only" && flag !== "--rebuild");
  if (unknown) stop(`unknown option ${unknown}; there are --install-only and --rebuild.`);
}

function checkNodeVersion() {
  const [wantedMajor, wantedMinor] = manifest.engines.node.match(/\d+/g).map(Number);
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  stop(
    `this is Node ${process.versions.node}, RewardLab needs ${manifest.engines.node}. Get a newer one from https://nodejs.org.`,
  );
}

/** Runs `action` unless its inputs are those of its last success and its outputs are still there. Says whether it ran. */
async function step(name, inputs, outputs, action, always = false) {
  const stamp = join("node_modules", `.rewardlab-${name}`);
  const done = existsSync(stamp) && readFileSync(stamp, "utf8") === hash(inputs()) && outputs().every((path) => existsSync(path));
  if (done && !always) return false;
  rmSync(stamp, { force: true });
  const used = await action();
  writeFileSync(`${stamp}.${process.pid}`, used);
  renameSync(`${stamp}.${process.pid}`, stamp);
  return true;
}

async function install() {
  const used = hash(installInputs());
  const pnpm = manifest.packageManager;
  // pnpm keeps a refused build script in mind here and would refuse again after it was allowed; without the file it looks anew.
  rmSync(join("node_modules", ".modules.yaml"), { force: true });
  await command(
    "Installing dependencies",
    "npx",
    ["--yes", pnpm, "install", "--frozen-lockfile"],
    [
      "If the network is the trouble, `npm ping` says so; npm's own `registry` and `proxy` settings are used.",
      `If a package.json and the lockfile disagree: npx --yes ${pnpm} install`,
    ],
  );
  return used;
}

async function build() {
  const retry = "The lines above name file and line; `npm run check` also checks the types of the tests.";
  if (existsSync(kernels)) await command("Building the wasm kernels", process.execPath, [kernels], []);
  const used = hash(buildInputs()); // the kernels' build may have written a source
  const expected = new Set(compiledFiles());
  for (const folder of compiledFolders()) {
    // Whatever else lies there would be published: what a source that is gone was compiled to, or an earlier setting wrote.
    for (const file of filesIn(join(folder, "dist"), (name) => /\.(js|d\.ts|map)$/.test(name)))
      if (!expected.has(file.replace(/\.d\.ts$/, ".js"))) rmSync(file);
  }
  const tsc = join("node_modules", "typescript", "bin", "tsc");
  await command("Building the packages", process.execPath, [tsc, "-b", "tsconfig.build.json", "--pretty", "false"], [retry]);
  return used;
}

/** Each schema named in the first line of an experiment, with the experiments that name it. */
function schemaFiles() {
  const named = new Map();
  for (const folder of ["experiments", "examples", "benchmarks"]) {
    for (const file of filesIn(folder, (name) => name.endsWith(".yaml"))) {
      const [, path] = /^# yaml-language-server: \$schema=(\S+)$/m.exec(readFileSync(file, "utf8")) ?? [];
      if (path === undefined) continue;
      const schema = join(dirname(file), path);
      named.set(schema, [...(named.get(schema) ?? []), file]);
    }
  }
  return named;
}

/** One that several experiments share knows the built-in plugins; that of a single one knows its own plugins and stages too. */
async function writeSchemas() {
  const used = hash(schemaInputs());
  const rewardlab = join("packages", "cli", "bin", "rewardlab.js");
  for (const [schema, [file, ...more]] of schemaFiles())
    await command(
      `Writing ${schema}`,
      process.execPath,
      [rewardlab, "schema", ...(more.length === 0 ? [file] : []), "--out", schema],
      [],
    );
  return used;
}

function schemaInputs() {
  const examples = filesIn("examples", (name) => name.endsWith(".js"));
  return [...examples, ...[...schemaFiles().values()].flat()];
}

function installInputs() {
  const files = [
    "package.json",
    "pnpm-lock.yaml",
    "pnpm-workspace.yaml",
    ".npmrc",
    ".pnpmfile.cjs",
    join("docs", "package.json"),
  ];
  for (const folder of workspaceFolders("packages", "examples")) files.push(join(folder, "package.json"));
  return files;
}

function buildInputs() {
  const files = ["pnpm-lock.yaml", "tsconfig.base.json", "tsconfig.build.json"];
  for (const folder of compiledFolders()) files.push(join(folder, "tsconfig.json"), ...sourcesIn(folder));
  return files;
}

/** The dist/….js of every source that the package's tsconfig doesn't leave out. */
function compiledFiles() {
  return compiledFolders().flatMap((folder) => {
    const { exclude = [] } = JSON.parse(readFileSync(join(folder, "tsconfig.json"), "utf8"));
    const leftOut = exclude.filter((path) => !path.includes("*")).map((path) => join(folder, path));
    return sourcesIn(folder)
      .filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts") && !leftOut.some((path) => file.startsWith(path)))
      .map((file) => join(folder, "dist", relative(join(folder, "src"), file).replace(/ts$/, "js")));
  });
}

/** The packages that are written here; packages/slim-* are made when they are packed. */
function compiledFolders() {
  return workspaceFolders("packages").filter((folder) => existsSync(join(folder, "tsconfig.json")));
}

function sourcesIn(folder) {
  return filesIn(join(folder, "src"), (name) => !/\.(test|bench)\.ts$/.test(name));
}

function workspaceFolders(...parents) {
  return parents
    .filter((parent) => existsSync(parent))
    .flatMap((parent) => readdirSync(parent).map((name) => join(parent, name)))
    .filter((folder) => existsSync(join(folder, "package.json")))
    .sort();
}

function filesIn(folder, wanted) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.name !== "node_modules")
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return filesIn(path, wanted);
      return wanted(entry.name) ? [path] : [];
    });
}

function hash(files) {
  const sum = createHash("sha256").update(process.version);
  for (const file of files) sum.update(`\0${file}\0`).update(existsSync(file) ? readFileSync(file) : "absent");
  return sum.digest("hex");
}

/** Runs a command quietly with one progress line; where it fails, prints its last lines and what to do, and ends the set-up. */
async function command(title, program, args, advice) {
  const started = performance.now();
  const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  const live = process.stderr.isTTY;
  const show = (text) => process.stderr.write(live ? `\r\x1b[2K${title}… ${text}` : text);
  if (!live) show(`${title}… `);
  const timer = live ? setInterval(() => show(seconds()), 200) : undefined;
  let output = "";
  const code = await new Promise((resolve) => {
    const child = spawn(program, args, {
      stdio: ["ignore", "pipe", "pipe"],
      // Under `npm --silent` pnpm would not say what failed.
      env: { ...process.env, CI: "true", NO_COLOR: "1", npm_config_loglevel: "error" },
      shell: process.platform === "win32" && program === "npx", // there npx is a .cmd file
    });
    const keep = (chunk) => void (output = (output + chunk).slice(-20_000));
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.on("error", (error) => resolve(keep(error.message) ?? "not started"));
    child.on("close", (exitCode, signal) => resolve(exitCode ?? signal));
  });
  clearInterval(timer);
  if (code === 0) {
    show(`done in ${seconds()}\n`);
    return;
  }
  show("failed\n");
  const last = output.trimEnd().split("\n").slice(-25);
  stop([`${title} failed (${program} ${args.join(" ")}: ${code}). Its last lines:`, "", ...last, "", ...advice].join("\n"));
}

function stop(message) {
  console.error(`set-up: ${message}`);
  process.exit(1);
}
