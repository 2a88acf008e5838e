// vLLM loads what a LoRA run exports, and says the same greedily. It needs vLLM's build for CPUs in a Python of its own, the one of `npm run bench`
// (benchmarks/frameworks/peers/requirements-vllm.txt, torch first, and then without torchvision, torchaudio and torchcodec), and a Linux whose users may
// have networks of their own, for vLLM opens ports:
//
//   REWARDLAB_VLLM=FOLDER/bin/python npm test -- --slow vllm

import * as tf from "@tensorflow/tfjs";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { randomStream } from "@rewardlab/core";
import type { Compiler, Model } from "@rewardlab/core";
import models from "@rewardlab/models";
import { writeSafetensors } from "@rewardlab/storage";
import { rewardlab, temporaryFolder } from "./command.ts";

const python = process.env["REWARDLAB_VLLM"];
const withVllm = python === undefined || python === "" ? test.skip : test;

const folder = temporaryFolder();
test.after(() => rmSync(folder, { recursive: true, force: true }));

/** A Llama that is small and of head sizes that vLLM has kernels for: the tokenizer and template of a fixture, random weights. */
function writeBase(into: string): void {
  mkdirSync(into);
  const fixture = fileURLToPath(new URL("../packages/models/src/hf/fixtures/models/llama", import.meta.url));
  for (const name of ["chat_template.jinja", "generation_config.json", "tokenizer.json", "tokenizer_config.json"])
    cpSync(join(fixture, name), join(into, name));
  const [D, F, V, layers, kv] = [128, 192, 294, 2, 64];
  const { rope_parameters: _, ...given } = JSON.parse(readFileSync(join(fixture, "config.json"), "utf8")) as Record<
    string,
    unknown
  >;
  const sizes = { hidden_size: D, intermediate_size: F, head_dim: 64, num_attention_heads: 2, num_key_value_heads: 1 };
  writeFileSync(join(into, "config.json"), JSON.stringify({ ...given, ...sizes, dtype: "float32", rope_theta: 10_000 }));
  const shapes = new Map<string, readonly number[]>([
    ["model.embed_tokens.weight", [V, D]],
    ["lm_head.weight", [V, D]],
    ["model.norm.weight", [D]],
  ]);
  for (let layer = 0; layer < layers; layer++) {
    const at = `model.layers.${layer}.`;
    shapes.set(`${at}self_attn.q_proj.weight`, [D, D]).set(`${at}self_attn.k_proj.weight`, [kv, D]);
    shapes.set(`${at}self_attn.v_proj.weight`, [kv, D]).set(`${at}self_attn.o_proj.weight`, [D, D]);
    shapes
      .set(`${at}mlp.gate_proj.weight`, [F, D])
      .set(`${at}mlp.up_proj.weight`, [F, D])
      .set(`${at}mlp.down_proj.weight`, [D, F]);
    shapes.set(`${at}input_layernorm.weight`, [D]).set(`${at}post_attention_layernorm.weight`, [D]);
  }
  const random = randomStream(1, "vllm");
  writeSafetensors(join(into, "model.safetensors"), shapes, (name) => {
    const size = shapes.get(name)!.reduce((product, axis) => product * axis, 1);
    // far from zero, so that no two tokens are nearly equally likely
    return Float32Array.from({ length: size }, () => (name.includes("norm") ? 1 : 0.15 * random.normal()));
  });
}

const experiment = `name: small
plugins: ["@rewardlab/algo-grpo"]
engine: auto
model: { use: hf, path: base, lora: { rank: 4, alpha: 32 } }
data: { use: jsonl, train: rows.jsonl }
stages:
  - rl:
      use: rl
      algorithm: grpo
      iterations: 3
      rollout: { prompts: 2, samplesPerPrompt: 4, maxNewTokens: 8 }
      reward: { rules: { short: { use: length-penalty, limit: 20, buffer: 20, unit: characters } }, formula: short }
      optimizer: { use: adamw, learningRate: 5e-2 }
`;

