import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { jsonlDataset } from "./jsonl.ts";
import { makeScenes, sceneFiles } from "./make-scenes.ts";

let folder = "";
test.before.each(() => void (folder = mkdtempSync(join(tmpdir(), "rewardlab-scenes-"))));
test.after.each(() => rmSync(folder, { recursive: true }));

function filesOf(out: string): Record<string, string> {
  const names = readdirSync(out, { recursive: true, encoding: "utf8" })
    .filter((name) => name.includes("."))
    .sort();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(out, name), "base64")]));
}
function rowsOf(out: string, split: string) {
  const lines = readFileSync(join(out, `${split}.jsonl`), "utf8")
    .trimEnd()
    .split("\n");
  return lines.map(
    (line) =>
      JSON.parse(line) as { id: string; kind: string; question: string; images: string[]; targets?: Record<string, unknown> },
  );
}

test("make-scenes: the bytes of seed 1 are these, on every machine", async () => {
  const { content } = await makeScenes({ out: join(folder, "a"), train: 48, test: 24 });
  // A change here changes every experiment on scenes: raise scenesVersion with it.
  assert.is(content, "9c525f32412950f677aa184841d142c5ecf158cd3090a7387eda1e83fd01e170");
});

test("make-scenes: a seed gives the same files again, another seed other ones", async () => {
  for (const [name, seed] of [
    ["a", 5],
    ["b", 5],
    ["c", 6],
  ] as const)
    await makeScenes({ out: join(folder, name), train: 30, test: 12, seed });
  const [a, b, c] = ["a", "b", "c"].map((name) => filesOf(join(folder, name)));
  assert.is(Object.keys(a!).length, 42 + 3);
  assert.equal(a, b);
  for (const name of Object.keys(a!)) assert.is.not(a![name], c![name], name);
});

test("make-scenes: testSeed gives another test split and leaves train as it is", async () => {
  for (const [name, testSeed] of [
    ["a", null],
    ["b", 5],
    ["c", 9],
  ] as const)
    await makeScenes({ out: join(folder, name), train: 24, test: 12, seed: 5, testSeed });
  const [a, b, c] = ["a", "b", "c"].map((name) => filesOf(join(folder, name)));
  assert.is(a!["test.jsonl"], b!["test.jsonl"]);
  assert.is.not(a!["test.jsonl"], c!["test.jsonl"]);
  assert.is(a!["train.jsonl"], c!["train.jsonl"]);
});

test("make-scenes: what it writes, the jsonl reader reads", async () => {
  const out = join(folder, "a");
  const { content } = await makeScenes({ out, train: 24, test: 12 });
  const data = jsonlDataset(sceneFiles(out, { heldOut: [] }));
  assert.equal(data.splits, ["train", "test"]);
  assert.is(data.hash, content);
  const first = await (await data.open("train")).item(0);
  assert.is(first!.id, "train-000001");
  assert.is(first!.images[0]!.pixels.width, 36);
  assert.match(first!.thought!, / so \w+ response-[12] is better$/);
  const { caption, slips } = first!.targets! as { caption: { question: string; response: string }; slips: string };
  assert.is(caption.question, "describe the picture");
  assert.match(caption.response, /^<think>[abc][123] /);
  assert.match(slips, /^<think>.* is better<\/think><answer>[12]<\/answer>$/);
  const tested = await data.open("test");
  assert.is(tested.length, 12);
  assert.is((await tested.item(0)).targets, undefined);
});

test("make-scenes: no arrangement of objects, hence no picture, is in two splits", async () => {
  const out = join(folder, "a");
  // Without noise, and of two kinds on the same sort of scene, so that there is something to collide: two of these would.
  await makeScenes({ out, train: 3000, test: 1000, kinds: ["shape", "colour"], heldOut: ["colour"], pixelNoise: 0 });
  const pictures = (split: string) =>
    new Set(rowsOf(out, split).map(({ images }) => readFileSync(join(out, images[0]!), "base64")));
  const [train, test_, heldOut] = ["train", "test", "heldOut"].map(pictures);
  const overlap = (one: Set<string>, two: Set<string>) => [...one].filter((picture) => two.has(picture)).length;
  assert.equal([overlap(train!, test_!), overlap(train!, heldOut!), overlap(test_!, heldOut!)], [0, 0, 0]);
});

