import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readHfFolder } from "../folder.ts";
import { newFolder, refusal, write } from "../testing/folder.ts";
import { ggufFixture, ggufOf, numbersOf } from "../testing/gguf.ts";
import { openGguf } from "./header.ts";
import { openGgufWeights } from "./weights.ts";

const test = suite("GGUF", { folder: "", path: "" });
test.before.each((context) => {
  context.folder = newFolder();
  context.path = join(context.folder, "model.gguf");
});
test.after.each(({ folder }) => rmSync(folder, { recursive: true }));

test("gguf-py's file: names, shapes and order of Transformers, every number", ({ path }) => {
  writeFileSync(path, Buffer.from(ggufFixture.small.file, "base64"));
  const weights = openGgufWeights(path);
  const { tensors } = ggufFixture.small;
  assert.equal([...weights.tensors.keys()].sort(), Object.keys(tensors).sort());
  for (const [name, { shape, dtype, some }] of Object.entries(tensors)) {
    assert.equal(weights.tensors.get(name), { name, dtype, shape });
    const values = weights.read(name);
    assert.equal(
      values.filter((_, index) => index % 37 === 0),
      numbersOf(some),
      name,
    );
    const memory = new Float32Array(values.length);
    assert.is(weights.read(name, memory), memory);
    assert.equal(memory, values);
  }
  assert.match(weights.sha256(), /^[0-9a-f]{64}$/);
  weights.close();
});

test("its config, tokenizer and chat template, as a folder has them", ({ folder, path }) => {
  writeFileSync(path, Buffer.from(ggufFixture.small.file, "base64"));
  const read = readHfFolder(folder); // the only one in it
  assert.is(read.path, path);
  const { vocab_size: size, ...config } = read.config;
  assert.equal(config, {
    model_type: "llama",
    architectures: ["LlamaForCausalLM"],
    hidden_size: 32,
    intermediate_size: 64,
    num_hidden_layers: 1,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    head_dim: 8,
    hidden_act: "silu",
    max_position_embeddings: 64,
    rms_norm_eps: 1e-5,
    rope_theta: 100_000,
    rope_scaling: null,
    tie_word_embeddings: true,
    attention_bias: false,
    mlp_bias: false,
    bos_token_id: 0,
    eos_token_id: 1,
    pad_token_id: undefined,
  });
  assert.equal(read.generation, { endIds: [1], beginId: 0, padId: 1 });
  const tokenizer = read.tokenizer();
  assert.is(tokenizer.size, size);
  const prompt = read.chatTemplate()!.render([{ role: "user", content: "hello w4<extra>" }], { addGenerationPrompt: true });
  assert.is(prompt, "hello w4<extra><|im_end|>");
  const ids = tokenizer.encode(prompt);
  assert.equal(tokenizer.pieces(ids), ["hell", "o", "Ġw", "4", "<extra>", "<|im_end|>"]);
  assert.is(tokenizer.decode(ids), prompt);
  assert.equal(tokenizer.encodeText("<|im_end|>").length, 10); // as text
});

test("the rows of q that rotary embedding turns together lie half a head apart at Transformers", ({ path }) => {
  // two heads of width 4, one column: in the file rows (0 1)(2 3) of a head turn together, at Transformers (0 2)(1 3)
  const rows = Float32Array.of(0, 1, 2, 3, 10, 11, 12, 13);
  const q = { name: "blk.0.attn_q.weight", shape: [8, 1], type: 0, bytes: new Uint8Array(rows.buffer) };
  const metadata = { "llama.attention.head_count": 2, "llama.embedding_length": 8 };
  const read = (architecture: string, version: number) => {
    writeFileSync(path, ggufOf({ "general.architecture": architecture, ...metadata }, [q], version));
    const weights = openGgufWeights(path);
    const values = [...weights.read("model.layers.0.self_attn.q_proj.weight")];
    weights.close();
    return values;
  };
  assert.equal(read("llama", 3), [0, 2, 1, 3, 10, 12, 11, 13]);
  assert.equal(read("llama", 2), [0, 2, 1, 3, 10, 12, 11, 13]);
  assert.equal(read("qwen2", 3), [...rows]); // stored as Transformers has it
});

/** Llama 2's way: pieces with scores, and a token for each byte. */
const sentencePieces = {
  "general.architecture": "llama",
  "llama.attention.head_count": 1,
  "llama.embedding_length": 4,
  "llama.feed_forward_length": 4,
  "llama.block_count": 0,
  "llama.context_length": 8,
  "llama.attention.layer_norm_rms_epsilon": 1e-6,
  "tokenizer.ggml.model": "llama",
  "tokenizer.ggml.tokens": ["<unk>", "<s>", "</s>", "<0x21>", "▁", "a", "b", "ab", "▁ab", "ba"],
  "tokenizer.ggml.scores": [-0.5, -0.5, -0.5, -0.5, -4, -5, -6, -2, -3, -1],
  "tokenizer.ggml.token_type": [2, 3, 3, 6, 1, 1, 1, 1, 1, 1],
  "tokenizer.ggml.bos_token_id": 1,
  "tokenizer.ggml.eos_token_id": 2,
};

test("SentencePiece's pieces: the best score merges first, unknown bytes have tokens, <s> begins", ({ path }) => {
  writeFileSync(path, ggufOf(sentencePieces));
  const tokenizer = readHfFolder(path).tokenizer();
  // "▁aba": ba (−1) before ab (−2), so ▁ a ba
  assert.equal(tokenizer.pieces(tokenizer.encode("aba")), ["▁", "a", "ba"]);
  assert.equal(tokenizer.pieces(tokenizer.encode("ab!")), ["▁ab", "<0x21>"]);
  assert.equal(tokenizer.pieces(tokenizer.encodeWhole("ab")), ["<s>", "▁ab"]);
  assert.is(tokenizer.decode(tokenizer.encode("ab! ab")), "ab! ab");
});

