// What is told of plugins, definitions, options and presets, and how the checks are put together.

import { algorithm, definePlugin, ratio, reward, slot, stopGradient, surrogate } from "@rewardlab/core";
import type { Algorithm, Component, Plugin, Surrogate } from "@rewardlab/core";
import * as tf from "@tensorflow/tfjs-core";
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { z } from "zod";
import { componentConformance, conformance, ConformanceError } from "./index.ts";
import type { ConformanceOptions } from "./index.ts";
import { breaches, expectBroken } from "./testing/breaches.ts";

const scorer = (more: object): Component<"reward"> =>
  reward({
    name: "wrong",
    summary: "has one mistake",
    options: z.strictObject({}),
    create: () => ({ score: ({ responses }) => responses.map(() => 1) }),
    ...more,
  });
const failedBy = (plugin: Partial<Plugin>, options: ConformanceOptions = {}) =>
  breaches(conformance(definePlugin({ name: "a-plugin", api: "^1", ...plugin }), options));

test("titles name component, options and law; a failure is a ConformanceError that also fits on a line", async () => {
  const weighted = scorer({ options: z.strictObject({ weight: z.number().describe("of the rule") }) });
  const checks = componentConformance(weighted, { options: [{ weight: 2 }, { weight: -1 }] });
  assert.ok(checks.some(({ title }) => title === 'reward wrong {"weight":-1}: leaks no tensor'));
  assert.is(new Set(checks.map(({ title }) => title)).size, checks.length);
  const [failing] = componentConformance(scorer({ options: z.strictObject({ a: z.number().default(1) }) }));
  const error = await failing!.run().catch((reason: unknown) => reason);
  assert.instance(error, ConformanceError);
  assert.match((error as ConformanceError).line, /^reward wrong: describes every option: without a description: a\. .*$/);
});

test("README: the failure that it shows", async () => {
  const late = ratio({
    name: "masked-late",
    summary: "masks after exp",
    options: z.strictObject({}),
    create: () => ({
      apply: ({ logProbs, oldLogProbs, mask }) =>
        tf.tidy(() => {
          const own = tf.exp(tf.sub(logProbs, stopGradient(oldLogProbs)));
          return tf.where(tf.greater(mask, 0), own, tf.onesLike(own)) as tf.Tensor2D;
        }),
    }),
  });
  const message = (await breaches(componentConformance(late))).get("ignores what lies outside the mask")!;
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  assert.ok(readme.includes(message.replaceAll(/^/gm, "    ")), message);
});

test("what is no plugin is one failing check, not a crash", async () => {
  for (const [plugin, message] of [
    [undefined, /its default export is missing, expected what definePlugin/],
    [{ name: "old", api: "^0.1" }, /plugin old: is a plugin[^]*written for plugin interface "\^0\.1"/],
    [
      { name: "twice", api: "^1", components: [scorer({}), scorer({})] },
      /brings reward "wrong", which twice has brought already/,
    ],
  ] as const)
    expectBroken(await breaches(conformance(plugin as Plugin)), { "is a plugin": message });
});

test("definitions: names, summaries, options", async () => {
  expectBroken(await failedBy({ components: [scorer({ name: "two words" })] }), {
    "is a plugin": /reward "two words": its name is "two words", expected lower-case/,
  });
  expectBroken(await failedBy({ components: [scorer({ version: 0 })] }), {
    "is a plugin": /reward "wrong": its version is 0, expected a whole number from 1 on/,
  });
  const silent = z.strictObject({
    a: z.number().default(1),
    b: z.strictObject({ c: z.number().default(2), d: z.number().default(3).describe("said") }).prefault({}),
  });
  expectBroken(await failedBy({ components: [scorer({ options: silent })] }), {
    "describes every option": /without a description: a, b\.c\n/,
  });
  const loose = z.object({ a: z.number().default(1).describe("a number") });
  expectBroken(await failedBy({ components: [scorer({ options: loose })] }), {
    "refuses an option it doesn't know": /z\.strictObject/,
  });
});

