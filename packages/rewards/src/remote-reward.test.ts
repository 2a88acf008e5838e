import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { PreferenceItem, Preferred, RewardOutcome } from "@rewardlab/core";
import { optionProblems, registryWith } from "@rewardlab/core/testing";
import { scriptedServer } from "@rewardlab/endpoints/testing";
import type { Deed, Received, ScriptedServer } from "@rewardlab/endpoints/testing";
import rewards from "./index.ts";
import { remoteReward } from "./remote-reward.ts";

const test = suite("remote-reward", { servers: [] as ScriptedServer[] });
test.after.each(async ({ servers }) => {
  for (const server of servers.splice(0)) await server.close();
});

interface Asked {
  readonly query: string[];
  readonly prompts: string[];
  readonly labels: string[];
  readonly images?: string[][];
}
const asked = ({ body }: Received) => body as unknown as Asked;
const itemOf = (preferred: Preferred): PreferenceItem => ({
  id: "a",
  images: [{ path: "p.png", pixels: { width: 1, height: 1, data: Uint8Array.of(1, 2, 3) } }],
  question: "which ?",
  responses: ["yes", "no"],
  preferred,
  answer: "yes",
});
/** The reward of a query is its last character. */
const lastCharacter = (received: Received): Deed => ({
  status: 200,
  body: { rewards: asked(received).query.map((query) => Number(query.at(-1))), scores: [], extra_logs: {} },
});

async function rewardOf(
  { servers }: { servers: ScriptedServer[] },
  scripts: readonly ((received: Received) => Deed)[],
  options: object = {},
) {
  const own = await Promise.all(scripts.map((script) => scriptedServer(script)));
  servers.push(...own);
  const urls = own.map(({ url }) => url.replace("/v1", "/get_reward"));
  const rule = remoteReward.create(remoteReward.options.parse({ urls, backoffSeconds: 0.002, retries: 1, ...options }), {});
  const score = async (responses: readonly string[], signal?: AbortSignal): Promise<readonly RewardOutcome[]> =>
    rule.score({ responses, items: responses.map((_, row) => itemOf(row % 2 === 0 ? 1 : "tie")), ...(signal && { signal }) });
  return { servers: own, score };
}

test("remote-reward: OpenRLHF's fields go out, rewards come back", async (context) => {
  const { score, servers } = await rewardOf(context, [lastCharacter]);
  assert.equal(await score(["a0", "b7"]), [0, 7]);
  const { path, headers } = servers[0]!.received[0]!;
  assert.is(path, "/get_reward");
  assert.is(headers["content-type"], "application/json");
  const prompt = "which ?\n\nResponse 1: yes\n\nResponse 2: no";
  assert.equal(asked(servers[0]!.received[0]!), {
    query: [`${prompt}\n\na0`, `${prompt}\n\nb7`],
    prompts: [prompt, prompt],
    labels: ["1", "tie"],
  });
});

test("remote-reward: templates with a chat's tokens, the item's answer, pictures", async (context) => {
  const options = {
    prompt: "<|user|>{{question}}",
    query: "{{prompt}}<|assistant|>{{response}}",
    label: "answer",
    pictures: true,
  };
  const { score, servers } = await rewardOf(context, [lastCharacter], options);
  assert.equal(await score(["5"]), [5]);
  const { query, prompts, labels, images } = asked(servers[0]!.received[0]!);
  assert.equal([query, prompts, labels], [["<|user|>which ?<|assistant|>5"], ["<|user|>which ?"], ["yes"]]);
  assert.match(images![0]![0]!, /^data:image\/png;base64,/);
});

test("remote-reward: servers share a batch in order; batch bounds a request", async (context) => {
  const { score, servers } = await rewardOf(context, [lastCharacter, lastCharacter], { batch: 2 });
  assert.equal(await score(["0", "1", "2", "3", "4"]), [0, 1, 2, 3, 4]);
  const sizes = servers.map(({ received }) =>
    received
      .map((one) =>
        asked(one)
          .query.map((query) => query.at(-1))
          .join(""),
      )
      .sort(),
  );
  assert.equal(sizes, [["01", "2"], ["34"]]); // ⌈5 / 2⌉ = 3 to the first
  assert.equal(await score([]), []);
});

