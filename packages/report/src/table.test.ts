import { test } from "uvu";
import * as assert from "uvu/assert";
import { readGrid } from "./read-grid.ts";
import { summarise } from "./summarise.ts";
import { summaryTables } from "./table.ts";
import { fixtureGrid } from "./testing/fixture-grid.ts";

const tables = (names: readonly string[]) =>
  summaryTables(summarise(readGrid(fixtureGrid({ cells: names.map((name) => ({ name, accuracy: 0.75, guards: true })) }).root)));

test("summaryTables: a line a run and a mean for each variant, all as wide as the headers", () => {
  const [accuracy, stability] = tables(["a", "b"]);
  assert.equal(accuracy!.headers, [
    "variant",
    "seed",
    "before RL",
    "after RL",
    "points",
    "format",
    "consistency",
    "votes @1",
    "votes @5",
    "votes @15",
  ]);
  assert.equal(stability!.headers.slice(3), [
    "Largest importance ratio",
    "Clipped tokens",
    "Pre-clipped tokens",
    "Filtered tokens",
  ]);
  for (const { headers, rows } of [accuracy!, stability!]) {
    assert.equal(
      rows.map(([name, seed]) => `${name} ${seed}`),
      ["a 1", "a 2", " mean", "b 1", "b 2", " mean"],
    );
    for (const row of rows) assert.is(row.length, headers.length);
  }
});

test("summaryTables: fit on 150 columns with a name of 200 characters, and no name reaches the terminal as a command", () => {
  for (const { headers, rows } of tables(["x".repeat(200), "\u001b[31mred\nline"])) {
    const widths = headers.map((header, column) => Math.max(header.length, ...rows.map((row) => row[column]!.length)) + 3);
    assert.ok(widths.reduce((a, b) => a + b, 1) <= 150, String(widths));
    assert.not.match(rows.flat().join(""), /\p{Cc}/u);
  }
});

test("summaryTables: several variants have a table of differences, one has its sentence", () => {
  assert.is(tables(["a", "b"]).length, 2);
  const [, , differences] = tables(["a", "b", "c"]);
  assert.equal(
    differences!.rows.map(([variant, against, seeds, , , , said]) => [variant, against, seeds, said]),
    [
      ["b", "a", "2", "not distinguishable"],
      ["c", "a", "2", "not distinguishable"],
    ],
  );
  for (const row of differences!.rows) assert.is(row.length, differences!.headers.length);
});

test.run();
