// Whatever is in a file of rows, of any format, or a Parquet file that was damaged: items, or an error about the input with a message, soon. Random from a seed;
// FUZZ_RUNS=5000 looks further, FUZZ_SEED elsewhere.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { isInputError } from "@rewardlab/core";
import { pngOf } from "./png.ts";
import { preferences } from "./preferences.ts";
import { preferencesDataset, type PreferencesOptions } from "./preferences-dataset.ts";

const settings = {
  seed: Number(process.env["FUZZ_SEED"] ?? 20261130),
  numRuns: Number(process.env["FUZZ_RUNS"] ?? 60),
  includeErrorInReport: true,
};
const SOON = 10_000; // ms

let folder = "";
test.before.each(() => void (folder = mkdtempSync(join(tmpdir(), "rewardlab-fuzz-"))));
test.after.each(() => rmSync(folder, { recursive: true }));

const say = (role: string, content: unknown) => [{ role, content }];
/** One right row of each format. */
const rows: readonly Record<string, unknown>[] = [
  { id: "a", images: ["a.png"], question: "which ?", responses: ["yes", "no"], preferred: 1, kind: "count" },
  {
    message: JSON.stringify(say("user", [{ type: "text", text: "## [Response 1]:\na\n## [Response 2]:\nb" }])),
    question: "q",
    answer: ["<answer>2</answer>"],
  },
  {
    prompt: say("user", [{ type: "image" }, { type: "text", text: "q" }]),
    chosen: say("assistant", "a"),
    rejected: say("assistant", "b"),
    images: ["a.png"],
  },
  { chosen: "the sky is blue", rejected: "the sky is green" },
  {
    conversations: [{ from: "human", value: "<image>\nq" }],
    output_1: { from: "x", value: "a" },
    output_2: { from: "x", value: "b" },
    preference: 1,
  },
  { question: "q", chosen: "a", rejected: "b", image: { bytes: null, path: "a.png" }, idx: 9 },
  { id: "x", query: "q", response: ["a", "b"], human_ranking: [0, 1], image: "a.png" },
  { id: "x", prompt: "q", chosen: "a", rejected: "b", chosen_reason: "c", image: "a.png" },
  { ID: "x", Category: "safety", Text: "q", Image: "a.png", Output1: "a", Output2: "b", Better: "Output2" },
];
const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];

const strange = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    "",
    "tie",
    "..",
    "/",
    "a.png",
    "https://x/a.png",
    "data:image/png;base64,",
    "data:,x",
    [],
    {},
    [null],
    [[]],
    0,
    1,
    3,
    -1,
    1.5,
    true,
  ),
  fc.constantFrom<unknown>(
    say("user", null),
    say("user", [null]),
    [{ role: 1, content: "x" }],
    [{ from: "gpt" }],
    { bytes: "", path: null },
    { bytes: [1] },
    "__proto__",
  ),
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.jsonValue({ maxDepth: 3 }),
);
const changedRow = fc
  .tuple(
    fc.constantFrom(...rows),
    fc.array(fc.tuple(fc.constantFrom(...columns, "more", "__proto__"), strange, fc.boolean()), { maxLength: 3 }),
  )
  .map(([row, changes]) => {
    const own = new Map<string, unknown>(Object.entries(row));
    for (const [key, value, gone] of changes) {
      if (gone) own.delete(key);
      else own.set(key, value);
    }
    return `{${[...own].map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(",")}}`;
  });
const line = fc.oneof({ weight: 5, arbitrary: changedRow }, fc.json(), fc.string({ unit: "binary", maxLength: 40 }));
const content = fc.oneof(
  fc
    .tuple(fc.array(line, { maxLength: 4 }), fc.constantFrom("\n", "\r\n", "\n\n"))
    .map(([lines, end]) => Buffer.from(lines.join(end) + end)),
  fc.array(line, { maxLength: 4 }).map((lines) => Buffer.from(`[${lines.join(",")}]`)),
  fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
);
const options = fc.record({
  broken: fc.constantFrom("refuse" as const, "skip" as const),
  ties: fc.constantFrom("refuse" as const, "drop" as const, "keep" as const),
  identical: fc.constantFrom("refuse" as const, "drop" as const, "keep" as const),
  otherFields: fc.constantFrom("refuse" as const, "keep" as const),
  repeatedIds: fc.constantFrom("refuse" as const, "number" as const),
  format: fc.constantFrom("auto", "auto", "trl", "r1-reward"),
});

async function opens(name: string, given: object): Promise<void> {
  const began = performance.now();
  const parsed = preferences.options.parse({ file: name, ...given }) as PreferencesOptions;
  try {
    const split = await preferencesDataset({ ...parsed, base: folder, cache: join(folder, "cache"), cacheBytes: 2 ** 20 }).open(
      "train",
    );
    for (let index = 0; index < split.length; index++) {
      await split.outline(index);
      await split.item(index);
    }
  } catch (error) {
    if (!isInputError(error)) throw error;
    assert.match(error.message, new RegExp(name.replace(".", "\\.")), error.message);
    assert.not.match(error.message, /\[object Object\]|Cannot read prop|is not a function/, error.message);
  } finally {
    rmSync(join(folder, "cache"), { recursive: true, force: true });
  }
  assert.ok(performance.now() - began < SOON, "it took too long");
}

test("preferences: any bytes and rows of any format are items, or an error about the input", async () => {
  writeFileSync(join(folder, "a.png"), pngOf({ width: 2, height: 1, data: Uint8Array.from([1, 2, 3, 4, 5, 6]) }));
  await fc.assert(
    fc.asyncProperty(content, fc.constantFrom("x.jsonl", "x.json"), options, async (bytes, name, given) => {
      writeFileSync(join(folder, name), bytes);
      await opens(name, given);
    }),
    settings,
  );
});

test("preferences: a Parquet file that was cut, or in which bytes were changed, is items or an error about it", async () => {
  const whole = readFileSync(fileURLToPath(new URL("fixtures/trl-zstd.parquet", import.meta.url)));
  const damaged = fc.oneof(
    fc.nat(whole.length).map((length) => whole.subarray(0, length)),
    fc
      .tuple(fc.nat(whole.length - 1), fc.uint8Array({ minLength: 1, maxLength: 8 }))
      .map(([at, bytes]) =>
        Buffer.concat([whole.subarray(0, at), bytes, whole.subarray(Math.min(whole.length, at + bytes.length))]),
      ),
  );
  await fc.assert(
    fc.asyncProperty(damaged, options, async (bytes, given) => {
      writeFileSync(join(folder, "x.parquet"), bytes);
      await opens("x.parquet", given);
    }),
    settings,
  );
});

test.run();