test("remote-reward: what a server fails on the next one gets; all of them away is invalid, with the reason", async (context) => {
  const broken = () => ({ status: 500, body: "out of memory" });
  const { score } = await rewardOf(context, [broken, lastCharacter]);
  assert.equal(await score(["1", "2"]), [1, 2]);
  const alone = await rewardOf(context, [broken]);
  const [outcome] = await alone.score(["1"]);
  assert.match((outcome as { invalid: string }).invalid, /get_reward: 500: out of memory \(2 tries\)$/);
  for (const [deed, reason] of [
    ["hang up", /reset|closed/],
    ["half", /cut off|reset/],
    ["silence", /no answer within 0\.3 s/],
    [{ status: 200, body: "<html>" }, /the answer is no JSON: <html>/],
  ] as const) {
    const bad = await rewardOf(context, [() => deed], { timeoutSeconds: 0.3 });
    assert.match(((await bad.score(["1"]))[0] as { invalid: string }).invalid, reason);
  }
});

test("remote-reward: NaN, infinities and null are no scores, each response for itself", async (context) => {
  const { score } = await rewardOf(context, [
    () => ({ status: 200, body: '{"rewards": [NaN, 1.5, -Infinity, null, [2], "NaN"]}' }),
  ]);
  assert.equal(await score(["a", "b", "c", "d", "e", "f"]), [
    { invalid: "the server's reward is NaN" },
    1.5,
    { invalid: "the server's reward is -Infinity" },
    { invalid: "the server's reward is null" },
    2,
    { invalid: "the server's reward is NaN" },
  ]);
});

test("remote-reward: an answer that is not of the protocol stops the run", async (context) => {
  for (const [body, message] of [
    [{ rewards: [1] }, /gives 1 rewards for 2 queries, expected a number for each/],
    [{ reward: [1, 2] }, /its answer has no list rewards: \{"reward":\[1,2\]\}, expected \{ rewards: \[2 numbers\] \}/],
    [{ rewards: 1 }, /no list rewards/],
    [{ rewards: [1, "good"] }, /its rewards\[1\] is "good", expected a number/],
    [{ rewards: [1, true] }, /its rewards\[1\] is true, expected a number/],
  ] as const) {
    const { score, servers } = await rewardOf(context, [() => ({ status: 200, body })]);
    const error = (await score(["a", "b"]).catch((caught: unknown) => caught)) as Error;
    assert.is(error.name, "InputError");
    assert.match(error.message, message);
    assert.is(servers[0]!.received.length, 1);
  }
  const { score } = await rewardOf(context, [() => ({ status: 404, body: { error: "no such path" } })]);
  assert.match(
    String(await score(["a"]).catch((error: unknown) => error)),
    /answers 404: \{"error":"no such path"\}, expected 200/,
  );
});

test("remote-reward: scores and extra_logs can be the outcome", async (context) => {
  const body = { rewards: [1], scores: [0.5], extra_logs: { "format.strict": [0.25] } };
  for (const [take, outcome] of [
    ["scores", 0.5],
    ["extra_logs.format.strict", 0.25],
  ] as const) {
    const { score } = await rewardOf(context, [() => ({ status: 200, body })], { take });
    assert.equal(await score(["a"]), [outcome]);
  }
});

test("remote-reward: a run that stops is stopped at once", async (context) => {
  const stop = new AbortController();
  const { score, servers } = await rewardOf(context, [() => "silence"]);
  const scored = score(["a"], stop.signal).catch((error: unknown) => error);
  while (servers[0]!.received.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  stop.abort();
  assert.is(((await scored) as Error).name, "Interrupted");
});

test("remote-reward: options that can't be", () => {
  const problems = (options: object) =>
    optionProblems(registryWith(rewards), remoteReward, { urls: ["http://x/get_reward"], ...options }).join(" ");
  assert.is(problems({}), "");
  assert.match(problems({ urls: ["x"] }), /expected an address/);
  assert.match(problems({ urls: ["http://me:secret@x/"] }), /without a user or password/);
  assert.match(problems({ query: "{{prompt}}" }), /\{\{response\}\} isn't in it/);
  assert.match(problems({ prompt: "{{response}}" }), /\{\{response\}\} stands for nothing/);
  assert.match(problems({ take: "reward" }), /expected rewards, scores or extra_logs\.NAME/);
});

test.run();