const QUESTIONS = ["Which is better?", "1 + 1 =", "Name a colour, and say why.", "a", "Is it so? Think first."];
const TOKENS = 24;

/** What our model of a folder says greedily, as far as an end token: ids of prompts and responses. */
async function ours(path: string): Promise<{ prompts: readonly (readonly number[])[]; said: number[][] }> {
  await tf.setBackend("cpu");
  const hf = models.components!.find(({ kind, name }) => kind === "model" && name === "hf")!;
  const compiler: Compiler = { compiles: false, compile: (fn) => fn };
  const model = hf.create(hf.options.parse({ path }) as never, { compiler, files: { folder } } as never) as Model;
  const parameters = await model.load!(randomStream(1, "vllm"));
  const asked = QUESTIONS.map((content) => ({ messages: [{ role: "user", content }], pictures: [], where: content }));
  const prompts = model.conversations!.prompts(asked);
  const options = { samplesPerPrompt: 1, temperature: 0, maxNewTokens: TOKENS, random: randomStream(1, "vllm") };
  const { responseIds, mask } = await model.generate(parameters, prompts, options);
  tf.dispose([parameters, prompts] as never);
  const said = asked.map((_, row) => [...responseIds.subarray(row * TOKENS, (row + 1) * TOKENS)].filter((__, at) => mask[row * TOKENS + at] === 1)); // prettier-ignore
  return { prompts: model.conversations!.promptIds(asked), said };
}

interface Said {
  readonly version: string;
  readonly base: number[][];
  readonly adapter: number[][] | null;
}

function vllm(model: string, adapter: string | null, prompts: readonly (readonly number[])[]): Said {
  const script = fileURLToPath(new URL("../tools/oracles/vllm-greedy.py", import.meta.url));
  const input = JSON.stringify({ model, adapter, prompts, tokens: TOKENS, scratch: folder });
  const args = ["--map-root-user", "--net", python!, script];
  return JSON.parse(execFileSync("unshare", args, { input, encoding: "utf8", timeout: 900_000, stdio: ["pipe", "pipe", "inherit"] }).trim().split("\n").at(-1)!) as Said; // prettier-ignore
}

withVllm("export-model: vLLM loads a run's policy, whole and as adapters, and gives equal greedy tokens", async () => {
  const at = (name: string) => join(folder, name);
  writeBase(at("base"));
  writeFileSync(at("small.yaml"), experiment);
  const rows = QUESTIONS.map((question, id) => ({
    id: String(id),
    images: [],
    question,
    responses: ["yes", "no"],
    preferred: 1,
  }));
  writeFileSync(at("rows.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  symlinkSync(fileURLToPath(new URL("../packages/cli/node_modules", import.meta.url)), at("node_modules")); // where plugins are found
  for (const args of [
    ["run", "small.yaml"],
    ["export-model", "small.yaml", "--format", "hf", "--to", "whole"],
    ["export-model", "small.yaml", "--format", "peft", "--to", "adapter"],
  ]) {
    const { code, stderr } = await rewardlab(folder, ...args);
    assert.is(code, 0, stderr);
  }
  const [before, after] = [await ours(at("base")), await ours(at("whole"))];
  assert.not.equal(after.said, before.said, "the run changed nothing, so equal tokens would say nothing");
  const equal = (given: readonly number[][], expected: readonly number[][], what: string) =>
    expected.forEach((ids, row) => assert.equal(given[row]!.slice(0, ids.length), ids, `${what}, question ${row}`));
  const whole = vllm(at("whole"), null, after.prompts);
  equal(whole.base, after.said, `vLLM ${whole.version} on the merged weights`);
  const beside = vllm(at("base"), at("adapter"), after.prompts);
  equal(beside.base, before.said, `vLLM ${beside.version} on the base`);
  equal(beside.adapter!, after.said, `vLLM ${beside.version} with the adapters`);
});

test.run();
