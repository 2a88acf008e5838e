import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { z } from "zod";
import { algorithm, dataset, model, reward } from "../plugin/component.ts";
import type { GenerateOptions, Generated, Model, Parameters, PreferenceItem, ResponseBatch, Tokenizer } from "../kinds.ts";
import { splitOf } from "../items/items.ts";
import { keepMasked } from "../math/masked.ts";
import { definePlugin } from "../plugin/plugin.ts";
import { readAnswer } from "../items/responses.ts";

/**
 * A policy of 35 numbers, so that tests of the trainer take milliseconds. It is a table: logits of the next token are
 * next[previous token] + start[prompt], where the prompt is 0 or 1: which response is better.
 */
const words = ["", "", "<answer>1</answer>", "<answer>2</answer>", "<think>t</think>"];
const [PAD, END, V] = [0, 1, words.length];

const tokenizer: Tokenizer = {
  size: V,
  padId: PAD,
  endId: END,
  encode(text) {
    const ids: number[] = [];
    for (let rest = text; rest !== "";) {
      const id = words.findIndex((word) => word !== "" && rest.startsWith(word));
      if (id === -1) throw new Error(`the fake tokenizer can't write ${rest}`);
      ids.push(id);
      rest = rest.slice(words[id]!.length);
    }
    return ids;
  },
  decode: (ids) => ids.map((id) => words[id]!).join(""),
};

/** Which response is the better one: 0 or 1. */
interface FakeBatch {
  readonly promptIds: Tensor2D; // int32 [P, 1]
}
type FakeModel = Model<FakeBatch>;

/** Of the token at each place, logits divided by temperature. [B, T, V] */
const tableDistributions =
  (banned: readonly number[]) =>
  (parameters: Parameters, { promptIds }: FakeBatch, { responseIds }: ResponseBatch, temperature: number): Tensor3D =>
    tf.tidy(() => {
      const allowed = tf.tensor1d(words.map((_, id) => (banned.includes(id) ? -1e9 : 0))); // [V]
      const [rows, columns] = responseIds.shape;
      const samples = rows / promptIds.shape[0];
      const asked = tf.reshape(tf.tile(promptIds, [1, samples]), [rows]); // [B]
      const before = tokensBefore(responseIds); // [B, T]
      const fromPrompt = tf.expandDims(tf.matMul(tf.oneHot(tf.cast(asked, "int32"), 2), parameters.start as Tensor2D), 1); // [B, 1, V]
      const flat = tf.matMul(tf.oneHot(tf.reshape(before, [rows * columns]), V), parameters.next as Tensor2D); // [B·T, V]
      const given = tf.add(tf.reshape(flat, [rows, columns, V]), fromPrompt); // [B, T, V]
      return tf.logSoftmax(tf.div(tf.add(given, allowed), temperature) as Tensor3D); // [B, T, V]
    });

const tableLogProbs =
  (banned: readonly number[]): FakeModel["logProbs"] =>
  (parameters, prompts, responses, temperature) =>
    tf.tidy(() => {
      const logProbs = tableDistributions(banned)(parameters, prompts, responses, temperature); // [B, T, V]
      const chosen = tf.oneHot(tf.cast(responses.responseIds, "int32"), V); // [B, T, V]
      return keepMasked(tf.sum(tf.mul(logProbs, chosen), 2) as Tensor2D, responses.mask); // [B, T]
    });

const tableEntropies =
  (banned: readonly number[]): NonNullable<FakeModel["entropies"]> =>
  (parameters, prompts, responses, temperature) =>
    tf.tidy(() => {
      const logProbs = tableDistributions(banned)(parameters, prompts, responses, temperature); // [B, T, V]
      return keepMasked(tf.neg(tf.sum(tf.mul(tf.exp(logProbs), logProbs), 2)) as Tensor2D, responses.mask); // [B, T]
    });

export const fakeModel = model({
  name: "fake",
  summary: "a table of logits",
  options: z.strictObject({
    scale: z.number().default(0.1).describe("of the first parameters"),
    room: z.int().nullable().default(null).describe("most tokens of a prompt, each a word of the question; null: any"),
    neverGenerated: z.array(z.int()).default([]).describe("tokens that no response may have"),
    frozen: z.array(z.string()).default([]).describe("parameters that are not trained"),
  }),
  create: ({ scale, room, neverGenerated, frozen }): FakeModel => ({
    tokenizer,
    initialParameters: (random) => ({
      start: tf.tensor2d(
        Float32Array.from({ length: 2 * V }, () => scale * random.normal()),
        [2, V],
      ),
      next: tf.tensor2d(
        Float32Array.from({ length: V * V }, () => scale * random.normal()),
        [V, V],
      ),
    }),
    prompts: (items) => ({
      promptIds: tf.tensor2d(
        items.map(({ preferred }) => [preferred === 2 ? 1 : 0]),
        [items.length, 1],
        "int32",
      ), // [P, 1]
    }),
    promptLength: ({ question }) => question.split(" ").length,
    ...(room === null ? {} : { promptLimit: { tokens: room, option: "room" } }),
    contextLength: Infinity,
    ...(neverGenerated.length === 0 ? {} : { neverGenerated }),
    ...(frozen.length === 0 ? {} : { trains: (name) => !frozen.includes(name) }),
    logProbs: tableLogProbs(neverGenerated),
    entropies: tableEntropies(neverGenerated),
    generate: async (parameters, { promptIds }, options) =>
      sampleRows(parameters, [...promptIds.dataSync()], options, neverGenerated),
    valueHead: {
      initialParameters: () => ({ "value.next": tf.zeros([V, 1]) }), // [V, 1]
      logProbsAndValues: (parameters, prompts, responses, temperature) =>
        tf.tidy(() => {
          const before = tokensBefore(responses.responseIds); // [B, T]
          const flat = tf.matMul(tf.oneHot(tf.reshape(before, [-1]), V), parameters["value.next"] as Tensor2D); // [B·T, 1]
          const values = keepMasked(tf.reshape(flat, before.shape) as Tensor2D, responses.mask); // [B, T]
          return { logProbs: tableLogProbs(neverGenerated)(parameters, prompts, responses, temperature), values };
        }),
    },
  }),
});