test("options without complete defaults: asked for, and tried in several sets", async () => {
  const needy = scorer({ options: z.strictObject({ weight: z.number().positive().describe("of the rule") }) });
  expectBroken(await failedBy({ components: [needy] }), {
    "has options to be tried with": /weight: missing[^]*conformance\(plugin, \{ options: \{ "reward wrong": \[\{ … \}\] \} \}\)/,
  });
  assert.equal(
    [...(await failedBy({ components: [needy] }, { options: { "reward wrong": [{ weight: 1 }, { weight: 2 }] } })).keys()],
    [],
  );
  expectBroken(await failedBy({ components: [needy] }, { options: { "reward wrong": [{ weight: -1 }] } }), {
    "is tried with options that it accepts": /weight: too small/,
  });
  expectBroken(await failedBy({ components: [scorer({})] }, { options: { "reward wrnog": [{}] } }), {
    "are of one of the plugin's components": /Did you mean "reward wrong"\?/,
  });
});

test("slots among the options are filled, with core's components and those of other plugins", async () => {
  const twice = surrogate({
    name: "twice",
    summary: "another surrogate, twice",
    options: z.strictObject({ of: slot("surrogate").prefault("clip").describe("which") }),
    create: ({ of }: { of: Surrogate }) => ({ apply: (batch) => tf.tidy(() => tf.mul(of.apply(batch), 2)) }),
  });
  assert.equal(
    [
      ...(
        await failedBy({ components: [twice] }, { options: { "surrogate twice": [{ of: { use: "dual-clip", cap: 2 } }] } })
      ).keys(),
    ],
    [],
  );
  expectBroken(await failedBy({ components: [twice] }, { options: { "surrogate twice": [{ of: "clpi" }] } }), {
    "is tried with options that it accepts": /there is no surrogate "clpi"\. Did you mean "clip"\?/,
  });
});

// ---------------------------------------------------------------- presets

const sound = {
  advantage: ["group-normalise", "spread"],
  loss: { ratio: "token", surrogate: "clip", aggregate: "token-mean" },
};
const preset = (changes: object): Algorithm =>
  algorithm({ name: "mine", summary: "a preset", source: "arXiv 0000.00000v1", presets: { only: { ...sound, ...changes } } });

test("presets: without a mistake; with another plugin's component", async () => {
  assert.equal([...(await failedBy({ algorithms: [preset({})] })).keys()], []);
  const rules = preset({ reward: { rules: { right: "wrong" }, formula: "right" } });
  expectBroken(await failedBy({ algorithms: [rules] }), {
    "is an experiment: every name and option of its preset is known": /there is no reward "wrong"[^]*plugins: \[other\]/,
  });
  const other = definePlugin({ name: "other", api: "^1", components: [scorer({})] });
  assert.equal([...(await failedBy({ algorithms: [rules] }, { plugins: [other] })).keys()], []);
});

test("presets: a misspelt option, a chain that doesn't fit, no source", async () => {
  const law = "is an experiment: every name and option of its preset is known";
  expectBroken(await failedBy({ algorithms: [preset({ loss: { ...sound.loss, surrogate: { use: "clip", hihg: 0.3 } } })] }), {
    [law]: /unknown key "hihg"\. Did you mean "high"\?/,
  });
  expectBroken(await failedBy({ algorithms: [preset({ advantage: ["whiten", "spread"] })] }), { [law]: /whiten takes tokens/ });
  expectBroken(await failedBy({ algorithms: [{ ...preset({}), source: "" }] }), {
    "has a summary and a source": /its source is ""/,
  });
});

test("presets: what their components do to numbers", async () => {
  const careless = surrogate({
    name: "careless",
    summary: "multiplies by the mask, and divides by its own count",
    options: z.strictObject({}),
    create: () => ({
      apply: ({ ratio: rho, advantages, mask }) => tf.tidy(() => tf.div(tf.mul(tf.mul(rho, advantages), mask), tf.sum(mask))),
    }),
  });
  const failed = await failedBy({
    components: [careless],
    algorithms: [preset({ loss: { ...sound.loss, surrogate: "careless" } })],
  });
  expectBroken(failed, {
    "its policy loss and gradient add up over micro-batches": /the losses of the micro-batches don't add up/,
  });
});

test.run();
