import "@tensorflow/tfjs";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { InputError, Interrupted, readJson, readJsonLines } from "@rewardlab/storage";
import { runText } from "../../testing/run.ts";
import { inFolder } from "../../testing/in-folder.ts";
import { suite } from "uvu";

const test = inFolder(suite("evaluate", { folder: "", tensors: 0 }));

const experiment = (evaluate: string) => `name: fake
model: fake
data: fake-items
stages:
  - evaluate: { use: evaluate, maxNewTokens: 4, ${evaluate} }
`;
interface Results {
  readonly split: string;
  readonly items: number;
  readonly samples: number;
  readonly accuracy: number;
  readonly perItem: readonly number[];
  readonly voting: Record<string, number>;
  readonly rules: Record<string, number>;
}
async function evaluated(folder: string, options: string, seed = 1): Promise<Results> {
  await runText(experiment(options), folder, { seed });
  const [record] = readJson(join(folder, "main", `seed-${seed}`, "results.json")) as { results: Results }[];
  return record!.results;
}

test("results: split, items, samples as many as the largest vote needs, rules beside", async ({ folder }) => {
  const results = await evaluated(folder, "voting: [1, 3, 4], rules: { right: right }, on: [data.train]");
  assert.equal([results.split, results.items, results.samples], ["train", 24, 4]);
  assert.equal(Object.keys(results.voting), ["1", "3", "4"]);
  assert.ok(Math.abs(results.rules.right! - results.accuracy) < 1e-12, "the rule and the accuracy look at the same samples");
});

test("items: only the first; samples kept: the first of each", async ({ folder }) => {
  const { items, perItem } = await evaluated(folder, "items: 11, samplesKept: 9, voting: [4], rules: { right: right }");
  assert.equal([items, perItem.length], [11, 11]);
  const [artefact] = readdirSync(join(folder, "artefacts"));
  const samples = readJsonLines(join(folder, "artefacts", artefact!, "samples.jsonl")).lines as {
    item: string;
    preferred: number;
    answer: string | null;
    rules: { right: number };
  }[];
  assert.equal(
    samples.map(({ item }) => item),
    Array.from({ length: 9 }, (_, index) => `item-${1000 + index}`),
  );
  for (const { preferred, answer, rules } of samples) assert.is(rules.right, Number(answer === String(preferred)));
});

test("the sampling has a seed of its own: the same for each run, unless it is to be the run's", async ({ folder }) => {
  // the fake policy's first weights depend on the first stage's seed, which is the sampling's here
  const [one, two] = [await evaluated(folder, "voting: [9]", 1), await evaluated(folder, "voting: [9]", 2)];
  assert.equal(one, two);
  const [own, other] = [
    await evaluated(folder, "voting: [9], seed: null", 1),
    await evaluated(folder, "voting: [9], seed: null", 2),
  ];
  assert.not.equal(own.perItem, other.perItem);
});

test("a split that the data don't have", async ({ folder }) => {
  const error = await runText(experiment("on: [data.validation]"), folder).catch((reason: unknown) => reason);
  assert.instance(error, InputError);
  assert.is((error as InputError).message, 'stages.evaluate.on: the data has no split "validation". There are: test, train.');
});

test("items are asked in batches, none of them empty, and progress tells each", async ({ folder }) => {
  for (const [items, batches] of [
    [8, [4, 8]],
    [10, [4, 8, 10]],
  ] as const) {
    const seen: number[] = [];
    await runText(experiment(`prompts: 4, items: ${items}`), folder, {
      stopAt: (_, done) => {
        seen.push(done);
        return false;
      },
    });
    assert.equal(seen, batches);
  }
});

test("interrupted between batches, and run again", async ({ folder }) => {
  const error = await runText(experiment("prompts: 4"), folder, { stopAt: (_, done) => done === 4 }).catch(
    (reason: unknown) => reason,
  );
  assert.instance(error, Interrupted);
  assert.is((await evaluated(folder, "prompts: 4")).items, 12);
});

interface WithVotes extends Results {
  readonly votes?: {
    readonly curves: Record<string, Record<string, { accuracy: number; tokens: number }>>;
    readonly position?: { choosesFirst: number; consistent: number };
  };
}

test("votes: weighed as wanted; the majority's curve is the voting that was there, and nothing is there unasked", async ({
  folder,
}) => {
  const plain = (await evaluated(folder, "voting: [1, 3]")) as WithVotes;
  assert.is(plain.votes, undefined);
  const { votes, ...rest } = (await evaluated(folder, "voting: [1, 3], votes: {}")) as WithVotes;
  assert.equal(rest, plain);
  for (const size of ["1", "3"]) {
    assert.is(votes!.curves.majority![size]!.accuracy, plain.voting[size]);
    assert.ok(votes!.curves.confidence![size]!.accuracy >= 0);
  }
  assert.ok(Math.abs(votes!.curves.majority!["3"]!.tokens - 3 * votes!.curves.majority!["1"]!.tokens) < 1e-9);
  assert.is(votes!.position, undefined);
});

test("votes: swapped, the fake policy, which doesn't look at responses but at which is better, is as good in both orders", async ({
  folder,
}) => {
  const { votes, accuracy } = (await evaluated(
    folder,
    "voting: [1, 8], votes: { swap: true }, rules: { right: right }",
  )) as WithVotes;
  const { choosesFirst } = votes!.position!;
  assert.ok(choosesFirst > 0 && choosesFirst < 1, `${choosesFirst}`);
  // rules see the item as it was shown: they agree with the choices, which are turned back
  const results = (await evaluated(folder, "voting: [1, 8], votes: { swap: true }, rules: { right: right }")) as WithVotes;
  assert.ok(Math.abs(results.rules.right! - accuracy) < 1e-12);
});

test("votes: there is nothing to swap of one vote", async ({ folder }) => {
  const error = await runText(experiment("votes: { swap: true }"), folder).catch((reason: unknown) => reason);
  assert.match((error as Error).message, "one vote is drawn");
});

test.run();
