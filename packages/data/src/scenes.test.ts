import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { outlineOf } from "@rewardlab/core";
import { scenes } from "./scenes.ts";

let folder = "";
test.before.each(() => void (folder = mkdtempSync(join(tmpdir(), "rewardlab-cache-"))));
test.after.each(() => rmSync(folder, { recursive: true }));

function scenesOf(options: object) {
  const files = { folder, cache: join(folder, "cache") };
  return scenes.create(scenes.options.parse(options) as never, { files, progress: { update() {}, note() {} } } as never);
}

test("scenes: nothing is made before a split is loaded; then it is read from the cache", async () => {
  const data = scenesOf({ train: 24, test: 12 });
  assert.equal(data.splits, ["train", "test"]);
  assert.equal(readdirSync(folder), []);
  const [train, alsoTrain, test_] = await Promise.all([data.open("train"), data.open("train"), data.open("test")]);
  assert.equal([train.length, test_.length], [24, 12]);
  assert.is(train, alsoTrain);
  const made = () => readdirSync(join(folder, "cache")).map((name) => statSync(join(folder, "cache", name)).mtimeMs);
  const before = made();
  assert.is(before.length, 1);
  const again = await scenesOf({ train: 24, test: 12 }).open("train");
  for (const index of [0, 23]) {
    assert.equal(await again.item(index), await train.item(index));
    assert.equal(await again.outline(index), outlineOf(await train.item(index)));
  }
  assert.equal(made(), before);
});

test("scenes: the hash follows the options, written out or left to the defaults", () => {
  const hash = scenesOf({ train: 24 }).hash;
  assert.is(scenesOf({ train: 24, seed: 1, heldOut: [] }).hash, hash);
  for (const other of [{ train: 48 }, { train: 24, seed: 2 }, { train: 24, pixelNoise: 0 }, { train: 24, heldOut: ["count"] }])
    assert.is.not(scenesOf(other).hash, hash);
});

test("scenes: a cache that was changed is refused, not used", async () => {
  const options = { train: 24, test: 12 };
  const item = await (await scenesOf(options).open("test")).item(0);
  writeFileSync(item.images[0]!.path, "");
  const error = await scenesOf(options).open("train").catch(String);
  assert.match(String(error), /are not as they were made: cut short or changed\. Remove the folder; it is made again/);
});

test("scenes: held-out kinds add a split; to hold out all is refused", () => {
  assert.equal(scenesOf({ heldOut: ["relation"] }).splits, ["train", "test", "heldOut"]);
  const check = (options: object) => scenes.checks![0]!.find(scenes.options.parse(options) as never).map(({ path }) => path);
  assert.equal(check({ kinds: ["relation"], heldOut: ["relation"] }), [["heldOut"]]);
  assert.equal(check({ heldOut: ["relation"] }), []);
});

test("scenes: options out of range are refused", () => {
  for (const options of [
    { train: 0 },
    { test: 1.5 },
    { kinds: [] },
    { kinds: ["colours"] },
    { pixelNoise: 128 },
    { misseen: 2 },
    { tests: 3 },
  ])
    assert.not.ok(scenes.options.safeParse(options).success, JSON.stringify(options));
});

test.run();
