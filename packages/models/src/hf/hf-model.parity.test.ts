import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { randomStream } from "@rewardlab/core";
import type { Message, Parameters, Pixels } from "@rewardlab/core";
import { createModel } from "@rewardlab/core/testing";
import { hf, hfWith } from "./hf-model.ts";
import type { ConfigReader } from "./architecture-definition.ts";
import type { HfModel } from "./hf-model.ts";
import { gptNeoX } from "./testing/gpt-neox.ts";
import { refusal } from "./testing/folder.ts";

/**
 * Against Transformers 5.24.0 and PEFT 0.21.2 (tools/oracles/real-models.py): tiny random models of every architecture, in shards and in one file, in three
 * dtypes; prompts with no picture, one, two, wide, high and tiny; left padding where they stand side by side.
 */
interface Case {
  readonly messages: readonly Message[];
  readonly pictures: readonly (readonly [number, number])[];
  readonly promptIds: readonly number[];
  readonly response: string;
  readonly responseIds: readonly number[];
  readonly logProbs: readonly number[];
  readonly greedy: readonly number[];
}
interface Expected {
  readonly cases: readonly Case[];
  readonly lora: Omit<Case, "promptIds" | "responseIds" | "greedy"> & {
    readonly rank: number;
    readonly alpha: number;
    readonly targets: readonly string[];
    readonly gradients: Readonly<Record<string, readonly number[]>>;
    /** Of parameters that have no adapter, by their names in the file. */
    readonly others?: Readonly<Record<string, readonly number[]>>;
  };
}

const models = fileURLToPath(new URL("fixtures/models", import.meta.url));
/** Those that `hf` reads, and those of an architecture that a plugin brings. */
const plugged = fileURLToPath(new URL("fixtures/others", import.meta.url));
const own = readdirSync(models).sort();
const names = [
  ...own,
  ...readdirSync(plugged)
    .sort()
    .map((name) => `../others/${name}`),
];
const hfNeoX = hfWith({ name: "hf-neox", summary: "GPT-NeoX as well", architectures: [gptNeoX] });
const component = (name: string) => (own.includes(name) ? hf : hfNeoX);
const expectedOf = (name: string) => JSON.parse(readFileSync(`${models}/${name}/expected.json`, "utf8")) as Expected;

/** The oracle's picture of that size. */
function picture([width, height]: readonly [number, number]): Pixels {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++) for (let c = 0; c < 3; c++) data[at++] = (x * 7 + y * 13 + c * 29 + x * y * 3) % 256;
  return { width, height, data };
}

const asked = ({ messages, pictures }: Pick<Case, "messages" | "pictures">) => ({
  messages,
  pictures: pictures.map(picture),
  where: "case",
});

/** Log-probabilities of the cases' responses, all in one batch. */
function logProbs(
  model: HfModel,
  parameters: Parameters,
  cases: readonly Pick<Case, "messages" | "pictures" | "response">[],
): number[][] {
  return tf.tidy(() => {
    const responses = cases.map(({ response }) => model.tokenizer.encode(response));
    const longest = Math.max(...responses.map((ids) => ids.length));
    const padded = responses.map((ids) => [...ids, ...Array.from({ length: longest - ids.length }, () => 0)]);
    const mask = responses.map((ids) => padded[0]!.map((_, at) => (at < ids.length ? 1 : 0)));
    const made = model.conversations.logProbs(
      parameters,
      model.conversations.prompts(cases.map(asked)),
      { responseIds: tf.tensor2d(padded, undefined, "int32"), mask: tf.tensor2d(mask) },
      1,
    );
    return made.arraySync().map((row, index) => row.slice(0, responses[index]!.length));
  });
}

function close(given: readonly number[], expected: readonly number[], what: string, tolerance = 1e-4): void {
  assert.is(given.length, expected.length, what);
  given.forEach((value, at) => {
    const most = tolerance * Math.max(1, Math.abs(expected[at]!));
    assert.ok(Math.abs(value - expected[at]!) <= most, `${what}, ${at}: ${value}, expected ${expected[at]}`);
  });
}

const test = suite("hf against Transformers", { tensors: 0 });
test.before.each((context) => void (context.tensors = tf.memory().numTensors));
test.after.each(({ tensors }) => assert.is(tf.memory().numTensors, tensors, "tensors leaked"));

test("there are eleven models of them, and two that a plugin reads", () => void assert.is(names.length, 13));

