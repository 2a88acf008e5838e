import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lockFolder } from "@rewardlab/storage";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { takesShipped } from "./grid.ts";
import { finishFresh, forgetFresh, startFresh } from "./start-fresh.ts";

const test = suite("start-fresh", { folder: "" });
test.before.each((context) => void (context.folder = mkdtempSync(join(tmpdir(), "rewardlab-test-"))));
test.after.each(({ folder }) => rmSync(folder, { recursive: true }));

const none = () => assert.unreachable("nothing is damaged");

function ranOnce(folder: string): string {
  const root = join(folder, "x");
  mkdirSync(join(root, "main"), { recursive: true });
  writeFileSync(join(root, "grid.json"), JSON.stringify({ useShipped: true, seeds: [1] }));
  return root;
}

test("what was there is kept, the lock goes along, shipped artefacts are not taken", ({ folder }) => {
  const root = ranOnce(folder);
  const unlock = lockFolder(root);
  assert.match(startFresh(root)!, /x\.previous$/);
  assert.equal(readdirSync(root).sort(), [".lock", "grid.json"]);
  assert.equal(readdirSync(join(folder, "x.previous")).sort(), ["grid.json", "main"]);
  assert.throws(() => lockFolder(root), /another run/);
  unlock();
  assert.not(takesShipped(root, none));
  assert.equal(readdirSync(folder).sort(), ["x", "x.previous"]);
});

test("killed between its two moves, the next run still takes no shipped artefact", ({ folder }) => {
  const root = ranOnce(folder);
  const unlock = lockFolder(root);
  startFresh(root);
  unlock();
  renameSync(root, `${root}.fresh`); // as the first move left it
  finishFresh(root);
  assert.not(takesShipped(root, none));
  assert.equal(readdirSync(folder).sort(), ["x", "x.previous"]);
});

test("killed before the first move, nothing has happened; in a folder that was empty it is known all the same", ({ folder }) => {
  const root = ranOnce(folder);
  mkdirSync(`${root}.fresh`);
  finishFresh(root);
  assert.equal(readFileSync(join(root, "grid.json"), "utf8"), '{"useShipped":true,"seeds":[1]}');
  forgetFresh(root);
  assert.equal(readdirSync(folder), ["x"]);
  const empty = join(folder, "empty");
  lockFolder(empty);
  assert.is(startFresh(empty), null);
  assert.not(takesShipped(empty, none));
});

test.run();
