import { test } from "uvu";
import * as assert from "uvu/assert";
import rewards from "./index.ts";

interface Rule {
  readonly name: string;
  readonly version?: number;
  readonly range: (options: never) => readonly [number, number];
}
const rules = rewards.components as unknown as readonly Rule[];

test("rewards: a rule that has come to judge otherwise says so by its version", () => {
  assert.equal(Object.fromEntries(rules.map(({ name, version }) => [name, version ?? 1])), {
    "think-answer-format": 1,
    "preference-accuracy": 2, // what stands in a thought is no answer
    "stated-choice-consistency": 2,
    "exact-match": 2,
    "math-equal": 3, // 2: that, and number words; 3: ends of intervals, numbers side by side
    "repetition-penalty": 1,
    "length-penalty": 1,
    "judge-consistency": 1,
    "remote-reward": 1,
  });
});

test("rewards: rules that say right or wrong lie between 0 and 1", () => {
  for (const { name, range } of rules.filter((rule) => /format|accuracy|exact|equal/.test(rule.name)))
    assert.equal(range({} as never), [0, 1], name);
});

test.run();
