import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { InputError, outlineOf, type Dataset, type PreferenceItem } from "@rewardlab/core";
import { jsonl, jsonlDataset } from "./jsonl.ts";
import { pngOf } from "./png.ts";

const picture = pngOf({ width: 2, height: 1, data: Uint8Array.from([1, 2, 3, 4, 5, 6]) });
const row = { id: "a", images: ["a.png"], question: "which ?", responses: ["yes", "no"], preferred: 1 };
let folder = "";
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), "rewardlab-jsonl-"));
  writeFileSync(join(folder, "a.png"), picture);
});
test.after.each(() => rmSync(folder, { recursive: true }));

/** Writes train.jsonl; a text is a line as it is, anything else becomes JSON. */
function write(...lines: unknown[]): string {
  const file = join(folder, "train.jsonl");
  writeFileSync(file, lines.map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\n`).join(""));
  return file;
}
async function itemsOf(data: Dataset, split = "train"): Promise<PreferenceItem[]> {
  const { length, item } = await data.open(split);
  return Promise.all(Array.from({ length }, (_, index) => item(index)));
}
async function problemsOf(...lines: unknown[]): Promise<string[]> {
  const train = write(...lines);
  try {
    await jsonlDataset({ train }).open("train");
  } catch (error) {
    assert.instance(error, InputError);
    assert.is((error as InputError).code, "RL_DATASET");
    return (error as InputError).message.replaceAll(`${folder}/`, "").replaceAll(folder, "FOLDER").split("\n");
  }
  return [];
}

test("jsonl: a row becomes an item, pixels included", async () => {
  const more = {
    thought: "b2 red",
    targets: { whole: "text", caption: { question: "what ?", response: "that" } },
    kind: "count",
    answer: "two",
  };
  const [plain, full] = await itemsOf(jsonlDataset({ train: write(row, { ...row, ...more, id: "b", preferred: 2 }) }));
  const images = [{ path: join(folder, "a.png"), pixels: { width: 2, height: 1, data: Uint8Array.from([1, 2, 3, 4, 5, 6]) } }];
  assert.equal(plain, { ...row, where: `${join(folder, "train.jsonl")}:1`, images });
  assert.equal(full, { ...row, ...more, where: `${join(folder, "train.jsonl")}:2`, id: "b", preferred: 2, images });
});

test("jsonl: a row with an answer may leave its responses out: a question that compares nothing", async () => {
  const asked = { id: "b", images: [], question: "1 + 1 ?", answer: "2" };
  const items = await itemsOf(jsonlDataset({ train: write(row, asked) }));
  assert.equal(items[1], {
    ...asked,
    responses: ["", ""],
    preferred: "tie",
    where: `${join(folder, "train.jsonl")}:2`,
    images: [],
  });
  const { answer: _, ...unanswered } = asked;
  assert.equal(await problemsOf(unanswered, { ...asked, preferred: 1 }), [
    "train.jsonl:1: responses is missing, expected a list of two texts",
    "train.jsonl:1: preferred is missing, expected 1 or 2, the number of the better response",
    "train.jsonl:2: responses is missing, expected a list of two texts",
  ]);
});

test("jsonl: pictureMegapixels says how large a picture may be", async () => {
  const train = write(row);
  assert.is((await itemsOf(jsonlDataset({ train }, { mostPixels: 2 }))).length, 1);
  for (const pictures of ["decode", "head"] as const) {
    const refused = await jsonlDataset({ train }, { mostPixels: 1, pictures }).open("train").then(String, String);
    assert.match(refused, /train\.jsonl:1: images\[0\] a\.png: has 2 × 1 pixels, .* expected at most 0\.000001/);
  }
});

test("jsonl: several pictures a row, one picture in several rows, folders below", async () => {
  mkdirSync(join(folder, "deep"));
  writeFileSync(join(folder, "deep", "b.png"), pngOf({ width: 1, height: 1, data: Uint8Array.from([7, 8, 9]) }));
  const items = await itemsOf(jsonlDataset({ train: write({ ...row, images: ["a.png", "deep/b.png"] }, { ...row, id: "b" }) }));
  assert.equal(
    items[0]!.images.map(({ pixels }) => pixels.width),
    [2, 1],
  );
  assert.is(items[0]!.images[0]!.pixels, items[1]!.images[0]!.pixels, "decoded once");
});

test("jsonl: blank lines, CRLF, a byte order mark and no last line break are nothing to mind", async () => {
  const file = join(folder, "train.jsonl");
  writeFileSync(file, `\uFEFF${JSON.stringify(row)}\r\n\r\n${JSON.stringify({ ...row, id: "zwölf" })}`);
  const items = await itemsOf(jsonlDataset({ train: file }));
  assert.equal(
    items.map(({ id }) => id),
    ["a", "zwölf"],
  );
});

test("jsonl: lines longer than the reader's chunk", async () => {
  const long = "x".repeat(200_000);
  const items = await itemsOf(jsonlDataset({ train: write({ ...row, question: long }, { ...row, id: "b" }) }));
  assert.equal(
    items.map(({ question }) => question.length),
    [200_000, 7],
  );
});

test("jsonl: each field's errors say what was given and expected", async () => {
  assert.equal(await problemsOf({ ...row, preferred: 3 }), [
    "train.jsonl:1: preferred is 3, expected 1 or 2, the number of the better response",
  ]);
  assert.equal(await problemsOf({ ...row, preferred: "1" }), [
    'train.jsonl:1: preferred is "1", expected 1 or 2, the number of the better response',
  ]);
  assert.equal(await problemsOf({ ...row, question: 5 }), ["train.jsonl:1: question is 5, expected a text"]);
  assert.equal(await problemsOf({ ...row, id: "" }), ['train.jsonl:1: id is "", expected a text that is not empty']);
  assert.equal(await problemsOf({ ...row, responses: ["a"] }), [
    'train.jsonl:1: responses is ["a"], expected a list of two texts',
  ]);
  assert.equal(await problemsOf({ ...row, responses: ["a", "b", "c"] }), [
    'train.jsonl:1: responses is ["a","b","c"], expected a list of two texts',
  ]);
  assert.equal(await problemsOf({ ...row, responses: ["a", 2] }), ["train.jsonl:1: responses[1] is 2, expected a text"]);
  assert.equal(await problemsOf({ ...row, images: "a.png" }), [
    'train.jsonl:1: images is "a.png", expected a list of picture files',
  ]);
  assert.equal(await problemsOf({ ...row, targets: { caption: 1 } }), [
    "train.jsonl:1: targets.caption is 1, expected a text, or { question, response, compares? }",
  ]);
  const { question: _, ...without } = row;
  assert.equal(await problemsOf(without), ["train.jsonl:1: question is missing, expected a text"]);
  const [unknown] = await problemsOf({ ...row, thougth: "x" });
  assert.match(
    unknown!,
    /^train\.jsonl:1: unknown field "thougth"; the fields are id, images, question, responses, preferred, thought, targets, kind, answer, group$/,
  );
});

test("jsonl: lines that are no rows", async () => {
  const [notJson] = await problemsOf("{id: 1}");
  assert.match(notJson!, /^train\.jsonl:1: is not JSON \(.*\), expected one JSON object a line$/);
  assert.equal(await problemsOf("[1]"), ["train.jsonl:1: is [1], expected a JSON object"]);
  assert.equal(await problemsOf("null"), ["train.jsonl:1: is null, expected a JSON object"]);
  assert.equal(await problemsOf(), ["train.jsonl: has no rows, expected one JSON object a line"]);
  assert.equal(await problemsOf("", "  "), ["train.jsonl: has no rows, expected one JSON object a line"]);
  writeFileSync(join(folder, "train.jsonl"), Buffer.from([0x22, 0xff, 0x22]));
  const error = await jsonlDataset({ train: join(folder, "train.jsonl") })
    .open("train")
    .catch(String);
  assert.match(String(error), /train\.jsonl:1: byte 2 of the line \(0xFF\) is not UTF-8; expected a file in UTF-8/);
});

test("jsonl: a file that is not there, or is a folder", async () => {
  const missing = await jsonlDataset({ train: join(folder, "tarin.jsonl") })
    .open("train")
    .catch(String);
  assert.match(String(missing), /tarin\.jsonl: no such file/);
  const isFolder = await jsonlDataset({ train: folder }).open("train").catch(String);
  assert.match(String(isFolder), /can't be read: there is a folder of this name, expected a file; move it away or remove it/);
});

test("jsonl: pictures that are missing, broken, or outside", async () => {
  writeFileSync(join(folder, "broken.png"), picture.subarray(0, 50));
  writeFileSync(join(folder, "text.png"), "hello");
  mkdirSync(join(folder, "folder.png"));
  assert.equal(await problemsOf({ ...row, images: ["a.png", "b.png"] }), [
    'train.jsonl:1: images[1]: "b.png": no such file in FOLDER',
  ]);
  assert.equal(await problemsOf({ ...row, images: ["folder.png"] }), ['train.jsonl:1: images[0]: "folder.png" is not a file']);
  for (const path of ["../a.png", "x/../../a.png", "/etc/hostname", ".."]) {
    assert.equal(await problemsOf({ ...row, images: [path] }), [
      `train.jsonl:1: images[0]: ${JSON.stringify(path)} is outside the file's folder; expected a path relative to it, without ..`,
    ]);
  }
  const [broken, text] = await problemsOf({ ...row, images: ["broken.png"] }, { ...row, id: "b", images: ["a.png", "text.png"] });
  assert.match(broken!, /^train\.jsonl:1: images\[0\] broken\.png: not a readable picture \(.+\)$/);
  assert.match(text!, /^train\.jsonl:2: images\[1\] text\.png: not a readable picture \(.+\)$/);
});

