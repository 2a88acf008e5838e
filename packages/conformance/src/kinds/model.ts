import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import { keepMasked, outlineOf, randomStream, weightsHere } from "@rewardlab/core";
import type { Generated, Model, Parameters, ModelBatch, ResponseBatch } from "@rewardlab/core";
import type { CreatedPart } from "@rewardlab/core/testing";
import { plainItems } from "../items.ts";
import { broken } from "../law.ts";
import type { Law } from "../law.ts";
import { expectNoLeakAsync } from "../laws/leaks.ts";
import type { Subject } from "../subject.ts";

type ModelLaw = Law<Subject<"model">>;

/**
 * Two ways through a network's float32 sums (with a cache or without, one row or several) agree to some 1e-6 of the largest term, times the layers
 * and the logits' size. A wrong mask, position or temperature moves a log-probability by 1e-2 and more.
 */
export const closeLogProbs = 1e-3;
/** Above it a law that asks about every token would take too long. */
const largestVocabulary = 512;
const maxNewTokens = 6;
const samplesPerPrompt = 2;

/** Models whose component says where a service has the weights are held to other laws. */
const modelOf = ({ part }: CreatedPart<"model">): Model => weightsHere(part, "these laws");

/** A model with parameters and prompts of the example items, all freed at the end. */
async function withModel(
  { create, examples }: Subject<"model">,
  body: (given: { model: Model; parameters: Parameters; prompts: ModelBatch }) => void | Promise<void>,
): Promise<void> {
  const model = modelOf(create());
  const parameters = model.initialParameters(randomStream(1, "parameters"));
  const prompts = model.prompts(examples.items ?? plainItems);
  try {
    await body({ model, parameters, prompts });
  } finally {
    tf.dispose([...Object.values(parameters), ...tensorsIn(prompts)].filter((tensor) => !tensor.isDisposed));
  }
}

/** The tensors in a batch, which is the model's own, at any depth. */
const tensorsIn = (batch: ModelBatch): Tensor[] => tf.tensor_util.getTensorsInContainer(batch as never);
/** The items that a model is tried with. */
export const itemsOf = ({ examples }: Subject<"model">) => examples.items ?? plainItems;

const generated = (model: Model, parameters: Parameters, prompts: ModelBatch, temperature = 1, seed = 3) =>
  model.generate(parameters, prompts, { samplesPerPrompt, temperature, maxNewTokens, random: randomStream(seed, "rollout") });

/** Responses as tensors; what lies outside the mask is `filler`. */
function responsesOf({ tokens, responseIds, mask }: Generated, filler?: number, more = 0): ResponseBatch {
  const rows = responseIds.length / tokens;
  const wide = (values: ArrayLike<number>, outside: (value: number) => number, beyond: number) =>
    Array.from({ length: rows }, (_, row) =>
      Array.from({ length: tokens + more }, (_value, token) => {
        const index = row * tokens + token;
        return token >= tokens ? beyond : mask[index]! > 0 ? values[index]! : outside(values[index]!);
      }),
    );
  return {
    responseIds: tf.tensor2d(
      wide(responseIds, (id) => filler ?? id, filler ?? 0),
      undefined,
      "int32",
    ), // [B, T]
    mask: tf.tensor2d(wide(mask, () => 0, 0)), // [B, T]
  };
}

function logProbsOf(
  model: Model,
  parameters: Parameters,
  prompts: ModelBatch,
  responses: ResponseBatch,
  temperature = 1,
): number[][] {
  return tf.tidy(() => model.logProbs(parameters, prompts, responses, temperature).arraySync());
}

const rowOf = (values: Int32Array | Float32Array, tokens: number, row: number): number[] =>
  Array.from(values.subarray(row * tokens, (row + 1) * tokens));

