import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { costOf } from "./cost.ts";
import { readGrid } from "./read-grid.ts";
import { stabilityOf } from "./stability.ts";
import { fixtureGrid, writeJson } from "./testing/fixture-grid.ts";

test("costOf: responses, tokens and steps from the resolved experiment and the metrics; time from timing.json", () => {
  const { root, folder } = fixtureGrid({ cells: [{ name: "a", accuracy: 0.7 }], seeds: [1], iterations: 2 });
  writeFileSync(
    join(folder(0, 0), "metrics.jsonl"),
    '{"iteration":1,"responseTokens":20}\n{"iteration":2,"responseTokens":10,"resampledGroups":4}\n',
  );
  // 96 prompts × 6: 576 responses of 20 tokens, then (96 + 4) × 6 = 600 of 10. An epoch of 576/192 = 3 steps each.
  assert.equal(costOf(readGrid(root).cells[0]!), {
    responses: 1176,
    sampledTokens: 576 * 20 + 600 * 10,
    updates: 6,
    skippedUpdates: 0,
    iterations: 2,
    seconds: 80,
  });
});

test("costOf: updates that were made, and beside them those that were left out", () => {
  const { root, folder } = fixtureGrid({ cells: [{ name: "a", accuracy: 0.7 }], seeds: [1, 2], iterations: 2 });
  const lines = (one: string, two: string) =>
    `{"iteration":1,"responseTokens":20${one}}\n{"iteration":2,"responseTokens":10${two}}\n`;
  // 3 steps each by the settings. The first run counted them; the second is from before updates were counted, and left out one of its six.
  writeFileSync(join(folder(0, 0), "metrics.jsonl"), lines(',"updates":3,"skippedUpdates":0', ',"updates":1,"skippedUpdates":2'));
  writeFileSync(join(folder(0, 1), "metrics.jsonl"), lines("", ',"skippedUpdates":1'));
  const { updates, skippedUpdates } = costOf(readGrid(root).cells[0]!);
  assert.equal([updates, skippedUpdates], [(4 + 5) / 2, (2 + 1) / 2]);
});

test("costOf: what is not known is null, whatever lies there instead", () => {
  const { root, folder } = fixtureGrid({ cells: [{ name: "a", accuracy: 0.7 }], seeds: [1], iterations: 1 });
  writeFileSync(join(folder(0, 0), "experiment.yaml"), "stages: [ }{ not yaml");
  rmSync(join(folder(0, 0), "timing.json"));
  const { responses, sampledTokens, seconds } = costOf(readGrid(root).cells[0]!);
  assert.equal([responses, sampledTokens, seconds], [null, null, null]);
});

test("stabilityOf: collapses with Wilson's interval and their times; failed runs tell nothing of the method", () => {
  const { root, folder } = fixtureGrid({ cells: [{ name: "a", accuracy: 0.7 }], seeds: [1, 2, 3], iterations: 4 });
  writeJson(join(folder(0, 0), "status.json"), { status: "collapsed", reason: "on purpose" });
  writeJson(join(folder(0, 2), "status.json"), { status: "failed", reason: "killed" });
  writeFileSync(
    join(folder(0, 0), "metrics.jsonl"),
    '{"iteration":1,"gradientNorm":2,"kl":0.1}\n{"iteration":2,"gradientNorm":"NaN","kl":0.3}\n',
  );
  const { ended, collapsed, collapseRate, collapsedAt, metrics, nonFiniteIterations } = stabilityOf(readGrid(root).cells[0]!);
  assert.equal([ended, collapsed, collapsedAt], [2, 1, [{ seed: 1, iteration: 2 }]]);
  // Wilson for 1 of 2 with z = 1.959964: ½ ± z √(1/8 + z²/16)/(1 + z²/2) … low .0945, high .9055
  assert.ok(
    Math.abs(collapseRate!.low - 0.0945) < 1e-3 && Math.abs(collapseRate!.high - 0.9055) < 1e-3,
    JSON.stringify(collapseRate),
  );
  assert.is(metrics.gradientNorm!.value, Infinity);
  assert.is(metrics.kl!.largest, 0.3);
  assert.is(nonFiniteIterations, 1);
});

test.run();