test("jsonl: an id that is there already", async () => {
  assert.equal(await problemsOf(row, { ...row, id: "b" }, row), [
    'train.jsonl:3: id is "a", which line 1 has already; expected each id once',
  ]);
});

test("jsonl: one report holds twenty errors and counts the others", async () => {
  const problems = await problemsOf(...Array.from({ length: 30 }, (_, index) => ({ ...row, id: String(index), preferred: 0 })));
  assert.is(problems.length, 21);
  assert.match(problems[19]!, /^train\.jsonl:20: /);
  assert.is(problems[20], "… and 10 more");
});

test("jsonl: the hash follows rows and pictures, not where they lie", () => {
  const train = write(row);
  const hash = jsonlDataset({ train }).hash;
  assert.match(hash, /^[0-9a-f]{64}$/);
  assert.is(jsonlDataset({ train }).hash, hash);
  assert.is.not(jsonlDataset({ test: train }).hash, hash);
  const elsewhere = `${folder}-elsewhere`;
  renameSync(folder, elsewhere);
  assert.is(jsonlDataset({ train: join(elsewhere, "train.jsonl") }).hash, hash);
  renameSync(elsewhere, folder);
  writeFileSync(join(folder, "a.png"), pngOf({ width: 2, height: 1, data: Uint8Array.from([1, 2, 3, 4, 5, 7]) }));
  assert.is.not(jsonlDataset({ train }).hash, hash);
  writeFileSync(join(folder, "a.png"), picture);
  assert.is.not(jsonlDataset({ train: write({ ...row, preferred: 2 }) }).hash, hash);
});

