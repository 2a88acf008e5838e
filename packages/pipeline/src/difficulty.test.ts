import "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { definePlugin, randomStream, reward } from "@rewardlab/core";
import { runExperiment } from "@rewardlab/core/testing";
import { answerBody, scriptedServer } from "@rewardlab/endpoints/testing";
import { z } from "zod";
import { curriculum } from "./curriculum.ts";
import { disagreement } from "./disagreement.ts";
import pipeline from "./index.ts";

test("disagreement: 1 − the share of the most frequent choice; unreadable votes are for none", () => {
  assert.equal(
    [["1", "1", "1", "1"], ["1", "1", "2", "2"], ["1", "2", "2", null], [null, null, "x", ""], ["tie"]].map((votes) =>
      disagreement(votes),
    ),
    [0, 0.5, 0.5, 1, 0],
  );
});

test("curriculum: in the band, ordered, equally difficult ones by the seed, what couldn't be told left out", () => {
  const rated = [0.5, 0, 1, null, 0.5, 0.25, 0.5].map((difficulty, place) => ({ place, difficulty }));
  const places = (order: "easy-first" | "hard-first" | "given", band: [number, number] = [0, 1], seed = 1) =>
    curriculum(rated, { order, band }, randomStream(seed, "x")).map(({ place }) => place);
  assert.equal(places("given"), [0, 1, 2, 4, 5, 6]);
  assert.equal(places("given", [0.25, 0.5]), [0, 4, 5, 6]);
  const easy = places("easy-first");
  assert.equal([easy.slice(0, 2), easy.slice(2, 5).toSorted(), easy.slice(5)], [[1, 5], [0, 4, 6], [2]]);
  assert.equal(places("easy-first"), easy);
  assert.equal([places("hard-first")[0], places("hard-first").at(-1)], [2, 1]);
  const orders = new Set([1, 2, 3, 4, 5, 6, 7, 8].map((seed) => places("easy-first", [0, 1], seed).join(" ")));
  assert.ok(orders.size > 1);
});

/** Says what a later stage sees of the data. */
const seen: { ids: string[]; extras: unknown[]; thoughts: (string | undefined)[] } = { ids: [], extras: [], thoughts: [] };
const spy = reward({
  name: "spy",
  summary: "writes down which items it is asked about",
  options: z.strictObject({}),
  create: () => ({
    score: ({ items, responses }) => {
      for (const { id, extra, thought } of items) {
        seen.ids.push(id);
        seen.extras.push(extra);
        seen.thoughts.push(thought);
      }
      return responses.map(() => 1);
    },
  }),
});
const plugins = [pipeline, definePlugin({ name: "spies", api: "^1", components: [spy] })];
const base = { name: "pipeline", engine: "auto", model: "fake", data: "fake-items" };
const rl = {
  use: "rl",
  iterations: 2,
  rollout: { prompts: 6, samplesPerPrompt: 1, maxNewTokens: 2, order: "given" },
  reward: { rules: { spy: "spy" }, formula: "spy" },
  advantage: ["discounted-return"],
  loss: { ratio: "token", surrogate: { use: "clip", low: 0.2, high: 0.2 }, aggregate: "token-mean" },
  optimizer: { use: "sgd", learningRate: 0.1 },
};
const forget = () => Object.values(seen).forEach((list) => list.splice(0));

test("difficulty: by the pass rate, easy first; a stage that keeps to the order sees it so, with the difficulty", async () => {
  forget();
  const difficulty = { use: "difficulty", samples: 4, maxNewTokens: 2, prompts: 5, rules: { right: "right" } };
  const { status, results } = await runExperiment({ ...base, stages: [{ difficulty }, { rl }] }, ...plugins);
  assert.is(status, "done");
  assert.equal([results["difficulty"]!["items"], results["difficulty"]!["kept"]], [24, 24]);
  const difficulties = seen.extras.map((extra) => (extra as { difficulty: number }).difficulty);
  assert.is(difficulties.length, 12);
  assert.equal(
    difficulties,
    difficulties.toSorted((a, b) => a - b),
  );
  assert.ok(difficulties.every((one) => Number.isInteger(4 * one) && one >= 0 && one <= 1));
});

test("difficulty: a band that leaves nothing, and attempts that nobody counted, are told", async () => {
  const failing = async (options: object) =>
    String(
      await runExperiment(
        { ...base, stages: [{ d: { use: "difficulty", rules: { right: "right" }, ...options } }] },
        ...plugins,
      ).catch((error: unknown) => error),
    );
  assert.match(
    await failing({ by: "attempts" }),
    /item \S+ has no attempts, expected how often a teacher was asked: a collect stage before this one/,
  );
  assert.match(
    await failing({ by: "disagreement", samples: 3, maxNewTokens: 2, band: [0.9, 0.95] }),
    /none of 24 items has a difficulty from 0\.9 to 0\.95/,
  );
});

test("collect, then difficulty by attempts, then a stage: thoughts and attempts reach it, easy items first", async () => {
  forget();
  const tries = new Map<string, number>();
  const server = await scriptedServer(({ body }) => {
    const text = JSON.stringify(body.messages);
    const before = tries.get(text) ?? 0;
    tries.set(text, before + 1);
    // says 1, then 2, then 1 …: items whose first response is better need one attempt, the others two
    return { status: 200, body: answerBody(`<think>try ${before + 1}</think><answer>${(before % 2) + 1}</answer>`) };
  });
  try {
    const collect = {
      use: "collect",
      url: server.url,
      model: "teacher",
      attempts: 2,
      rules: { right: "right" },
      items: 10,
      concurrency: 1,
    };
    const difficulty = { use: "difficulty", by: "attempts", rules: {} };
    const { results } = await runExperiment({ ...base, stages: [{ collect }, { difficulty }, { rl }] }, ...plugins);
    const { kept } = results["collect"]! as { kept: number };
    assert.ok(kept >= 1 && kept <= 10, `${kept}`);
    assert.is(results["difficulty"]!["items"], kept);
    const attempts = seen.extras.slice(0, Math.min(6, kept)).map((extra) => (extra as { attempts: number }).attempts);
    assert.equal(attempts, attempts.toSorted());
    seen.thoughts
      .slice(0, kept)
      .forEach((thought, at) => assert.is(thought, `try ${(seen.extras[at] as { attempts: number }).attempts}`));
  } finally {
    await server.close();
  }
});

test.run();