const tokenizerInverts: ModelLaw = {
  name: "its tokenizer's decode is the inverse of encode",
  check: ({ create, examples }) => {
    const { tokenizer } = create().part;
    const { size, padId, endId } = tokenizer;
    for (const [name, id] of Object.entries({ padId, endId }))
      if (!(Number.isInteger(id) && id >= 0 && id < size) && !(name === "endId" && id === -1))
        broken({
          what: `${name} is ${id}`,
          expected: `one of its ${size} tokens${name === "endId" ? ", or -1: none ends a response" : ""}`,
        });
    if (padId === endId)
      broken({
        what: `padId and endId are both ${padId}`,
        likely: "The end of a response is one of its tokens, padding is not: give them ids of their own",
      });
    const texts = (examples.items ?? plainItems).flatMap(({ question, responses, thought }) => [
      question,
      ...responses,
      thought ?? "",
    ]);
    for (const text of texts) {
      const ids = tokenizer.encode(text);
      const strange = ids.find((id) => !(Number.isInteger(id) && id >= 0 && id < size));
      if (strange !== undefined)
        broken({ what: `encode gave ${strange}`, input: JSON.stringify(text), expected: `ids below ${size}` });
      if (tokenizer.decode(ids) !== text)
        broken({
          what: "decode(encode(text)) is another text",
          input: JSON.stringify(text),
          expected: JSON.stringify(text),
          came: JSON.stringify(tokenizer.decode(ids)),
        });
    }
  },
};

const generationAgrees: ModelLaw = {
  name: "logProbs are those that generation sampled by",
  check: (subject) =>
    withModel(subject, async ({ model, parameters, prompts }) => {
      for (const temperature of [1, 0.7]) {
        const sampled = await generated(model, parameters, prompts, temperature);
        expectSoundResponses(model, sampled, itemsOf(subject).length * samplesPerPrompt);
        const responses = responsesOf(sampled);
        const read = logProbsOf(model, parameters, prompts, responses, temperature).flat();
        tf.dispose([responses.responseIds, responses.mask]);
        const index = read.findIndex(
          (value, at) => sampled.mask[at]! > 0 && !(Math.abs(value - sampled.logProbs[at]!) <= closeLogProbs),
        );
        if (index !== -1)
          broken({
            what: `at temperature ${temperature}, response ${Math.floor(index / sampled.tokens)}, token ${index % sampled.tokens}, the two differ`,
            input: `response ${rowOf(sampled.responseIds, sampled.tokens, Math.floor(index / sampled.tokens)).join(", ")}`,
            expected: `${sampled.logProbs[index]} (generate)`,
            came: `${read[index]} (logProbs)`,
            likely:
              "Another position, mask or temperature in one of the two; or responses p·G … p·G + G − 1 do not meet prompt p. On the policy's own samples the importance ratio must be 1",
          });
      }
    }),
};

/** Right-padded rows, each of which ends with EOS or is full. */
export function expectSoundResponses(
  { tokenizer }: Pick<Model, "tokenizer">,
  { tokens, responseIds, mask, logProbs }: Generated,
  rows: number,
): void {
  if (responseIds.length !== rows * tokens || mask.length !== rows * tokens || logProbs.length !== rows * tokens)
    broken({
      what: `generate gave ${responseIds.length} ids, ${mask.length} mask values and ${logProbs.length} log-probabilities`,
      expected: `${rows} · ${tokens} of each`,
    });
  for (let row = 0; row < rows; row++) {
    const own = rowOf(responseIds, tokens, row);
    const inside = rowOf(mask, tokens, row);
    const length = inside.lastIndexOf(1) + 1;
    const input = `response ${JSON.stringify(own)}\nmask ${JSON.stringify(inside)}`;
    if (inside.slice(0, length).includes(0))
      broken({
        what: `the mask of generated response ${row} has a gap`,
        input,
        expected: "1 on the response's tokens, then 0: padded on the right",
      });
    if (own.slice(0, length - 1).includes(tokenizer.endId))
      broken({
        what: `generated response ${row} goes on after its end`,
        input,
        expected: `${tokenizer.endId} (EOS) as the last token, within the mask`,
      });
    if (length < tokens && own[length - 1] !== tokenizer.endId)
      broken({
        what: `generated response ${row} stops without its end`,
        input,
        expected: `${tokenizer.endId} (EOS) as the last token within the mask`,
      });
    if (own.slice(length).some((id) => id !== tokenizer.padId))
      broken({
        what: `generated response ${row} is not padded with padId`,
        input,
        expected: `${tokenizer.padId} outside the mask`,
      });
  }
}

