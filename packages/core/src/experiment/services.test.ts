import "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { z } from "zod";
import { definePlugin } from "../plugin/plugin.ts";
import { provide } from "../plugin/service.ts";
import type { Service } from "../plugin/service.ts";
import { planStages, runKey } from "../run/plans.ts";
import { Progress } from "../services/progress.ts";
import { token } from "../services/token.ts";
import { fakeRegistry, loadText, problemsOf, soundExperiment, temporaryFolder } from "../testing/experiment.ts";
import { fixedJudge, Judge, judgePlugin } from "../testing/judge.ts";
import { runText } from "../testing/run.ts";
import { plainCell } from "./describe.ts";
import { explainCell } from "./explain.ts";

const judgedExperiment = soundExperiment.replace("{ right: right }", "{ right: judged }");
const withServices = (text: string) => judgedExperiment.replace("stages:", `services: ${text}\nstages:`);
const registry = (...services: readonly Service[]) => fakeRegistry(judgePlugin(services));
const both = registry(fixedJudge("kind"), fixedJudge("strict"));

test("services: the only one is taken; of several the experiment names one, at the place of what asks", async () => {
  const alone = await loadText(judgedExperiment, [], registry(fixedJudge("kind")));
  assert.equal(plainCell("", alone.cells[0]!)["services"], { judge: { use: "kind", verdict: 1 } });
  assert.match(
    await problemsOf(judgedExperiment, [], both),
    /experiment\.yaml:11:\d+: stages\.rl\.reward\.rules\.right: reward judged injects judge, and there are several: kind \(judges\), strict \(judges\); expected one of them named, services: \{ judge: kind \}\n  11 \| .*judged/,
  );
  const named = await loadText(withServices("{ judge: { use: strict, verdict: 5 } }"), [], both);
  assert.equal(plainCell("", named.cells[0]!)["services"], { judge: { use: "strict", verdict: 5 } });
  assert.ok(
    explainCell(named, named.cells[0]!).some(({ text, origin }) => text === "    verdict: 5" && origin.endsWith(".yaml:4")),
  );
});

test("services: what is wrong with one is told as of any slot", async () => {
  const wrong = async (text: string, using = both) => problemsOf(withServices(text), [], using);
  assert.match(
    await wrong("{ judge: strct }"),
    /experiment\.yaml:4:\d+: services\.judge: there is no service judge "strct"\. Did you mean "strict"\?/,
  );
  assert.match(
    await wrong("{ judge: { use: kind, verdit: 1 } }"),
    /services\.judge\.verdit: unknown key "verdit"\. Did you mean "verdict"\?/,
  );
  assert.match(await wrong("{ judge: { use: kind, verdict: high } }"), /services\.judge\.verdict: expected number/);
  assert.match(
    await wrong("{ juge: kind, judge: kind }"),
    /services\.juge: nothing brings or injects a service "juge"\. Did you mean "judge"\?/,
  );
  assert.match(
    await wrong("{ judge: kind, Metrics: mine }"),
    /services\.Metrics: Metrics can't be replaced: metrics\.jsonl and the report are made/,
  );
  assert.match(await wrong("[judge]"), /services: expected a map/);
  assert.match(
    await problemsOf(judgedExperiment, [], registry()),
    /experiment\.yaml:11:\d+: stages\.rl\.reward\.rules\.right: reward judged injects judge, and none of the plugins brings such a service/,
  );
});

test("services: a circle, and one that outlives what it asks for", async () => {
  const Other = token<object>("other");
  const needing = (scope: "run" | "process") => [
    provide(Judge, {
      name: "kind",
      summary: "-",
      scope,
      options: z.strictObject({}),
      inject: { other: Other },
      create: () => ({ ask: () => 1 }),
    }),
  ];
  const other = (inject: Service["inject"] = {}) =>
    provide(Other, { name: "o", summary: "-", scope: "run", options: z.strictObject({}), inject, create: () => ({}) });
  assert.match(
    await problemsOf(judgedExperiment, [], registry(...needing("run"), other({ judge: Judge }))),
    /services\.judge: each of these services needs the next: judge → other → judge/,
  );
  assert.match(
    await problemsOf(judgedExperiment, [], registry(...needing("process"), other())),
    /services\.judge: kind is kept for the whole process, and other, which it injects, is a run's; expected scope: "run"/,
  );
});

