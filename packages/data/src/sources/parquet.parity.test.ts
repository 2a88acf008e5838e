import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { isUnreadable } from "../source.ts";
import { sourceOf } from "./source-of.ts";

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
/** What pyarrow reads of the same files. */
const expected = JSON.parse(readFileSync(fixture("parquet-rows.json"), "utf8")) as Record<"trl" | "rlaif-v", unknown[]>;

function rowsOf(name: string): unknown[] {
  return [...sourceOf(fixture(name)).rows()].map((row) => {
    assert.not.ok(isUnreadable(row), JSON.stringify(row));
    return withoutBytes("value" in row ? row.value : null);
  });
}
function withoutBytes(value: unknown): unknown {
  if (value instanceof Uint8Array) return { hex: Buffer.from(value).toString("hex") };
  if (Array.isArray(value)) return value.map(withoutBytes);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutBytes(inner)]));
}

for (const compression of ["zstd", "gzip", "snappy", "none", "lz4", "brotli"])
  test(`parquet: what pyarrow wrote with ${compression} has the values that pyarrow reads`, () => {
    assert.equal(rowsOf(`trl-${compression}.parquet`), expected.trl);
  });

test("parquet: what Hugging Face's datasets wrote, pictures included, has the values that pyarrow reads", () => {
  const source = sourceOf(fixture("rlaif-v.parquet"));
  assert.is(source.count, 5);
  assert.equal(source.columns?.slice(0, 3), ["ds_name", "image", "question"]);
  assert.equal(rowsOf("rlaif-v.parquet"), expected["rlaif-v"]);
});

test.run();