const sameSamples: ModelLaw = {
  name: "same input, same bytes",
  check: (subject) =>
    withModel(subject, async ({ model, parameters, prompts }) => {
      const other = modelOf(subject.create());
      const text = (sampled: Generated) => JSON.stringify([[...sampled.responseIds], [...sampled.mask], [...sampled.logProbs]]);
      const first = text(await generated(model, parameters, prompts));
      for (const [who, again] of [
        ["a second call of generate", model],
        ["a part created anew", other],
      ] as const)
        if (text(await generated(again, parameters, prompts)) !== first)
          broken({
            what: `${who} samples otherwise, with an equal stream of random numbers`,
            likely: "Draw from options.random alone, not by Math.random or tf.multinomial; keep nothing between calls",
          });
      const again = other.initialParameters(randomStream(1, "parameters"));
      for (const [name, tensor] of Object.entries(parameters))
        if (JSON.stringify([...tensor.dataSync()]) !== JSON.stringify([...(again[name]?.dataSync() ?? [])]))
          broken({
            what: `initialParameters gives another ${name} for an equal stream`,
            likely: "Draw from the stream given, in a fixed order",
          });
      tf.dispose(Object.values(again));
    }),
};

const paddingIsIgnored: ModelLaw = {
  name: "padding changes nothing",
  check: (subject) =>
    withModel(subject, async ({ model, parameters, prompts }) => {
      const sampled = shortened(await generated(model, parameters, prompts), model.tokenizer.padId);
      const plain = responsesOf(sampled, model.tokenizer.padId);
      const strange = responsesOf(sampled, model.tokenizer.endId, 2);
      const [expected, came] = [logProbsOf(model, parameters, prompts, plain), logProbsOf(model, parameters, prompts, strange)];
      const gradients = [plain, strange].map((responses) => gradientNorms(model, parameters, prompts, responses));
      tf.dispose([plain.responseIds, plain.mask, strange.responseIds, strange.mask]);
      expected.forEach((own, row) =>
        own.forEach((value, token) => {
          if (sampled.mask[row * sampled.tokens + token]! > 0 && !(Math.abs(value - came[row]![token]!) <= closeLogProbs))
            broken({
              what: `with other ids outside the mask, and two more columns of them, response ${row}, token ${token} has another log-probability`,
              expected: String(value),
              came: String(came[row]![token]),
              likely:
                "Attention must not see positions outside the mask, nor anything to the right; positions count from the prompt, not from the end of the table",
            });
        }),
      );
      for (const [name, norm] of Object.entries(gradients[0]!))
        if (!(Math.abs(gradients[1]![name]! - norm) <= closeLogProbs * Math.max(1, norm)))
          broken({
            what: `with other ids outside the mask the gradient in ${name} is another`,
            expected: String(norm),
            came: String(gradients[1]![name]),
            likely: "Put 0 in the place of log-probabilities outside the mask: keepMasked(logProbs, mask)",
          });
    }),
};

/** The responses without the second half of every other one, so that there is padding whatever was sampled. */
export function shortened(sampled: Generated, padId: number): Generated {
  const keep = (index: number) => Math.floor(index / sampled.tokens) % 2 === 0 || index % sampled.tokens < sampled.tokens / 2;
  return {
    ...sampled,
    mask: sampled.mask.map((value, index) => (keep(index) ? value : 0)),
    responseIds: sampled.responseIds.map((id, index) => (keep(index) ? id : padId)),
  };
}

