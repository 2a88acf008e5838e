import "@tensorflow/tfjs";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { z } from "zod";
import { dataset, model } from "../../plugin/component.ts";
import type { PreferenceItem } from "../../kinds.ts";
import { definePlugin } from "../../plugin/plugin.ts";
import { randomStream } from "@rewardlab/statistics/random";
import { InputError, readJsonLines } from "@rewardlab/storage";
import { splitOf } from "../../items/items.ts";
import { fakeRegistry } from "../../testing/experiment.ts";
import { fakeItems, fakeModel } from "../../testing/fake-model.ts";
import { runText } from "../../testing/run.ts";
import { createModel } from "../../testing/tensors.ts";
import { inFolder } from "../../testing/in-folder.ts";
import { suite } from "uvu";

// What a cold start learns from an item: its thought, or one of its targets, each by its share.

const test = inFolder(suite("targets", { folder: "", tensors: 0 }));

/** What the model was asked and what it was to write, step by step. */
let learnt: { readonly questions: string[]; readonly responses: string[]; readonly tokens: number[]; readonly width: number }[] =
  [];
let asked: PreferenceItem[][] = [];
const listening = model({
  name: "listening",
  summary: "the fake one, which notes what it learns",
  options: z.strictObject({}),
  create: () => {
    const part = createModel(fakeModel, { scale: 0 });
    return {
      ...part,
      prompts: (items) => {
        asked.push([...items]);
        return part.prompts(items);
      },
      logProbs: (parameters, prompts, responses, temperature) => {
        const [ids, mask] = [responses.responseIds.arraySync(), responses.mask.arraySync()];
        const tokens = mask.map((row) => row.reduce((a, b) => a + b, 0));
        learnt.push({
          questions: asked.at(-1)!.map(({ question, responses: both }) => `${question} ${both.join("|")}`),
          responses: ids.map((row, index) => part.tokenizer.decode(row.slice(0, tokens[index]!))),
          tokens,
          width: ids[0]!.length,
        });
        // what lies behind the last token is padding
        ids.forEach((row, index) => row.slice(tokens[index]!).forEach((id) => assert.is(id, part.tokenizer.padId)));
        return part.logProbs(parameters, prompts, responses, temperature);
      },
    };
  },
});
const items = (own: (index: number) => Partial<PreferenceItem>) =>
  dataset({
    name: "own-items",
    summary: "for these tests",
    options: z.strictObject({}),
    create: () => ({
      hash: "own",
      splits: ["train", "test"],
      open: async () => splitOf(fakeItems(6).map((item, index) => ({ ...item, ...own(index) }))),
    }),
  });
async function learn(folder: string, targets: string, own: (index: number) => Partial<PreferenceItem> = () => ({}), more = "") {
  [learnt, asked] = [[], []];
  const text = `name: fake
model: listening
data: own-items
stages:
  - coldStart:
      use: sft
      optimizer: { use: sgd, learningRate: 1.0e-6 }
      phases: [{ steps: 1, batch: 6, targets: ${targets} }]
      ${more}
`;
  rmSync(join(folder, "artefacts"), { recursive: true, force: true });
  const components = [listening, items(own)];
  return runText(text, folder, { registry: fakeRegistry(definePlugin({ name: "more", api: "^1", components })) });
}
const loss = (folder: string) => {
  const name = readdirSync(join(folder, "artefacts")).find((one) => one.startsWith("coldStart"));
  return (readJsonLines(join(folder, "artefacts", name!, "metrics.jsonl")).lines as { loss: number }[])[0]!.loss;
};
const thought = (preferred: number) => `<think>t</think><answer>${preferred}</answer>`;

test("the thought: with its answer, and the end behind it; the loss is a mean over all tokens", async ({ folder }) => {
  await learn(folder, "{ thought: 1 }");
  assert.is(learnt.length, 1);
  const [{ responses, tokens, width, questions }] = learnt as [(typeof learnt)[0]];
  assert.equal(responses.toSorted(), [1, 1, 1, 2, 2, 2].map(thought));
  assert.equal([tokens, width], [[3, 3, 3, 3, 3, 3], 4], "three words, and the width is a multiple of 4");
  assert.ok(questions.every((text) => text === "Which? one|two"));
  assert.ok(Math.abs(loss(folder) - Math.log(5)) < 1e-6); // five words, all as likely
});

