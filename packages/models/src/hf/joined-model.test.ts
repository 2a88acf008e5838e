import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { randomStream } from "@rewardlab/core";
import type { Parameters, Pixels } from "@rewardlab/core";
import { createModel } from "@rewardlab/core/testing";
import { openSafetensors, writeSafetensors } from "@rewardlab/storage";
import { hf } from "./hf-model.ts";
import type { HfModel } from "./hf-model.ts";
import { llava } from "./joined-model.ts";
import { refusal } from "./testing/folder.ts";

/** Parts of the tiny random models that Transformers wrote: a tower of a LLaVA's and a text model. */
const fixture = (name: string) => fileURLToPath(new URL(`fixtures/models/${name}`, import.meta.url));
const joined = (options: object) => createModel(llava, { text: fixture("smollm2"), ...options }) as HfModel;

const picture: Pixels = { width: 30, height: 20, data: Uint8Array.from({ length: 1800 }, (_, at) => (at * 7) % 256) };
const asked = (pictures: number) => ({
  messages: [
    {
      role: "user",
      content: [
        ...Array.from({ length: pictures }, () => ({ type: "image" as const })),
        { type: "text" as const, text: "which is better?" },
      ],
    },
  ],
  pictures: Array.from({ length: pictures }, () => picture),
  where: "test",
});

/** Log-probabilities of a response beside one picture and beside two, left-padded. */
function said(model: HfModel, parameters: Parameters): number[] {
  return tf.tidy(() => {
    const ids = model.tokenizer.encode("response 1");
    const responses = { responseIds: tf.tensor2d([ids, ids], undefined, "int32"), mask: tf.ones([2, ids.length]) as Tensor2D };
    const prompts = model.conversations.prompts([asked(1), asked(2)]);
    return [...model.conversations.logProbs(parameters, prompts, responses, 1).dataSync()];
  });
}
const near = (given: readonly number[], expected: readonly number[]) =>
  given.forEach((value, at) => assert.ok(Math.abs(value - expected[at]!) < 1e-5, `${value}, expected ${expected[at]}`));

const test = suite("llava of parts", { folder: "", tensors: 0 });
test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), "rewardlab-joined-"));
  context.tensors = tf.memory().numTensors;
});
test.after.each(({ folder, tensors }) => {
  rmSync(folder, { recursive: true });
  assert.is(tf.memory().numTensors, tensors, "tensors leaked");
});

for (const [tower, projector, columns] of [
  ["llava", {}, 16],
  ["llava-siglip", { layer: -1 }, 36],
  ["llava-dinov2", { layer: 0 }, 48],
  ["llava-dinov2-gated", { shuffle: 5 }, 1],
  ["smolvlm", {}, null],
  ["qwen2_5_vl", {}, null],
  ["qwen3_vl", {}, null],
] as const)
  test(`${tower} and a text model: the weights are those of the two folders, the projector is drawn, and pictures are seen`, async () => {
    const model = joined({ vision: fixture(tower), projector });
    const [first, again, other] = await Promise.all([1, 1, 2].map((seed) => model.load!(randomStream(seed, "test"))));
    const trained = Object.keys(first!).filter((name) => model.trains!(name));
    assert.ok(trained.length >= 4 && trained.every((name) => name.startsWith("multi_modal_projector.")), trained.join());
    for (const [name, tensor] of Object.entries(first!)) {
      const same = (one: tf.Tensor) => tensor.dataSync().every((value, at) => value === one.dataSync()[at]);
      assert.ok(same(again![name]!), name);
      assert.is(same(other![name]!), !/linear_[12]\.weight/.test(name), `${name} with another seed`);
    }
    const [one, two] = [1, 2].map((pictures) => model.conversations.promptIds([asked(pictures)])[0]!);
    const image = model.tokenizer.idOf("<image>")!;
    const count = (ids: readonly number[]) => ids.filter((id) => id === image).length;
    if (columns !== null) assert.is(count(one!), columns);
    assert.is(count(two!), 2 * count(one!));
    assert.equal(model.neverGenerated, [image]);
    const before = said(model, first!);
    const moved = { ...first!, "multi_modal_projector.linear_2.bias": tf.ones([16]) };
    assert.not.equal(said(model, moved), before); // what is seen counts
    tf.dispose([first, again, other, moved["multi_modal_projector.linear_2.bias"]] as never);
  });

test("a decoder of a whole model, and a tower of one: what both files say is what is read", async () => {
  const model = createModel(llava, { vision: fixture("llava-dinov2"), text: fixture("qwen3_vl") }) as HfModel;
  const parameters = await model.load!(randomStream(1, "test"));
  const text = openSafetensors(join(fixture("qwen3_vl"), "model.safetensors"));
  const own = parameters["language_model.model.layers.1.mlp.up_proj.weight"]!;
  assert.equal([...own.dataSync()], [...text.floats("model.language_model.layers.1.mlp.up_proj.weight")]);
  text.close();
  assert.is(said(model, parameters).length % 2, 0);
  tf.dispose(parameters);
});

