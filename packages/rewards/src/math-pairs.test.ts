import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { RewardOutcome } from "@rewardlab/core";
import { mathEqual } from "./math-equal.ts";

interface Pair {
  readonly source: string;
  readonly reference: string;
  readonly answer: string;
  readonly right: 0 | 1;
  readonly theirs: Readonly<Record<"mathVerify" | "hendrycks" | "deepscaler" | "minerva", 0 | 1>>;
}
const { pairs } = JSON.parse(readFileSync(new URL("fixtures/math-pairs.json", import.meta.url), "utf8")) as { pairs: Pair[] };

const silent = () => {};
const rule = mathEqual.create({ tolerance: 1e-9 } as never, { metrics: { sum: silent, max: silent, share: silent } } as never);
function outcomeOf(reference: string, answer: string): RewardOutcome {
  const item = {
    id: "a",
    images: [],
    question: "",
    responses: ["", ""] as [string, string],
    preferred: 1 as const,
    answer: reference,
  };
  return (rule.score({ responses: [`<think>t</think><answer>${answer}</answer>`], items: [item] }) as RewardOutcome[])[0]!;
}
const outcomesOfAll = () => pairs.map(({ reference, answer }) => outcomeOf(reference, answer));
const shown = ({ reference, answer }: Pair) => `${reference}  |  ${answer}`;

test("math pairs: more than 500, and none that is wrong gets 1", () => {
  const outcomes = outcomesOfAll();
  assert.ok(pairs.filter(({ source }) => source !== "made here").length >= 500);
  assert.equal(pairs.filter(({ right }, index) => right === 0 && outcomes[index] === 1).map(shown), []);
});

test("math pairs: those that are right and don't get 1 are known", () => {
  const outcomes = outcomesOfAll();
  assert.equal(pairs.filter(({ right }, index) => right === 1 && outcomes[index] !== 1).map(shown), [
    "x < 1  |  -x > -1", // inequalities are read where one side is a name
    "x <= 1  |  -x >= -1",
    "1\\leq|z|\\leq \\frac{3}{2}  |  z \\in \\left[-\\frac{3}{2}, -1\\right] \\cup \\left[1, \\frac{3}{2}\\right]",
    "\\frac{NO}{BO}=\\frac{1}{\\sqrt{6}}  |  \\frac{1}{\\sqrt{6}}", // as 2x + z = 1 isn't answered by 1
    "p=5,q=2;p=7,q=2  |  (5,2),(7,2)",
    "F_n = \\sum_{k=0}^{n-1} F_k F_{n-k-1}  |  F_n = \\sum_{k=0}^{n-1} F_{n-k-1} F_k",
    "90^\\circ  |  50^\\circ+40^\\circ",
  ]);
});

test("math pairs: the verdict is the same from either side", () => {
  const oneBox = pairs.filter(({ answer }) => !answer.includes("\\boxed")); // a box belongs to a response, not to an item
  const turned = oneBox.filter(
    ({ reference, answer }) => (outcomeOf(reference, answer) === 1) !== (outcomeOf(answer, reference) === 1),
  );
  assert.equal(turned.map(shown), []);
});

test("math pairs: the table in the README", () => {
  const outcomes = outcomesOfAll();
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const count = (right: 0 | 1, said: (pair: Pair, index: number) => boolean) =>
    pairs.filter((pair, index) => pair.right === right && said(pair, index)).length;
  const row = (
    name: string,
    isOne: (pair: Pair, index: number) => boolean,
    isInvalid: (pair: Pair, index: number) => boolean,
  ) => {
    const isZero = (pair: Pair, index: number) => !isOne(pair, index) && !isInvalid(pair, index);
    const cells = [1, 0].flatMap((right) => [isOne, isZero, isInvalid].map((said) => count(right as 0 | 1, said)));
    assert.ok(readme.replace(/ +/g, " ").includes(`| ${name} | ${cells.join(" | ")} |`), `${name} | ${cells.join(" | ")}`);
  };
  row("`math-equal`", (_, index) => outcomes[index] === 1, (_, index) => typeof outcomes[index] === "object"); // prettier-ignore
  for (const [grader, name] of [
    ["mathVerify", "Math-Verify 0.9.0"],
    ["deepscaler", "DeepScaleR's (95ef74f)"],
    ["minerva", "lm-evaluation-harness, minerva_math (4e7e0d4)"],
    ["hendrycks", "Hendrycks MATH's `is_equiv` (985bdc1)"],
  ] as const)
    row(name, ({ theirs }) => theirs[grader] === 1, () => false); // prettier-ignore
});

test.run();
