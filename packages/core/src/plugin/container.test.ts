import { test } from "uvu";
import * as assert from "uvu/assert";
import { z } from "zod";
import { reward } from "./component.ts";
import type { Component } from "./component.ts";
import { createContainer } from "./container.ts";
import type { Container } from "./container.ts";
import { InputError, RunError } from "@rewardlab/storage";
import { createResolver } from "../experiment/resolve.ts";
import { treeOf } from "../experiment/tree.ts";
import type { Reward } from "../kinds.ts";
import { definePlugin } from "./plugin.ts";
import { buildRegistry } from "./registry.ts";
import { token } from "../services/token.ts";
import { slot, slotWith } from "./slots.ts";

interface Counter {
  count: number;
}
const Counter = token<Counter>("test/Counter");
const Missing = token<Counter>("test/Missing");

/** Gives, for each response, its options and injections as a number. */
const counting = reward({
  name: "counting",
  summary: "for tests",
  options: z.strictObject({ times: z.number().default(1) }),
  inject: { counter: Counter },
  create: ({ times }, { counter }) => ({ score: ({ responses }) => responses.map(() => times * ++counter.count) }),
});
const nested = reward({
  name: "nested",
  summary: "for tests",
  options: z.strictObject({
    rules: z.record(z.string(), slot("reward")),
    weighed: slotWith("reward", { weight: z.number().default(10) }),
  }),
  create: ({ rules, weighed }) => ({
    score: async (batch) => {
      const all = await Promise.all([...Object.values(rules), weighed.part].map((rule) => rule.score(batch)));
      const weights = all.map((_scores, index) => (index === all.length - 1 ? weighed.weight : 1));
      return batch.responses.map((_text, row) =>
        all.reduce((sum, scores, index) => sum + weights[index]! * (scores[row] as number), 0),
      );
    },
  }),
});
const throwing = (error: unknown) =>
  reward({
    name: "throwing",
    summary: "for tests",
    options: z.strictObject({}),
    create: () => {
      throw error;
    },
  });
const needy = reward({
  name: "needy",
  summary: "for tests",
  options: z.strictObject({}),
  inject: { it: Missing },
  create: () => ({ score: () => [] }),
});

function make(components: readonly Component[]): {
  container: Container;
  create: (written: unknown, from?: Container) => Reward;
} {
  const registry = buildRegistry([
    { plugin: definePlugin({ name: "test-plugin", api: "^1", components }), version: "1", integrity: null },
  ]);
  const container = createContainer(registry);
  const create = (written: unknown, from = container) => {
    const resolver = createResolver(registry);
    const resolved = resolver.slot("reward", treeOf(written, { from: "flag", text: "test" }), "");
    assert.equal(resolver.problems, []);
    return from.create(resolved!);
  };
  return { container, create };
}
const two = { responses: ["a", "b"], items: [] };

test("container: a component gets its options and what it asks for", () => {
  const { container, create } = make([counting]);
  container.provide(Counter, { count: 100 });
  assert.equal(create({ use: "counting", times: 2 }).score(two), [202, 204]);
  assert.is(container.get(Counter).count, 102);
});

test("container: children share nothing that they provide themselves", () => {
  const { container, create } = make([counting]);
  const [first, second] = [container.child(), container.child()];
  first.provide(Counter, { count: 0 });
  second.provide(Counter, { count: 10 });
  assert.equal(create("counting", first).score(two), [1, 2]);
  assert.equal(create("counting", second).score(two), [11, 12]);
  assert.equal(create("counting", first).score(two), [3, 4]);
});

test("container: two containers, and two tests in one process, share nothing", () => {
  const [one, other] = [make([counting]), make([counting])];
  one.container.provide(Counter, { count: 0 });
  assert.throws(() => other.create("counting"), /reward counting: create failed: .*test\/Counter/);
});

test("container: slots within options are created first; a slot's own options stay beside its part", async () => {
  const { container, create } = make([counting, nested]);
  container.provide(Counter, { count: 0 });
  const outcome = await create({
    use: "nested",
    rules: { a: "counting", b: { use: "counting", times: 3 } },
    weighed: { use: "counting", weight: 100 },
  }).score(two);
  // counts 1 and 2 (a), 3 and 4 (b), 5 and 6 (weighed): 1·1 + 3·3 + 5·100, 2·1 + 4·3 + 6·100
  assert.equal(outcome, [510, 614]);
});

test("container: what create throws names package, kind and component; input stays input", () => {
  const create = (error: unknown) => () => make([throwing(error)]).create("throwing");
  assert.throws(
    create(new Error("no luck")),
    (error: unknown) =>
      error instanceof RunError &&
      error.message === "test-plugin: reward throwing: create failed: no luck" &&
      (error.cause as Error).message === "no luck",
  );
  assert.throws(
    create(new InputError("RL_X", "file.txt: is missing")),
    (error: unknown) =>
      error instanceof InputError &&
      error.code === "RL_X" &&
      error.message === "test-plugin: reward throwing: file.txt: is missing",
  );
});

test("container: a service that nobody provides", () => {
  assert.throws(() => make([needy]).create("needy"), /test-plugin: reward needy: create failed: .*test\/Missing/);
});

test.run();
