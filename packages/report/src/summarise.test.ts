import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readGrid } from "./read-grid.ts";
import { summarise } from "./summarise.ts";
import { fixtureGrid, writeJson } from "./testing/fixture-grid.ts";

test("summarise: before, after, gain, guards, each seed and their mean", () => {
  const { root, folder } = fixtureGrid({ iterations: 3 });
  writeFileSync(
    join(folder(1, 0), "metrics.jsonl"),
    '{"iteration":1,"largestRatio":1.5,"clipFraction":0.1,"preClippedFraction":0}\n{"iteration":2,"largestRatio":3,"clipFraction":0.3,"preClippedFraction":0.5}\n',
  );
  const [baseline, variant] = summarise(readGrid(root)).cells;
  const { measures } = variant!.runs[0]!;
  assert.is(measures.training.largestRatio, 3);
  assert.is(measures.training.clipFraction, 0.2);
  assert.is(measures.training.preClippedFraction, 0.25);
  assert.is(measures.training.filteredFraction, null);
  assert.is(baseline!.mean.training.preClippedFraction, undefined);
  assert.is(measures.gain, measures.accuracyAfter! - measures.accuracyBefore!);
  const gains = variant!.runs.map((run) => run.measures.gain!);
  assert.ok(Math.abs(variant!.mean.gain! - (gains[0]! + gains[1]!) / 2) < 1e-12);
  assert.is(variant!.mean.rules.format, 0.997);
});

test("summarise: two seeds name no winner, however large the difference", () => {
  const { root } = fixtureGrid({
    cells: [
      { name: "a", accuracy: 0.65 },
      { name: "b", accuracy: 0.95 },
    ],
  });
  const { answer, comparisons } = summarise(readGrid(root));
  assert.is(comparisons[0]!.distinguishable, false);
  assert.is(comparisons[0]!.signFlip!.pValue, 0.5);
  assert.match(answer, /^b is not distinguishable from a: \+\d+\.\d points, 95 % CI [−+]\d/);
  assert.match(answer, /2 seeds can’t show a difference: below 5 no interval is proven/);
  assert.not.match(answer, /better|worse|wins|beats|outperforms/);
});

test("summarise: the answer names what differs with its interval, and what can't be told apart", () => {
  const seeds = [1, 2, 3, 4, 5];
  const cells = [
    { name: "full", accuracy: 0.85 },
    { name: "without clip", accuracy: 0.7 },
    { name: "without filter", accuracy: 0.85 },
  ];
  const { answer, verdicts, comparisons } = summarise(readGrid(fixtureGrid({ cells, seeds, iterations: 1 }).root));
  assert.match(
    answer,
    /^without clip: −\d+\.\d points against full, 95 % CI −\d+\.\d to −\d+\.\d, 5 paired seeds from one cold start\. Not distinguishable: without filter\.\n/,
  );
  assert.match(
    answer,
    /Two kinds of chance: other seeds would move a difference by up to ±\d\.\d points and other test questions \(240\)/,
  );
  assert.match(
    answer,
    /With 5 paired seeds, 240 questions and 2 comparisons, a true difference of \d+\.\d points would be found four times out of five/,
  );
  assert.match(verdicts[0]!, /\(p (= 0\.0\d+|< 0\.001), by sign flips p = 0\.13\): worse\.$/);
  assert.is(comparisons[0]!.interval!.over, "seeds and items");
});

test("summarise: further metrics are compared by themselves", () => {
  const { root } = fixtureGrid({ alsoCompare: ["evaluate.voting.15", "evaluate.unreadable", "evaluate.nothing"], iterations: 1 });
  const { metrics, alsoCompared, table } = summarise(readGrid(root));
  assert.equal(
    metrics.map(({ title, isShare, better }) => [title, isShare, better]),
    [
      ["accuracy", true, "higher"],
      ["accuracy of 15 votes", true, "higher"],
      ["unreadable answers", true, "lower"],
      ["evaluate.nothing", false, null],
    ],
  );
  assert.equal(
    alsoCompared.map(({ metric, perSeed }) => [metric, perSeed.length]),
    [
      ["evaluate.voting.15", 2],
      ["evaluate.unreadable", 2],
      ["evaluate.nothing", 0],
    ],
  );
  assert.is(table.rows[0]!.values[3]!.mean, null);
});

test("summarise: says that RL raised the accuracy only where the test questions' chance can't be it", () => {
  const raised = summarise(readGrid(fixtureGrid({ cells: [{ name: "a", accuracy: 0.8 }] }).root));
  assert.match(
    raised.answer,
    /^RL raised accuracy on 240 test questions from \d\d\.\d % to \d\d\.\d % with a \(\+\d+\.\d points; mean of 2 seeds\)\. All 2 runs gained/,
  );
  const same = summarise(readGrid(fixtureGrid({ cells: [{ name: "a", accuracy: 0.63 }] }).root));
  assert.match(same.answer, /^RL took accuracy/);
});