const promptsAreApart: ModelLaw = {
  name: "a prompt alone is read as in a batch",
  check: (subject) =>
    withModel(subject, async ({ model, parameters, prompts }) => {
      const items = itemsOf(subject);
      const sampled = await generated(model, parameters, prompts);
      const responses = responsesOf(sampled);
      const whole = logProbsOf(model, parameters, prompts, responses);
      for (const [index, item] of items.entries()) {
        const alone = model.prompts([item]);
        const own = tf.tidy(() => {
          const cut = (x: Tensor2D) => tf.slice(x, [index * samplesPerPrompt, 0], [samplesPerPrompt, sampled.tokens]); // [G, T]
          return logProbsOf(model, parameters, alone, { responseIds: cut(responses.responseIds), mask: cut(responses.mask) });
        });
        tf.dispose(alone as never);
        own.forEach((values, sample) =>
          values.forEach((value, token) => {
            const row = index * samplesPerPrompt + sample;
            if (sampled.mask[row * sampled.tokens + token]! > 0 && !(Math.abs(value - whole[row]![token]!) <= closeLogProbs))
              broken({
                what: `item ${JSON.stringify(item.id)} alone gives response ${row}, token ${token} another log-probability`,
                expected: `${whole[row]![token]}, as in the batch of ${items.length} prompts`,
                came: String(value),
                likely:
                  "Left padding of the prompt is seen, or shifts its positions; or rows are mixed (a reshape in the wrong order)",
              });
          }),
        );
      }
      tf.dispose([responses.responseIds, responses.mask]);
    }),
};

/** Per parameter, what one of its elements changes: at the element with the largest gradient. */
const gradientIsTheDerivative: ModelLaw = {
  name: "its gradient is the derivative of its log-probabilities",
  check: (subject) =>
    withModel(subject, async ({ model, parameters, prompts }) => {
      const responses = responsesOf(await generated(model, parameters, prompts));
      const gradients = gradientsOf(model, parameters, prompts, responses);
      // A few parameters, spread over the model, and those without any gradient. Central differences at h and h/2 are put together so that the error h²/6 · f‴
      // falls away (Richardson). The sum of about 36 float32 log-probabilities is off by some 1e-5, the difference by 1e-5 / h = 1e-3: that, and 2 % of
      // the gradient or of a hundredth of the largest, is what a sound model stays within. A missing term is off by the gradient itself.
      const h = 1e-2;
      const names = Object.keys(gradients);
      const every = Math.max(1, Math.floor(names.length / 8));
      const spread = names.filter((name, index) => index % every === 0 || gradients[name]!.every((value) => value === 0));
      const largest = Math.max(...names.map((name) => Math.max(...gradients[name]!.map(Math.abs))));
      const problem = spread.map((name) => differenceAt(name)).find((found) => found !== undefined);
      tf.dispose([responses.responseIds, responses.mask]);
      if (problem) broken(problem);

      function differenceAt(name: string) {
        const own = gradients[name]!;
        const index = own.reduce((best, value, at) => (Math.abs(value) > Math.abs(own[best]!) ? at : best), 0);
        const at = (by: number) =>
          tf.tidy(() => {
            const values = [...parameters[name]!.dataSync()];
            values[index]! += by;
            const moved = { ...parameters, [name]: tf.tensor(values, parameters[name]!.shape) }; // shape of the parameter
            return [...keepMasked(model.logProbs(moved, prompts, responses, 1), responses.mask).dataSync()]; // [B, T]
          });
        const central = (step: number) => {
          const [up, down] = [at(step), at(-step)];
          return up.reduce((sum, value, here) => sum + (value - down[here]!), 0) / (2 * step);
        };
        const difference = (4 * central(h / 2) - central(h)) / 3;
        if (Math.abs(own[index]! - difference) <= 0.02 * Math.max(Math.abs(difference), largest / 100) + 1e-3) return undefined;
        return {
          what: `the gradient in ${name} is not the derivative at its element ${index}`,
          expected: `${difference} (central differences, h = ${h} and ${h / 2})`,
          came: `${own[index]} (the tape)`,
          likely:
            "An op of its own with a wrong gradient, or a way that the tape does not see (dataSync, a part computed outside)",
        };
      }
    }),
};

