// npm run release, but for the publishing: what it refuses, and what it would do.

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Packed } from "../tools/release/pack.ts";
import { planText, provenanceFlags, releasePlan } from "../tools/release/plan.ts";
import { notReady } from "../tools/release/ready.ts";

function inFolder<T>(task: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "rewardlab-release-test-"));
  const tidy = () => rmSync(folder, { recursive: true });
  const result = task(folder);
  if (!(result instanceof Promise)) tidy();
  else void result.finally(tidy);
  return result;
}

test("release: a tree that isn't a commit, changes that wait and a changelog without the version are told, all at once", () => {
  inFolder((root) => {
    const git = (...args: string[]) =>
      assert.is(spawnSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", ...args], { cwd: root }).status, 0);
    mkdirSync(join(root, ".changeset"));
    writeFileSync(join(root, ".changeset/config.json"), "{}");
    writeFileSync(join(root, "package.json"), '{ "version": "1.2.0" }');
    writeFileSync(join(root, "CHANGELOG.md"), "# Changes\n\n## 1.2.0\n\nThings.\n\n## 1.1.0\n");
    git("init", "-q");
    git("add", "-A");
    git("commit", "-qm", "all");
    assert.equal(notReady(root), []);

    writeFileSync(join(root, ".changeset/one.md"), "");
    writeFileSync(join(root, "package.json"), '{ "version": "1.20.0" }');
    const [tree, changes, log, ...more] = notReady(root);
    assert.equal(more, []);
    assert.match(tree!, "2 files differ from the commit (package.json, .changeset/one.md)");
    assert.match(changes!, ".changeset holds 1 change: `npm run version`");
    assert.match(log!, "CHANGELOG.md has no section 1.20.0");

    writeFileSync(join(root, "CHANGELOG.md"), "## 1.20.0 (not published)\n");
    assert.match(notReady(root).at(-1)!, 'calls 1.20.0 "not published"');
  });
});

test("release: what the registry has with the same files stays, with others it stops, the rest is published by its tag", () =>
  inFolder(async (folder) => {
    const packed = ["new", "same", "other", "early"].map((name): Packed => {
      const file = join(folder, `${name}.tgz`);
      writeFileSync(file, "x".repeat(1500));
      const version = name === "early" ? "2.0.0-beta.1" : "1.0.0";
      return { name, version, folder: "", file, manifest: { name, version }, files: new Map([["a.js", Buffer.from(name)]]) };
    });
    const registry = new Map([
      ["same", new Map([["a.js", Buffer.from("same")]])],
      ["other", new Map([["a.js", Buffer.from("else")]])],
    ]);
    const steps = await releasePlan(packed, async (name) => registry.get(name));
    assert.equal(
      steps.map(({ name, what, tag }) => [name, what, tag]),
      [
        ["new", "publish", "latest"],
        ["same", "there", "latest"],
        ["other", "differs", "latest"],
        ["early", "publish", "next"],
      ],
    );
    const lines = planText(steps).split("\n");
    assert.match(lines[0]!, /^ +1 +new@1\.0\.0 +2 kB +to publish, tag latest$/);
    assert.match(lines[2]!, "IS THERE WITH OTHER FILES");
    const [forced] = await releasePlan(packed, async () => undefined, "try");
    assert.is(forced!.tag, "try");
  }));

test("release: provenance only where a CI signs", () => {
  assert.equal(provenanceFlags({}), []);
  assert.equal(provenanceFlags({ GITHUB_ACTIONS: "true" }), [], "its job has no permission id-token: write");
  assert.equal(provenanceFlags({ GITHUB_ACTIONS: "true", ACTIONS_ID_TOKEN_REQUEST_URL: "https://x" }), ["--provenance"]);
  assert.equal(provenanceFlags({ GITLAB_CI: "true", SIGSTORE_ID_TOKEN: "x" }), ["--provenance"]);
});

test.run();
