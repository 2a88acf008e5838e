import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Ask } from "./question.ts";
import type { Server } from "./server.ts";
import { judged, scriptedPolicy } from "./testing/scripted-policy.ts";
import { post, started } from "./testing/started.ts";

const test = suite<{ servers: Server[] }>("rewards");
test.before.each((context) => void (context.servers = []));
test.after.each(async ({ servers }) => void (await Promise.all(servers.map((server) => server.close()))));

const itemOf = ({ question }: Ask) => {
  if ("item" in question) return question.item;
  throw new Error("expected an item");
};
/** Always names what is shown first. */
const first = () => scriptedPolicy(() => judged(1));
/** Names the longer response, wherever it is shown. */
const longer = () =>
  scriptedPolicy((ask) => {
    const [one, two] = itemOf(ask).responses;
    return judged(one.length >= two.length ? 1 : 2, "the longer one");
  });

test("reward: preference, votes, confidence and thoughts", async ({ servers }) => {
  const said = [judged(2, "a"), judged(2, "b"), judged(1, "c"), "no answer", judged("tie", "d")];
  const server = await started(scriptedPolicy((_, sample) => said[sample]!));
  servers.push(server);
  const { body } = await post(`${server.url}/v1/reward`, { question: "Which?", responses: ["x", "y"], votes: 5, seed: 1 });
  assert.is(body.preference, 2);
  assert.equal(body.votes, { "1": 1, "2": 2, tie: 1, unreadable: 1 });
  assert.is(body.confidence, 2 / 4); // of those that can be read
  assert.equal(
    body.judgements.map(({ choice, thought }) => [choice, thought]),
    [
      [2, "a"],
      [2, "b"],
      [1, "c"],
      [null, null],
      ["tie", "d"],
    ],
  );
  assert.is(body.seed, 1);
  assert.is(body.asShown, undefined);
});

test("reward: swapped votes are counted by the request's own numbers; who names what is shown first decides nothing", async ({
  servers,
}) => {
  for (const [policy, preference, choosesFirst, swapped] of [
    [first(), null, 1, { "1": 0, "2": 2, tie: 0, unreadable: 0 }],
    [longer(), 2, 0.5, { "1": 0, "2": 2, tie: 0, unreadable: 0 }],
  ] as const) {
    const server = await started(policy);
    servers.push(server);
    const asked = { question: "Which?", responses: ["x", "longer"], votes: 4, swap: true };
    const { body } = await post(`${server.url}/v1/reward`, asked);
    assert.equal([body.preference, body.choosesFirst, body.swapped], [preference, choosesFirst, swapped]);
    assert.equal(
      policy.batches.flat().map((ask) => itemOf(ask).responses),
      [
        ["x", "longer"],
        ["longer", "x"],
      ],
    );
  }
});

test("reward: votes weighed by their confidence", async ({ servers }) => {
  const policy = scriptedPolicy((_, sample) => judged(sample === 0 ? 1 : 2));
  const weighed: typeof policy = {
    ...policy,
    sample: async (asks) =>
      (await policy.sample(asks)).map((samples) =>
        samples.map((one, index) => ({ ...one, confidence: index === 0 ? 0.9 : 0.4 })),
      ),
  };
  const server = await started(weighed);
  servers.push(server);
  const asked = { question: "Which?", responses: ["x", "y"], votes: 3 };
  const majority = await post(`${server.url}/v1/reward`, asked);
  assert.equal([majority.body.preference, majority.body.sums], [2, { "1": 1, "2": 2, tie: 0 }]);
  const sure = await post(`${server.url}/v1/reward`, { ...asked, weight: "confidence" });
  // 0.9 against 0.4 + 0.4
  assert.is(sure.body.preference, 1);
  assert.ok(Math.abs(sure.body.confidence - 0.9 / 1.7) < 1e-12);
});

test("reward: no readable vote is no preference, and counted", async ({ servers }) => {
  const server = await started(scriptedPolicy(() => "well"));
  servers.push(server);
  const { body } = await post(`${server.url}/v1/reward`, { question: "Which?", responses: ["x", "y"], votes: 2 });
  assert.equal([body.preference, body.confidence, body.votes.unreadable], [null, null, 2]);
  assert.match(await (await fetch(`${server.url}/metrics`)).text(), "rewardlab_unreadable_votes_total 2\n");
});

