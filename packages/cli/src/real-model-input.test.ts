import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { crc32, deflateSync } from "node:zlib";
import "@tensorflow/tfjs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { encodeSafetensors } from "@rewardlab/storage";
import { models } from "./commands/models.ts";
import { probe } from "./commands/probe.ts";
import { fail } from "./fail.ts";
import { printed } from "./testing/printed.ts";
import { removeFolder, temporaryFolder, write } from "./testing/files.ts";

/** What is wrong with a real model's files, as the command line tells it: the exit code, and where, what was given and what to do. */
const small = fileURLToPath(new URL("../../models/src/hf/fixtures/models/llama", import.meta.url));

const test = suite("a real model's files", { folder: "", model: "" });
test.before.each((context) => {
  context.folder = temporaryFolder();
  context.model = join(context.folder, "model");
  cpSync(small, context.model, { recursive: true });
  write(context.folder, { "batch.json": { items: [{ messages: [{ role: "user", content: "ab" }], response: "b" }] } });
});
test.after.each(({ folder }) => removeFolder(folder));

/** What the command line makes of `work`: its exit code, and what it prints as the error. */
async function told(folder: string, work: () => Promise<void>): Promise<string> {
  const before = process.exitCode;
  const { error } = console;
  const lines: string[] = [];
  console.error = (...values) => void lines.push(values.join(" "));
  try {
    await printed(work);
    return "accepted";
  } catch (problem) {
    fail(problem, false);
    return `${process.exitCode}: ${lines.join("\n")}`.replaceAll(`${folder}/`, "");
  } finally {
    console.error = error;
    process.exitCode = before;
  }
}
const probed = (folder: string, path = join(folder, "model"), more = "") =>
  told(folder, () =>
    probe("model", `{ use: hf, path: ${JSON.stringify(path)}${more} }`, { batch: join(folder, "batch.json"), engine: "cpu" }),
  );

interface Outline {
  dtype: string;
  shape: number[];
  data_offsets: number[];
}

/** Rewrites the header of the model's safetensors file. */
function inHeader(model: string, change: (header: Record<string, Outline>) => void): void {
  const path = join(model, "model.safetensors");
  const bytes = readFileSync(path);
  const length = Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString()) as Record<string, Outline>;
  change(header);
  const text = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(text.length));
  writeFileSync(path, Buffer.concat([size, text, bytes.subarray(8 + length)]));
}
function inJson(model: string, file: string, change: Record<string, unknown>): void {
  const path = join(model, file);
  const before = JSON.parse(readFileSync(path, "utf8")) as object;
  writeFileSync(path, JSON.stringify({ ...before, ...change }));
}
const norm = "model.norm.weight";

/** `work` with each of some changes to a file of the model, which is put back before each. */
async function each<T>(folder: string, file: string, expected: readonly (readonly [T, RegExp])[], change: (to: T) => void) {
  for (const [to, message] of expected) {
    cpSync(join(small, file), join(folder, "model", file));
    change(to);
    assert.match(await probed(folder), message);
  }
}

test("as it is, it is accepted", async ({ folder }) => {
  assert.is(await probed(folder), "accepted");
});

