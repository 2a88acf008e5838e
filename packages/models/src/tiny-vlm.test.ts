import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { randomStream } from "@rewardlab/core";
import type { GenerateOptions, Generated, Model, Parameters, PreferenceItem } from "@rewardlab/core";
import { assertClose, assertGradient, createPart } from "@rewardlab/core/testing";
import plugin from "./index.ts";
import type { PromptBatch } from "./prompts.ts";
import { tinyVlm } from "./tiny-vlm.ts";

const created = (options: object) => createPart(tinyVlm, options).part as Model<PromptBatch>;
const small = { width: 16, heads: 4, kvHeads: 2, hiddenSize: 24, layers: 2, imageSize: 12, patchSize: 4, promptTokens: 16 };
const model = created(small);
const parameters = model.initialParameters(randomStream(1, "parameters"));
const { tokenizer } = model;

/** An item with a picture of its own. */
function item(id: string, question: string): PreferenceItem {
  const random = randomStream(id, "pixels");
  const pixels = { width: 12, height: 12, data: Uint8Array.from({ length: 432 }, () => random.below(256)) };
  return { id, images: [{ path: "", pixels }], question, responses: ["red", "green"], preferred: 1 };
}
const items = [
  item("a", "how many red shapes are there ?"),
  item("b", "what shape is at b2 ?"),
  item("c", "is there a red circle ?"),
];
const prompts = model.prompts(items);

/** Responses of T = 6 tokens; the second row ends after 3, the third has no token at all. */
const ids = [
  [4, 12, 20, 30, 5, 3],
  [4, 13, 3, 0, 0, 0],
  [0, 0, 0, 0, 0, 0],
];
const mask = [
  [1, 1, 1, 1, 1, 1],
  [1, 1, 1, 0, 0, 0],
  [0, 0, 0, 0, 0, 0],
];
const responsesOf = (rows: number[][], rowMask = mask) => ({
  responseIds: tf.tensor2d(rows, undefined, "int32"),
  mask: tf.tensor2d(rowMask),
}); // [B, T]
const rowsOf = (given: { prompts?: PromptBatch; ids?: number[][]; parameters?: Parameters; temperature?: number }): number[][] =>
  tf.tidy(() =>
    model
      .logProbs(given.parameters ?? parameters, given.prompts ?? prompts, responsesOf(given.ids ?? ids), given.temperature ?? 1)
      .arraySync(),
  );
const generate = (options: Partial<GenerateOptions> = {}, from: PromptBatch = prompts) =>
  model.generate(parameters, from, {
    samplesPerPrompt: 4,
    temperature: 1,
    maxNewTokens: 10,
    random: randomStream(3, "rollout"),
    ...options,
  });
const tensorsOf = ({ responseIds, mask: sampled, tokens }: Generated) => ({
  responseIds: tf.tensor2d(responseIds, [responseIds.length / tokens, tokens], "int32"), // [B, T]
  mask: tf.tensor2d(sampled, [sampled.length / tokens, tokens]), // [B, T]
});

let tensors = 0;
test.before.each(() => void (tensors = tf.memory().numTensors));
test.after.each(() => assert.is(tf.memory().numTensors, tensors, "leaked tensors"));

test("tiny-vlm: is what the plugin brings", () => assert.ok(plugin.components!.includes(tinyVlm)));

test("tiny-vlm: sizes of the default model", () => {
  const made = created({});
  const own = made.initialParameters(randomStream(1, "test"));
  assert.equal(
    [own["vision.patch.weight"]!.shape, own["layer.2.k"]!.shape, own["embed"]!.shape],
    [
      [432, 64],
      [64, 32],
      [82, 64],
    ],
  );
  assert.is(
    Object.values(own).reduce((sum, { size }) => sum + size, 0),
    194_048,
  );
  tf.dispose(own as never);
});

