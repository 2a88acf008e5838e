import { probabilityOfImprovement } from "@rewardlab/statistics";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { summarise } from "./summarise.ts";
import { even, plainGrid } from "./testing/plain-grid.ts";
import type { Grid } from "./read-grid.ts";
import type { GridRun } from "./grid-run.ts";

// What stands beside the verdict: interquartile means, probabilities of improvement, profiles, McNemar's tests, intervals by kind.

const changed = (grid: Grid, change: (run: GridRun) => Partial<GridRun>): Grid => ({
  ...grid,
  cells: grid.cells.map((cell) => ({ ...cell, runs: cell.runs.map((run) => ({ ...run, ...change(run) })) })),
});
const startingFrom = (key: string) => ({
  provenance: {
    engine: null,
    node: null,
    platform: null,
    data: "d",
    seeds: null,
    plugins: [],
    versions: { model: null, data: null },
    stages: [
      { name: "coldStart", use: "sft", key, versions: null },
      { name: "rl", use: "rl", key: "r", versions: null },
    ],
  },
});

test("robust: by hand", () => {
  const { robust } = summarise(
    plainGrid([
      { name: "a", runs: even([0.5, 0.5, 0.6, 0.7, 0.9]) },
      { name: "b", runs: even([0.6, 0.7, 0.7, 0.8, 0.95]) },
    ]),
  );
  // without the lowest and the highest of five: (.5 + .6 + .7)/3, (.7 + .7 + .8)/3
  assert.ok(Math.abs(robust.iqm[0]!.estimate - 0.6) < 1e-12 && Math.abs(robust.iqm[1]!.estimate - 2.2 / 3) < 1e-12);
  assert.is(robust.iqm[0]!.interval, null, "of five runs it covers 91 %");
  const six = summarise(plainGrid([{ name: "a", runs: even([0.5, 0.5, 0.6, 0.6, 0.7, 0.9]) }])).robust.iqm[0]!;
  assert.ok(six.interval!.low < 0.6 && six.interval!.high > 0.6);
  // pairs of b above a: .6: 2½, .7: 3½ twice, .8: 4, .95: 5, of 25
  assert.ok(Math.abs(robust.probabilityOfImprovement[0]!.estimate - 18.5 / 25) < 1e-12);
  const { low, high } = robust.probabilityOfImprovement[0]!.interval!;
  const plain = probabilityOfImprovement([[0.5, 0.5, 0.6, 0.7, 0.9]], [[0.6, 0.7, 0.7, 0.8, 0.95]], { resamples: 2000 });
  assert.ok(low < plain.low && high >= plain.high, "wider than plain percentiles, which cover 91 % of five runs");
  const { thresholds, cells } = robust.profiles;
  assert.equal([thresholds[0], thresholds.at(-1)], [0.5, 0.95]);
  assert.equal([cells[0]!.shares[0], cells[0]!.shares.at(-1)], [1, 0]);
  assert.equal([cells[1]!.shares[0], cells[1]!.shares.at(-1)], [1, 0.2]);
});

test("robust: no interval of few runs, of runs that are all alike, or of several from one cold start", () => {
  const four = summarise(plainGrid([{ name: "a", runs: even([0.5, 0.6, 0.7, 0.8]) }])).robust;
  assert.is(four.iqm[0]!.interval, null);
  const alike = summarise(plainGrid([{ name: "a", runs: even([0.5, 0.5, 0.5, 0.5, 0.5]) }])).robust;
  assert.is(alike.iqm[0]!.interval, null);
  const grid = plainGrid([{ name: "a", runs: even([0.5, 0.6, 0.7, 0.8, 0.9, 0.6]) }]);
  assert.ok(summarise(grid).robust.iqm[0]!.interval);
  assert.is(summarise(changed(grid, ({ seed }) => startingFrom(`k${seed % 3}`))).robust.iqm[0]!.interval, null);
});

test("main table: where cold starts vary, each counts once in an interval", () => {
  const grid = plainGrid([{ name: "a", runs: even([0.5, 0.52, 0.6, 0.62, 0.7, 0.72]) }]);
  const nested = changed(grid, ({ seed }) => startingFrom(`k${Math.floor((seed - 1) / 2)}`));
  const { mean, interval } = summarise(nested).table.rows[0]!.values[0]!;
  // of .51 .61 .71: SE = .1/√3, t(.975, 2) = 4.302653: ±.248414
  assert.ok(Math.abs(interval!.low - (mean! - 0.248414)) < 1e-5, `${interval!.low}`);
});

test("mcnemar: items that only one of two models has right in more than half of its samples", () => {
  const [first, second] = [
    [1, 1, 0, 0.5, 0.6],
    [1, 0.2, 0, 0.9, 0.7],
  ];
  const { mcnemar } = summarise(
    plainGrid([
      { name: "a", runs: [first] },
      { name: "b", runs: [second] },
    ]),
  );
  assert.is(mcnemar.length, 1);
  const [{ cell, against, seed, items, onlyFirst, onlySecond, exact }] = mcnemar as [(typeof mcnemar)[number]];
  assert.equal([cell, against, seed, items, onlyFirst, onlySecond, exact], ["b", "a", 1, 5, 1, 1, 1]);
  const unlike = plainGrid([
    { name: "a", runs: [first] },
    { name: "b", runs: [second.slice(1)] },
  ]);
  assert.equal(summarise(unlike).mcnemar, []);
});

test("by kind: over seeds and questions where it is known of which kind each is, else over seeds", () => {
  const rows = even([0.5, 0.6, 0.55]).map(([a, b, c, d]) => [a!, b!, c!, d!]);
  const withKinds = (known: boolean) =>
    changed(plainGrid([{ name: "a", runs: rows }]), (run) => {
      const perItem = rows[run.seed - 1]!;
      const byKind = { colour: { items: 2, accuracy: (perItem[0]! + perItem[1]!) / 2 } };
      const byItem = { items: "a b c d", kinds: { names: ["colour", "count"], of: "0 0 1 1" } };
      const stages = run.stages.map((stage) => ({
        ...stage,
        results: { ...(stage.results as object), byKind, ...(known ? { byItem } : {}) },
      }));
      return { stages, after: { ...run.after!, byKind } };
    });
  const [known] = summarise(withKinds(true)).cells[0]!.byKind;
  assert.equal([known!.kind, known!.items, known!.runs, known!.interval!.over], ["colour", 2, 3, "seeds and items"]);
  assert.ok(Math.abs(known!.accuracy - 0.55) < 1e-12);
  assert.is(summarise(withKinds(false)).cells[0]!.byKind[0]!.interval!.over, "seeds");
});

test.run();
