// Whatever is in a JSONL file, or beside it as a picture: items, or an error about the input with a message, soon. Random from a seed, so that a failure comes
// again; FUZZ_RUNS=5000 looks further, FUZZ_SEED elsewhere.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { isInputError } from "@rewardlab/core";
import { jsonlDataset } from "./jsonl.ts";
import { pngOf } from "./png.ts";

const settings = {
  seed: Number(process.env["FUZZ_SEED"] ?? 20261130),
  numRuns: Number(process.env["FUZZ_RUNS"] ?? 200),
  includeErrorInReport: true,
};
const SOON = 10_000; // ms

let folder = "";
test.before.each(() => void (folder = mkdtempSync(join(tmpdir(), "rewardlab-fuzz-"))));
test.after.each(() => rmSync(folder, { recursive: true }));

const picture = pngOf({ width: 2, height: 1, data: Uint8Array.from([1, 2, 3, 4, 5, 6]) });
const row = {
  id: "a",
  images: ["a.png"],
  question: "which ?",
  responses: ["yes", "no"],
  preferred: 1,
  thought: "b",
  targets: { whole: "text", caption: { question: "what ?", response: "that" } },
  kind: "count",
};

const strange = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    "",
    "tie",
    "..",
    "/",
    "a.png",
    "https://x/a.png",
    "__proto__",
    [],
    {},
    [null],
    0,
    1,
    3,
    -1,
    1.5,
    true,
  ),
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.jsonValue({ maxDepth: 2 }),
);
const changedRow = fc
  .array(fc.tuple(fc.constantFrom(...Object.keys(row), "more", "__proto__"), strange, fc.boolean()), { maxLength: 3 })
  .map((changes) => {
    const own = new Map<string, unknown>(Object.entries(row));
    for (const [key, value, gone] of changes) {
      if (gone) own.delete(key);
      else own.set(key, value);
    }
    return `{${[...own].map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(",")}}`;
  });
const line = fc.oneof(
  { weight: 4, arbitrary: changedRow },
  fc.json(),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc
    .tuple(changedRow, fc.nat(60), fc.string({ unit: "binary", maxLength: 4 }))
    .map(([text, at, put]) => text.slice(0, at) + put + text.slice(at + put.length)),
);
const content = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.array(line, { maxLength: 4 }), fc.constantFrom("\n", "\r\n", "\n\n", "\u2028"))
      .map(([lines, end]) => Buffer.from(lines.join(end) + end)),
  },
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
);
const image = fc.oneof(
  { weight: 3, arbitrary: fc.constant(Buffer.from(picture)) },
  fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
  fc
    .tuple(fc.nat(picture.length), fc.uint8Array({ maxLength: 6 }))
    .map(([at, bytes]) => Buffer.concat([picture.subarray(0, at), bytes, picture.subarray(at + bytes.length)])),
);
const care = fc.record({
  identical: fc.constantFrom("refuse" as const, "keep" as const),
  ties: fc.constantFrom("refuse" as const, "drop" as const, "keep" as const),
  otherFields: fc.constantFrom("refuse" as const, "keep" as const),
  pictures: fc.constantFrom("decode" as const, "head" as const),
});

test("jsonl: any bytes, rows and pictures are items, or an error about the input", async () => {
  await fc.assert(
    fc.asyncProperty(content, image, care, async (bytes, pixels, options) => {
      const train = join(folder, "train.jsonl");
      writeFileSync(train, bytes);
      writeFileSync(join(folder, "a.png"), pixels);
      const began = performance.now();
      try {
        const split = await jsonlDataset({ train }, options).open("train");
        for (let index = 0; index < split.length; index++) {
          await split.outline(index);
          await split.item(index);
        }
      } catch (error) {
        if (!isInputError(error)) throw error;
        assert.match(error.message, /train\.jsonl|a\.png/, error.message);
        assert.not.match(error.message, /\[object Object\]|Cannot read prop/, error.message);
      }
      assert.ok(performance.now() - began < SOON, "it took too long");
    }),
    settings,
  );
});

test.run();
