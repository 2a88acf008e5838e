import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { PreferenceItem, RewardOutcome } from "@rewardlab/core";
import { answerBody, scriptedServer } from "@rewardlab/endpoints/testing";
import type { Deed, Received, ScriptedServer } from "@rewardlab/endpoints/testing";
import { optionProblems, registryWith } from "@rewardlab/core/testing";
import rewards from "./index.ts";
import { judgeConsistency } from "./judge-consistency.ts";

const test = suite("judge-consistency", { folder: "", servers: [] as ScriptedServer[] });
test.before.each((context) => void (context.folder = mkdtempSync(join(tmpdir(), "rewardlab-test-"))));
test.after.each(async ({ folder, servers }) => {
  rmSync(folder, { recursive: true, force: true });
  for (const server of servers.splice(0)) await server.close();
});

const item: PreferenceItem = { id: "a", images: [], question: "which ?", responses: ["yes", "no"], preferred: 1 };
const textOf = ({ body }: Received) => String(body.messages[0]!.content);

/** The rule, its judge doing what the script says, and what it counted. `used`: what a checkpoint gave back. */
async function judgeOf(
  { folder, servers }: { folder: string; servers: ScriptedServer[] },
  script: (received: Received) => Deed,
  options: object = {},
  used = { inputTokens: 0, outputTokens: 0 },
) {
  const server = await scriptedServer(script);
  servers.push(server);
  const counted: Record<string, number> = {};
  let kept: unknown = used;
  const injected = {
    files: { folder, cache: folder },
    progress: { update: () => {}, note: () => {} },
    metrics: { sum: (name: string, value: number) => void (counted[name] = (counted[name] ?? 0) + value) },
    state: { value: () => ({ get: () => kept, set: (value: unknown) => void (kept = value) }) },
  };
  const parsed = judgeConsistency.options.parse({
    url: server.url,
    model: "judge",
    backoffSeconds: 0.002,
    retries: 1,
    ...options,
  });
  const rule = judgeConsistency.create(parsed, injected);
  const score = async (responses: readonly string[], signal?: AbortSignal): Promise<readonly RewardOutcome[]> =>
    rule.score({ responses, items: responses.map(() => item), ...(signal && { signal }) });
  return { server, counted, score, used: () => kept };
}

const agreeing = "<think>one\ntwo\nthree\nfour: response 1 is better</think><answer>1</answer>";
const contradicting = "<think>response 1 is better</think><answer>2</answer>";
/** A judge that looks whether the answer stands in the reasoning. */
const honest = (received: Received): Deed => {
  const [reasoning, answer] = textOf(received).split("Answer: ") as [string, string];
  return reasoning.includes(answer.split("\n")[0]!) ? "1" : "0";
};

test("judge-consistency: the scales", async (context) => {
  for (const [scale, contradiction] of [
    ["zero-one", 0],
    ["signed", -1],
  ] as const) {
    const { score, counted } = await judgeOf(context, honest, { scale });
    assert.equal(await score([agreeing, contradicting, "no answer"]), [1, contradiction, 0]);
    assert.is(counted["judgedResponses"], 2); // nobody is asked about a response without an answer
  }
});

test("judge-consistency: the judge sees the last three lines before <answer>, and the answer in words", async (context) => {
  const { score, server } = await judgeOf(context, () => "1");
  await score([agreeing]);
  const text = textOf(server.received[0]!);
  assert.match(text, "\ntwo;three;four: response 1 is better</think>\n");
  assert.match(text, "Answer: response 1 is better\n");
  assert.not.match(text, "one;two");
  assert.is(server.received[0]!.body["temperature"], 0.1);
});

test("judge-consistency: a template of one's own, whose values are put in as they are", async (context) => {
  const template = "{{question}} {{response1}} {{answer}} {{response}}";
  const { score, server } = await judgeOf(context, () => "1", { template });
  await score(["<b>{{question}}</b><answer>1</answer>"]);
  assert.is(textOf(server.received[0]!), "which ? yes response 1 is better <b>{{question}}</b><answer>1</answer>");
});