test("jsonl: an item without pictures", async () => {
  const [item] = await itemsOf(jsonlDataset({ train: write({ ...row, images: [] }) }));
  assert.equal(item!.images, []);
  const { images: _, ...without } = row;
  assert.equal(await problemsOf(without), ["train.jsonl:1: images is missing, expected a list of picture files"]);
});

test("jsonl: by place, in any order, again and again; an outline has sizes, turned as the picture is", async () => {
  const tall = await sharp({ create: { width: 3, height: 5, channels: 3, background: "red" } })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
  writeFileSync(join(folder, "turned.jpg"), tall);
  const train = write(row, "", { ...row, id: "b", images: ["turned.jpg", "a.png"] }, { ...row, id: "zwölf 日本" });
  for (const pictures of ["decode", "head", "unchecked"] as const) {
    const split = await jsonlDataset({ train }, { pictures, cacheBytes: 0 }).open("train");
    const ids = [];
    for (const index of [2, 0, 1, 2]) {
      const item = await split.item(index);
      assert.equal(await split.outline(index), outlineOf(item));
      assert.equal(await split.item(index), item);
      ids.push(item.id);
    }
    assert.equal(ids, ["zwölf 日本", "a", "b", "zwölf 日本"]);
    assert.equal((await split.outline(1)).images[0]!.pixels, { width: 5, height: 3 });
    assert.match(String(await split.item(3).catch(String)), /item 3 was asked for, expected 0 to 2/);
  }
});