test("summarise: a guard that never acted is said to explain nothing", () => {
  const { answer } = summarise(readGrid(fixtureGrid().root));
  assert.match(answer, /pre-clip never acted in stable-reinforce \(largest \|log ratio\|: 0\.\d+\)/);
});

test("summarise: collapsed, failed and unfinished runs are warned of; a collapsed one counts", () => {
  const { root, folder } = fixtureGrid({ seeds: [1, 2, 3] });
  writeJson(join(folder(0, 0), "status.json"), { status: "collapsed", reason: "rl: iteration 7: the loss is NaN" });
  writeJson(join(folder(0, 1), "status.json"), { status: "failed", reason: "its process ended with SIGKILL" });
  rmSync(join(root, "artefacts", evaluateFolder(folder(0, 1))), { recursive: true });
  rmSync(folder(1, 2), { recursive: true });
  const { warnings, cells, comparisons } = summarise(readGrid(root));
  assert.is(warnings.length, 3);
  assert.match(warnings[0]!, /not finished: 1 of 6 runs/);
  assert.match(warnings[1]!, /reinforce\+\+, seed 2, failed: its process ended with SIGKILL\. It is missing/);
  assert.match(warnings[2]!, /seed 1, collapsed: rl: iteration 7: the loss is NaN\. It was evaluated all the same and counts/);
  assert.is(cells[0]!.evaluated, 2);
  assert.equal(
    comparisons[0]!.perSeed.map(({ seed }) => seed),
    [1],
  );
});

test("summarise: a collapsed run without an evaluation counts as 0 everywhere, and the answer says so", () => {
  const { root, folder } = fixtureGrid({ seeds: [1, 2, 3] });
  writeJson(join(folder(1, 0), "status.json"), { status: "collapsed", reason: "rl: iteration 7: the loss is NaN" });
  const path = join(folder(1, 0), "results.json");
  writeJson(path, (JSON.parse(readFileSync(path, "utf8")) as unknown[]).slice(0, 3));
  const { warnings, cells, comparisons, table, answer } = summarise(readGrid(root));
  assert.match(
    warnings[0]!,
    /stable-reinforce, seed 1, collapsed: .*It was not evaluated, so it counts as the worst there is: an accuracy of 0 %/,
  );
  assert.is(cells[1]!.runs[0]!.countedAsWorst, true);
  assert.is(cells[1]!.runs[0]!.measures.accuracyAfter, 0);
  assert.is(table.rows[1]!.values[0]!.perSeed[0], 0);
  assert.ok(table.rows[1]!.values[0]!.interval!.low === 0 && table.rows[1]!.values[0]!.interval!.high === 1);
  assert.is(comparisons[0]!.countedAsWorst, 1);
  assert.match(answer, /In the comparison of stable-reinforce collapsed runs without an evaluation count as the worst/);
});

test("summarise: runs on other data are warned of, and not paired by question", () => {
  const { root, folder } = fixtureGrid();
  const path = join(folder(1, 0), "provenance.json");
  writeJson(path, { ...(JSON.parse(readFileSync(path, "utf8")) as object), data: "another" });
  const { warnings, comparisons } = summarise(readGrid(root));
  assert.match(warnings.join("\n"), /did not all read the same data/);
  assert.is(comparisons[0]!.standardError.items, null);
  assert.is(comparisons[0]!.interval, null);
  assert.is(comparisons[0]!.noVerdict!.short, "different data");
});

test("summarise: nothing run yet", () => {
  const { root, folder } = fixtureGrid({ iterations: 1 });
  for (const cell of [0, 1]) for (const seed of [0, 1]) rmSync(folder(cell, seed), { recursive: true });
  const { answer, warnings } = summarise(readGrid(root));
  assert.match(answer, /^No run has been evaluated after RL yet \(of 4 runs\)/);
  assert.match(warnings[0]!, /4 of 4 runs still to do/);
});

function evaluateFolder(run: string): string {
  const { stages } = JSON.parse(readFileSync(join(run, "provenance.json"), "utf8")) as {
    stages: { name: string; key: string }[];
  };
  return `evaluate-${stages.at(-1)!.key.slice(0, 12)}`;
}

test("updates that were skipped are told, with how many there were", () => {
  const { root, folder } = fixtureGrid({ iterations: 3 });
  const path = join(folder(1, 0), "metrics.jsonl");
  const lines = readFileSync(path, "utf8").trim().split("\n").map((line) => JSON.parse(line) as object); // prettier-ignore
  writeFileSync(
    path,
    lines.map((line) => `${JSON.stringify({ ...line, updates: 2, skippedUpdates: 1, loss: undefined })}\n`).join(""),
  );
  const { warnings } = summarise(readGrid(root));
  assert.ok(
    warnings.includes(
      "Updates were skipped, because a number was not finite or no response had a score: stable-reinforce, seed 1, 3 of 9.",
    ),
    warnings.join("\n"),
  );
});

test.run();