test("weights: cut short, another dtype, another shape, names missing and left over", async ({ folder, model }) => {
  const cut = (bytes: number) => truncateSync(join(model, "model.safetensors"), bytes);
  const changed = (change: (header: Record<string, Outline>) => void) => inHeader(model, change);
  await each(
    folder,
    "model.safetensors",
    [
      [
        () => cut(12_000),
        /^2: .*model\.safetensors: tensor \S+ of shape \[294, 16\] needs 9408 bytes .*: cut short, or a lying header/,
      ],
      [() => cut(100), /^2: .*model\.safetensors: says its header has 2112 bytes, the file has 100: cut short/],
      [() => cut(5), /^2: .*model\.safetensors: has 5 bytes, too short for a safetensors file/],
      [
        () => changed((header) => (header[norm]!.dtype = "I16")),
        /^2: .*model\.safetensors: tensor model\.norm\.weight is of type I16, expected F32, F16 or BF16/,
      ],
      [
        () => changed((header) => (header[norm]!.dtype = "Q9")),
        /^2: .*tensor model\.norm\.weight has type "Q9", expected one of /,
      ],
      [
        () => changed((header) => (header["model.embed_tokens.weight"]!.shape = [16, 294])),
        /^2: .*model: 1 tensor of another shape: model\.embed_tokens\.weight has shape \[16, 294\], expected \[294, 16\]\. Its config\.json/,
      ],
      [
        () =>
          changed((header) => {
            header["model.nrom.weight"] = header[norm]!;
            delete header[norm];
          }),
        /^2: .*model: lacks 1 of 21 tensors: model\.norm\.weight; has 1 tensor that the model doesn't use: model\.nrom\.weight\./,
      ],
    ],
    (change) => change(),
  );
});

