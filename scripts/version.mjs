// npm run version: takes up what lies in .changeset. The packages get their new version, and CHANGELOG.md a section of what was written.
//
//   node scripts/version.mjs [--root FOLDER]
//
// Changesets' own `version` isn't used: it would write a changelog into each package, where ours have one version and one changelog; and since packages
// have core as a peer, it takes every minor step of core for a break of all of them, and would make 1.0.0 of it.

import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { root: { type: "string", default: fileURLToPath(new URL("..", import.meta.url)) } } });
const root = resolve(values.root);
const read = (...path) => readFileSync(join(root, ...path), "utf8");

const steps = ["patch", "minor", "major"];
// packages/slim-* have the versions of what they stand for.
const packages = readdirSync(join(root, "packages")).filter(
  (name) => existsSync(join(root, "packages", name, "package.json")) && !name.startsWith("slim-"),
);
const files = readdirSync(join(root, ".changeset"))
  .filter((file) => file.endsWith(".md") && file !== "README.md")
  .sort();
if (files.length === 0) stop(".changeset holds no change. `npm run changeset` writes one.");
const changes = files.map(readChange);

const before = versionNow();
const step = steps[Math.max(...changes.map((change) => change.step))];
const version = stepped(before, step);
for (const path of [["package.json"], ...packages.map((name) => ["packages", name, "package.json"])])
  writeFileSync(join(root, ...path), read(...path).replace(/^( {2}"version": )"[^"]*"/m, `$1"${version}"`));

const log = read("CHANGELOG.md");
const newest = log.search(/^## /m);
const section = `## ${version}\n\n${changes.map(({ summary }) => summary).join("\n\n")}\n\n`;
writeFileSync(join(root, "CHANGELOG.md"), newest < 0 ? `${log}\n${section}` : log.slice(0, newest) + section + log.slice(newest));
for (const file of files) rmSync(join(root, ".changeset", file));
console.log(`${before} → ${version}, with ${changes.length} ${changes.length === 1 ? "change" : "changes"} in CHANGELOG.md.`);

/** How far it moves the version, as a place in `steps`, and what it says. */
function readChange(file) {
  const where = `.changeset/${file}`;
  const [, front, text] = /^---\n([^]*?)^---$([^]*)/m.exec(read(".changeset", file)) ?? [];
  if (front === undefined) stop(`${where}: two lines of --- were expected, and between them a package and its step.`);
  const summary = text.trim();
  if (summary === "") stop(`${where}: it says no change below its two lines of ---.`);
  const taken = front
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [, name, kind] = /^"@rewardlab\/(\S+)": (\S+)$/.exec(line) ?? [];
      if (!packages.includes(name) || !steps.includes(kind))
        stop(`${where}: ${line}: "@rewardlab/<package>" and one of ${steps.join(", ")} were expected.`);
      return steps.indexOf(kind);
    });
  if (taken.length === 0) stop(`${where}: it names no package.`);
  return { step: Math.max(...taken), summary };
}

/** The next version; below 1.0 nothing is promised, so that a break is a minor step. */
function stepped(from, kind) {
  const [major, minor, patch] = from.split(".").map(Number);
  if (kind === "major") return `${major + 1}.0.0`;
  return kind === "minor" ? `${major}.${minor + 1}.0` : `${major}.${minor}.${patch + 1}`;
}

/** The version that all packages have. */
function versionNow() {
  const versions = new Set(packages.map((name) => JSON.parse(read("packages", name, "package.json")).version));
  if (versions.size !== 1)
    stop(`the packages have ${versions.size} versions (${[...versions].join(", ")}); they should have one.`);
  return [...versions][0];
}

function stop(message) {
  console.error(`version: ${message}`);
  process.exit(1);
}