test("make-scenes: the test split does not depend on the size of train, nor train's beginning", async () => {
  await makeScenes({ out: join(folder, "a"), train: 24, test: 12 });
  await makeScenes({ out: join(folder, "b"), train: 300, test: 12 });
  assert.equal(rowsOf(join(folder, "a"), "test"), rowsOf(join(folder, "b"), "test"));
  assert.equal(rowsOf(join(folder, "a"), "train"), rowsOf(join(folder, "b"), "train").slice(0, 24));
});

test("make-scenes: other noise and other slips leave the scenes as they are", async () => {
  await makeScenes({ out: join(folder, "a"), train: 24, test: 12 });
  await makeScenes({ out: join(folder, "b"), train: 24, test: 12, pixelNoise: 0, misseen: 1 });
  const without = (name: string) => {
    return rowsOf(join(folder, name), "train").map(({ targets, ...row }) => [row, targets!["caption"]]);
  };
  assert.equal(without("a"), without("b"));
});

test("make-scenes: held-out kinds are in their own split alone", async () => {
  const out = join(folder, "a");
  await makeScenes({ out, train: 20, test: 12, heldOut: ["relation", "existence"] });
  const kindsOf = (split: string) => [...new Set(rowsOf(out, split).map(({ kind }) => kind))];
  assert.equal(kindsOf("train"), ["count", "colour", "shape", "comparison"]);
  assert.equal(kindsOf("test"), ["count", "colour", "shape", "comparison"]);
  assert.equal(kindsOf("heldOut"), ["relation", "existence"]);
  assert.is(rowsOf(out, "heldOut").length, 12);
});

test("make-scenes: all or nothing, and never over what is there", async () => {
  const out = join(folder, "a");
  mkdirSync(out);
  writeFileSync(join(out, "mine.txt"), "");
  const error = await makeScenes({ out, train: 4, test: 4 }).catch(String);
  assert.match(String(error), /exists already/);
  const interrupted = makeScenes({ out: join(folder, "b"), train: 600, test: 4 }, (done) => {
    if (done > 4) throw new Error("stopped");
  });
  assert.match(String(await interrupted.catch(String)), /stopped/);
  assert.equal(readdirSync(folder), ["a"]);
  assert.not.ok(existsSync(join(folder, "b")));
});

test("make-scenes: two at once make one dataset", async () => {
  const out = join(folder, "a");
  const made = await Promise.all([makeScenes({ out, train: 24, test: 12 }), makeScenes({ out, train: 24, test: 12 })]);
  assert.is(made[0].content, made[1].content);
  assert.equal(readdirSync(folder), ["a"]);
});

test("make-scenes: reports progress up to all", async () => {
  const seen: number[][] = [];
  await makeScenes({ out: join(folder, "a"), train: 300, test: 4 }, (done, total) => seen.push([done, total]));
  assert.equal(seen.at(-1), [304, 304]);
});

test("makeScenes: what a kill left half made is removed, what another process is making is not", async () => {
  const here = createHash("sha256").update(hostname()).digest("hex").slice(0, 8);
  const gone = spawnSync(process.execPath, ["-e", ""]).pid;
  const [left, beingMade, elsewhere, forgotten] = [
    `.scenes-${here}-${gone}-a`,
    `.scenes-${here}-${process.ppid}-b`,
    `.scenes-00000000-${gone}-c`,
    ".scenes-0b0b0b0b-0000-4000-8000-000000000000",
  ] as const;
  for (const name of [left, beingMade, elsewhere, forgotten]) mkdirSync(join(folder, name, "images"), { recursive: true });
  const old = new Date(Date.now() - 2 * 24 * 3600 * 1000);
  utimesSync(join(folder, forgotten), old, old);
  await makeScenes({ out: join(folder, "made"), train: 4, test: 2 });
  assert.equal(readdirSync(folder).sort(), [elsewhere, beingMade, "made"].sort());
});

test.run();
