import { test } from "uvu";
import * as assert from "uvu/assert";
import { z } from "zod";
import type { MetricDeclarations } from "../services/metric-declaration.ts";
import { advantageStep, ratio, surrogate } from "../plugin/component.ts";
import { definePlugin } from "../plugin/plugin.ts";
import { slot } from "../plugin/slots.ts";
import { fakeRegistry, loadText, soundExperiment } from "../testing/experiment.ts";
import { declaredMetrics, metricClashes, metricsOfStages, placedIn } from "./declared-metrics.ts";

const options = z.strictObject({ limit: z.number().default(4).describe("the most") });
const counted = (meaning: string) => ({ countFraction: { title: "Counted", unit: "share", of: "tokens", meaning } as const });
const step = (name: string, metrics: MetricDeclarations<z.output<typeof options>>) =>
  advantageStep({
    name,
    summary: "a step",
    takes: "tokens",
    gives: "tokens",
    options,
    metrics,
    create: () => ({ apply: (values) => values }),
  });
const plugin = definePlugin({
  name: "more",
  api: "^1",
  components: [
    step("limit", {
      limitedFraction: {
        title: "Limited",
        unit: "share",
        guard: true,
        meaning: ({ limit }: z.output<typeof options>) => `Beyond ±${limit}.`,
        zero: ({ limit }: z.output<typeof options>) => (limit > 3 ? "Far away." : null),
      },
    }),
    step("one", counted("Of one kind.")),
    step("alike", counted("Of one kind.")),
    step("other", counted("Of another kind.")),
    ratio({
      name: "held",
      summary: "a ratio",
      options: z.strictObject({}),
      metrics: counted("Held."),
      idle: (_options, { updates }) => (updates > 1 ? null : { because: "there is one update", remedy: "more" }),
      create: () => ({ apply: ({ logProbs }) => logProbs }),
    }),
    surrogate({
      name: "around",
      summary: "holds another",
      options: z.strictObject({ of: slot("surrogate").prefault("clip").describe("which") }),
      create: () => ({ apply: ({ ratio: rho }) => rho }),
    }),
  ],
});
const registry = fakeRegistry(plugin);
async function cellOf(...set: string[]) {
  const { cells } = await loadText(soundExperiment, set, registry);
  return cells[0]!;
}
async function rlOf(...set: string[]) {
  return (await cellOf(...set)).stages.find(({ name }) => name === "rl")!.stage;
}
const chain = (...steps: string[]) => `stages.rl.advantage=[discounted-return, ${steps.join(", ")}]`;

test("declared metrics: texts with the options at hand, who counts, and where", async () => {
  const { limitedFraction, loss } = declaredMetrics(await rlOf(chain("{ use: limit, limit: 2.5 }")));
  assert.equal(limitedFraction, {
    title: "Limited",
    unit: "share",
    guard: true,
    meaning: "Beyond ±2.5.",
    by: [{ kind: "advantage", name: "limit", at: "advantage.limit" }],
  });
  assert.is(declaredMetrics(await rlOf(chain("limit"))).limitedFraction!.zero, "Far away.");
  assert.equal(loss!.by, [{ kind: "stage", name: "rl", at: "" }]);
  assert.is(loss!.unit, "number");
});

test("declared metrics: of a component in another's slot; of one there twice both meanings", async () => {
  const metrics = declaredMetrics(
    await rlOf(
      "stages.rl.loss.surrogate={ use: around, of: { use: clip, high: 0.28 } }",
      chain("limit", "{ use: limit, limit: 2 }"),
    ),
  );
  assert.match(metrics.clipFractionHigh!.meaning, /above 1\.28/);
  assert.equal(metrics.clipFractionHigh!.by, [{ kind: "surrogate", name: "clip", at: "loss.surrogate.of" }]);
  assert.is(metrics.limitedFraction!.meaning, "Beyond ±4. / Beyond ±2.");
  assert.equal(
    metrics.limitedFraction!.by.map(({ at }) => at),
    ["advantage.limit#1", "advantage.limit#2"],
  );
});

test("declared metrics: a part that can't act says why", async () => {
  const idleOf = async (...set: string[]) =>
    declaredMetrics(await rlOf("stages.rl.loss.ratio=held", ...set)).countFraction!.by[0]!.idle;
  assert.is(await idleOf(), "there is one update");
  assert.is(await idleOf("stages.rl.update.epochs=2"), undefined);
});

test("declared metrics: a rule is told by its own summary, as a share where it lies between 0 and 1", async () => {
  const metrics = declaredMetrics(await rlOf());
  const { meaning, title, unit } = metrics["rules.right"]!;
  assert.is(title, "Rule: right");
  assert.match(meaning, /^Mean over the rollout of the reward right: .+\.$/);
  assert.is(unit, registry.component("reward", "right")!.range === undefined ? "number" : "share");
});

test("metrics of stages: those that record none are left out", async () => {
  assert.equal(Object.keys(metricsOfStages(await cellOf())), ["coldStart", "rl"]);
});

test("placed in: every part of a stage, as overrides name it", async () => {
  const places = placedIn(await rlOf(chain("limit", "limit"))).map(({ at }) => at.join("."));
  for (const place of ["", "reward.rules.right", "advantage.discounted-return", "advantage.limit#2", "loss.ratio", "optimizer"])
    assert.ok(places.includes(place), `${place} in ${places.join(", ")}`);
});

test("clashes: different things under one name, by whom; the same words and the same component twice are none", async () => {
  assert.equal(metricClashes(await cellOf(chain("one", "alike"))), []);
  assert.equal(metricClashes(await cellOf(chain("{ use: limit, limit: 1 }", "limit"))), []);
  assert.equal(metricClashes(await cellOf(chain("one", "other"))), [
    {
      stage: "rl",
      metric: "countFraction",
      said: [
        "advantage one: Counted (share of tokens). Of one kind.",
        "advantage other: Counted (share of tokens). Of another kind.",
      ],
    },
  ]);
});

test.run();
