import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { randomStream } from "@rewardlab/core";
import type { Parameters } from "@rewardlab/core";
import { createModel } from "@rewardlab/core/testing";
import { hf } from "./hf-model.ts";
import type { HfModel } from "./hf-model.ts";
import { refusal } from "./testing/folder.ts";

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/models/${name}`, import.meta.url));
const opened = (options: object) => createModel(hf, options) as HfModel;

const test = suite("hf export", { folder: "", tensors: 0 });
test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), "rewardlab-export-"));
  context.tensors = tf.memory().numTensors;
});
test.after.each(({ folder, tensors }) => {
  rmSync(folder, { recursive: true });
  assert.is(tf.memory().numTensors, tensors, "tensors leaked");
});

/** Log-probabilities of a response to a question. */
function said(model: HfModel, parameters: Parameters): number[] {
  return tf.tidy(() => {
    const asked = [{ messages: [{ role: "user", content: "which is better?" }], pictures: [], where: "test" }];
    const ids = model.tokenizer.encode("response 1");
    const responses = { responseIds: tf.tensor2d([ids], undefined, "int32"), mask: tf.ones([1, ids.length]) as Tensor2D };
    return [...model.conversations.logProbs(parameters, model.conversations.prompts(asked), responses, 1).dataSync()];
  });
}

/** A model with adapters that are not zero. */
async function trained(path: string): Promise<{ model: HfModel; parameters: Parameters }> {
  const model = opened({ path, lora: { rank: 2, alpha: 3, rsLora: true } });
  const loaded = await model.load!(randomStream(1, "test"));
  const parameters = Object.fromEntries(
    Object.entries(loaded).map(([name, tensor]) => {
      if (!name.includes("lora_B")) return [name, tensor];
      tensor.dispose();
      return [
        name,
        tf.tensor(
          Float32Array.from({ length: tensor.size }, (_, at) => Math.sin(at)),
          tensor.shape,
        ),
      ];
    }),
  );
  return { model, parameters };
}

const near = (given: readonly number[], expected: readonly number[]) =>
  given.forEach((value, at) => assert.ok(Math.abs(value - expected[at]!) < 1e-5, `${value}, expected ${expected[at]}`));

for (const name of ["llama", "smollm2", "qwen2_5_vl"]) {
  test(`${name}: the whole, exported and read again, says the same without its adapters`, async ({ folder }) => {
    const { model, parameters } = await trained(fixture(name));
    await model.exportTo!(parameters, folder);
    const again = opened({ path: folder });
    const weights = await again.load!(randomStream(1, "test"));
    near(said(again, weights), said(model, parameters));
    assert.not(Object.keys(weights).some((key) => key.includes("lora")));
    tf.dispose([parameters, weights] as never);
  });

  test(`${name}: adapters, exported and begun with again, say the same beside the base`, async ({ folder }) => {
    const { model, parameters } = await trained(fixture(name));
    await model.exportTo!(parameters, folder, "adapter");
    const again = opened({ path: fixture(name), lora: { from: folder } });
    const weights = await again.load!(randomStream(2, "other"));
    near(said(again, weights), said(model, parameters));
    const { target_modules: modules } = JSON.parse(readFileSync(join(folder, "adapter_config.json"), "utf8")) as {
      target_modules: string[];
    };
    assert.ok(
      modules.every((module) => module.startsWith(name === "qwen2_5_vl" ? "model.language_model.layers." : "model.layers.")),
      modules[0],
    );
    tf.dispose([parameters, weights] as never);
  });
}

test("equal parameters give equal bytes", async ({ folder }) => {
  const { model, parameters } = await trained(fixture("llama"));
  const into = ["a", "b"].map((name) => join(folder, name));
  for (const one of into) {
    mkdirSync(one);
    await model.exportTo!(parameters, one);
  }
  const [a, b] = into.map((one) => readFileSync(join(one, "model.safetensors")));
  assert.ok(a!.equals(b!));
  tf.dispose(parameters);
});

test("adapters of another base, of another kind, or none are refused by name", async ({ folder }) => {
  const { model, parameters } = await trained(fixture("llama"));
  await model.exportTo!(parameters, folder, "adapter");
  tf.dispose(parameters);
  assert.match(
    refusal(() => opened({ path: fixture("qwen2_5_vl"), lora: { from: folder } })),
    /RL_LORA .*no matrix of that name.*another base/,
  );
  writeFileSync(join(folder, "adapter_config.json"), JSON.stringify({ peft_type: "IA3" }));
  assert.match(
    refusal(() => opened({ path: fixture("llama"), lora: { from: folder } })),
    /RL_LORA .*adapter_config\.json: peft_type/,
  );
  assert.match(
    refusal(() => opened({ path: fixture("llama"), lora: { targets: ["q_prj"] } })),
    /RL_LORA .*"q_prj".*q_proj/,
  );
});

test.run();