for (const name of names) {
  test(`${name}: prompts have the same tokens, responses the same log-probabilities`, async () => {
    const model = createModel(component(name), { path: `${models}/${name}` }) as HfModel;
    const { cases } = expectedOf(name);
    for (const { messages, pictures, promptIds, response, responseIds } of cases) {
      assert.equal(model.conversations.promptIds([asked({ messages, pictures })]), [promptIds]);
      assert.equal(model.tokenizer.encode(response), responseIds);
    }
    const parameters = await model.load!(randomStream(1, "test"));
    logProbs(model, parameters, cases).forEach((row, index) => close(row, cases[index]!.logProbs, `case ${index}`));
    tf.dispose(parameters);
  });

  test(`${name}: greedy generation goes on as there`, async () => {
    const model = createModel(component(name), { path: `${models}/${name}` }) as HfModel;
    const { cases } = expectedOf(name);
    const parameters = await model.load!(randomStream(1, "test"));
    const batch = model.conversations.prompts(cases.map(asked));
    const made = await model.generate(parameters, batch, {
      samplesPerPrompt: 1,
      temperature: 0,
      maxNewTokens: 8,
      random: randomStream(1, "test"),
    });
    cases.forEach(({ greedy }, index) => {
      const length = made.mask.subarray(index * 8, index * 8 + 8).reduce((sum, one) => sum + one, 0);
      assert.equal([...made.responseIds.subarray(index * 8, index * 8 + length)], greedy, `case ${index}`);
    });
    tf.dispose([parameters, batch] as never);
  });

  test(`${name}: adapters change log-probabilities as PEFT's do, and have its gradients`, async () => {
    const { lora } = expectedOf(name);
    const { rank, alpha, targets, messages, pictures, response, gradients, others = {} } = lora;
    const model = createModel(component(name), { path: `${models}/${name}`, lora: { rank, alpha, targets } }) as HfModel;
    const parameters = { ...(await model.load!(randomStream(1, "test"))) };
    for (const [key, tensor] of Object.entries(parameters)) {
      if (!model.trains!(key)) continue;
      const shift = key.includes("lora_A") ? 1 : 2;
      parameters[key] = tf.tensor(
        Float32Array.from({ length: tensor.size }, (_, index) => 0.3 * Math.sin(index * 0.7 + shift)),
        tensor.shape,
      );
      tensor.dispose();
    }
    close(logProbs(model, parameters, [lora])[0]!, lora.logProbs, "log-probabilities");
    // PEFT names modules as Transformers holds them; files of Qwen2.5-VL and LLaVA have other names
    const named = (key: string) =>
      ["model.", "language_model.model."]
        .map((prefix) => key.replace("model.language_model.", prefix))
        .find((one) => one in parameters && !(key in parameters)) ?? key;
    const expected = Object.fromEntries(Object.entries({ ...gradients, ...others }).map(([key, values]) => [named(key), values]));
    const moved = Object.keys(expected);
    const batch = model.conversations.prompts([asked({ messages, pictures })]);
    const ids = model.tokenizer.encode(response);
    const responses = { responseIds: tf.tensor2d([ids], undefined, "int32"), mask: tf.ones([1, ids.length]) as Tensor2D };
    const found = tf.grads((...xs: tf.Tensor[]) => {
      const all = { ...parameters, ...Object.fromEntries(moved.map((key, index) => [key, xs[index]!])) };
      return tf.sum(model.conversations.logProbs(all, batch, responses, 1));
    })(moved.map((key) => parameters[key]!));
    moved.forEach((key, index) => {
      const scale = Math.max(...expected[key]!.map(Math.abs));
      close(
        [...found[index]!.dataSync()].map((value) => value / scale),
        expected[key]!.map((value) => value / scale),
        key,
      );
    });
    tf.dispose([parameters, batch, responses, found] as never);
  });
}

test("an architecture that nobody brought: the nearest ones are named, a plugin's among them", () => {
  const path = `${plugged}/gpt-neox`;
  assert.match(
    refusal(() => createModel(hf, { path })),
    /RL_ARCHITECTURE .*model_type is "gpt_neox", which is not known/,
  );
  const misspelt = { ...gptNeoX, name: "GPTNeoForCausalLM", modelType: "gpt_neo" };
  const near = hfWith({ name: "hf-neo", summary: "GPT-Neo as well", architectures: [misspelt] });
  assert.match(
    refusal(() => createModel(near, { path })),
    /RL_ARCHITECTURE .*"gpt_neox", which is not known\. Did you mean "?gpt_neo/,
  );
});

test("an architecture of a plugin's: what its config.json lacks is told with file and field", () => {
  const reading = {
    ...gptNeoX,
    read: (config: ConfigReader) => (config.number("depth"), gptNeoX.read(config)),
  };
  const lacking = hfWith({ name: "hf-neox", summary: "GPT-NeoX as well", architectures: [reading] });
  assert.match(
    refusal(() => createModel(lacking, { path: `${plugged}/gpt-neox` })),
    /RL_HF_CONFIG .*gpt-neox\/config\.json: depth isn't there, expected a number/,
  );
});

test.run();