/** The token before each response token, 0 before the first. int32 [B, T] */
function tokensBefore(responseIds: Tensor2D): Tensor2D {
  const [rows, columns] = responseIds.shape;
  return tf.concat([tf.zeros([rows, 1], "int32"), tf.slice(tf.cast(responseIds, "int32"), [0, 0], [rows, columns - 1])], 1); // [B, T]
}

function sampleRows(
  parameters: Parameters,
  prompts: readonly number[],
  { samplesPerPrompt, temperature, maxNewTokens, random }: GenerateOptions,
  banned: readonly number[],
): Generated {
  const [start, next] = [parameters.start!.dataSync(), parameters.next!.dataSync()];
  const rows = prompts.length * samplesPerPrompt;
  const responseIds = new Int32Array(rows * maxNewTokens);
  const mask = new Float32Array(rows * maxNewTokens);
  const logProbs = new Float32Array(rows * maxNewTokens);
  for (let row = 0; row < rows; row++) {
    const prompt = prompts[Math.floor(row / samplesPerPrompt)]!;
    for (let token = 0, before = PAD; token < maxNewTokens && before !== END; token++) {
      const logits = words.map((_, id) =>
        banned.includes(id) ? -Infinity : (next[before * V + id]! + start[prompt * V + id]!) / temperature,
      );
      const total = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
      let left = random.uniform();
      let id = logits.findIndex((logit) => (left -= Math.exp(logit - total)) < 0);
      if (id === -1) id = END;
      responseIds[row * maxNewTokens + token] = id;
      mask[row * maxNewTokens + token] = 1;
      logProbs[row * maxNewTokens + token] = logits[id]! - total;
      before = id;
    }
  }
  return { tokens: maxNewTokens, responseIds, mask, logProbs };
}

/** Items for the fake model, numbered from `from`; every second prefers the first response. */
export function fakeItems(count: number, from = 0): PreferenceItem[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `item-${from + index}`,
    images: [{ path: "/pictures/picture.png", pixels: { width: 1, height: 1, data: new Uint8Array(3) } }],
    question: "Which?",
    responses: ["one", "two"],
    preferred: ((from + index) % 2) + 1 === 1 ? 1 : 2,
    thought: "t",
    targets: { caption: "<think>t</think>" },
    kind: index % 3 === 0 ? "count" : "colour",
    answer: index % 2 === 0 ? "red" : "blue",
  }));
}

const fakeData = dataset({
  name: "fake-items",
  summary: "items without pictures worth seeing",
  options: z.strictObject({ train: z.int().min(0).default(24).describe("items") }),
  create: ({ train }) => ({
    hash: `fake-${train}`,
    splits: ["train", "test"],
    open: async (split) => splitOf(split === "train" ? fakeItems(train) : fakeItems(12, 1000)),
  }),
});

const right = reward({
  name: "right",
  summary: "1 where the answer is the better response",
  options: z.strictObject({ of: z.number().default(1).describe("what a right answer gets") }),
  create: ({ of }) => ({
    score: ({ responses, items }) => responses.map((text, row) => (readAnswer(text) === String(items[row]!.preferred) ? of : 0)),
  }),
});

const preset = {
  advantage: ["discounted-return", { use: "whiten", variance: "biased" }],
  loss: { ratio: "token", surrogate: { use: "clip", low: 0.2, high: 0.2 }, aggregate: "token-mean" },
};

/** Everything an experiment needs besides core's own components. */
export const fakePlugin = definePlugin({
  name: "fake-plugin",
  api: "^1",
  components: [fakeModel, fakeData, right],
  algorithms: [
    algorithm({
      name: "steady",
      summary: "for tests",
      source: "none",
      presets: {
        plain: preset,
        careful: {
          ...preset,
          kl: { use: "k1", in: "reward", coefficient: 0.1 },
          loss: { ...preset.loss, ratio: { use: "clamped", limit: 5 } },
        },
      },
    }),
    algorithm({
      name: "hasty",
      summary: "for tests",
      source: "none",
      presets: { only: { ...preset, loss: { ...preset.loss, surrogate: "plain" } } },
    }),
  ],
});
