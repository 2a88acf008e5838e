import { test } from "uvu";
import * as assert from "uvu/assert";
import { assertClose } from "./testing/close.ts";
import { factorialEffects } from "./factorial.ts";
import type { FactorialCell } from "./factorial.ts";
import { mean } from "./descriptive.ts";
import { tInterval } from "./mean-interval.ts";

const onOff = (name: string) => ({ name, levels: ["off", "on"] });
const cell = (filter: string, clip: string, perSeed: readonly number[]): FactorialCell => ({ levels: { filter, clip }, perSeed });

test("factorialEffects: a 2² design by hand", () => {
  //              clip off   clip on
  // filter off   1, 3       2, 5
  // filter on    4, 6       9, 8
  // Seed 1: filter = (4 + 9)/2 − (1 + 2)/2 = 5;  clip = (2 + 9)/2 − (1 + 4)/2 = 3;  both = ½[(9 − 2) − (4 − 1)] = 2
  // Seed 2: filter = 7 − 4 = 3;  clip = 6.5 − 4.5 = 2;  both = ½[(8 − 5) − (6 − 3)] = 0
  const effects = factorialEffects(
    [onOff("filter"), onOff("clip")],
    [cell("on", "on", [9, 8]), cell("off", "off", [1, 3]), cell("off", "on", [2, 5]), cell("on", "off", [4, 6])],
  );
  assert.equal(
    effects.map(({ factors, levels, scale, perSeed, estimate }) => ({ factors, levels, scale, perSeed, estimate })),
    [
      { factors: ["filter"], levels: ["on"], scale: "contrast", perSeed: [5, 3], estimate: 4 },
      { factors: ["clip"], levels: ["on"], scale: "contrast", perSeed: [3, 2], estimate: 2.5 },
      { factors: ["filter", "clip"], levels: ["on", "on"], scale: "contrast", perSeed: [2, 0], estimate: 1 },
    ],
  );
  assert.equal([effects[0]!.low, effects[0]!.high], [tInterval([5, 3]).low, tInterval([5, 3]).high]);
});

test("factorialEffects: what a seed does to all cells alike drops out", () => {
  const at = (seeds: readonly number[]) =>
    factorialEffects(
      [onOff("filter"), onOff("clip")],
      [
        cell("off", "off", seeds),
        cell("off", "on", seeds.map((value) => value + 1)), // prettier-ignore
        cell("on", "off", seeds.map((value) => value + 2)), // prettier-ignore
        cell("on", "on", seeds.map((value) => value + 3)), // prettier-ignore
      ],
    ).map(({ perSeed }) => perSeed);
  assert.equal(at([0, 0, 0]), at([10, -20, 40]));
  assert.equal(at([0, 0, 0]), [
    [2, 2, 2],
    [1, 1, 1],
    [0, 0, 0],
  ]);
});

test("factorialEffects: three levels have a deviation each, which add up to 0", () => {
  const levels = ["token", "sequence", "prompt"];
  const cells = levels.map((aggregate, index) => ({ levels: { aggregate }, perSeed: [index, index * 3 + 1] })); // means 1, 4
  const effects = factorialEffects([{ name: "aggregate", levels }], cells);
  assert.equal(
    effects.map(({ perSeed, scale }) => [scale, ...perSeed]),
    [
      ["deviation", -1, -3],
      ["deviation", 0, 0],
      ["deviation", 1, 3],
    ],
  );
  assertClose(
    effects.reduce((sum, { estimate }) => sum + estimate, 0),
    0,
    1e-12,
  );
});

test("factorialEffects: `order` says how many factors may interact; p is corrected over all effects", () => {
  const factors = ["a", "b", "c"].map(onOff);
  const cells = ["off", "on"].flatMap((a) =>
    ["off", "on"].flatMap((b) =>
      ["off", "on"].map((c, index) => ({ levels: { a, b, c }, perSeed: [index, index + 1, a.length] })),
    ),
  );
  assert.is(factorialEffects(factors, cells, { order: 1 }).length, 3);
  assert.is(factorialEffects(factors, cells).length, 6);
  assert.is(factorialEffects(factors, cells, { order: 3 }).length, 7);
  for (const { pValue, adjusted } of factorialEffects(factors, cells)) assert.ok(adjusted >= pValue);
});

test("factorialEffects: with values by item an effect is over seeds and items, and so are its p and Holm's", () => {
  const byItem = (on: number) => [[0, 1, 0, 1], [1, 1, 0, 0], [0, 1, 1, 1]].map((row) => row.map((value, item) => value + on * item)); // prettier-ignore
  const at = (filter: string, clip: string, on: number) => ({ ...cell(filter, clip, byItem(on).map(mean)), byItem: byItem(on) });
  const cells = [at("off", "off", 0), at("off", "on", 0), at("on", "off", 1), at("on", "on", 1)];
  const [filter, clip] = factorialEffects([onOff("filter"), onOff("clip")], cells);
  // The filter adds 0, 1, 2, 3 to the four items with every seed: 1.5 on average, and all of its spread is the items'.
  assert.equal([filter!.estimate, filter!.over, filter!.method], [1.5, "seeds and items", "crossed"]);
  assertClose(filter!.low, tInterval([0, 1, 2, 3]).low, 1e-9);
  assert.is(filter!.pValue, filter!.seedsAndItems!.pValue);
  assert.equal([clip!.estimate, clip!.spreadless], [0, true]);
  assert.throws(() => factorialEffects([onOff("filter"), onOff("clip")], [cell("off", "off", [0, 0, 0]), ...cells.slice(1)]), /some cells only/); // prettier-ignore
  assert.throws(() => factorialEffects([onOff("filter"), onOff("clip")], cells, { level: 95 }), /level is 95/);
});

test("factorialEffects: seeds within cold starts", () => {
  const values = [1, 3, 5, 5, 6, 10];
  const cells = [cell("off", "off", [0, 0, 0, 0, 0, 0]), cell("off", "on", [0, 0, 0, 0, 0, 0]), cell("on", "off", values), cell("on", "on", values)]; // prettier-ignore
  const [filter] = factorialEffects([onOff("filter"), onOff("clip")], cells, { groups: [1, 1, 2, 2, 3, 3] });
  assertClose(filter!.low, tInterval([2, 5, 8]).low, 1e-9);
});

test("factorialEffects: a grid with holes is refused, with the hole's name", () => {
  const whole = [cell("off", "off", [1, 2]), cell("off", "on", [1, 2]), cell("on", "off", [1, 2]), cell("on", "on", [1, 2])];
  const factors = [onOff("filter"), onOff("clip")];
  assert.throws(() => factorialEffects(factors, whole.slice(1)), /0 cells with filter = off, clip = off, expected one/);
  assert.throws(() => factorialEffects(factors, []), /0 cells with filter = off, clip = off, expected one/);
  assert.throws(() => factorialEffects(factors, [...whole, cell("maybe", "on", [1, 2])]), /5 cells, expected 4/);
  assert.throws(
    () => factorialEffects(factors, [cell("off", "off", [1, 2, 3]), ...whole.slice(1)]),
    /2 seeds with filter = off, clip = on/,
  );
  assert.throws(() => factorialEffects([{ name: "filter", levels: ["on"] }], []), /filter has 1 levels/);
});

test.run();