test("shards: one is missing, one is elsewhere; a link is followed, as the cache is made of links", async ({ folder, model }) => {
  const index = (file: string) =>
    write(model, {
      "model.safetensors.index.json": { weight_map: { [norm]: file, "lm_head.weight": "model-00002-of-00002.safetensors" } },
    });
  renameSync(join(model, "model.safetensors"), join(model, "model-00001-of-00002.safetensors"));
  index("model-00001-of-00002.safetensors");
  const missing =
    /^2: .*1 of 2 shards is missing: model-00002-of-00002\.safetensors\. .*index\.json names them; fetch the folder again/;
  assert.match(await probed(folder), missing);
  for (const outside of ["../elsewhere.safetensors", "/etc/passwd"]) {
    index(outside);
    const answer = await probed(folder);
    assert.match(answer, /^2: .*index\.json: tensor model\.norm\.weight is in ".*", expected a file of the same folder/);
    assert.ok(answer.includes(JSON.stringify(outside)), answer);
  }
  rmSync(join(model, "model.safetensors.index.json"));
  renameSync(join(model, "model-00001-of-00002.safetensors"), join(folder, "blob"));
  symlinkSync(join(folder, "blob"), join(model, "model.safetensors"));
  assert.is(await probed(folder), "accepted");
  rmSync(join(folder, "blob"));
  assert.match(await probed(folder), /^2: .*model\.safetensors: can't be read \(ENOENT/);
});

test("config.json: no JSON, no object, fields that are missing, of another kind or size; another architecture", async ({
  folder,
  model,
}) => {
  await each<Record<string, unknown> | string>(
    folder,
    "config.json",
    [
      ["model_type: llama", /^2: .*config\.json: not valid JSON \(/],
      ["[]", /^2: .*config\.json: holds \[\], expected an object/],
      [{ hidden_size: undefined }, /^2: .*config\.json: hidden_size: .*expected number, received undefined/],
      [{ hidden_size: "wide" }, /^2: .*config\.json: hidden_size: .*expected number, received string/],
      [{ num_hidden_layers: 1e9 }, /^2: .*config\.json: num_hidden_layers: .*expected number to be <=10000/],
      [{ vocab_size: 1e12 }, /^2: .*embed_tokens\.weight has shape \[294, 16\], expected \[1000000000000, 16\]/],
      [{ num_attention_heads: 0 }, /^2: .*config\.json: num_attention_heads: .*expected number to be >0/],
      [{ model_type: "lama" }, /^2: .*config\.json: model_type is "lama", which is not known\. Did you mean "llama"\?/],
      [{ model_type: "mamba" }, /^2: .*model_type is "mamba", which is not known\. There are: .*\bidefics3, .*llama, .*qwen2, /],
      [{ model_type: undefined }, /^2: .*config\.json: model_type is undefined, expected the architecture's name/],
    ],
    (change) => (typeof change === "string" ? write(model, { "config.json": change }) : inJson(model, "config.json", change)),
  );
  rmSync(join(model, "config.json"));
  assert.match(await probed(folder), /^2: .*model: has no config\.json, expected a folder as Transformers saves it\./);
});

test("generation_config.json: what ends a response is no token", async ({ folder, model }) => {
  await each<unknown>(
    folder,
    "generation_config.json",
    [
      [[1], /^2: .*generation_config\.json: holds \[1\], expected an object/],
      [{ eos_token_id: "</s>" }, /^2: .*eos_token_id is "<\/s>", expected a token's id, or a list of ids/],
      [{ eos_token_id: [1, -1] }, /^2: .*eos_token_id is \[1,-1\], expected a token's id/],
      [
        { eos_token_id: 1e9 },
        /^2: .*token 1000000000 ends a response or pads, by generation_config\.json .*, expected one of 0 to 293/,
      ],
      [{ eos_token_id: 1, pad_token_id: 294 }, /^2: .*token 294 ends a response or pads, .*, expected one of 0 to 293/],
    ],
    (content) => write(model, { "generation_config.json": JSON.stringify(content) }),
  );
});

test("tokenizer: of an unknown kind, of parts that are unknown, of another model, in another file", async ({ folder, model }) => {
  const whole = JSON.parse(readFileSync(join(small, "tokenizer.json"), "utf8")) as { model: { vocab: Record<string, number> } };
  const part = whole.model;
  await each<object>(
    folder,
    "tokenizer.json",
    [
      [
        { model: { ...part, type: "Unigrm" } },
        /^2: .*tokenizer\.json: its model is of kind "Unigrm", .* Did you mean "Unigram"\?/,
      ],
      [{ model: { type: "BPE" } }, /^2: .*tokenizer\.json: has parts that are unknown: /],
      [{ pre_tokenizer: { type: "Strange" } }, /^2: .*has parts that are unknown: Unknown PreTokenizer type: Strange/],
      [
        { model: { ...part, vocab: { ...part.vocab, a: 99_999 }, merges: [] } },
        /^2: .*"a" is token 99999, and the model's embedding has 294 rows: the tokenizer is another model's/,
      ],
    ],
    (change) => write(model, { "tokenizer.json": { ...whole, ...change } }),
  );
  rmSync(join(model, "tokenizer.json"));
  write(model, { "tokenizer.model": "x" });
  assert.match(await probed(folder), /^2: .*has tokenizer\.model and no tokenizer\.json.* Write one: python -c/);
});

// one that never ends: packages/models/src/hf/chat-template.test.ts, which may wait for less than 20 s
test("chat template: unreadable, refusing, failing, empty", async ({ folder, model }) => {
  await each(
    folder,
    "chat_template.jinja",
    [
      ["{% for x in %}", /^2: .*chat_template\.jinja: the chat template isn't one that can be read: /],
      ["{{ raise_exception('Roles must alternate') }}", /^2: .*the chat template refuses the messages: Roles must alternate/],
      ["{{ messages[0].content.nothing() }}", /^2: .*chat_template\.jinja: the chat template failed: /],
      ["{% for a in range(99999999999) %}x{% endfor %}", /^2: .*asks for range\(99999999999\), expected at most 1000000 numbers/],
      [
        "",
        /^2: .*items\[?\.?0.* has a prompt of no tokens, expected one at least: the model's chat template writes nothing for it/,
      ],
    ],
    (template) => write(model, { "chat_template.jinja": template }),
  );
});

test("adapters: of another base, of another kind, without their files", async ({ folder }) => {
  const adapter = join(folder, "adapter");
  mkdirSync(adapter);
  const config = { peft_type: "LORA", r: 2, lora_alpha: 4 };
  const more = `, lora: { from: ${JSON.stringify(adapter)} }`;
  const refused = async (message: RegExp) => assert.match(await probed(folder, undefined, more), message);
  await refused(/^2: .*adapter: has no adapter_config\.json, expected a folder of adapters as PEFT saves it/);
  write(adapter, { "adapter_config.json": { ...config, peft_type: "IA3" } });
  await refused(/^2: .*adapter_config\.json: peft_type: .*expected "LORA"/);
  write(adapter, { "adapter_config.json": config });
  await refused(/^2: .*adapter_model\.safetensors: can't be read \(ENOENT/);
  const halves = (module: string, width: number) =>
    encodeSafetensors({
      [`base_model.model.${module}.lora_A.weight`]: { dtype: "F32", shape: [2, width], values: new Float32Array(2 * width) },
      [`base_model.model.${module}.lora_B.weight`]: { dtype: "F32", shape: [16, 2], values: new Float32Array(32) },
    });
  writeFileSync(join(adapter, "adapter_model.safetensors"), halves("model.layers.0.self_attn.q_proj", 24));
  await refused(/^2: .*q_proj\.lora_A\.weight has shape \[2, 24\], expected \[2, 16\]: these adapters are of another base/);
  writeFileSync(join(adapter, "adapter_model.safetensors"), halves("model.layers.9.self_attn.q_proj", 16));
  await refused(/^2: .*layers\.9.* and the model has no matrix of that name: these adapters are of another base/);
});

test("GGUF: of an unknown quantisation, cut short, none at all", async ({ folder }) => {
  const file = join(folder, "a.gguf");
  const fixture = fileURLToPath(new URL("../../models/src/hf/fixtures/gguf.json", import.meta.url));
  const whole = Buffer.from((JSON.parse(readFileSync(fixture, "utf8")) as { small: { file: string } }).small.file, "base64");
  const refused = async (bytes: Uint8Array | string, message: RegExp) => {
    writeFileSync(file, bytes);
    assert.match(await probed(folder, file), message);
  };
  const name = Buffer.from("output_norm.weight");
  const type = whole.lastIndexOf(name) + name.length + 4 + 8; // after the number of axes and the one axis
  const strange = Buffer.from(whole);
  strange.writeUInt32LE(20, type);
  await refused(strange, /^2: .*a\.gguf: tensor output_norm\.weight is stored as IQ4_NL, expected one of F32, .* llama-quantize/);
  await refused(whole.subarray(0, whole.length - 64), /^2: .*a\.gguf: /);
  await refused(whole.subarray(0, 40), /^2: .*a\.gguf: /);
  await refused("hello, this is no file of that kind", /^2: .*a\.gguf: does not begin with "GGUF": no GGUF file/);
});

test("a picture of 100 megapixels is refused by its head, whatever its bytes", async ({ folder }) => {
  writeFileSync(join(folder, "huge.png"), pngHead(10_000, 10_000));
  write(folder, {
    "batch.json": { items: [{ images: ["huge.png"], question: "?", responses: ["a", "b"], preferred: 1, response: "b" }] },
  });
  assert.match(
    await probed(folder, join(small, "..", "smolvlm")),
    /^2: .*items\.0\.images\.0: huge\.png: has 10000 × 10000 pixels, 100 megapixels, expected at most 64: shrink it/,
  );
});

/** A PNG that says it has so many pixels, and has none. */
function pngHead(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const named = Buffer.concat([Buffer.from(type), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(named));
    return Buffer.concat([length, named, sum]);
  };
  const head = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0]); // 8 bits, RGB
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([
    signature,
    chunk("IHDR", head),
    chunk("IDAT", deflateSync(Buffer.alloc(1))),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

test("an id that the cache hasn't got: the command that fetches it", async ({ folder }) => {
  const cache = process.env["HF_HUB_CACHE"];
  process.env["HF_HUB_CACHE"] = join(folder, "cache");
  const id = "Qwen/Qwen2.5-VL-3B-Instruct";
  const message =
    /^2: .*there is no such folder, and the Hugging Face cache \S+ hasn't got it\. Fetch it: hf download Qwen\/Qwen2\.5-VL-3B-Instruct$/;
  try {
    assert.match(await probed(folder, id), message);
    assert.match(await told(folder, () => models([id], {})), message);
  } finally {
    if (cache === undefined) delete process.env["HF_HUB_CACHE"];
    else process.env["HF_HUB_CACHE"] = cache;
  }
});

test.run();
