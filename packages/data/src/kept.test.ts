import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isInputError } from "@rewardlab/core";
import { test } from "uvu";
import * as assert from "uvu/assert";
import sharp from "sharp";
import { jsonlDataset, type JsonlOptions } from "./jsonl.ts";
import { KnownPictures } from "./known-pictures.ts";
import { pngOf } from "./png.ts";

const folder = mkdtempSync(join(tmpdir(), "rewardlab-kept-"));
test.after(() => rmSync(folder, { recursive: true }));

const pictureAt = (name: string, shade: number) => {
  writeFileSync(join(folder, name), pngOf({ width: 2, height: 1, data: Uint8Array.from([shade, 2, 3, 4, 5, 6]) }));
  return join(folder, name);
};
const a = pictureAt("a.png", 1);
const b = pictureAt("b.png", 2);
const train = join(folder, "train.jsonl");
const rowOf = (id: string, ...images: string[]) =>
  JSON.stringify({ id, images, question: "?", responses: ["x", "y"], preferred: 1 });
writeFileSync(train, [rowOf("1", "a.png"), "", rowOf("2", "b.png", "a.png"), rowOf("3")].join("\n"));

let caches = 0;
const newCache = () => join(folder, `cache-${caches++}`);
const withCache = (cacheFolder: string, more: Partial<JsonlOptions> = {}) => jsonlDataset({ train }, { cacheFolder, ...more });
const known = (cache: string) => join(cache, "known-pictures.jsonl");
const index = (cache: string) =>
  join(
    cache,
    readdirSync(cache).find((name) => name.endsWith(".index"))!,
  );
/** A cache in which everything stands. */
async function filled(): Promise<string> {
  const cache = newCache();
  const data = withCache(cache);
  await data.open("train");
  assert.is(data.hash, plainHash);
  return cache;
}
const plainHash = jsonlDataset({ train }).hash;
const all = async (data: ReturnType<typeof jsonlDataset>) => {
  const split = await data.open("train");
  return Promise.all(Array.from({ length: split.length }, (_, at) => split.item(at)));
};

test.before(() => sleep(2300)); // of what was written in the last two seconds nothing is remembered

test("kept: the second start takes rows and pictures from the cache, and they are the same", async () => {
  const cache = await filled();
  assert.equal(await all(withCache(cache)), await all(jsonlDataset({ train })));
  assert.is(withCache(cache).hash, plainHash);
  // what it is told of a.png it believes: so it doesn't read it
  writeFileSync(known(cache), readFileSync(known(cache), "utf8").replaceAll(/"[\w+/]{43}="/g, `"${"A".repeat(43)}="`));
  assert.is.not(withCache(cache).hash, plainHash);
});

test("kept: a file that was written anew is read anew, also one of the same length and time", async () => {
  const cache = await filled();
  const { atime, mtime } = { atime: new Date(), mtime: new Date(Date.now() - 1e6) };
  utimesSync(b, atime, mtime);
  assert.is(withCache(cache).hash, plainHash);
  pictureAt("b.png", 9);
  utimesSync(b, atime, mtime);
  const changed = withCache(cache).hash;
  assert.is(changed, jsonlDataset({ train }).hash);
  assert.is.not(changed, plainHash);
  pictureAt("b.png", 2);
  assert.is(withCache(cache).hash, plainHash);
  await sleep(2300);
});

test("kept: a cache that was cut off anywhere, or holds anything else, is no harm", async () => {
  const cache = await filled();
  for (const file of [known(cache), index(cache)]) {
    const whole = readFileSync(file);
    for (let length = 0; length < whole.length; length += 7) {
      writeFileSync(file, whole.subarray(0, length));
      assert.is(withCache(cache).hash, plainHash, `${file} cut at ${length}`);
    }
    for (let at = 0; at < whole.length; at += 5) {
      const wrong = Buffer.from(whole);
      wrong[at]! ^= 4;
      if (file === known(cache) && /"[\w+/=]{44}"/.test(whole.toString("latin1", Math.max(0, at - 46), at + 46))) continue; // a hash is believed
      writeFileSync(file, wrong);
      assert.is(withCache(cache).hash, plainHash, `${file} wrong at ${at}`);
    }
    writeFileSync(file, whole);
  }
  appendFileSync(known(cache), '\n["x"]\n[1,2,3,4,5,6]\n{"a":1}\n\0\xff\n[');
  assert.is(withCache(cache).hash, plainHash);
});

test("kept: two that write at once lose nothing, and half a line of one that was killed costs that line alone", () => {
  const cache = newCache();
  const [one, two] = [new KnownPictures(cache), new KnownPictures(cache)];
  for (const [store, file] of [
    [one, a],
    [two, b],
  ] as const) {
    store.look(file);
    store.add(file, { width: 2, height: 1 });
  }
  one.flush();
  appendFileSync(known(cache), '\n["/half/a/li');
  two.flush();
  const read = new KnownPictures(cache);
  for (const file of [a, b]) assert.is(read.look(file)!.width, 2);
});

