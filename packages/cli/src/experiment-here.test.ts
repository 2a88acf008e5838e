import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { experimentHere } from "./experiment-here.ts";

/** What is found in a folder with these files, or why none is. */
function found(...names: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "rewardlab-here-"));
  try {
    mkdirSync(join(folder, "folder.yaml"));
    for (const name of names) writeFileSync(join(folder, name), "");
    return experimentHere(folder);
  } catch (error) {
    const { code, message } = error as Error & { code: string };
    return `${code} ${message}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("experiment here: experiment.yaml, whatever else there is", () => {
  assert.is(found("a.yaml", "experiment.yaml", "z.yml"), "experiment.yaml");
  assert.is(found("a.yaml", "experiment.yml"), "experiment.yml");
});

test("experiment here: the only YAML file; a package manager's and hidden ones don't count", () => {
  assert.is(found("grid.yml", "pnpm-lock.yaml", ".hidden.yaml", "notes.md"), "grid.yml");
});

test("experiment here: none, or several, is told with what was expected", () => {
  assert.match(
    found("notes.md"),
    /^RL_EXPERIMENT_FILE no experiment is named, and there is no YAML file .*`rewardlab init` makes a folder with one$/,
  );
  assert.match(
    found("b.yaml", "a.yaml"),
    /^RL_EXPERIMENT_FILE no experiment is named, expected one of .*: a\.yaml, b\.yaml \(or/,
  );
});

test.run();
