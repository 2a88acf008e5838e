import { test } from "uvu";
import * as assert from "uvu/assert";
import { effectsOf } from "./effects.ts";
import { comparedMetrics } from "./metric.ts";
import { even, plainGrid } from "./testing/plain-grid.ts";

const factors = [
  { name: "clip", kind: "component" as const, levels: ["in", "out"] },
  { name: "filter", kind: "component" as const, levels: ["in", "out"] },
];
const cell = (clip: string, filter: string, level: number) => ({
  name: `${clip} ${filter}`,
  levels: { clip, filter },
  runs: [level, level + 0.01, level + 0.03],
});

test("effectsOf: what putting a component in does, averaged over the other, and their interaction", () => {
  // out/out .60, in/out .66, out/in .62, in/in .72: clip (.66 + .72 − .60 − .62)/2 = .08; filter (.62 + .72 − .60 − .66)/2 = .04;
  // interaction ½ ((.72 − .62) − (.66 − .60)) = .02
  const grid = plainGrid(
    [cell("out", "out", 0.6), cell("in", "out", 0.66), cell("out", "in", 0.62), cell("in", "in", 0.72)],
    factors,
  );
  const { effects, seeds } = effectsOf(grid, comparedMetrics(grid)[0])!;
  assert.equal(seeds, [1, 2, 3]);
  assert.equal(
    effects.map((effect) => [effect.factors.join(" × "), Math.round(effect.estimate * 1e6) / 1e6]),
    [
      ["clip", 0.08],
      ["filter", 0.04],
      ["clip × filter", 0.02],
    ],
  );
});

test("effectsOf: no full factorial, no effects", () => {
  const missing = plainGrid([cell("out", "out", 0.6), cell("in", "out", 0.66), cell("out", "in", 0.62)], factors);
  assert.is(effectsOf(missing, comparedMetrics(missing)[0]), null);
  const single = plainGrid([cell("out", "out", 0.6), cell("in", "out", 0.66)], factors.slice(0, 1));
  assert.is(effectsOf(single, comparedMetrics(single)[0]), null);
});

test("effectsOf: seeds that a cell lacks are left out, and one seed is not enough", () => {
  const cells = [cell("out", "out", 0.6), cell("in", "out", 0.66), cell("out", "in", 0.62)];
  const grid = plainGrid([...cells, { ...cell("in", "in", 0.7), runs: [0.7, "failed", 0.73] }], factors);
  assert.equal(effectsOf(grid, comparedMetrics(grid)[0])!.seeds, [1, 3]);
  const one = plainGrid([...cells, { ...cell("in", "in", 0.7), runs: [0.7, "failed", "failed"] }], factors);
  assert.is(effectsOf(one, comparedMetrics(one)[0]), null);
});

test("effectsOf: over seeds and items where cells have both, and different from 0 only then and from five seeds on", () => {
  const items = (level: number, seeds: number) =>
    even(Array.from({ length: seeds }, (_, seed) => level + 0.001 * ((seed * 7) % 5)));
  const grid = (seeds: number) =>
    plainGrid(
      [
        { name: "1", levels: { clip: "out", filter: "out" }, runs: items(0.6, seeds) },
        {
          name: "2",
          levels: { clip: "in", filter: "out" },
          runs: items(0.7, seeds).map((row) => row.map((value) => value * 1.01)),
        },
        { name: "3", levels: { clip: "out", filter: "in" }, runs: items(0.6, seeds) },
        {
          name: "4",
          levels: { clip: "in", filter: "in" },
          runs: items(0.7, seeds).map((row) => row.map((value) => value * 1.02)),
        },
      ],
      factors,
    );
  const five = effectsOf(grid(5), comparedMetrics(grid(5))[0])!;
  assert.is(five.noVerdict, null);
  assert.equal(
    five.effects.map(({ over, distinguishable }) => [over, distinguishable]),
    [
      ["seeds and items", true],
      ["seeds and items", true],
      ["seeds and items", true],
    ],
  );
  const four = effectsOf(grid(4), comparedMetrics(grid(4))[0])!;
  assert.match(four.noVerdict!, /fewer than 5 seeds/);
  assert.ok(four.effects.every(({ distinguishable }) => !distinguishable));
  const alone = plainGrid(
    [cell("out", "out", 0.6), cell("in", "out", 0.66), cell("out", "in", 0.62), cell("in", "in", 0.72)],
    factors,
  );
  assert.match(effectsOf(alone, comparedMetrics(alone)[0])!.noVerdict!, /questions can’t be paired/);
});

test.run();