/** Of what trains: of the rest nobody takes a gradient, and a model may do without its way. */
function gradientsOf(
  model: Model,
  parameters: Parameters,
  prompts: ModelBatch,
  responses: ResponseBatch,
): Record<string, number[]> {
  const names = Object.keys(parameters).filter((name) => model.trains?.(name) ?? true);
  return tf.tidy(() => {
    const gradients = tf.grads((...tensors: Tensor[]) => {
      const own = Object.fromEntries(names.map((name, index) => [name, tensors[index]!]));
      return tf.sum(keepMasked(model.logProbs({ ...parameters, ...own }, prompts, responses, 1), responses.mask)) as Scalar; // []
    })(names.map((name) => parameters[name]!));
    return Object.fromEntries(names.map((name, index) => [name, [...gradients[index]!.dataSync()]]));
  });
}

function gradientNorms(
  model: Model,
  parameters: Parameters,
  prompts: ModelBatch,
  responses: ResponseBatch,
): Record<string, number> {
  const gradients = gradientsOf(model, parameters, prompts, responses);
  return Object.fromEntries(
    Object.entries(gradients).map(([name, values]) => [name, Math.sqrt(values.reduce((sum, value) => sum + value * value, 0))]),
  );
}

const finiteFromTheStart: ModelLaw = {
  name: "log-probabilities and parameters are finite at first, log-probabilities at most 0",
  check: (subject) =>
    withModel(subject, async ({ model, parameters, prompts }) => {
      for (const [name, tensor] of Object.entries(parameters))
        if (![...tensor.dataSync()].every(Number.isFinite)) broken({ what: `initialParameters: ${name} is not finite` });
      const { logProbs, mask } = await generated(model, parameters, prompts);
      const index = logProbs.findIndex((value, at) => mask[at]! > 0 && !(Number.isFinite(value) && value <= 0));
      if (index !== -1)
        broken({
          what: `a log-probability is ${logProbs[index]}`,
          expected: "a finite number, at most 0",
          likely: "Use tf.logSoftmax over the vocabulary (the last axis)",
        });
    }),
};

const valueHead: ModelLaw = {
  name: "its value head, if it has one, reads the same log-probabilities, and values 0 at first",
  check: (subject) =>
    withModel(subject, async ({ model, parameters, prompts }) => {
      const head = model.valueHead;
      if (head === undefined) return;
      const own = head.initialParameters();
      const misnamed = Object.keys(own).find((name) => !name.startsWith("value.") || name in parameters);
      if (misnamed !== undefined)
        broken({ what: `its value head has a parameter ${misnamed}`, expected: 'a name of its own that begins with "value."' });
      const responses = responsesOf(shortened(await generated(model, parameters, prompts), model.tokenizer.padId));
      const { plain, logProbs, values, inside } = tf.tidy(() => {
        const read = head.logProbsAndValues({ ...parameters, ...own }, prompts, responses, 1); // [B, T] each
        const alone = keepMasked(model.logProbs(parameters, prompts, responses, 1), responses.mask); // [B, T]
        return {
          plain: [...alone.dataSync()],
          logProbs: [...keepMasked(read.logProbs, responses.mask).dataSync()],
          values: [...read.values.dataSync()],
          inside: [...responses.mask.dataSync()],
        };
      });
      tf.dispose([...Object.values(own), responses.responseIds, responses.mask]);
      const far = logProbs.findIndex((value, index) => !(Math.abs(value - plain[index]!) <= closeLogProbs));
      if (far !== -1)
        broken({
          what: "logProbsAndValues reads other log-probabilities than logProbs",
          expected: String(plain[far]),
          came: String(logProbs[far]),
        });
      const wrong = values.findIndex((value) => value !== 0);
      if (wrong !== -1)
        broken({
          what: `a value is ${values[wrong]} at first${inside[wrong] === 0 ? ", outside the mask" : ""}`,
          expected: "0: an untrained critic says nothing",
          likely: inside[wrong] === 0 ? "keepMasked(values, mask)" : "Start the head's weights at 0",
        });
    }),
};