test("tiny-vlm: initial parameters come from the stream alone and have the deviations asked for", () => {
  const made = created({});
  const [once, again] = [1, 1].map((seed) => made.initialParameters(randomStream(seed, "test")));
  const deviation = (name: string) => tf.tidy(() => tf.moments(once![name]!).variance.dataSync()[0]! ** 0.5);
  assert.equal(once!["embed"]!.dataSync(), again!["embed"]!.dataSync());
  // 4096 draws or more give a standard error of 1.1 % at most, vision.position's 576 one of 3 %.
  const expected = {
    embed: 0.125,
    "vision.patch.weight": 432 ** -0.5,
    "layer.1.q": 1 / 8,
    "layer.0.o": 1 / 8 / 6 ** 0.5,
    "layer.2.down": (128 * 6) ** -0.5,
    "vision.0.o": 1 / 8 / 2 ** 0.5,
  };
  for (const [name, wanted] of Object.entries(expected))
    assert.ok(Math.abs(deviation(name) / wanted - 1) < 0.05, `${name}: ${deviation(name)}`);
  assert.ok(Math.abs(deviation("vision.position") - 1) < 0.1);
  assert.ok(
    once!["layer.0.attn_norm"]!.dataSync().every((value) => value === 1) &&
      once!["projector.in_bias"]!.dataSync().every((value) => value === 0),
  );
  tf.dispose([once, again] as never);
});

test("tiny-vlm: log-probabilities are 0 outside the mask and those of a distribution inside", () => {
  const rows = rowsOf({});
  rows.forEach((row, index) => row.forEach((value, token) => assert.ok(mask[index]![token] === 1 ? value < 0 : value === 0)));
  // All choices of the first token: their probabilities add up to 1.
  const one = model.prompts([items[0]!]);
  const every = Array.from({ length: tokenizer.size }, (_, id) => [id]);
  tf.tidy(() => {
    const all = model.logProbs(
      parameters,
      one,
      responsesOf(
        every,
        every.map(() => [1]),
      ),
      0.7,
    ); // [V, 1]
    assertClose(tf.sum(tf.exp(all)), 1, 1e-5);
  });
  tf.dispose(one as never);
});

test("tiny-vlm: temperature divides the logits", () => {
  const one = model.prompts([items[0]!]);
  const every = Array.from({ length: tokenizer.size }, (_, id) => [id]);
  tf.tidy(() => {
    const at = (temperature: number) =>
      model.logProbs(
        parameters,
        one,
        responsesOf(
          every,
          every.map(() => [1]),
        ),
        temperature,
      ); // [V, 1]
    assertClose(at(0.5), tf.logSoftmax(tf.mul(tf.reshape(at(1), [-1]), 2)).arraySync(), 1e-5);
  });
  tf.dispose(one as never);
  assert.throws(() => rowsOf({ temperature: 0 }), /temperature is 0, expected more than 0/);
});

test("tiny-vlm: a later token changes nothing before it, and something after it", () => {
  const before = rowsOf({});
  const after = rowsOf({ ids: [[4, 12, 20, 31, 5, 3], ...ids.slice(1)] });
  assert.equal(after[0]!.slice(0, 3), before[0]!.slice(0, 3));
  [3, 4, 5].forEach((token) => assert.not.equal(after[0]![token], before[0]![token]));
  assert.equal(after.slice(1), before.slice(1));
});

test("tiny-vlm: what pads hold doesn't matter, neither in the prompt nor in the response", () => {
  const written = {
    ...prompts,
    promptIds: tf.tidy(
      () =>
        tf.where(
          tf.greater(prompts.promptMask, 0),
          prompts.promptIds,
          tf.cast(tf.mul(tf.onesLike(prompts.promptMask), 40), "int32"),
        ) as Tensor2D,
    ),
  };
  assert.equal(rowsOf({ prompts: written }), rowsOf({}));
  written.promptIds.dispose();
  assert.equal(rowsOf({ ids: [ids[0]!, [4, 13, 3, 7, 7, 7], [7, 7, 7, 7, 7, 7]] }), rowsOf({}));
});

test("tiny-vlm: rows don't see one another", () => {
  const [second] = [model.prompts([items[1]!])];
  tf.tidy(() => assertClose(model.logProbs(parameters, second!, responsesOf([ids[1]!], [mask[1]!]), 1), rowsOf({})[1], 1e-6));
  tf.dispose(second as never);
});

