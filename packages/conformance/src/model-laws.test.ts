// A sound model, and the same with one mistake each.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { keepMasked, model } from "@rewardlab/core";
import type { Model, Parameters, ModelBatch, ResponseBatch } from "@rewardlab/core";
import { createPart } from "@rewardlab/core/testing";
import models from "@rewardlab/models";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { z } from "zod";
import { componentConformance } from "./index.ts";
import { breaches, expectBroken } from "./testing/breaches.ts";

const sound = models.components!.find(({ kind, name }) => kind === "model" && name === "tiny-vlm")!;
const small = { width: 8, heads: 2, kvHeads: 1, hiddenSize: 8, layers: 1, imageSize: 8, patchSize: 4 };
type LogProbs = Model["logProbs"];

/** The sound model with something put in its place. */
const failedBy = (change: (model: Model) => Partial<Model>) => breaches(checksOf(change));
/** The same of one law alone. */
const failedIn = (law: string, change: (model: Model) => Partial<Model>) =>
  breaches(checksOf(change).filter((check) => check.law === law));
const checksOf = (change: (model: Model) => Partial<Model>) =>
  componentConformance(
    model({
      name: "wrong",
      summary: "has one mistake",
      options: z.strictObject({}),
      create: () => {
        const { part } = createPart(sound, small) as { part: Model };
        return { ...part, ...change(part) };
      },
    }),
  );
const withLogProbs = (change: (original: LogProbs) => LogProbs) => failedBy(({ logProbs }) => ({ logProbs: change(logProbs) }));

test("model: without a mistake", async () => assert.equal([...(await failedBy(() => ({}))).keys()], []));

const agrees = "logProbs are those that generation sampled by";
test("model: ignores the temperature; answers the wrong prompt", async () => {
  expectBroken(
    await withLogProbs((original) => (parameters, prompts, responses) => original(parameters, prompts, responses, 1)),
    {
      [agrees]: /at temperature 0\.7, response 0, token \d, the two differ[^]*\(generate\)[^]*\(logProbs\)/,
    },
  );
  const reversed: (original: LogProbs) => LogProbs = (original) => (parameters, prompts, responses, temperature) =>
    tf.tidy(() =>
      original(
        parameters,
        Object.fromEntries(
          Object.entries(prompts as Readonly<Record<string, tf.Tensor>>).map(([name, x]) => [name, tf.reverse(x, 0)]),
        ),
        responses,
        temperature,
      ),
    );
  expectBroken(await withLogProbs(reversed), {
    [agrees]: /do not meet prompt p/,
    "a prompt alone is read as in a batch": /as in the batch of 3 prompts/,
  });
});

test("model: samples by chance of its own; goes on after the end", async () => {
  expectBroken(
    await failedBy(({ generate }) => {
      let calls = 0;
      return {
        generate: async (parameters, prompts, options) => (
          calls++ % 2 === 1 && options.random.uniform(),
          generate(parameters, prompts, options)
        ),
      };
    }),
    { "same input, same bytes": /samples otherwise, with an equal stream[^]*options\.random alone/ },
  );
  const endless = await failedBy(({ generate }) => ({
    generate: async (...given) => {
      const made = await generate(...given);
      return { ...made, mask: made.mask.map((_, index) => Number(index % made.tokens !== 1)) };
    },
  }));
  expectBroken(endless, { [agrees]: /the mask of generated response 0 has a gap/ });
});

test("model: sees the padding", async () => {
  const seeing: (original: LogProbs) => LogProbs = (original) => (parameters, prompts, responses, temperature) =>
    tf.tidy(() => {
      const all = original(parameters, prompts, { ...responses, mask: tf.onesLike(responses.mask) }, temperature);
      return keepMasked(
        tf.add(all, tf.mul(1e-2, tf.mean(tf.cast(responses.responseIds, "float32"), 1, true))) as Tensor2D,
        responses.mask,
      );
    });
  expectBroken(await withLogProbs(seeing), {
    "padding changes nothing": /with other ids outside the mask, and two more columns[^]*Attention must not see/,
  });
});

test("model: a gradient stopped in one of its parameters", async () => {
  const stopped: (original: LogProbs) => LogProbs =
    (original) => (parameters: Parameters, prompts: ModelBatch, responses: ResponseBatch, temperature) => {
      const name = Object.keys(parameters)[0]!;
      const half = tf.customGrad((x) => ({ value: (x as tf.Tensor).clone(), gradFunc: (dy: tf.Tensor) => tf.mul(dy, 0.5) }));
      return tf.tidy(() => original({ ...parameters, [name]: half(parameters[name]!) }, prompts, responses, temperature));
    };
  expectBroken(await withLogProbs(stopped), {
    "its gradient is the derivative of its log-probabilities": /the gradient in vision\.patch\.weight is not the derivative/,
  });
});

