import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "@rewardlab/core";
import { convertPreferences } from "./convert.ts";
import { jsonlDataset } from "./jsonl.ts";
import { pngOf } from "./png.ts";
import { splitPreferences } from "./split-file.ts";

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
let folder = "";
test.before.each(() => void (folder = mkdtempSync(join(tmpdir(), "rewardlab-convert-"))));
test.after.each(() => rmSync(folder, { recursive: true }));
const linesIn = (file: string) =>
  readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { id: string; images: string[] });

test("convert: Parquet with embedded pictures becomes rows that jsonl reads, with their pictures beside them", async () => {
  const to = join(folder, "out", "all.jsonl");
  const written = await convertPreferences(fixture("trl-zstd.parquet"), to);
  assert.equal([written.rows, written.pictures, written.files[0]!.format], [4, 3, "trl"]);
  const { length, item } = await jsonlDataset({ train: to }, { otherFields: "keep" }).open("train");
  const items = await Promise.all(Array.from({ length }, (_, index) => item(index)));
  assert.equal(
    items.map(({ id, responses, preferred, images }) => [
      id,
      responses[(preferred as number) - 1],
      images.map(({ pixels }) => pixels.data[0]),
    ]),
    [0, 1, 2, 3].map((i) => [String(9007199254740993n + BigInt(i)), `good ${i}`, Array.from({ length: i }, () => i)]),
  );
  assert.equal(items[2]!.extra, { score: 0.5, when: "2023-11-14T22:13:20.000Z", tags: ["a", "b"], seen: true });
  assert.equal(readdirSync(join(folder, "out")).sort(), ["all.jsonl", "images"]);
});

test("convert: a JSON array by the name's end, the same rows; nothing is overwritten, and nothing half made is left", async () => {
  const [lines, array] = [join(folder, "a.jsonl"), join(folder, "a.json")];
  await convertPreferences(fixture("rlaif-v.parquet"), lines);
  await convertPreferences(fixture("rlaif-v.parquet"), array);
  assert.equal(JSON.parse(readFileSync(array, "utf8")), linesIn(lines));
  assert.match(
    String(await convertPreferences(lines, array).catch(String)),
    /a\.json: is there already, expected a new file\. Nothing was written/,
  );
  assert.match(
    String(await convertPreferences(lines, join(folder, "a.csv")).catch(String)),
    /expected a name that ends in \.jsonl or \.json/,
  );
  writeFileSync(join(folder, "bad.jsonl"), '{"question": 1}\n');
  assert.instance(
    await convertPreferences(join(folder, "bad.jsonl"), join(folder, "b.jsonl"), { format: "trl" }).catch(
      (error: unknown) => error,
    ),
    InputError,
  );
  assert.equal(readdirSync(folder).sort(), ["a.json", "a.jsonl", "bad.jsonl", "images"]);
});

test("split: no picture, by its bytes, is in two parts, whatever the files are called; the same each time", async () => {
  mkdirSync(join(folder, "images"));
  const rows = Array.from({ length: 40 }, (_, index) => {
    const image = `images/${index}.png`;
    writeFileSync(join(folder, image), pngOf({ width: 1, height: 1, data: Uint8Array.from([index % 10, 0, 0]) }));
    return { id: `r${index}`, images: [image], question: "q", responses: ["a", "b"], preferred: 1, more: index };
  });
  const file = join(folder, "all.jsonl");
  writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  const options = { shares: { test: 0.2, validation: 0.1 }, by: "picture" as const, splitSeed: 3 };
  const parts = await splitPreferences(file, options);
  assert.equal(
    parts.map((part) => part.rows),
    [8, 4, 28],
  );
  const reds = ["test", "validation", "train"].map((name) => {
    const part = linesIn(join(folder, `all-${name}.jsonl`));
    assert.ok(part.every(({ images }) => existsSync(join(folder, images[0]!)) && /^images\/\d+\.png$/.test(images[0]!)));
    return new Set(part.map(({ id }) => Number(id.slice(1)) % 10));
  });
  assert.equal(
    reds.map(({ size }) => size),
    [2, 1, 7],
  );
  assert.is(new Set(reds.flatMap((set) => [...set])).size, 10);
  assert.match(String(await splitPreferences(file, options).catch(String)), /all-test\.jsonl: is there already/);
  await splitPreferences(file, { ...options, out: join(folder, "again") });
  assert.equal(
    linesIn(join(folder, "again/all-test.jsonl")).map(({ id }) => id),
    linesIn(join(folder, "all-test.jsonl")).map(({ id }) => id),
  );
  assert.ok(linesIn(join(folder, "again/all-test.jsonl")).every(({ images }) => existsSync(join(folder, "again", images[0]!))));
});

test("split: a part that nothing can come into is told", async () => {
  const row = (id: number) => `{"id":"${id}","images":[],"question":"q","responses":["a","b"],"preferred":1,"group":"one"}\n`;
  writeFileSync(join(folder, "a.jsonl"), [1, 2, 3, 4].map(row).join(""));
  const split = (by: "picture" | "row") =>
    splitPreferences(join(folder, "a.jsonl"), { shares: { test: 0.25 }, by, splitSeed: 1 });
  assert.match(
    String(await split("picture").catch(String)),
    /no row came into test: its 4 rows are too few, or one picture joins nearly all/,
  );
  assert.equal(
    (await split("row")).map(({ rows }) => rows),
    [1, 3],
  );
});

test.run();
