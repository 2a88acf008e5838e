import { test } from "uvu";
import * as assert from "uvu/assert";
import { folderName } from "./folder-name.ts";

test("folders of cells: the name where it can be; else changed and marked with a hash, never outside or another's", () => {
  for (const name of ["reinforce++", "without pre-clip, filter", "lr=1e-3, advantage=[spread, whiten]", "größer"])
    assert.is(folderName(name), name);
  assert.match(folderName("reinforce++ · no filter"), /^reinforce\+\+ _ no filter-[0-9a-f]{8}$/);
  assert.match(folderName("../../etc"), /^__\.\._etc-[0-9a-f]{8}$/);
  for (const name of ["artefacts", "Data", "grid.json", "..", "", "CON<script>", "a/b", "🙂"]) {
    assert.match(folderName(name), /^[^/\\<>🙂]+-[0-9a-f]{8}$/u, name);
    assert.is(folderName(name), folderName(name), "the same each time, whatever else there is");
  }
  assert.is.not(folderName("a/b"), folderName("a:b"));
  const long = `${"x".repeat(150)}1`;
  assert.is.not(folderName(long), folderName(`${long}2`));
  for (const name of [long, "語".repeat(80), "🙂".repeat(200)]) assert.ok(Buffer.byteLength(folderName(name)) <= 100, name);
});

test.run();