test("by shares: the draws of a stream named so say which, in the order in which they are written", async ({ folder }) => {
  // a caption is the thought alone: without an answer
  const share = async (targets: string) => {
    await learn(folder, targets);
    return learnt[0]!.responses.map((text) => (text.includes("answer") ? "thought" : "caption"));
  };
  const stream = randomStream("1/coldStart", "targets");
  const draws = Array.from({ length: 6 }, () => stream.uniform());
  const expected = (first: string, second: string) => draws.map((draw) => (draw < 0.25 ? first : second));
  assert.equal(await share("{ thought: 0.25, caption: 0.75 }"), expected("thought", "caption"));
  assert.equal(await share("{ caption: 1, thought: 3 }"), expected("caption", "thought"));
  assert.is(new Set(expected("thought", "caption")).size, 2, "the seed draws both");
  assert.equal(await share("{ thought: 0, caption: 3 }"), Array(6).fill("caption"));
});

test("another question: with the item's responses where it compares them, with none where it doesn't", async ({ folder }) => {
  const other = (compares: boolean) => () => ({
    targets: { count: { question: "How many?", response: "<think>t</think>", compares } },
  });
  await learn(folder, "{ count: 1 }", other(true));
  assert.equal(learnt[0]!.questions, Array(6).fill("How many? one|two"));
  assert.equal([learnt[0]!.responses[0], learnt[0]!.tokens[0]], ["<think>t</think>", 2]);
  await learn(folder, "{ count: 1 }", other(false));
  assert.equal(learnt[0]!.questions, Array(6).fill("How many? |"));
});

test("a target named thought stands in where an item has no thought", async ({ folder }) => {
  await learn(folder, "{ thought: 1 }", () => ({ thought: undefined as never, targets: { thought: "<answer>2</answer>" } }));
  assert.equal(learnt[0]!.responses, Array(6).fill("<answer>2</answer>"));
});

test("a target that an item doesn't have is refused, with what there is", async ({ folder }) => {
  const refusal = async (targets: string, own: Partial<PreferenceItem>) => {
    const error = await learn(folder, targets, () => own).catch((reason: unknown) => reason);
    assert.instance(error, InputError);
    return (error as Error).message.replace(/item-\d+/, "item-N");
  };
  const lacks = (name: string, there: string) =>
    `data item item-N: has no target "${name}" to learn from; it has ${there} (stage coldStart, step 1)`;
  assert.is(await refusal("{ toString: 1 }", {}), lacks("toString", "thought, caption"));
  assert.is(await refusal("{ poem: 1 }", { thought: undefined as never, targets: undefined as never }), lacks("poem", "none"));
  assert.is(await refusal("{ poem: 1 }", { targets: undefined as never }), lacks("poem", "thought"));
});

test("rows of different lengths: a mean over the tokens of all micro-batches, whatever their size", async ({ folder }) => {
  const own = (index: number) => ({ targets: { word: index % 2 === 0 ? "<answer>1</answer>" : "<think>t</think><think>t</think><think>t</think><think>t</think>" } }); // prettier-ignore
  for (const microbatch of ["null", "1", "4", "6"]) {
    await learn(folder, "{ word: 1 }", own, `microbatch: ${microbatch}`);
    assert.ok(Math.abs(loss(folder) - Math.log(5)) < 1e-6, `${microbatch}: ${loss(folder)}`);
    const sizes = learnt.map(({ responses }) => responses.length);
    assert.equal(sizes, { null: [6], 1: [1, 1, 1, 1, 1, 1], 4: [4, 2], 6: [6] }[microbatch]);
    assert.equal(learnt.flatMap(({ tokens }) => tokens).toSorted(), [2, 2, 2, 5, 5, 5]);
    for (const { tokens, width } of learnt) assert.is(width, Math.max(...tokens) === 5 ? 8 : 4);
  }
});

test.run();
