// npm run check: every static check, one after the other, all of them even where one fails; then a summary.
//
//   node scripts/check.mjs [names…]   only those: types, lint, format, architecture, unused

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const bin = (path) => `node_modules/${path}`;
const cruised = [
  "packages/*/src",
  ...[
    "examples",
    "benchmarks",
    "tests",
    "tools/api",
    "tools/differences",
    "tools/documentation",
    "tools/glossary",
    "tools/mutation",
    "tools/registry",
    "tools/release",
    "tools/simulations",
    "tools/site",
  ].filter((folder) => existsSync(folder)),
];
const checks = [
  ["types", bin("typescript/bin/tsc"), "--noEmit"],
  ["lint", bin("oxlint/bin/oxlint"), "--deny-warnings"],
  ["format", bin("prettier/bin/prettier.cjs"), "--check", "--log-level=warn", "."],
  ["architecture", bin("dependency-cruiser/bin/dependency-cruise.mjs"), "--config", ".dependency-cruiser.mjs", ...cruised],
  ["unused", bin("knip/bin/knip.js"), "--no-config-hints"],
];

const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !checks.some(([known]) => known === name));
if (unknown !== undefined) {
  console.error(`check: ${unknown}: there is no such check; there are ${checks.map(([name]) => name).join(", ")}.`);
  process.exit(2);
}

let failed = 0;
const summary = [];
for (const [name, ...args] of checks.filter(([known]) => wanted.length === 0 || wanted.includes(known))) {
  console.log(`\n— ${name}`);
  const started = performance.now();
  const { status } = spawnSync(process.execPath, args, { stdio: "inherit" });
  if (status !== 0) failed += 1;
  summary.push(`${status === 0 ? "ok    " : "FAILED"} ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
}
console.log(`\n${summary.join("\n")}`);
process.exitCode = failed === 0 ? 0 : 1;