test("the mark gets a row behind the last where the embedding has no free one: the mean of the others", async () => {
  const model = joined({ vision: fixture("llava") });
  const parameters = await model.load!(randomStream(1, "test"));
  const embedding = parameters["language_model.model.embed_tokens.weight"]!;
  const [rows, width] = embedding.shape as [number, number];
  assert.is(model.tokenizer.idOf("<image>"), rows - 1);
  const values = embedding.dataSync();
  for (let column = 0; column < width; column++) {
    let sum = 0;
    for (let row = 0; row < rows - 1; row++) sum += values[row * width + column]!;
    assert.ok(Math.abs(values[(rows - 1) * width + column]! - sum / (rows - 1)) < 1e-6);
  }
  tf.dispose(parameters);
});

test("an export is a folder that hf reads, and it says the same; its projector may begin another joint", async ({ folder }) => {
  const model = joined({ vision: fixture("llava-siglip"), projector: { layer: -1 }, lora: { rank: 2 } });
  const parameters = { ...(await model.load!(randomStream(1, "test"))) };
  for (const [name, tensor] of Object.entries(parameters))
    if (name.includes("lora_B")) {
      parameters[name] = tf.tensor(
        Float32Array.from({ length: tensor.size }, (_, at) => 0.2 * Math.sin(at)),
        tensor.shape,
      );
      tensor.dispose();
    }
  await model.exportTo!(parameters, folder);
  assert.match(readFileSync(join(folder, "config.json"), "utf8"), /"rope_theta": 100000\.0/); // Transformers wants a number with a fraction there
  const read = createModel(hf, { path: folder }) as HfModel;
  const weights = await read.load!(randomStream(2, "test"));
  assert.equal(read.conversations.promptIds([asked(2)]), model.conversations.promptIds([asked(2)]));
  near(said(read, weights), said(model, parameters));
  const stored = openSafetensors(join(folder, "model.safetensors"));
  assert.ok(stored.tensors.has("vision_tower.head.probe")); // nothing reads it, and the folder has it
  stored.close();
  const next = joined({ vision: fixture("llava-siglip"), projector: { layer: -1, from: folder }, train: [] });
  const begun = await next.load!(randomStream(3, "test"));
  const name = "multi_modal_projector.linear_1.weight";
  assert.equal([...begun[name]!.dataSync()], [...parameters[name]!.dataSync()]);
  tf.dispose([parameters, weights, begun] as never);
});

test("what can't be joined, trained or exported is refused by name", async ({ folder }) => {
  const tower = fixture("llava");
  const says = (options: object) => refusal(() => joined({ vision: tower, ...options }));
  assert.match(says({ train: ["text"] }), /RL_MODEL_PART llava: train is \[text\], expected the projector among them/);
  assert.match(
    says({ train: ["projector", "text"], lora: { rank: 2 } }),
    /RL_MODEL_PART llava: text is in train and has adapters/,
  );
  assert.match(says({ vision: fixture("llama") }), /RL_HF_CONFIG .*model_type is "llama", which sees nothing.*clip_vision_model/);
  assert.match(says({ projector: { shuffle: 3 } }), /RL_HF_CONFIG .*3 × 3 patches.*4×4.*multiple of 3/);
  assert.match(says({ projector: { layer: -9 } }), /RL_HF_CONFIG .*vision_feature_layer is -9.*3 layers.*-4 to 3/);
  assert.match(says({ imageSize: 20 }), /RL_HF_CONFIG .*sees 16×16 pixels.*makes 5×5 patches/);
  cpSync(tower, folder, { recursive: true });
  const config = JSON.parse(readFileSync(join(folder, "config.json"), "utf8")) as { vision_config: object };
  writeFileSync(
    join(folder, "config.json"),
    JSON.stringify({ ...config, vision_config: { ...config.vision_config, model_type: "clip_vison_model" } }),
  );
  assert.match(says({ vision: folder }), /RL_HF_CONFIG .*"clip_vison_model".*Did you mean "?clip_vision_model/);
  writeSafetensors(join(folder, "model.safetensors"), new Map([["other", [1]]]), () => Float32Array.of(1));
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  assert.match(
    says({ projector: { from: folder }, train: [] }),
    /RL_WEIGHTS .*no tensor multi_modal_projector\.linear_1\.weight, expected the projector of the same parts/,
  );
  for (const [options, why] of [
    [{ vision: fixture("smolvlm") }, /RL_EXPORT export: .*whole model's tower/],
    [
      { vision: fixture("llava-siglip"), projector: { shuffle: 2, layer: -1 } },
      /RL_EXPORT export: .*siglip_vision_model.*shuffle: 1/,
    ],
  ] as const) {
    const model = joined(options);
    const parameters = await model.load!(randomStream(1, "test"));
    let refused = "";
    await model.exportTo!(parameters, folder).catch(
      (error: Error & { code?: string }) => (refused = `${error.code} ${error.message}`),
    );
    assert.match(refused, why);
    tf.dispose(parameters);
  }
});

test.run();