test("tiny-vlm: the picture, the question and each word of it matter", () => {
  const changed = (first: PreferenceItem) => {
    const batch = model.prompts([first, ...items.slice(1)]);
    const rows = rowsOf({ prompts: batch });
    tf.dispose(batch as never);
    return Math.abs(rows[0]![0]! - rowsOf({})[0]![0]!);
  };
  assert.is(changed(items[0]!), 0);
  const data = Uint8Array.from(items[0]!.images[0]!.pixels.data);
  data.fill(255, 0, 12); // four pixels of the first patch
  assert.ok(changed({ ...items[0]!, images: [{ path: "", pixels: { width: 12, height: 12, data } }] }) > 1e-4);
  assert.ok(changed({ ...items[0]!, question: "how many green shapes are there ?" }) > 1e-4);
  assert.ok(changed({ ...items[0]!, responses: ["green", "red"] }) > 1e-4);
});

test("tiny-vlm: G responses a prompt are the same as the prompt G times", () => {
  const twice = model.prompts(items.slice(0, 2).flatMap((each) => [each, each]));
  const once = model.prompts(items.slice(0, 2));
  tf.tidy(() => {
    const rows = [ids[0]!, ids[1]!, [4, 50, 51, 52, 53, 54], [4, 5, 6, 8, 7, 3]];
    const full = rows.map(() => mask[0]!);
    assertClose(
      model.logProbs(parameters, once, responsesOf(rows, full), 1),
      model.logProbs(parameters, twice, responsesOf(rows, full), 1).arraySync(),
      1e-6,
    );
  });
  tf.dispose([twice, once] as never);
  assert.throws(() => rowsOf({ ids: ids.slice(0, 2) }), /mask has shape|2 responses to 3 prompts/);
});

/** Σ log-probabilities as a function of some of the parameters. */
const total =
  (names: readonly string[], given: Parameters = parameters) =>
  (...moved: Tensor[]) =>
    tf.sum(
      model.logProbs(
        { ...given, ...Object.fromEntries(names.map((name, index) => [name, moved[index]!])) },
        prompts,
        responsesOf(ids),
        0.9,
      ),
    ); // []

test("tiny-vlm: the gradient reaches every parameter, each row's own mask respected", () =>
  tf.tidy(() => {
    const names = Object.keys(parameters);
    tf.grads(total(names))(Object.values(parameters)).forEach((gradient, index) => {
      const values = gradient.dataSync();
      assert.ok(values.every(Number.isFinite) && values.some((value) => value !== 0), names[index]);
    });
  }));

test("tiny-vlm: gradients agree with central differences", () =>
  tf.tidy(() => {
    // Of the first rows of two parameters, to keep it quick.
    for (const [name, rows] of [
      ["layer.0.k", 2],
      ["vision.position", 1],
    ] as const) {
      const all = parameters[name] as Tensor2D;
      const rest = tf.slice(all, [rows, 0]);
      assertGradient((x) => total([name])(tf.concat([x, rest], 0)), tf.slice(all, [0, 0], [rows, all.shape[1]]), 1e-2, 5e-3);
    }
  }));

test("generate: its log-probabilities are those of logProbs, dropped rows and grouped prompts included", async () => {
  // Without words there are 28 tokens, so about one in 28 is EOS: of 24 rows some 14 end within 24 tokens.
  const terse = created({ ...small, words: [] });
  const weights = terse.initialParameters(randomStream(1, "parameters"));
  const from = terse.prompts(items.map((each) => ({ ...each, question: "1 2", responses: ["1", "2"] as const })));
  for (const temperature of [1, 0.7]) {
    const random = randomStream(3, "rollout");
    const generated = await terse.generate(weights, from, { samplesPerPrompt: 8, temperature, maxNewTokens: 24, random });
    const T = generated.tokens;
    assert.is(T, 24);
    const ended = Array.from({ length: 24 }, (_, row) => generated.mask[row * T + T - 1]).filter((last) => last === 0).length;
    assert.ok(ended >= 10, `${ended} of 24 rows ended: rows should have been dropped`); // fewer than 60 % of 24 go on
    const again = tf.tidy(() => terse.logProbs(weights, from, tensorsOf(generated), temperature).dataSync()); // [B, T]
    again.forEach((value, index) => assert.ok(Math.abs(value - generated.logProbs[index]!) < 1e-5));
  }
  tf.dispose([weights, from] as never);
});

