import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InputError, type PreferenceItem } from "@rewardlab/core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { jsonlDataset } from "./jsonl.ts";
import { pngOf } from "./png.ts";
import type { RowCare } from "./rows.ts";

const test = suite("jsonl, with care", { folder: "" });
test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), "rewardlab-rows-"));
  writeFileSync(join(context.folder, "dot.png"), pngOf({ width: 1, height: 1, data: new Uint8Array(3) }));
});
test.after.each(({ folder }) => rmSync(folder, { recursive: true }));

async function read(folder: string, lines: readonly string[], care: Partial<RowCare> = {}) {
  const file = join(folder, "train.jsonl");
  writeFileSync(file, lines.map((line) => `${line}\n`).join(""));
  const outcome = await jsonlDataset({ train: file }, care)
    .open("train")
    .then(({ length, item }) => Promise.all(Array.from({ length }, (_, index) => item(index))))
    .catch((error: unknown) => error);
  return outcome instanceof InputError
    ? outcome.message.replaceAll(`${folder}/`, "").split("\n")
    : (outcome as readonly PreferenceItem[]);
}
const row = (id: string, responses: readonly string[], more = "") =>
  `{"id":"${id}","images":["dot.png"],"question":"which ?","responses":${JSON.stringify(responses)},"preferred":1${more}}`;

test("a key twice in a row, at any depth: file, line and key", async ({ folder }) => {
  const lines = [
    row("a", ["red", "blue"], ',"preferred":2'),
    row("b", ["red", "blue"]),
    row("c", ["red", "blue"], ',"targets":{"caption":"x","caption":"y"}'),
  ];
  assert.equal(await read(folder, lines), [
    'train.jsonl:1: the key "preferred" is there twice; expected each key once',
    'train.jsonl:3: the key "caption" is there twice; expected each key once',
  ]);
});

test("two responses of one text, or two empty ones: nothing can be preferred; each line is told, or kept where that is said", async ({
  folder,
}) => {
  const lines = [row("a", ["red", "red"]), row("b", ["", ""]), row("c", ["red", " red "]), row("d", ["red", "Red"])];
  const refused = (await read(folder, lines)) as string[];
  assert.is(refused.length, 3);
  assert.match(
    refused[0]!,
    /^train\.jsonl:1: both responses are "red", and 1 is preferred; expected two that differ \(identical: keep/,
  );
  assert.match(refused[1]!, /^train\.jsonl:2: both responses are empty/);
  assert.match(refused[2]!, /^train\.jsonl:3: both responses are "red"/);
  assert.is((await read(folder, lines, { identical: "keep" })).length, 4);
});

test("names that objects have by nature are names like any other; a target called __proto__ is refused, not dropped", async ({
  folder,
}) => {
  const natural = row(
    "constructor",
    ["toString", "__proto__"],
    ',"kind":"__proto__","answer":"valueOf","targets":{"constructor":"x"}',
  );
  const [item] = (await read(folder, [natural])) as (PreferenceItem & { targets: object })[];
  assert.equal([item!.kind, Object.entries(item!.targets)], ["__proto__", [["constructor", "x"]]]);
  assert.match(
    ((await read(folder, [row("a", ["x", "y"], ',"__proto__":{"polluted":1}')])) as string[])[0]!,
    /:1: unknown field "__proto__"/,
  );
  assert.match(
    ((await read(folder, [row("a", ["x", "y"], ',"targets":{"__proto__":"x"}')])) as string[])[0]!,
    /:1: targets\.__proto__: a target can't have that name/,
  );
  assert.is(({} as { polluted?: number }).polluted, undefined);
});

const other = (key: string, value: unknown) => row("a", ["red", "blue"], `,"${key}":${JSON.stringify(value)}`);

test("ties: an error, left out, or an item whose right answer is tie, as the options say", async ({ folder }) => {
  const tie = row("b", ["red", "green"]).replace('"preferred":1', '"preferred":"tie"');
  const lines = [row("a", ["red", "blue"]), tie, row("c", ["red", "blue"])];
  assert.equal(await read(folder, lines), [
    'train.jsonl:2: preferred is "tie", expected 1 or 2, the number of the better response (ties: drop leaves such rows out, keep takes them)',
  ]);
  const choices = async (ties: RowCare["ties"]) =>
    ((await read(folder, lines, { ties })) as PreferenceItem[]).map(({ id, preferred }) => [id, preferred]);
  assert.equal(await choices("drop"), [
    ["a", 1],
    ["c", 1],
  ]);
  assert.equal(await choices("keep"), [
    ["a", 1],
    ["b", "tie"],
    ["c", 1],
  ]);
});

test("fields that are none of a row's: an error, or kept in extra", async ({ folder }) => {
  const lines = [other("source", { name: "x", pages: [1, 2] }), row("b", ["red", "blue"])];
  assert.match((await read(folder, lines))[0] as string, /^train\.jsonl:1: unknown field "source"; the fields are /);
  const [first, second] = (await read(folder, lines, { otherFields: "keep" })) as PreferenceItem[];
  assert.equal(first!.extra, { source: { name: "x", pages: [1, 2] } });
  assert.not.ok("extra" in second!);
  assert.equal(await read(folder, [other("id", 5)], { otherFields: "keep" }), [
    'train.jsonl:1: the key "id" is there twice; expected each key once',
  ]);
});

test.run();
