import { test } from "uvu";
import * as assert from "uvu/assert";
import { randomStream } from "@rewardlab/core";
import { batches } from "./batches.ts";
import { comparisonIn } from "./comparison.ts";
import { metricsText } from "./metrics.ts";
import type { Ask } from "./question.ts";
import { rowStreams } from "./row-streams.ts";
import { cutAtStop, settledLength } from "./stops.ts";
import { scriptedPolicy } from "./testing/scripted-policy.ts";
import { bringsToken } from "./token.ts";

test("comparison: a question and two responses, in the usual forms", () => {
  const expected = { question: "How many?", responses: ["one\nor so", "two"] };
  assert.equal(
    comparisonIn("Judge: 1.\n\nQuestion:\nHow many?\n\nResponse 1:\none\nor so\n\nResponse 2:\ntwo\n\nNow answer."),
    expected,
  );
  assert.equal(comparisonIn("How many?\nResponse 1: one\nor so\nResponse 2: two"), expected);
  assert.equal(comparisonIn(" How many?\n"), { question: "How many?", responses: ["", ""] });
  // labels within a line are text
  assert.equal(comparisonIn("Is Response 1: better than Response 2: ?").responses, ["", ""]);
});

test("stops: the first of several, wherever it stands among them", () => {
  assert.equal(cutAtStop("a b c", ["c", " b"]), { text: "a", stopped: true });
  assert.equal(cutAtStop("a b c", ["d"]), { text: "a b c", stopped: false });
});

test("stops: nothing is shown that may yet be a stop, or isn't a whole character", () => {
  assert.is(settledLength("abc</", ["</s>"]), 3);
  assert.is(settledLength("abc</", []), 5);
  assert.is(settledLength("ab\ufffd", []), 2);
  assert.is(settledLength("ab\ud83e", []), 2);
  assert.is(settledLength("xaa", ["aab", "a!"]), 1);
});

test("row streams: each row has its own numbers, whoever stands beside it", () => {
  const alone = rowStreams([randomStream(1, "a")]);
  const among = rowStreams([randomStream(7, "b"), randomStream(1, "a"), randomStream(9, "c")]);
  const steps = Array.from({ length: 5 }, () => [among.uniform(), among.uniform(), among.uniform()]);
  assert.equal(
    steps.map((row) => row[1]),
    Array.from({ length: 5 }, () => alone.uniform()),
  );
});

test("token: the whole one, and nothing else", () => {
  assert.ok(bringsToken("Bearer secret-1", "secret-1"));
  assert.ok(bringsToken("bearer  secret-1 ", "secret-1"));
  for (const header of [undefined, "", "secret-1", "Bearer", "Bearer secret-", "Bearer secret-12", "Basic secret-1"])
    assert.not.ok(bringsToken(header, "secret-1"), header);
});

test("metrics: names, types, and texts that hold anything", () => {
  const metrics = metricsText();
  const count = metrics.counter("a_total", "Line\nand \\");
  const seen = metrics.histogram("b", "b", [1, 2]);
  metrics.gauge("c", "c", () => NaN, { name: 'a"b\\c\nd' });
  count();
  count(2, { x: "y" });
  for (const value of [1, 1.5, 3]) seen(value);
  assert.is(
    metrics.text(),
    `# HELP a_total Line\\nand \\\\
# TYPE a_total counter
a_total 1
a_total{x="y"} 2
# HELP b b
# TYPE b histogram
b_bucket{le="1"} 1
b_bucket{le="2"} 2
b_bucket{le="+Inf"} 3
b_sum 5.5
b_count 3
# HELP c c
# TYPE c gauge
c{name="a\\"b\\\\c\\nd"} NaN
`,
  );
});

const ask = (more: Partial<Ask> = {}): Ask => ({
  question: { item: { id: "", images: [], question: "?", responses: ["a", "b"], preferred: 1 } },
  promptTokens: 10,
  samples: 1,
  temperature: 1,
  maxNewTokens: 10,
  stop: [],
  seed: 0,
  stream: "test",
  signal: new AbortController().signal,
  ...more,
});

test("batches: what arrives together is asked together, by kind, within rows and tokens", async () => {
  const policy = scriptedPolicy(() => "x");
  const limits = { rows: 4, tokens: 1000, waitMs: 20 };
  const queue = batches(policy, limits, () => {});
  await Promise.all([
    ...[1, 2, 3, 4, 5].map(() => queue.ask(ask())),
    queue.ask(ask({ temperature: 0 })),
    queue.ask(ask({ promptTokens: 980 })),
    queue.ask(ask({ samples: 9 })),
  ]);
  assert.equal(
    policy.batches.map((all) => [all.length, all[0]!.temperature, all[0]!.samples, all[0]!.promptTokens]),
    [
      [4, 1, 1, 10],
      [1, 1, 1, 10], // the sixth of this kind would make it 2 · 990 tokens
      [1, 0, 1, 10],
      [1, 1, 1, 980],
      [1, 1, 9, 10], // more than the rows there are: alone
    ],
  );
});

test("batches: nobody waits for what was given up, and what waits can be", async () => {
  const policy = scriptedPolicy(() => "x");
  policy.open(false);
  const queue = batches(policy, { rows: 1, tokens: 1000, waitMs: 0 }, () => {});
  const control = new AbortController();
  const first = queue.ask(ask());
  const second = queue.ask(ask({ signal: control.signal })).catch((error: unknown) => error);
  assert.is(queue.waiting, 1);
  control.abort(new Error("left"));
  assert.is(((await second) as Error).message, "left");
  policy.open(true);
  await first;
  assert.is(policy.batches.length, 1);
});

test.run();