/** Σ_v e^(log π(v))·log π(v) at the first position, whose distribution every token of the vocabulary can be asked about. */
const entropies: ModelLaw = {
  name: "its entropies, if it tells them, are those of its distributions",
  check: (subject) =>
    withModel(subject, async ({ model, parameters, prompts }) => {
      const { tokenizer } = model;
      if (model.entropies === undefined || tokenizer.size > largestVocabulary) return;
      const rows = (await generated(model, parameters, prompts)).mask.length / maxNewTokens / samplesPerPrompt; // P
      const every = Array.from({ length: tokenizer.size }, (_, id) => id);
      for (const temperature of [1, 0.5]) {
        const { told, expected, outside } = tf.tidy(() => {
          const asked = (columns: readonly number[][], inside: readonly number[]): ResponseBatch => ({
            responseIds: tf.tensor2d(
              columns.map((ids) => [...ids]),
              undefined,
              "int32",
            ), // [B, T]
            mask: tf.tensor2d(columns.map(() => [...inside])), // [B, T]
          });
          const all = asked(Array.from({ length: rows }, () => every.map((id) => [id])).flat(), [1]); // [P·V, 1]
          const logProbs = [...model.logProbs(parameters, prompts, all, temperature).dataSync()];
          const two = asked(
            Array.from({ length: rows }, () => [every.at(-1)!, every.at(-1)!]),
            [1, 0],
          ); // [P, 2]
          const found = [...model.entropies!(parameters, prompts, two, temperature).dataSync()];
          return {
            told: found.filter((_, index) => index % 2 === 0),
            outside: found.filter((_, index) => index % 2 === 1),
            expected: Array.from({ length: rows }, (_, row) =>
              logProbs
                .slice(row * every.length, (row + 1) * every.length)
                .reduce((sum, value) => sum - (value === -Infinity ? 0 : Math.exp(value) * value), 0),
            ),
          };
        });
        const far = told.findIndex((value, row) => !(Math.abs(value - expected[row]!) <= closeLogProbs));
        if (far !== -1)
          broken({
            what: `at temperature ${temperature} the entropy of prompt ${far}'s first token is another`,
            expected: `${expected[far]}, −Σ p ln p of its logProbs`,
            came: String(told[far]),
            likely: "Divide the logits by the temperature first; a probability of 0 adds 0, not NaN",
          });
        const padded = outside.findIndex((value) => value !== 0);
        if (padded !== -1)
          broken({
            what: `an entropy outside the mask is ${outside[padded]}`,
            expected: "0",
            likely: "keepMasked(entropies, mask)",
          });
      }
    }),
};

const lengthsAreTold: ModelLaw = {
  name: "an item's prompt has a length, told without its pixels, and within its limits where it is read",
  check: (subject) => {
    const { part: model } = subject.create();
    const { contextLength, promptLimit } = model;
    if (!(contextLength > 0)) broken({ what: `contextLength is ${contextLength}`, expected: "a number of tokens, or Infinity" });
    if (
      promptLimit !== undefined &&
      !(Number.isInteger(promptLimit.tokens) && promptLimit.tokens > 0 && promptLimit.option !== "")
    )
      broken({
        what: `promptLimit is ${JSON.stringify(promptLimit)}`,
        expected: "a number of tokens, and the option that says it",
      });
    const most = Math.min(contextLength, promptLimit?.tokens ?? Infinity);
    for (const item of itemsOf(subject)) {
      const length = model.promptLength(outlineOf(item));
      if (!(Number.isInteger(length) && length > 0 && length <= most))
        broken({
          what: `promptLength of item ${JSON.stringify(item.id)} is ${length}`,
          expected: `a number of tokens up to ${most}: the example items fit in`,
        });
      const longer = model.promptLength(outlineOf({ ...item, question: `${item.question} `.repeat(50) }));
      if (!(longer > length))
        broken({
          what: `promptLength of item ${JSON.stringify(item.id)} is ${longer} with its question 50 times over`,
          expected: `more than ${length}`,
          likely: "The length is that of the item's own text before anything is cut or padded",
        });
    }
  },
};