test("Llama 3's divisors of the frequencies become its rope_scaling; another table is refused", ({ folder, path }) => {
  // Transformers' _compute_llama3_parameters for width 8, theta 500,000, factor 8: 1 below λ = 2048, 8 above 8192, between them smooth
  // λ = 2π · 500,000^(i/4): 6.3, 167, 4,443, 118,143; of the third s = (8192/4442.88 − 1) / 3 = 0.281283, 1 / (0.718717/8 + 0.281283) = 2.694530
  const table = (...divisors: number[]) => {
    const bytes = new Uint8Array(Float32Array.from(divisors).buffer);
    const metadata = { ...sentencePieces, "llama.embedding_length": 8, "llama.rope.freq_base": 500_000 };
    write(folder, { "model.gguf": ggufOf(metadata, [{ name: "rope_freqs.weight", shape: [divisors.length], type: 0, bytes }]) });
    return readHfFolder(path);
  };
  const read = table(1, 1, 2.69453, 8);
  assert.equal(read.config["rope_scaling"], {
    rope_type: "llama3",
    factor: 8,
    low_freq_factor: 1,
    high_freq_factor: 4,
    original_max_position_embeddings: 8192,
  });
  const weights = read.openWeights();
  assert.is(weights.tensors.size, 0); // the table is no parameter
  weights.close();
  for (const other of [
    [1, 1, 1, 8],
    [1, 1, 2, 8],
    [1, 1],
  ])
    assert.match(
      refusal(() => table(...other)),
      /RL_GGUF .*rope_freqs\) isn't Llama 3's/,
    );
});

test("refused: other files, versions, formats, architectures, tokenizers", ({ folder, path }) => {
  const open = (bytes: Uint8Array | string) => {
    write(folder, { "model.gguf": bytes });
    return refusal(() => openGguf(path));
  };
  assert.match(open("no GGUF file at all, but long"), /RL_GGUF .*does not begin with "GGUF"/);
  assert.match(open("GGUF"), /its header goes on beyond its 4 bytes|no GGUF file/);
  assert.match(open(ggufOf({}, [], 1)), /is of version 1, expected 2 or 3/);
  assert.match(open(ggufOf({}, [], 0x03000000)), /is big-endian/);
  const tensor = { name: "t", shape: [1, 32], type: 20, bytes: new Uint8Array(18) };
  assert.match(
    open(ggufOf({}, [tensor])),
    /tensor t is stored as IQ4_NL, expected one of F32, .*Q6_K.*Convert it: llama-quantize/,
  );
  assert.match(open(ggufOf({}, [{ ...tensor, type: 99 }])), /tensor t is stored as type 99/);
  assert.match(open(ggufOf({}, [{ ...tensor, type: 2, shape: [1, 31] }])), /stored as Q4_0, whose rows are multiples of 32/);
  const made = (changed: object) => {
    write(folder, { "model.gguf": ggufOf({ ...sentencePieces, ...changed }) });
    return refusal(() => readHfFolder(path).tokenizer());
  };
  assert.match(
    made({ "general.architecture": "lama" }),
    /of architecture "lama", expected one of llama, .* Did you mean "llama"\?/,
  );
  assert.match(made({ "tokenizer.ggml.model": "rwkv" }), /RL_TOKENIZER .*is "rwkv", expected gpt2 or llama/);
  assert.match(
    made({ "tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": "qwen3" }),
    /RL_TOKENIZER .*pre is "qwen3", expected one of .* Did you mean "qwen2"\?/,
  );
  assert.match(made({ "llama.block_count": "one" }), /RL_GGUF .*llama\.block_count is "one", expected a number/);
  assert.match(made({ "llama.rope.scaling.type": "yarn" }), /rope\.scaling\.type is "yarn", expected none or linear/);
  write(folder, { "second.gguf": "" });
  assert.match(
    refusal(() => readHfFolder(folder)),
    /has 2 GGUF files, name one: model\.gguf, second\.gguf/,
  );
});

test("hostile: a file cut anywhere, and counts beyond it, are refused at once", ({ folder, path }) => {
  const q = { name: "blk.0.attn_q.weight", shape: [8, 4], type: 0, bytes: new Uint8Array(128) };
  const whole = ggufOf(sentencePieces, [q]);
  for (let length = 0; length < whole.length; length += 7) {
    write(folder, { "model.gguf": whole.subarray(0, length) });
    assert.match(
      refusal(() => openGguf(path)),
      /RL_GGUF/,
    );
  }
  const lying = Buffer.from(whole);
  lying.writeUInt32LE(0x7fffffff, 8);
  lying.writeUInt32LE(0x1fffff, 12);
  write(folder, { "model.gguf": lying });
  assert.match(
    refusal(() => openGguf(path)),
    /RL_GGUF/,
  );
});

test("a tensor of no decoder of the family is told", ({ folder, path }) => {
  const strange = { name: "v.patch_embd.weight", shape: [8], type: 0, bytes: new Uint8Array(32) };
  write(folder, { "model.gguf": ggufOf(sentencePieces, [strange]) });
  assert.match(
    refusal(() => openGgufWeights(path)),
    /has 1 tensors that no decoder of the Llama family has: v\.patch_embd\.weight/,
  );
});

test.run();