test("reward: what is wrong is told all at once, with its field", async ({ servers }) => {
  const server = await started(first());
  servers.push(server);
  const refused = await post(`${server.url}/v1/reward`, { questoin: "Which?", responses: ["x"], votes: 0 });
  assert.is(refused.status, 400);
  for (const part of ["question", "responses", "votes", "questoin"]) assert.match(refused.body.error.message, part);
  const alone = await post(`${server.url}/v1/reward`, { question: "?", responses: ["x", "y"], swap: true });
  assert.equal([alone.status, alone.body.error.param], [400, "swap"]);
  const many = await post(`${server.url}/v1/reward`, { question: "?", responses: ["x", "y"], votes: 9 });
  assert.is(many.body.error.code, "too_many_samples");
});

test("OpenRLHF: a sample is compared with its label in both orders; what ends it and stands before its prompt isn't its", async ({
  servers,
}) => {
  const policy = longer();
  const server = await started(policy);
  servers.push(server);
  const { status, body } = await post(`${server.url}/get_reward`, {
    query: ["<s>Q: why? because of it</s><pad><pad>", "Q: how? so<|im_end|>\n<|endoftext|>"],
    prompts: ["Q: why?", "Q: how?"],
    labels: ["so", "because"],
  });
  assert.is(status, 200);
  assert.equal(body, { rewards: [1, 0], scores: [1, 0], extra_logs: { votes: [2, 2], unreadable: [0, 0] } });
  assert.equal(
    policy.batches.flat().map((ask) => [itemOf(ask).question, ...itemOf(ask).responses]),
    [
      ["Q: why?", "because of it", "so"],
      ["Q: why?", "so", "because of it"],
      ["Q: how?", "so", "because"],
      ["Q: how?", "because", "so"],
    ],
  );
});

test("OpenRLHF: without labels the samples of a prompt are compared with one another", async ({ servers }) => {
  const server = await started(longer());
  servers.push(server);
  const prompts = ["Q", "Q", "Q"];
  const { body } = await post(`${server.url}/get_reward`, { query: ["Q a", "Q bbb", "Q cc"], prompts, labels: ["", null, ""] });
  assert.equal(body.rewards, [0, 1, 0.5]);
  // a judge that names what is shown first says nothing
  const other = await started(first());
  servers.push(other);
  const biased = await post(`${other.url}/get_reward`, { query: ["Q a", "Q bbb", "Q cc"], prompts, labels: null });
  assert.equal(biased.body.rewards, [0.5, 0.5, 0.5]);
});

test("OpenRLHF: an empty shard, no reference, another prompt, other lengths, no verdict", async ({ servers }) => {
  const server = await started(scriptedPolicy(() => "well"));
  servers.push(server);
  const ask = async (body: object) => {
    const answer = await post(`${server.url}/get_reward`, body);
    return answer.status === 200 ? answer.body : `${answer.status} ${answer.body.error.code} ${answer.body.error.param}`;
  };
  assert.equal(await ask({ query: [], prompts: [], labels: [] }), {
    rewards: [],
    scores: [],
    extra_logs: { votes: [], unreadable: [] },
  });
  assert.is(await ask({ query: ["Q a"], prompts: ["Q"], labels: [""] }), "400 no_reference labels[0]");
  assert.is(await ask({ query: ["Q a"], prompts: ["R"], labels: ["b"] }), "400 invalid_request query[0]");
  assert.is(await ask({ query: ["Q</s>"], prompts: ["Q"], labels: ["b"] }), "400 invalid_request query[0]");
  assert.is(await ask({ query: ["Q a"], prompts: ["Q"], labels: [] }), "400 invalid_request labels");
  assert.is(await ask({ query: ["Q a"] }), "400 invalid_request prompts");
  // never a 0 that nobody gave
  assert.is(await ask({ query: ["Q a"], prompts: ["Q"], labels: ["b"] }), "502 no_verdict query");
});

test.run();
