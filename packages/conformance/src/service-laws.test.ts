// Services, each with one mistake, and what is told of it.

import { definePlugin, provide, reward, token } from "@rewardlab/core";
import type { Service } from "@rewardlab/core";
import * as tf from "@tensorflow/tfjs-core";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { z } from "zod";
import { conformance } from "./index.ts";
import { breaches, expectBroken } from "./testing/breaches.ts";

interface Judge {
  ask(text: string): number;
}
const Judge = token<Judge>("judge", { methods: ["ask"] });
const sound = {
  name: "mine",
  summary: "for tests",
  scope: "run",
  options: z.strictObject({}),
  create: (): Judge => ({ ask: () => 1 }),
} as const;
const judged = reward({
  name: "judged",
  summary: "asks the judge",
  options: z.strictObject({}),
  inject: { judge: Judge },
  create: (_options, { judge }) => ({ score: ({ responses }) => responses.map((text) => judge.ask(text)) }),
});
const brought = (...services: Service[]) => definePlugin({ name: "a-plugin", api: "^1", services });
const failedBy = (more: object) => breaches(conformance(brought(provide(Judge, { ...sound, ...more } as never))));

test("a sound service keeps every law, and what is injected it is tried with it", async () => {
  const ended: string[] = [];
  const service = provide(Judge, { ...sound, dispose: () => void ended.push("judge") });
  const checks = conformance(definePlugin({ name: "a-plugin", api: "^1", components: [judged], services: [service] }));
  const titles = checks.map(({ title }) => title);
  assert.ok(titles.includes("service judge mine: ends without an error, though nothing was asked of it"), titles.join("\n"));
  assert.ok(
    titles.some((title) => title.startsWith("reward judged: a finite number or a reason")),
    titles.join("\n"),
  );
  assert.is(titles.at(-1), "plugin a-plugin: the services that its components were injected end without an error");
  for (const { run } of checks.slice(0, -1)) await run();
  const before = ended.length;
  await checks.at(-1)!.run();
  assert.is(ended.length, before + 1, "one for all the rule's parts");
});

test("a service of another shape, or that isn't made at once", async () => {
  expectBroken(await failedBy({ create: () => ({}) }), {
    "is what its token promises, made at once":
      /a-plugin: service judge \(mine\): create gave something without ask, expected a service judge with ask/,
  });
  expectBroken(await failedBy({ create: async () => ({ ask: () => 1 }) }), {
    "is what its token promises, made at once": /create gave a promise/,
  });
});

test("a service that ends only what a call has begun", async () => {
  const open = new Map<string, { close(): void }>(); // filled by ask
  expectBroken(await failedBy({ dispose: () => open.get("judge")!.close() }), {
    "ends without an error, though nothing was asked of it":
      /dispose failed: Cannot read properties of undefined[^]*likely: +It ends what is opened at the first call/,
  });
});

test("a run's service that is one for all runs", async () => {
  const one = { ask: () => 1 };
  expectBroken(await failedBy({ create: () => one }), {
    "is another one in each run, where it is a run's": /two runs got the same object/,
  });
  assert.equal([...(await failedBy({ create: () => one, scope: "process" })).keys()], []);
});

test("a service that leaves tensors or timers behind", async () => {
  const tensors: tf.Tensor[] = [];
  const leaking = { create: () => (tensors.push(tf.scalar(1)), { ask: () => 1 }) };
  expectBroken(await failedBy(leaking), { "leaves no tensor behind": /1 tensors are left/ });
  tf.dispose(tensors);
  const timers: NodeJS.Timeout[] = [];
  const ticking = { create: () => (timers.push(setInterval(() => {}, 1000)), { ask: () => 1 }) };
  expectBroken(await failedBy(ticking), {
    "leaves no timer, socket or process behind that keeps the process from ending": /Timeout is there after its end/,
  });
  for (const timer of timers) clearInterval(timer);
});

test("options: described, strict, and asked for where defaults are incomplete; given by token and name", async () => {
  const needy = provide(Judge, { ...sound, options: z.strictObject({ url: z.string() }) });
  expectBroken(await breaches(conformance(brought(needy))), {
    "describes every option": /without a description: url/,
    "has options to be tried with": /url: missing[^]*"service judge mine": \[\{ … \}\]/,
  });
  const told = provide(Judge, { ...sound, options: z.strictObject({ url: z.string().describe("where it is") }) });
  const options = { "service judge mine": [{ url: "http://here" }] };
  assert.equal([...(await breaches(conformance(brought(told), { options }))).keys()], []);
  const withRule = definePlugin({ name: "a-plugin", api: "^1", components: [judged], services: [told] });
  assert.equal([...(await breaches(conformance(withRule, { options }))).keys()], []);
});

test.run();
