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

test("two responses that look the same are the same: however their characters are composed, whatever spaces they have", async ({
  folder,
}) => {
  const pairs = [
    ["caf\u00E9", "cafe\u0301"],
    ["a b", "a\u00A0b"],
    ["a\nb", "a\r\nb"],
    ["so\u00ADlo", "solo\u200B"],
    ["\uFEFF", " \u2060"],
    ["\u1100\u1161", "\uAC00"],
  ];
  const lines = pairs.map((pair, index) => row(`r${index}`, pair));
  const refused = (await read(folder, lines)) as string[];
  assert.is(refused.length, 6);
  assert.match(
    refused[0]!,
    /^train\.jsonl:1: both responses look like "café" \(they differ in what can't be seen alone: .*\), and 1 is preferred; expected two that differ/,
  );
  assert.match(refused[4]!, /^train\.jsonl:5: both responses are empty but for spaces and characters without width, and 1/);
  assert.is((await read(folder, lines, { identical: "keep" })).length, 6);
  // These can be told apart: another letter, a ligature, an indented line, joined pictures.
  const other = [
    ["cafe", "café"],
    ["\uFB01", "fi"],
    ["a\n b", "a\nb"],
    ["\u{1F468}\u200D\u{1F469}", "\u{1F468}\u{1F469}"],
  ];
  assert.is(
    (
      await read(
        folder,
        other.map((pair, index) => row(`r${index}`, pair)),
      )
    ).length,
    4,
  );
});

test("names that look alike and are other texts are told with both lines; they would count as two", async ({ folder }) => {
  const lines = [
    row("caf\u00E9", ["red", "blue"], ',"kind":"\u00C5"'),
    row("cafe\u0301", ["red", "blue"], ',"kind":"\u212B"'),
    row("c", ["caf\u00E9", "blue"], ',"answer":"cafe\u0301"'),
    row("d", ["red", "blue"], ',"kind":"\u00C5","group":"caf\u00E9"'),
  ];
  const spelt = "is composed of other characters; expected one spelling (Unicode's NFC)";
  assert.equal(await read(folder, lines), [
    `train.jsonl:2: id: "cafe\u0301" looks like that of line 1 and ${spelt}`,
    `train.jsonl:2: kind: "\u212B" looks like that of line 1 and ${spelt}`,
    `train.jsonl:3: answer: "cafe\u0301" looks like a response of its row and ${spelt}`,
  ]);
});

test("a NUL, in a text, a name or the file itself: refused with its line", async ({ folder }) => {
  const nul = "\\u0000";
  const lines = [
    row(`a${nul}`, ["red", "blue"]),
    row("b", ["red", "blue"], `,"thought":"x${nul}y"`),
    row("c", ["red", "blue"], `,"targets":{"${nul}":"y"}`),
    row("d", ["red", "blue"], `,"targets":{"t":{"question":"${nul}","response":"y"}}`),
    row("e", ["red", "blue"]).replace("dot.png", `dot${nul}.png`),
    row("f", ["red\0", "blue"]).replace(nul, "\0"),
  ];
  const refused = (await read(folder, lines)) as string[];
  const expected = "expected a text without NUL characters";
  assert.equal(refused.slice(0, 3), [
    `train.jsonl:1: id is "a${nul}", ${expected}`,
    `train.jsonl:2: thought is "x${nul}y", ${expected}`,
    `train.jsonl:3: targets: "${nul}" is given, ${expected}`,
  ]);
  assert.match(refused[3]!, /^train\.jsonl:4: targets\.t/);
  assert.is(refused[4], `train.jsonl:5: images[0] is "dot${nul}.png", ${expected}`);
  assert.match(refused[5]!, /^train\.jsonl:6: byte \d+ of the line is a NUL, expected text$/);
});

test("numbers and characters that JSON takes and loses, and a line too long to read, are told with their line", async ({
  folder,
}) => {
  assert.equal(await read(folder, [row("a", ["red", "blue"], ',"thought":"\\ud83d"'), row("b", ["red", "blue"], ',"x":1e400')]), [
    "train.jsonl:1: \\ud83d is half a character, expected its other half beside it",
    "train.jsonl:2: 1e400 is too large for a number, at most 1.8e308",
  ]);
  assert.equal(await read(folder, [row("a", ["red", "blue"]), row("b", ["x".repeat(2 ** 24), "blue"])]), [
    "train.jsonl:2: is longer than 16777216 bytes",
  ]);
});

test("UTF-16 is named once, Latin-1 at its byte in its line, a byte-order mark is nothing to mind", async ({ folder }) => {
  const file = join(folder, "train.jsonl");
  const problems = (bytes: Buffer) => {
    writeFileSync(file, bytes);
    return jsonlDataset({ train: file })
      .open("train")
      .then(
        () => [],
        (error: unknown) => (error as Error).message.replaceAll(`${folder}/`, "").split("\n"),
      );
  };
  const two = `${row("a", ["red", "blue"])}\n${row("b", ["caf\u00E9", "blue"])}\n`;
  assert.equal(await problems(Buffer.from(two, "utf16le")), ["train.jsonl:1: is UTF-16, expected UTF-8"]);
  assert.equal(await problems(Buffer.from(`\uFEFF${two}`, "utf16le").swap16()), ["train.jsonl:1: is UTF-16, expected UTF-8"]);
  const place = row("b", ["caf\u00E9", "blue"]).indexOf("\u00E9") + 1;
  assert.equal(await problems(Buffer.from(two, "latin1")), [
    `train.jsonl:2: byte ${place} of the line (0xE9) is not UTF-8; expected a file in UTF-8 (is it Latin-1 or Windows-1252?)`,
  ]);
  assert.equal(await problems(Buffer.from(`\uFEFF${two}`)), []);
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
