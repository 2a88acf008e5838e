import "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { definePlugin } from "../plugin/plugin.ts";
import { fakePlugin } from "./fake-model.ts";
import { assertCloseBySize, numbersOf, numbersWithin, probeWith } from "./parity.ts";

test("numbersOf, numbersWithin: one row, with what JSON writes as text, and 0 in the padding", () => {
  assert.equal(numbersOf([[1, "NaN"], ["-Infinity"]]), [1, Number.NaN, -Infinity]);
  assert.equal(numbersOf(3), [3]);
  assert.equal(numbersWithin([[1, 0], [1, 0]], [[1, "NaN"], [3, 4]]), [1, 0, 3, 0]); // prettier-ignore
});

test("assertCloseBySize: 1e-6, of the expected number where it is above 1", () => {
  assertCloseBySize([[1e6 + 0.9], ["NaN"]], [[1e6], [NaN]]);
  assertCloseBySize([0.1 + 9e-7, "Infinity"], [0.1, Infinity]);
  for (const [given, wanted] of [
    [[1e6 + 1.1], [1e6]],
    [[0.1 + 1.1e-6], [0.1]],
    [[NaN], [1]],
    [[1], [NaN]],
    [[1e9], [Infinity]],
    [[1], [1, 2]],
  ])
    assert.throws(() => assertCloseBySize(given, wanted), /expected/, `${given} for ${wanted}`);
});

test("probeWith: core's components, and an algorithm of the plugin given", async () => {
  const batch = { scores: [2], mask: [[1, 1]], logProbs: [[0, 0]] };
  assert.equal((await probeWith()("advantage", ["spread"], batch)).advantages, [[2, 2]]);
  assert.equal((await probeWith(fakePlugin)("algorithm", "steady", batch)).returns, [[2, 2]]);
  const empty = definePlugin({ name: "empty-plugin", api: "^1" });
  assert.is(await probeWith(empty)("algorithm", "steady", batch).catch(({ code }: { code: string }) => code), "RL_EXPERIMENT");
});

test.run();