test("jsonl: with heads alone, a picture that breaks off is told when it is used, with file and line", async () => {
  writeFileSync(join(folder, "broken.png"), picture.subarray(0, picture.length - 20));
  const train = write("", { ...row, images: ["a.png", "broken.png"] });
  const split = await jsonlDataset({ train }, { pictures: "head" }).open("train");
  assert.equal((await split.outline(0)).images[1]!.pixels, { width: 2, height: 1 });
  const error = await split.item(0).catch((caught: unknown) => caught);
  assert.instance(error, InputError);
  assert.match((error as Error).message, /train\.jsonl:2: images\[1\] broken\.png: not a readable picture/);
  writeFileSync(join(folder, "text.png"), "hello");
  const refused = jsonlDataset({ train: write({ ...row, images: ["text.png"] }) }, { pictures: "head" });
  assert.match(
    String(await refused.open("train").catch(String)),
    /train\.jsonl:1: images\[0\] text\.png: not a readable picture/,
  );
});

test("jsonl: rows that were changed or removed meanwhile are refused, not trained on", async () => {
  const train = write(row, { ...row, id: "b" });
  const split = await jsonlDataset({ train }).open("train");
  assert.is((await split.item(1)).id, "b");
  write(row, { ...row, id: "longer" });
  const error = await split.item(1).catch((caught: unknown) => caught);
  assert.instance(error, InputError);
  assert.match((error as Error).message, /train\.jsonl: it was changed since it was read/);
  rmSync(train);
  assert.match(String(await split.item(1).catch(String)), /train\.jsonl: can't be read any more/);
});

test("jsonl: links inside the folder are followed", async () => {
  symlinkSync(join(folder, "a.png"), join(folder, "link.png"));
  assert.equal(await problemsOf({ ...row, images: ["link.png"] }), []);
});

test("jsonl: the component's splits come from its options", async () => {
  write(row);
  const files = { folder, cache: join(folder, "cache") };
  const options = jsonl.options.parse({ train: "train.jsonl", splits: { dev: "train.jsonl" } });
  const data = jsonl.create(options as never, { files } as never);
  assert.equal(data.splits, ["train", "dev"]);
  assert.is((await data.open("dev")).length, 1);
  assert.match(String(await data.open("test").catch(String)), /no split test; the splits are train, dev/);
});

test("jsonl: options that name nothing, or a split twice", () => {
  const check = (options: object) => jsonl.checks![0]!.find(jsonl.options.parse(options) as never).map(({ message }) => message);
  assert.match(check({})[0]!, /names no file, expected at least one split/);
  assert.equal(check({ train: "a.jsonl", splits: { train: "b.jsonl" } }), ["train is given twice"]);
  assert.equal(check({ train: "a.jsonl", splits: { dev: "b.jsonl" } }), []);
  assert.not.ok(jsonl.options.safeParse({ trian: "a.jsonl" }).success);
});

test.run();