test("generate: rows end with EOS, are padded after it, and the mask says so", async () => {
  const { responseIds, mask: sampled, logProbs, tokens } = await generate({ maxNewTokens: 40, samplesPerPrompt: 6 });
  for (let row = 0; row < 18; row++) {
    const rowIds = [...responseIds.subarray(row * tokens, (row + 1) * tokens)];
    const end = rowIds.indexOf(tokenizer.endId);
    const length = end === -1 ? tokens : end + 1;
    rowIds.forEach((id, token) => {
      const at = row * tokens + token;
      assert.is(sampled[at], token < length ? 1 : 0);
      if (token >= length) assert.equal([id, logProbs[at]], [tokenizer.padId, 0]);
    });
  }
});

test("generate: the same stream gives the same responses, another one others", async () => {
  const [once, again, other] = [await generate(), await generate(), await generate({ random: randomStream(4, "rollout") })];
  assert.equal(once, again);
  assert.not.equal(once.responseIds, other.responseIds);
});

test("generate: draws B · maxNewTokens numbers whatever is sampled; none at temperature 0", async () => {
  for (const [temperature, draws] of [
    [1, 60],
    [0.01, 60],
    [0, 0],
  ] as const) {
    const [random, expected] = [randomStream(5, "rollout"), randomStream(5, "rollout")];
    await generate({ random, temperature, samplesPerPrompt: 2 });
    for (let draw = 0; draw < draws; draw++) expected.uniform();
    assert.equal(random.state(), expected.state());
  }
});

test("generate: temperature 0 is the most likely token at each step", async () => {
  const { responseIds, logProbs, tokens } = await generate({ temperature: 0, samplesPerPrompt: 2, maxNewTokens: 4 });
  assert.equal(responseIds.subarray(0, tokens), responseIds.subarray(tokens, 2 * tokens));
  assert.ok(logProbs.every((value) => value === 0));
  // The first token against all others.
  const one = model.prompts([items[2]!]);
  const every = Array.from({ length: tokenizer.size }, (_, id) => [id]);
  const best = tf.tidy(
    () =>
      tf
        .argMax(
          tf.reshape(
            model.logProbs(
              parameters,
              one,
              responsesOf(
                every,
                every.map(() => [1]),
              ),
              1,
            ),
            [-1],
          ),
        )
        .dataSync()[0],
  );
  assert.is(responseIds[4 * tokens], best);
  tf.dispose(one as never);
});

test("generate: refuses a temperature below 0 or that is no number", async () => {
  for (const temperature of [-1, NaN, Infinity])
    await generate({ temperature }).then(
      () => assert.unreachable(),
      (error: Error) => assert.match(error.message, /temperature is .*, expected 0 \(greedy\) or more/),
    );
});

test("generate: one token only", async () => {
  const generated = await generate({ maxNewTokens: 1 });
  tf.tidy(() =>
    assertClose(tf.reshape(model.logProbs(parameters, prompts, tensorsOf(generated), 1), [-1]), [...generated.logProbs], 1e-5),
  );
});

test("tiny-vlm: options that don't fit one another are refused by name", () => {
  const issues = (options: object) => tinyVlm.checks!.flatMap(({ find }) => find(tinyVlm.options.parse(options) as never));
  assert.equal(issues({}), []);
  assert.equal(issues({ width: 60 }), [{ path: ["width"], message: "60 is given, expected a multiple of twice the heads: 8" }]);
  assert.equal(issues({ kvHeads: 3 }), [{ path: ["kvHeads"], message: "3 is given, expected a divisor of heads: 4" }]);
  assert.equal(issues({ patchSize: 10 }), [{ path: ["patchSize"], message: "10 is given, expected a divisor of imageSize: 36" }]);
  assert.equal(
    issues({ words: ["red", "red", "a b"] }).map(({ path }) => path),
    [
      ["words", 1],
      ["words", 2],
    ],
  );
  assert.not.ok(tinyVlm.options.safeParse({ depth: 3 }).success);
});

test("tiny-vlm: a missing parameter is named", () => {
  const { "layer.1.k": _, ...rest } = parameters;
  assert.throws(() => rowsOf({ parameters: rest }), /there is no parameter layer\.1\.k/);
});

test.run();
