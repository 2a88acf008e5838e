// Gradients whose layers are made again, against those that kept everything: of adapters and of all weights; text, pictures with M-RoPE, DeepStack.

import { compileFunction, startTensorflowBackend, startWasmBackend } from "@rewardlab/engines";
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { randomStream } from "@rewardlab/core";
import type { Pixels } from "@rewardlab/core";
import { createModel } from "@rewardlab/core/testing";
import { hf } from "./hf-model.ts";
import type { HfModel } from "./hf-model.ts";

await startWasmBackend();
const backends = ["wasm", ...((await startTensorflowBackend()) === null ? [] : ["tensorflow"])];

const folder = (name: string) => fileURLToPath(new URL(`fixtures/models/${name}`, import.meta.url));
const picture: Pixels = { width: 40, height: 30, data: Uint8Array.from({ length: 3600 }, (_, index) => (index * 7) % 256) };

/** Loss and gradients of all that trains, by name. */
async function gradients(path: string, options: object, compiled: boolean): Promise<Record<string, Float32Array>> {
  const model = createModel(hf, { path, ...options }) as HfModel;
  const parameters = await model.load!(randomStream(1, "test"));
  const names = Object.keys(parameters).filter((name) => model.trains!(name));
  const pictures = model.neverGenerated!.length > 0 ? [picture] : [];
  const asked = ["Which one?", "And this, which is longer, what of it?"].map((text, index) => ({
    messages: [
      { role: "user", content: index === 0 && pictures.length > 0 ? [{ type: "image" as const }, { type: "text" as const, text }] : text },
    ],
    pictures: index === 0 ? pictures : [],
    where: `${index}`,
  })); // prettier-ignore
  const prompts = model.conversations.prompts(asked);
  const responses = { responseIds: tf.tensor2d([[5, 9, 2, 7, 1], [3, 3, 8, 0, 0]], undefined, "int32"), mask: tf.tensor2d([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]]) }; // prettier-ignore
  const work = (all: typeof parameters, batch: typeof prompts, given: typeof responses) => {
    const lossOf = (...xs: tf.Tensor[]) => {
      const moved = { ...all, ...Object.fromEntries(names.map((name, index) => [name, xs[index]!])) };
      return tf.sum(tf.square(model.logProbs(moved, batch, given, 0.9) as Tensor2D)) as tf.Scalar;
    };
    return tf.valueAndGrads(lossOf)(names.map((name) => all[name]!));
  };
  const { value, grads } = (compiled ? compileFunction(work, "graph") : work)(parameters, prompts, responses);
  const result: Record<string, Float32Array> = { loss: value.dataSync() as Float32Array };
  grads.forEach((one, index) => (result[names[index]!] = one.dataSync().slice() as Float32Array));
  tf.dispose([parameters, prompts, responses, value, grads] as never);
  return result;
}

const test = suite("checkpointing", { tensors: 0 });

for (const backend of backends)
  for (const [name, options] of [
    ["smollm2", { lora: { rank: 2 } }],
    ["qwen3", {}],
    ["qwen2_5_vl", { lora: { rank: 2, towers: ["text", "vision"] } }],
    ["qwen3_vl", {}],
  ] as const)
    test(`${name}, ${"lora" in options ? "adapters" : "all weights"}: the gradients are the same (${backend})`, async () => {
      tf.setBackend(backend);
      const before = tf.memory().numTensors;
      const kept = await gradients(folder(name), options, false);
      const compiled = backend === "tensorflow";
      const again = await gradients(folder(name), { ...options, checkpointing: true }, compiled);
      assert.equal(Object.keys(again), Object.keys(kept));
      assert.ok(Object.keys(kept).length > 10);
      for (const [key, expected] of Object.entries(kept)) {
        const scale = Math.max(...expected.map(Math.abs));
        const most = Math.max(...expected.map((value, at) => Math.abs(value - again[key]![at]!)));
        assert.ok(most <= (compiled ? 3e-6 : 1e-6) * scale, `${key}: ${most} off, of ${scale}`); // compiled, sums go in another order
      }
      assert.is(tf.memory().numTensors, before, "leaked tensors");
    });

test.run();