test("model: a value head that says something before it has learnt", async () => {
  const law = "its value head, if it has one, reads the same log-probabilities, and values 0 at first";
  const eager = await failedBy(({ valueHead }) => ({
    valueHead: {
      ...valueHead!,
      logProbsAndValues: (...given) => {
        const { logProbs, values } = valueHead!.logProbsAndValues(...given);
        return { logProbs, values: tf.add(values, 1) };
      },
    },
  }));
  expectBroken(eager, { [law]: /a value is 1 at first[^]*Start the head's weights at 0/ });
});

test("model: entropies of other distributions, or outside the mask", async () => {
  const law = "its entropies, if it tells them, are those of its distributions";
  const wrong = (change: (original: NonNullable<Model["entropies"]>) => NonNullable<Model["entropies"]>) =>
    failedIn(law, ({ entropies }) => ({ entropies: change(entropies!) }));
  assert.is((await wrong((original) => original)).size, 0);
  const warm = await wrong((original) => (parameters, prompts, responses) => original(parameters, prompts, responses, 1));
  expectBroken(warm, { [law]: /at temperature 0\.5 the entropy of prompt \d's first token is another[^]*Divide the logits/ });
  const spilling = await wrong(
    (original) =>
      (...given) =>
        tf.tidy(() => tf.maximum(original(...given), 0.25)),
  );
  expectBroken(spilling, { [law]: /an entropy outside the mask is 0\.25[^]*keepMasked/ });
});

test("model: lengths that say nothing", async () => {
  const law = "an item's prompt has a length, told without its pixels, and within its limits where it is read";
  expectBroken(await failedIn(law, () => ({ promptLength: () => 3 })), { [law]: /is 3 with its question 50 times over/ });
  expectBroken(await failedIn(law, () => ({ promptLength: ({ question }) => 20 + question.length })), {
    [law]: /promptLength of item "one" is 21[^]*up to 16/,
  });
  expectBroken(await failedIn(law, () => ({ contextLength: NaN })), { [law]: /contextLength is NaN/ });
  expectBroken(await failedIn(law, () => ({ promptLimit: { tokens: 16, option: "" } })), { [law]: /promptLimit is/ });
});

test("model: says never and does", async () => {
  const law = "tokens that are never generated are not, and have no probability";
  expectBroken(await failedIn(law, ({ tokenizer }) => ({ neverGenerated: [tokenizer.endId] })), { [law]: /neverGenerated has/ });
  const most = Array.from({ length: 40 }, (_, index) => index + 10);
  expectBroken(await failedIn(law, () => ({ neverGenerated: most })), { [law]: /it generated \d+, which it says it never does/ });
  // generation that avoids them by drawing again, and log-probabilities that know nothing of it
  const avoided = await failedIn(law, ({ generate, tokenizer }) => ({
    neverGenerated: [10],
    generate: async (...given) => {
      const made = await generate(...given);
      return { ...made, responseIds: made.responseIds.map((id) => (id === 10 ? tokenizer.padId : id)) };
    },
  }));
  expectBroken(avoided, { [law]: /logProbs gives 10, which is never generated, a log-probability of -/ });
});

test("model: an export that writes nothing, or takes the parameters along", async () => {
  const law = "what it exports, if it does, leaves its parameters as they are";
  expectBroken(await failedIn(law, () => ({ exportTo: async () => {} })), { [law]: /wrote nothing/ });
  const taken = await failedIn(law, () => ({
    exportTo: async (parameters, folder) => {
      writeFileSync(join(folder, "config.json"), "{}");
      tf.dispose(Object.values(parameters)[0]!);
      tf.keep(tf.scalar(0));
    },
  }));
  expectBroken(taken, { [law]: /exportTo disposed the parameter/ });
});

test("model: leaks", async () => {
  expectBroken(await failedBy(({ prompts }) => ({ prompts: (items) => (tf.scalar(1), prompts(items)) })), {
    "leaks no tensor, and disposes none of its inputs": /prompts leaves 1 tensor behind/,
  });
  expectBroken(
    await withLogProbs(
      (original) =>
        (...given) => (tf.keep(tf.scalar(1)), original(...given)),
    ),
    { "leaks no tensor, and disposes none of its inputs": /logProbs leaves 1 tensor behind/ },
  );
});

test("model: a tokenizer that does not come back", async () => {
  expectBroken(
    await failedBy(({ tokenizer }) => ({
      tokenizer: { ...tokenizer, decode: (ids) => tokenizer.decode(ids).trim().toUpperCase() },
    })),
    {
      "its tokenizer's decode is the inverse of encode": /decode\(encode\(text\)\) is another text[^]*came: +"[A-Z]+"/,
    },
  );
  expectBroken(await failedBy(({ tokenizer }) => ({ tokenizer: { ...tokenizer, endId: tokenizer.padId } })), {
    "its tokenizer's decode is the inverse of encode": /padId and endId are both/,
  });
});

test.run();
