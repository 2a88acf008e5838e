// Against what the released scripts print for the same predictions: tools/oracles/benchmark-scores.py, with the commits in scores.json.

import { readFileSync, writeFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { benchmarkNamed, scorePredictions, versus } from "./index.ts";

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
const printed = JSON.parse(readFileSync(fixture("scores.json"), "utf8")) as Record<string, Record<string, unknown>>;
const scored = (name: string, file = `${name}.jsonl`, data: string | null = null) =>
  scorePredictions(benchmarkNamed(name), fixture(file), data);

/** Equal but for the last digit of a sum's order. */
function near(given: unknown, expected: unknown, where = "") {
  if (typeof expected === "number")
    return assert.ok(Math.abs((given as number) - expected) < 1e-12, `${where}: ${String(given)} is not ${expected}`);
  const [a, b] = [given as Record<string, unknown>, expected as Record<string, unknown>];
  assert.equal(Object.keys(a).sort(), Object.keys(b).sort(), where);
  for (const key of Object.keys(b)) near(a[key], b[key], `${where}.${key}`);
}

test("vl-rewardbench: R1-Reward's figures, and the benchmark's own groups in a note", () => {
  const { figures, judged, notes } = scored("vl-rewardbench");
  near(figures.values, printed["vl-rewardbench as r1_reward"]);
  const groups = printed["vl-rewardbench groups"] as Record<string, string>;
  const own = judged.filter(({ id }) => groups[id] === "hallucination");
  const share = own.reduce((sum, { right }) => sum + right, 0) / own.length;
  assert.match(notes.join("\n"), `hallucination ${(100 * share).toFixed(2)} %`);
});

test("mm-rlhf-rewardbench: ACC and ACC+ of all and of each category", () => {
  near(scored("mm-rlhf-rewardbench").figures.values, printed["mm-rlhf-rewardbench"]);
});

test("multimodal-rewardbench: rewards, and a judge's own words", () => {
  for (const [file, name] of [
    ["multimodal-rewardbench.jsonl", "multimodal-rewardbench"],
    ["multimodal-rewardbench-outputs.jsonl", "multimodal-rewardbench outputs"],
  ] as const) {
    const { values } = scored("multimodal-rewardbench", file).figures;
    const { all, ...categories } = printed[name] as Record<string, { accuracy: number; count: number }>;
    near(values.categories, categories);
    near(values.overall, all!.accuracy);
  }
});

test("multimodal-rewardbench-2: both directions, missing pairs left out", () => {
  const { figures, positionBias } = scored(
    "multimodal-rewardbench-2",
    "multimodal-rewardbench-2.json",
    fixture("multimodal-rewardbench-2-data.json"),
  );
  near(figures.values.overall, (printed["multimodal-rewardbench-2"] as { accuracy: number }).accuracy);
  assert.ok(positionBias!.choosesFirst! > 0.5); // the made-up judge says A twice as often as B
});

test("both orders: a judge that always says 1 has 50 %, and its bias is told", () => {
  const folder = mkdtempSync(join(tmpdir(), "benchmarks-"));
  const file = join(folder, "always-1.jsonl");
  const rows = Array.from({ length: 10 }, (_, index) => `mmmu_${index}`).flatMap((id) => [
    { id, order: "chosen-first", rewards: [1, 0] },
    { id, order: "chosen-second", rewards: [0, 1] },
  ]);
  writeFileSync(file, JSON.stringify(rows));
  const { figures, positionBias, judged } = scorePredictions(benchmarkNamed("vl-rewardbench"), file);
  assert.is(figures.values.overall, 0.5);
  assert.equal(positionBias, { chosenFirst: 1, chosenSecond: 0, choosesFirst: 1, consistent: 0 });
  // both orders of a pair are drawn together: nothing varies
  assert.equal(figures.lines[0]!.interval, [0.5, 0.5]);
  const released = join(folder, "released.jsonl");
  writeFileSync(
    released,
    rows
      .filter(({ order }) => order === "chosen-first")
      .map(({ id, rewards }) => JSON.stringify({ id, rewards }))
      .join("\n"),
  );
  const once = scorePredictions(benchmarkNamed("vl-rewardbench"), released);
  assert.is(once.figures.values.overall, 1);
  assert.match(once.notes[0]!, "always says 1 then has 100 %");
  assert.throws(() => versus(judged, once.judged), /no pair in common/); // one says its order, the other doesn't
  rmSync(folder, { recursive: true });
});

test("two judges: McNemar on the pairs that both judged", () => {
  const { judged } = scored("mm-rlhf-rewardbench");
  const worse = judged.map((one, index) => (index < 12 ? { ...one, right: 0, choice: "rejected" as const } : one)).slice(0, 100);
  const lost = judged.slice(0, 12).filter(({ right }) => right === 1).length;
  const { pairs, difference, mcnemar } = versus(judged, worse);
  assert.equal([pairs, mcnemar.onlyFirst, mcnemar.onlySecond], [100, lost, 0]);
  assert.ok(Math.abs(difference - lost / 100) < 1e-12);
  assert.ok(Math.abs(mcnemar.exact - 2 ** (1 - lost)) < 1e-12);
});

const refusals: Record<string, [benchmark: string, text: string, message: RegExp]> = {
  "no rewards": ["vl-rewardbench", '{"id": "mmmu_1"}', /:1: there is no rewards, expected \[chosen, rejected\]/],
  "rewards of one": ["vl-rewardbench", '{"id": "mmmu_1", "rewards": [1]}', /:1: rewards is \[1\]/],
  "a misspelt name": [
    "multimodal-rewardbench",
    '{"id": "1", "Category": "vqa", "rewards": [1, 0]}',
    /there is no ID, .*Did you mean "id"/,
  ],
  "rows all wrong, at once": ["vl-rewardbench", '{"id": 1}\n[]\n{"id": 2, "rewards": [1, "0"]}\n', /:2: a list.*/s],
  "no JSON": ["vl-rewardbench", "rewards\n", /:1: not JSON/],
  nothing: ["vl-rewardbench", "\n", /it has no rows/],
  "a key twice": ["vl-rewardbench", '{"id": "a", "id": "b", "rewards": [1, 0]}', /:1: .*"id"/],
  "no picture": ["mm-rlhf-rewardbench", '{"id": "a", "rewards": [1, 0]}', /"image" or "video"/],
  "an odd order": ["vl-rewardbench", '{"id": "a", "rewards": [1, 0], "order": "random"}', /order is "random"/],
};
for (const [name, [benchmark, text, message]] of Object.entries(refusals))
  test(`refused: ${name}`, () => {
    const folder = mkdtempSync(join(tmpdir(), "benchmarks-"));
    const file = join(folder, "predictions.jsonl");
    writeFileSync(file, text);
    assert.throws(() => scorePredictions(benchmarkNamed(benchmark), file), message);
    rmSync(folder, { recursive: true });
  });

test("refused: a benchmark that there isn't, one without its data, a file that isn't there", () => {
  assert.throws(() => benchmarkNamed("vl-reward-bench"), /Did you mean "vl-rewardbench"/);
  assert.throws(() => scored("multimodal-rewardbench-2", "multimodal-rewardbench-2.json"), /--data/);
  assert.throws(() => scored("vl-rewardbench", "nowhere.jsonl"), /there is no such file/);
});

test.run();