const someAreNeverGenerated: ModelLaw = {
  name: "tokens that are never generated are not, and have no probability",
  check: (subject) =>
    withModel(subject, async ({ model, parameters, prompts }) => {
      const never = model.neverGenerated ?? [];
      if (never.length === 0) return;
      const { size, endId } = model.tokenizer;
      const strange = never.find((id) => !(Number.isInteger(id) && id >= 0 && id < size) || id === endId);
      if (strange !== undefined)
        broken({ what: `neverGenerated has ${strange}`, expected: `tokens below ${size}, and not endId, ${endId}` });
      for (let seed = 0; seed < 8; seed++) {
        const { responseIds, mask } = await generated(model, parameters, prompts, 10, seed); // nearly even: every token comes up
        const index = responseIds.findIndex((id, at) => mask[at]! > 0 && never.includes(id));
        if (index !== -1)
          broken({
            what: `it generated ${responseIds[index]}, which it says it never does`,
            likely: "Take the tokens away from the logits of every step, the first one included, before sampling",
          });
      }
      const rows = itemsOf(subject).length;
      const responses = tf.tidy(() => ({
        responseIds: tf.mul(tf.ones([rows, 1], "int32"), tf.scalar(never[0]!, "int32")) as Tensor2D, // [B, 1]
        mask: tf.ones([rows, 1]) as Tensor2D, // [B, 1]
      }));
      const likeliest = Math.max(...logProbsOf(model, parameters, prompts, responses).flat());
      tf.dispose([responses.responseIds, responses.mask]);
      if (!(likeliest < -1e3))
        broken({
          what: `logProbs gives ${never[0]}, which is never generated, a log-probability of ${likeliest}`,
          expected: "less than -1000: the same distribution as in generate",
          likely: "Take the tokens away from the logits in logProbs as well; or the importance ratio of every other token is off",
        });
    }),
};

const exportsComeBack: ModelLaw = {
  name: "what it exports, if it does, leaves its parameters as they are",
  check: (subject) =>
    withModel(subject, async ({ model, parameters }) => {
      if (model.exportTo === undefined) return;
      const folder = mkdtempSync(join(tmpdir(), "rewardlab-export-"));
      try {
        await expectNoLeakAsync("exportTo", () => model.exportTo!(parameters, folder));
        if (readdirSync(folder).length === 0) broken({ what: "exportTo wrote nothing into its folder" });
        const gone = Object.keys(parameters).find((name) => parameters[name]!.isDisposed);
        if (gone) broken({ what: `exportTo disposed the parameter ${gone}` });
      } finally {
        rmSync(folder, { recursive: true });
      }
    }),
};

const leaks: ModelLaw = {
  name: "leaks no tensor, and disposes none of its inputs",
  check: (subject) =>
    withModel(subject, async ({ model, parameters, prompts }) => {
      const sampled = await generated(model, parameters, prompts);
      const responses = responsesOf(sampled);
      try {
        await expectNoLeakAsync("prompts", async () => {
          tf.dispose(model.prompts(itemsOf(subject)) as never);
        });
        await expectNoLeakAsync("logProbs", async () => model.logProbs(parameters, prompts, responses, 1).dispose());
        await expectNoLeakAsync(
          "logProbs with its gradient",
          async () => void gradientsOf(model, parameters, prompts, responses),
        );
        await expectNoLeakAsync("generate", async () => void (await generated(model, parameters, prompts)));
        const given: [string, Tensor][] = [
          ...Object.entries(parameters),
          ...tensorsIn(prompts).map((tensor, index): [string, Tensor] => [`prompts (its tensor ${index})`, tensor]),
          ["responseIds", responses.responseIds],
          ["mask", responses.mask],
        ];
        const gone = given.find(([, tensor]) => tensor.isDisposed)?.[0];
        if (gone)
          broken({ what: `it disposed its input ${gone}`, likely: "Dispose only what you made; tf.tidy does that for you" });
      } finally {
        tf.dispose([responses.responseIds, responses.mask].filter((tensor) => !tensor.isDisposed));
      }
    }),
};

/** How it reads items, wherever its weights are. */
export const readingLaws: readonly ModelLaw[] = [tokenizerInverts, lengthsAreTold];

export const modelLaws: readonly ModelLaw[] = [
  ...readingLaws,
  finiteFromTheStart,
  generationAgrees,
  sameSamples,
  paddingIsIgnored,
  promptsAreApart,
  gradientIsTheDerivative,
  valueHead,
  entropies,
  someAreNeverGenerated,
  exportsComeBack,
  leaks,
];