async function keysOf(text: string, using = both, set: readonly string[] = []) {
  const experiment = await loadText(text, set, using);
  const [cell] = experiment.cells;
  const data = { hash: "h", splits: [], open: () => assert.unreachable() as never };
  const stages = planStages({ experiment, cell: cell!, seed: 1, root: "/runs" }, data, {}).map(({ key }) => key);
  return { stages, run: runKey(experiment, cell!, 1) };
}

test("services: a stage's key changes with the service that it is injected, its options, version and code; others' stay", async () => {
  const first = await keysOf(withServices("{ judge: kind }"));
  const changed = async (other: ReturnType<typeof keysOf>) => {
    const { stages, run } = await other;
    assert.is.not(run, first.run);
    return stages.map((key, index) => key !== first.stages[index]);
  };
  const fromRl = [false, true, true]; // coldStart, rl, evaluate after it
  assert.equal(await changed(keysOf(withServices("{ judge: strict }"))), fromRl);
  assert.equal(await changed(keysOf(withServices("{ judge: { use: kind, verdict: 2 } }"))), fromRl);
  assert.equal(await changed(keysOf(withServices("{ judge: kind }"), both, ["services.judge.verdict=2"])), fromRl);
  assert.equal(await changed(keysOf(withServices("{ judge: kind }"), registry({ ...fixedJudge("kind"), version: 2 }))), fromRl);
  assert.equal(await keysOf(withServices("{ judge: { use: kind, verdict: 1 } }")), first);
  assert.equal(await keysOf(judgedExperiment, registry(fixedJudge("kind"))), first); // taken or named, it is the same
});

test("services: an experiment without any has the keys that it had before there were services", async () => {
  const unused = soundExperiment.replace("stages:", "services: { judge: kind }\nstages:");
  assert.equal(await keysOf(unused), await keysOf(soundExperiment, fakeRegistry()));
});

test("services: variants may differ by a service", async () => {
  const text = `${withServices("{ judge: kind }")}ablate: { variants: { a: {}, b: { services.judge: strict }, c: { services.judge.verdict: 4 } } }\n`;
  const { cells } = await loadText(text, [], both);
  assert.equal(
    cells.map((cell) => plainCell("", cell)["services"]),
    [{ judge: { use: "kind", verdict: 1 } }, { judge: { use: "strict", verdict: 1 } }, { judge: { use: "kind", verdict: 4 } }],
  );
});

test("services: they end with the run, also where it failed", async () => {
  for (const [verdict, ends] of [
    [1, "done"],
    [NaN, "failed"],
  ] as const) {
    const events: string[] = [];
    const judge: Service = { ...fixedJudge("kind", events), create: () => (events.push("kind made"), { ask: () => verdict }) };
    const ended = await runText(judgedExperiment, temporaryFolder(), { registry: registry(judge) }).then(
      ({ status }) => status,
      () => "failed",
    );
    assert.is(ended, ends);
    assert.equal(events, ["kind made", "kind ended"]);
  }
});

test("services: a chosen progress is told beside the run's own, and changes no key", async () => {
  const told: string[] = [];
  const shouting = provide(Progress, {
    name: "shouting",
    summary: "-",
    scope: "run",
    options: z.strictObject({}),
    create: () => ({ update: (what, done) => void told.push(`${what} ${done}`), note: () => {} }),
  });
  const using = fakeRegistry(definePlugin({ name: "loud", api: "^1", services: [shouting] }));
  const text = soundExperiment.replace("stages:", "services: { Progress: shouting }\nstages:");
  const own: string[] = [];
  await runText(text, temporaryFolder(), { registry: using, stopAt: (what, done) => own.push(`${what} ${done}`) < 0 });
  assert.ok(told.length > 5);
  assert.equal(told, own);
  assert.equal((await keysOf(text, using)).stages, (await keysOf(soundExperiment, fakeRegistry())).stages);
});

test.run();