test("kept: where nothing can be written it goes on without, and says so", async () => {
  const file = newCache();
  writeFileSync(file, "");
  const notes: string[] = [];
  const progress = { update: () => {}, note: (message: string) => void notes.push(message) };
  const data = withCache(join(file, "cache"), { progress });
  assert.is((await all(data)).length, 3);
  assert.is(data.hash, plainHash);
  assert.ok(
    notes.some((note) => /known-pictures\.jsonl: can't be written \(.+\); goes on without/.test(note)),
    notes.join("\n"),
  );
  assert.ok(
    notes.some((note) => /goes on without the index of the data/.test(note)),
    notes.join("\n"),
  );
});

test("kept: problems are told at a warm start as at a cold one", async () => {
  const cache = await filled();
  const moved = readFileSync(b);
  rmSync(b);
  const told = await withCache(cache).open("train").catch(String);
  assert.is(told, await jsonlDataset({ train }).open("train").catch(String));
  assert.match(String(told), /train\.jsonl:3: images\[0\]: "b\.png": no such file in /);
  writeFileSync(b, moved.subarray(0, moved.length - 30));
  assert.match(
    String(await withCache(cache).open("train").catch(String)),
    /train\.jsonl:3: images\[0\] b\.png: not a readable picture/,
  );
  writeFileSync(b, moved);
  const limited = await withCache(await filled(), { mostPixels: 1 })
    .open("train")
    .catch(String);
  assert.match(
    String(limited),
    /train\.jsonl:1: images\[0\] a\.png: has 2 × 1 pixels, 0\.000002 megapixels, expected at most 0\.000001: shrink it, or let the data/,
  );
});

test("kept: a picture that is changed while a run is at work is refused; the same bytes again aren't", async () => {
  const data = jsonlDataset({ train }, { cacheBytes: 0 });
  assert.is(data.hash, plainHash);
  const split = await data.open("train");
  const before = (await split.item(0)).images[0]!.pixels;
  writeFileSync(a, readFileSync(a));
  utimesSync(a, 1, 1);
  assert.equal((await split.item(0)).images[0]!.pixels, before);
  pictureAt("a.png", 7);
  const changed = await split.item(0).catch((error: unknown) => error);
  assert.ok(isInputError(changed));
  assert.is(changed.code, "RL_DATASET_CHANGED");
  assert.match(changed.message, /train\.jsonl:1: images\[0\] a\.png: it was changed since it was read/);
  rmSync(a);
  assert.match(
    String(await split.item(0).catch(String)),
    /train\.jsonl:1: images\[0\] a\.png: .*can't be read any more \(ENOENT\)/,
  );
  pictureAt("a.png", 1);
  assert.equal((await split.item(0)).images[0]!.pixels, before);
});

test("kept: a picture of too many pixels is refused by its head, before it is decoded", async () => {
  const place = join(folder, "large");
  mkdirSync(place);
  const large = await sharp({ create: { width: 300, height: 200, channels: 3, background: "red" } })
    .png()
    .toBuffer();
  writeFileSync(join(place, "large.png"), large.subarray(0, large.length - 30)); // decoding it would end otherwise
  const file = join(place, "train.jsonl");
  writeFileSync(file, rowOf("1", "large.png"));
  for (const pictures of ["decode", "head"] as const) {
    const refused = await jsonlDataset({ train: file }, { pictures, mostPixels: 50_000 }).open("train").catch(String);
    assert.match(
      String(refused),
      /large\.png: has 300 × 200 pixels, 0\.06 megapixels, expected at most 0\.05: shrink it, or let/,
    );
  }
  writeFileSync(join(place, "large.png"), Buffer.alloc(2_000_000));
  const bytes = await jsonlDataset({ train: file }, { mostPixels: 50_000 }).open("train").catch(String);
  assert.match(String(bytes), /has 2000000 bytes, more than a picture of 0\.05 megapixels needs/);
});

test("kept: what was fetched ahead is decoded, and what of it can't be is told when it is used", async () => {
  const split = await jsonlDataset({ train }).open("train");
  const plain = await split.item(0);
  for (const [room, isThere] of [
    [1000, true],
    [10, false], // half of it is for what is used now
  ] as const) {
    const ahead = await jsonlDataset({ train }, { pictures: "head", cacheBytes: room }).open("train");
    ahead.prefetch!([0, 2]);
    rmSync(a);
    const item = await ahead.item(0).catch((error: unknown) => error);
    assert.is(isInputError(item), !isThere);
    if (isThere) assert.equal(item, plain);
    pictureAt("a.png", 1);
  }
});

test.run();
