import { test } from "uvu";
import * as assert from "uvu/assert";
import { differences } from "./differences.ts";

const steps = (text: string) => text.split(" ").map((use) => ({ use }));
const told = (baseline: string, value: string) =>
  differences({ chain: steps(baseline) }, { chain: steps(value) }).map(({ path, baseline: from, value: to, change }) =>
    change === "moved" ? `${path}: ${String(from)} → ${String(to)}` : `${path} ${change}`,
  );

test("differences of chains: removed and added by name, whatever stands before them", () => {
  assert.equal(told("a b c d", "b c"), ["chain.a removed", "chain.d removed"]);
  assert.equal(told("b c", "a b x c"), ["chain.a added", "chain.x added"]);
  assert.equal(told("a b", "c d"), ["chain.a removed", "chain.c added", "chain.b removed", "chain.d added"]);
  assert.equal(told("a b c", "a b c"), []);
});

test("differences of chains: a step in another place has moved", () => {
  assert.equal(told("a b c", "c a b"), ["chain.c: after b → first"]);
  assert.equal(told("a b c d e", "a d e b c"), ["chain.b: after a → after e", "chain.c: step 3 → step 5"]);
});

test("differences of chains: options of the step of the same name, wherever it stands", () => {
  const baseline = [{ use: "cut", low: 1 }, { use: "whiten", epsilon: 1 }]; // prettier-ignore
  const value = [{ use: "whiten", epsilon: 2 }, { use: "cut", low: 1 }]; // prettier-ignore
  assert.equal(differences(baseline, [baseline[1], baseline[0]], "chain").length, 1);
  assert.equal(differences(baseline, value, "chain"), [
    { path: "chain.whiten", baseline: "after cut", value: "first", change: "moved" },
    { path: "chain.whiten.epsilon", baseline: 1, value: 2 },
  ]);
});

test("differences of chains: steps of one name are matched where they are equal, and told apart by number", () => {
  const [one, two] = [{ use: "whiten", epsilon: 1 }, { use: "whiten", epsilon: 2 }]; // prettier-ignore
  assert.equal(differences([one, two], [two], "chain"), [
    { path: "chain.whiten#1", baseline: one, value: undefined, change: "removed" },
  ]);
  assert.equal(differences([one], [two, one], "chain"), [
    { path: "chain.whiten#1", baseline: undefined, value: two, change: "added" },
  ]);
});

test("differences: other lists as a whole where they hold plain values, else item by item", () => {
  assert.equal(differences({ voting: [1, 3] }, { voting: [1, 5, 3] }), [{ path: "voting", baseline: [1, 3], value: [1, 5, 3] }]);
  assert.equal(differences({ phases: [{ steps: 1 }, { steps: 2 }] }, { phases: [{ steps: 1 }, { steps: 3 }] }), [
    { path: "phases.1.steps", baseline: 2, value: 3 },
  ]);
});

test.run();