test("judge-consistency: a reply that can't be read is asked for again, three times in all, then invalid; never 0", async (context) => {
  const replies = ["it depends", "10", " 1 \n"];
  const { score, server, counted } = await judgeOf(context, ({ index }) => replies[index]!);
  assert.equal(await score([agreeing]), [1]);
  assert.is(counted["unreadReplies"], 2);
  assert.is(server.received.length, 3);

  for (const [unreadable, outcome] of [
    ["invalid", { invalid: 'the judge\'s reply is "<html>1</html>", expected 1 or 0 (3 tries)' }],
    ["zero", 0],
  ] as const) {
    const other = await judgeOf(context, () => "<html>1</html>", { unreadable });
    assert.equal(await other.score([agreeing]), [outcome]);
    assert.is(other.server.received.length, 3);
  }
});

test("judge-consistency: thoughts of the judge don't count", async (context) => {
  const { score } = await judgeOf(context, () => "<think>0 or 1 ? 0 .</think>1");
  assert.equal(await score([agreeing]), [1]);
});

test("judge-consistency: away, slow, cut off: invalid with the reason, and the others have their score", async (context) => {
  for (const [deed, reason] of [
    [{ status: 500, body: { error: "overloaded" } }, /500: overloaded \(2 tries\)/],
    ["half", /cut off|reset/],
    ["silence", /no answer within 0\.5 s \(2 tries\)/],
    [{ status: 400, body: { error: { message: "too long" } } }, /400: too long/],
  ] as const) {
    const { score } = await judgeOf(context, (one) => (textOf(one).includes("four") ? "1" : deed), { timeoutSeconds: 0.5 });
    const [good, bad] = await score([agreeing, contradicting]);
    assert.is(good, 1);
    assert.match((bad as { invalid: string }).invalid, reason);
  }
});

test("judge-consistency: a refused key and a used-up budget stop the run", async (context) => {
  const refused = await judgeOf(context, () => ({ status: 401, body: { error: { message: "who are you" } } }));
  assert.match(String(await refused.score([agreeing]).catch((error: unknown) => error)), /401: who are you/);
  const prices = { input: 1, output: 2 };
  const poor = await judgeOf(context, () => "1", { prices, maxCost: 1e-6 });
  assert.match(String(await poor.score([agreeing]).catch((error: unknown) => error)), /the budget is used up/);
});

test("judge-consistency: what it costs is counted alike whoever paid, and the bound goes on over a run's lives", async (context) => {
  const prices = { input: 1e6, output: 0 }; // 10 a reply
  const first = await judgeOf(context, () => ({ status: 200, body: answerBody("1") }), { prices });
  await first.score([agreeing]);
  await first.score([agreeing]);
  assert.is(first.server.received.length, 1);
  assert.equal(first.counted, { judgedResponses: 2, judgeTokens: 30, judgeCost: 20 });
  assert.equal(first.used(), { inputTokens: 20, outputTokens: 10 });

  const later = await judgeOf(context, () => "1", { prices, maxCost: 25 }, { inputTokens: 20, outputTokens: 10 });
  assert.match(String(await later.score([contradicting]).catch((error: unknown) => error)), /maxCost is 25; 20 is spent/);
});

test("judge-consistency: a run that stops is stopped at once", async (context) => {
  const stop = new AbortController();
  const { score, server } = await judgeOf(context, () => "silence");
  const scored = score([agreeing, contradicting], stop.signal).catch((error: unknown) => error);
  while (server.received.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  stop.abort();
  assert.is(((await scored) as Error).name, "Interrupted");
});

test("judge-consistency: options that can't be", () => {
  const problems = (options: object) =>
    optionProblems(registryWith(rewards), judgeConsistency, { url: "http://x/v1", model: "m", ...options });
  assert.equal(problems({}), []);
  assert.match(problems({ template: "{{thoughts}}" }).join(" "), /\{\{thoughts\}\} stands for nothing/);
  assert.match(problems({ template: "{{thought}}" }).join(" "), /\{\{answer\}\} isn't in it/);
  assert.match(problems({ contradict: "1" }).join(" "), /expected another word/);
  assert.match(problems({ maxCost: 1 }).join(" "), /maxCost is given and no prices/);
});

test.run();
