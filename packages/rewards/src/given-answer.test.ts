import { test } from "uvu";
import * as assert from "uvu/assert";
import { givenAnswer } from "./given-answer.ts";

const all = (pairs: readonly (readonly [response: string, answer: string | null])[]) => {
  for (const [response, answer] of pairs) assert.is(givenAnswer(response), answer, response);
};

test("given answer: the last box in <answer>, else all of it; without <answer>, the last box", () => {
  all([
    ["<answer>so \\boxed{6}, no: \\boxed{ 7 }</answer>", "7"],
    ["<answer> 7 </answer>", "7"], // as readAnswer trims it
    ["\\boxed{6}<answer>7</answer>", "7"],
    ["\\boxed{6}<answer>7", null],
    ["<answer>  </answer>", null],
    ["<answer>\\boxed{}</answer>", "\\boxed{}"],
    ["<answer>\\boxed{6} then \\boxed{}</answer>", "\\boxed{6} then \\boxed{}"],
    ["so \\boxed{6}. Or \\boxed{7}", "7"],
    ["\\boxed{}", null],
    ["\\boxed{6}\\boxed{}", null],
    ["7", null],
  ]);
});

test("given answer: boxes as they close, the outermost", () => {
  all([
    ["\\boxed{\\frac{1}{2}}", "\\frac{1}{2}"],
    ["\\boxed {3}", "3"],
    ["\\fbox{3}", "3"],
    ["\\box{3}", "3"],
    ["\\boxed{1+\\boxed{2}}", "1+\\boxed{2}"],
    ["\\boxed{\\boxed{1}+\\boxed{2}}", "\\boxed{1}+\\boxed{2}"],
    ["\\boxed{1} {\\boxed{2}}", "2"],
    ["\\boxed{3} is it. {\\boxed{4} }", "4"],
    ["\\boxed{\\{1\\}}", "\\{1\\}"],
    ["\\boxed{\\}}", "\\}"],
    ["\\boxed{7}. And \\boxed{8", "7"],
    ["} \\boxed{7}", "7"],
    ["\\boxed{1}{2}", "1"],
    ["\\boxed3", null],
    ["\\boxed{a{b}c}", "a{b}c"],
  ]);
});

test("given answer: boxes of one list belong together", () => {
  all([
    ["\\boxed{1}, \\boxed{2} and \\boxed{3}", "1, 2, 3"],
    ["$\\boxed{1}$ or $\\boxed{2}$", "1, 2"],
    ["\\(\\boxed{1}\\),\\quad\\(\\boxed{2}\\)", "1, 2"],
    ["\\boxed{1} \\text{ and } \\boxed{2}", "1, 2"],
    ["\\boxed{0}: \\boxed{1}, \\boxed{2}", "1, 2"],
    ["\\boxed{0} gives \\boxed{1} and \\boxed{2}", "1, 2"],
    ["\\boxed{1} \\boxed{2}", "2"],
    ["\\boxed{1} then \\boxed{2}", "2"],
  ]);
});

test("given answer: a denial before or behind the box", () => {
  const not5 = ["It is not \\boxed{5}", "never \\boxed{5}", "isn't \\boxed{5}", "isn’t \\boxed{5}", "It is wrong that \\boxed{5} holds", "rather than \\boxed{5}"]; // prettier-ignore
  all(not5.map((response) => [response, "not 5"] as const));
  all([
    ["\\boxed{5} is wrong", "5 is wrong"],
    ["$\\boxed{5}$ is not it.", "5 is not it"],
    ["$\\boxed{1}$, and it is not $\\boxed{2}$", "not 2"],
    ["It is not 6. So \\boxed{5}", "5"],
    ["It is not 6, but \\boxed{5}", "5"],
    ["not 6\n\\boxed{5}", "5"],
    ["\\boxed{5}. It is not 6", "5"],
    ["\\boxed{5}, not 6", "5"],
    ["not \\boxed{5} million", "not 5"],
    [`not ${"so ".repeat(25)}\\boxed{5}`, "not 5"], // 75 characters between
    [`not ${"so ".repeat(27)}\\boxed{5}`, "5"], // only 80 are read
    [`\\boxed{5} ${"so ".repeat(25)}not`, `5 ${"so ".repeat(25)}not`],
    [`\\boxed{5} ${"so ".repeat(30)}not`, "5"],
  ]);
});

test("given answer: words that change the number, and units", () => {
  all([
    ["\\boxed{5} million", "5 million"],
    ["$\\boxed{5}$ million.", "5 million"],
    ["\\boxed{5} **million**", "5 million"],
    ["\\(\\boxed{5} million\\) people", "5 million  people"],
    ["\\boxed{5}\\%", "5 \\%"],
    ["\\boxed{5}^2", "5 ^2"],
    ["\\boxed{5}/3", "5 /3"],
    ["\\boxed{5} \\cdot 2", "5 \\cdot 2"],
    ["\\boxed{5}\\text{ thousand}", "5 \\text{ thousand}"],
    ["\\boxed{5} or 6", "5 or 6"],
    ["\\boxed{5} cm", "5\\text{ cm}"],
    ["\\boxed{5}\\text{cm}", "5\\text{ cm}"],
    ["\\boxed{5} cm long", "5\\text{ cm}"],
    ["\\boxed{5} is it", "5"],
    ["\\boxed{5} m", "5"], // one letter is as likely a name
    ["\\boxed{5} zillion", "5"],
    ["\\(\\boxed{5}\\) apples", "5\\text{ apples}"],
    ["**\\boxed{5}** apples", "5\\text{ apples}"],
  ]);
});

test("given answer: what stands in a thought is none", () => {
  all([
    ["<think>\\boxed{6}</think>\\boxed{7}", "7"],
    ["<think>\\boxed{6}</think> Therefore 6.", null],
    ["<think>\\boxed{6}", null],
    ["<think><answer>6</answer></think>\\boxed{7}", "7"],
    ["<answer>1</answer><answer>2</answer>", null],
  ]);
});

test.run();
