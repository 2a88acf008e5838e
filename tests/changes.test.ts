// Changes are recorded one by one, and a release takes them all up: one version for all packages, one changelog.

import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";

const repository = fileURLToPath(new URL("..", import.meta.url));
// packages/slim-* hold nothing of ours: tests/packed.test.ts looks at them.
const packages = readdirSync(join(repository, "packages")).filter(
  (name) => existsSync(join(repository, "packages", name, "package.json")) && !name.startsWith("slim-"),
);

/** A tree with our own manifests and settings, and these changes. */
function releaseOf(changes: Record<string, string>, after: (root: string) => void = () => {}) {
  const cache = join(repository, "node_modules", ".cache");
  mkdirSync(cache, { recursive: true });
  const root = mkdtempSync(join(cache, "changes-"));
  try {
    mkdirSync(join(root, ".changeset"));
    const examples = readdirSync(join(repository, "examples")).map((name) => `examples/${name}`);
    const folders = [...packages.map((name) => `packages/${name}`), ...examples];
    for (const folder of folders) mkdirSync(join(root, folder), { recursive: true });
    const files = folders.map((folder) => `${folder}/package.json`);
    for (const file of [".changeset/config.json", "package.json", "pnpm-workspace.yaml", "CHANGELOG.md", ...files])
      cpSync(join(repository, file), join(root, file));
    for (const [name, text] of Object.entries(changes)) writeFileSync(join(root, ".changeset", name), text);
    const script = join(repository, "scripts", "version.mjs");
    const result = spawnSync(process.execPath, [script, "--root", root], { encoding: "utf8" });
    after(root);
    return result;
  } finally {
    rmSync(root, { recursive: true });
  }
}
const versionIn = (root: string, ...path: string[]) =>
  (JSON.parse(readFileSync(join(root, ...path, "package.json"), "utf8")) as { version: string }).version;

test("changes: those that wait can be released", () => {
  const waiting = readdirSync(join(repository, ".changeset")).filter((file) => file.endsWith(".md"));
  const texts = waiting.map((file) => [file, readFileSync(join(repository, ".changeset", file), "utf8")]);
  if (waiting.length > 0) assert.is(releaseOf(Object.fromEntries(texts)).stderr, "");
});

test("changes: a step of core is one of all packages and of no plugin of ours; major, minor and patch are the largest of them", () => {
  const [major, minor] = versionIn(repository).split(".").map(Number);
  const version = `${major}.${minor! + 1}.0`;
  const changes = {
    "one.md": '---\n"@rewardlab/core": minor\n---\n\nStages see more.\n',
    "two.md": '---\n"@rewardlab/report": patch\n---\n\nA report says less.\n',
  };
  const result = releaseOf(changes, (root) => {
    for (const name of packages) assert.is(versionIn(root, "packages", name), version, name);
    assert.is(versionIn(root), version);
    for (const name of readdirSync(join(repository, "examples")))
      assert.is(versionIn(root, "examples", name), versionIn(repository, "examples", name), name);
    const before = readFileSync(join(repository, "CHANGELOG.md"), "utf8");
    const newest = before.indexOf("\n## ") + 1;
    const section = `## ${version}\n\nStages see more.\n\nA report says less.\n\n`;
    assert.is(readFileSync(join(root, "CHANGELOG.md"), "utf8"), before.slice(0, newest) + section + before.slice(newest));
    assert.equal(readdirSync(join(root, ".changeset")), ["config.json"]);
  });
  assert.is(result.status, 0, result.stderr);
});

test("changes: a patch alone is a patch, and a break after 1.0 a major step", () => {
  const [major, minor, patch] = versionIn(repository).split(".").map(Number);
  const moved = (...steps: string[]) => {
    let version = "";
    const changes = steps.map((step, index) => [`${index}.md`, `---\n"@rewardlab/data": ${step}\n---\n\nRows.\n`]);
    releaseOf(Object.fromEntries(changes), (root) => void (version = versionIn(root, "packages", "core")));
    return version;
  };
  assert.is(moved("patch"), `${major}.${minor}.${patch! + 1}`);
  assert.is(moved("major", "minor"), `${major! + 1}.0.0`);
});

test("changes: what can't be released leaves all as it is, and says why", () => {
  const unchanged = (root: string) => assert.is(versionIn(root, "packages", "core"), versionIn(repository));
  const refusal = (text: string) => {
    const { status, stderr } = releaseOf({ "one.md": text }, unchanged);
    assert.is(status, 1);
    return stderr;
  };
  assert.match(releaseOf({}, unchanged).stderr, "version: .changeset holds no change.");
  assert.match(refusal('---\n"@rewardlab/core": minor\n---\n'), "version: .changeset/one.md: it says no change");
  assert.match(refusal("---\n---\n\nRows.\n"), "version: .changeset/one.md: it names no package.");
  assert.match(
    refusal('---\n"@rewardlab/cor": minor\n---\n\nRows.\n'),
    '"@rewardlab/cor": minor: "@rewardlab/<package>" and one of',
  );
  assert.match(refusal('---\n"@rewardlab/core": big\n---\n\nRows.\n'), "patch, minor, major were expected");
  assert.match(refusal("Rows.\n"), "two lines of --- were expected");
});

test.run();
