import { test } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "@rewardlab/storage";
import { splitOf } from "../items/items.ts";
import type { Dataset, PreferenceItem } from "../kinds.ts";
import type { SplitNeeds } from "../stage.ts";
import { fakeItems, fakeModel } from "../testing/fake-model.ts";
import { createPart } from "../testing/tensors.ts";
import { loadText, soundExperiment } from "../testing/experiment.ts";
import { checkPromptLengths } from "./prompt-lengths.ts";

const { part: model } = createPart(fakeModel, { room: 3 });
/** Items whose prompts have so many tokens, a word each. */
const itemsOf = (lengths: readonly number[]): PreferenceItem[] =>
  lengths.map((words, index) => ({ ...fakeItems(1, index)[0]!, question: Array.from({ length: words }, () => "w").join(" ") }));
function dataOf(items: readonly PreferenceItem[]): Dataset & { readonly read: number[] } {
  const read: number[] = [];
  const { length, item, outline } = splitOf(items);
  const split = { length, item, outline: (index: number) => (read.push(index), outline(index)) };
  return { hash: "h", splits: ["train"], open: async () => split, read };
}
const asking = (response: number | string, more: Partial<SplitNeeds> = {}): SplitNeeds => ({
  name: "train",
  asks: (item) => [{ item, response }],
  ...more,
});
const problemOf = (given: Promise<void>) =>
  given.then(
    () => null,
    (error: unknown) => {
      assert.instance(error, InputError);
      return (error as Error).message.split("\n");
    },
  );

test("prompt lengths: all that are too long are told at once, with what would do", async () => {
  const data = dataOf(itemsOf([3, 4, 1, 6, 3]));
  assert.equal(await problemOf(checkPromptLengths([{ stage: "rl", splits: [asking(5)] }], data, model, "fake")), [
    "data.train: 2 of 5 items don't fit into the model fake",
    "stages.rl: the prompt of item item-1 has 4 tokens, expected at most 3",
    "stages.rl: the prompt of item item-3 has 6 tokens, expected at most 3",
    "model.room: 6 would do",
  ]);
  const many = dataOf(itemsOf(Array.from({ length: 25 }, () => 4)));
  const told = (await problemOf(checkPromptLengths([{ stage: "rl", splits: [asking(5)] }], many, model, "fake")))!;
  assert.is(told[0], "data.train: 25 of 25 items don't fit into the model fake");
  assert.equal(told.slice(11), ["… and 15 more", "model.room: 4 would do"]);
});

test("prompt lengths: with its response, as long as it may become or as it is written, a prompt fits into the context", async () => {
  const small = { ...model, contextLength: 6 };
  const check = (response: number | string, items = itemsOf([3, 2])) =>
    problemOf(checkPromptLengths([{ stage: "s", splits: [asking(response)] }], dataOf(items), small, "fake"));
  assert.is(await check(3), null);
  assert.equal(await check(4), [
    "data.train: 1 of 2 items don't fit into the model fake",
    "stages.s: item item-0 has a prompt of 3 tokens and a response of up to 4, 7 together, expected at most 6",
    "a context of 7 tokens would do, or shorter prompts or responses",
  ]);
  const written = "<think>t</think><answer>1</answer>"; // two tokens and the end
  assert.is(await check(written), null);
  assert.match((await check(`<think>t</think>${written}`))![1]!, /a response of up to 4, 7 together/);
});

test("prompt lengths: only the items that a stage uses, each read once for all stages; none where nothing is limited", async () => {
  const data = dataOf(itemsOf([3, 3, 9]));
  const stages = [
    { stage: "sft", splits: [asking(1, { items: 2 })] },
    { stage: "rl", splits: [asking(1, { items: 1 })] },
    { stage: "other", splits: [{ name: "train" }] },
  ];
  await checkPromptLengths(stages, data, model, "fake");
  assert.equal(data.read, [0, 1]);
  const { promptLimit: _, ...free } = model;
  const all = dataOf(itemsOf([99]));
  await checkPromptLengths([{ stage: "rl", splits: [asking(1)] }], all, free, "fake");
  assert.equal(all.read, []);
});

test("prompt lengths: a prompt that several stages ask is counted once", async () => {
  let counted = 0;
  const counting = {
    ...model,
    promptLength: (item: Parameters<typeof model.promptLength>[0]) => (counted++, model.promptLength(item)),
  };
  const stages = ["sft", "rl"].map((stage) => ({ stage, splits: [asking(1)] }));
  await checkPromptLengths(stages, dataOf(itemsOf([1, 2, 3])), counting, "fake");
  assert.is(counted, 3);
});

test("prompt lengths: items that the model can't read at all are among them", async () => {
  const picky = {
    ...model,
    promptLength: () => {
      throw new InputError("RL_IMAGE", "fake: item item-0 has 2 images, expected one");
    },
  };
  const told = await problemOf(checkPromptLengths([{ stage: "rl", splits: [asking(1)] }], dataOf(itemsOf([1])), picky, "fake"));
  assert.equal(told, ["data.train: 1 of 1 items don't fit into the model fake", "fake: item item-0 has 2 images, expected one"]);
});

test("prompt lengths: what our stages ask: rl and evaluate the items, sft the questions of the targets that it draws", async () => {
  const { cells } = await loadText(
    soundExperiment.replace("learningRate: 0.1 }]", "learningRate: 0.1, targets: { thought: 1, other: 1, never: 0 } }]"),
  );
  const asksOf = (name: string) => {
    const { component, options } = cells[0]!.stages.find((one) => one.name === name)!.stage;
    return component.needs!(options).splits[0]!;
  };
  const item = { ...fakeItems(1)[0]!, targets: { other: { question: "o p q", response: "<think>t</think>" }, never: "x" } };
  const seen = (name: string) => asksOf(name).asks!(item).map((ask) => [ask.item.question, ask.response]);
  assert.equal(seen("rl"), [["Which?", 4]]);
  assert.equal(seen("evaluate"), [["Which?", 4]]);
  assert.equal(seen("coldStart"), [
    ["Which?", "<think>t</think><answer>1</answer>"],
    ["o p q", "<think>t</think>"],
  ]);
  assert.is(asksOf("evaluate").name, "test");
});

test.run();
