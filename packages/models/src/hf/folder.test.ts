import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readHfFolder } from "./folder.ts";
import { hubCache, modelFolder } from "./hub-cache.ts";
import { newFolder, refusal, safetensorsOf, write } from "./testing/folder.ts";

const test = suite("Hugging Face folder", { folder: "" });
test.before.each((context) => void (context.folder = newFolder()));
test.after.each(({ folder }) => rmSync(folder, { recursive: true }));

/** Every character of "ab " is a token; <s> and </s> stand for themselves. */
const tokenizer = {
  added_tokens: ["<s>", "</s>"].map((content, id) => ({ id, content, special: true })),
  pre_tokenizer: null,
  model: { type: "BPE", vocab: { "<s>": 0, "</s>": 1, a: 2, b: 3, ab: 4 }, merges: [["a", "b"]] },
  decoder: { type: "Fuse" },
};
const files = {
  "config.json": { model_type: "llama", vocab_size: 8, eos_token_id: 1, bos_token_id: 0 },
  "tokenizer.json": tokenizer,
  "tokenizer_config.json": { eos_token: "</s>", bos_token: { content: "<s>", special: true }, pad_token: null },
  "model.safetensors": safetensorsOf({ w: [1] }),
};

test("a small one, whole", ({ folder }) => {
  write(folder, { ...files, "generation_config.json": { eos_token_id: [3, 1], pad_token_id: 2 } });
  write(folder, { "preprocessor_config.json": { size: 3 }, "chat_template.jinja": "{{ bos_token }}{{ messages[0].content }}" });
  const read = readHfFolder(folder);
  assert.is(read.path, folder);
  assert.is(read.modelType, "llama");
  assert.equal(read.generation, { endIds: [3, 1], beginId: 0, padId: 2 });
  assert.equal(read.preprocessor, { size: 3 });
  assert.equal(read.templateVariables, { bos_token: "<s>", eos_token: "</s>" });
  const made = read.tokenizer();
  assert.equal([made.size, made.endId, made.endIds, made.padId], [8, 3, [3, 1], 2]);
  const { templateVariables: variables } = read;
  const prompt = read.chatTemplate()!.render([{ role: "user", content: "aba" }], { addGenerationPrompt: true, variables });
  assert.equal(made.encode(prompt), [0, 4, 2]);
  assert.is(made.decode([0, 4, 2, 7]), "<s>aba"); // 7: a row of the embedding that is no token's
  assert.match(
    refusal(() => made.decode([8])),
    /RL_TOKEN .*there is no token 8, expected 0 to 7/,
  );
  const weights = read.openWeights();
  assert.equal([...weights.read("w")], [1]);
  weights.close();
});

test("where generation_config.json says nothing: config.json, its text part, the tokenizer's names; the end pads", ({
  folder,
}) => {
  write(folder, files);
  assert.equal(readHfFolder(folder).generation, { endIds: [1], beginId: 0, padId: 1 });
  write(folder, { "config.json": { model_type: "x", text_config: { vocab_size: 9, eos_token_id: 4 } } });
  const inText = readHfFolder(folder);
  assert.equal(inText.generation, { endIds: [4], beginId: 0, padId: 4 });
  assert.is(inText.tokenizer().size, 9);
  write(folder, { "config.json": { model_type: "x" } });
  const named = readHfFolder(folder);
  assert.equal(named.generation, { endIds: [1], beginId: 0, padId: 1 });
  assert.is(named.tokenizer().size, 5);
  write(folder, { "config.json": { model_type: "x", eos_token_id: "</s>" } });
  assert.match(
    refusal(() => readHfFolder(folder)),
    /RL_HF_CONFIG .*eos_token_id is "<\/s>", expected a token's id, or a list of ids/,
  );
});

test("chat templates: in a file, in JSON, among named ones, none", ({ folder }) => {
  write(folder, files);
  const rendered = () => readHfFolder(folder).chatTemplate()?.render([], { addGenerationPrompt: false });
  assert.is(rendered(), undefined);
  write(folder, { "tokenizer_config.json": { chat_template: "config" } });
  assert.is(rendered(), "config");
  const list = [
    { name: "tool_use", template: "tools" },
    { name: "default", template: "named" },
  ];
  write(folder, { "tokenizer_config.json": { chat_template: list } });
  assert.is(rendered(), "named");
  write(folder, { "chat_template.json": { chat_template: "json" } });
  assert.is(rendered(), "json");
  write(folder, { "chat_template.jinja": "jinja" });
  assert.is(rendered(), "jinja");
});

test("refused: what is missing, broken or of no known kind", ({ folder }) => {
  const open = (changed: object) => {
    rmSync(folder, { recursive: true });
    mkdirSync(folder);
    write(folder, { ...files, ...changed });
    return refusal(() => readHfFolder(folder).tokenizer());
  };
  const { "config.json": config, ...lacking } = files;
  write(folder, { ...lacking, "confg.json": config });
  assert.match(
    refusal(() => readHfFolder(folder)),
    /RL_HF_FOLDER .*has no config\.json, expected a folder as Transformers saves it\. Did you mean "confg\.json"\?/,
  );
  assert.match(open({ "config.json": "{" }), /RL_JSON .*config\.json: not valid JSON/);
  assert.match(open({ "config.json": [1] }), /RL_HF_CONFIG .*config\.json: holds \[1\], expected an object/);
  assert.match(open({ "config.json": {} }), /model_type is undefined, expected the architecture's name/);
  assert.match(open({ "tokenizer.json": { model: { type: "Bpe" } } }), /RL_TOKENIZER .*of kind "Bpe".* Did you mean "BPE"\?/);
  assert.match(open({ "tokenizer.json": {} }), /has no model/);
  const strange = { ...tokenizer, pre_tokenizer: { type: "Strange" } };
  assert.match(open({ "tokenizer.json": strange }), /has parts that are unknown: Unknown PreTokenizer type: Strange/);
  rmSync(join(folder, "tokenizer.json"));
  write(folder, { "tokenizer.model": "x" });
  assert.match(
    refusal(() => readHfFolder(folder).tokenizer()),
    /RL_TOKENIZER .*has tokenizer\.model and no tokenizer\.json.* Write one: python -c/,
  );
});

test("an id is looked up in the cache: main's snapshot, or the only one", ({ folder }) => {
  const environment = { HF_HUB_CACHE: folder };
  const model = join(folder, "models--Qwen--Qwen2.5-VL-3B-Instruct");
  for (const commit of ["aaa", "bbb"]) mkdirSync(join(model, "snapshots", commit), { recursive: true });
  const find = (id: string) => modelFolder(id, environment);
  assert.match(
    refusal(() => find("Qwen/Qwen2.5-VL-3B-Instruct")),
    /has 2 snapshots of it, and none is main's/,
  );
  mkdirSync(join(model, "refs"));
  write(join(model, "refs"), { main: "bbb\n" });
  assert.is(find("Qwen/Qwen2.5-VL-3B-Instruct"), join(model, "snapshots", "bbb"));
  assert.match(
    refusal(() => find("Qwen/Qwen2.5-VL-7B-Instruct")),
    /RL_HF_FOLDER .*hasn't got it\. Did you mean "Qwen\/Qwen2\.5-VL-3B-Instruct"\? Fetch it: hf download Qwen\/Qwen2\.5-VL-7B-Instruct$/,
  );
  rmSync(join(model, "refs"), { recursive: true });
  rmSync(join(model, "snapshots", "bbb"), { recursive: true });
  assert.is(find("Qwen/Qwen2.5-VL-3B-Instruct"), join(model, "snapshots", "aaa"));
  assert.match(
    refusal(() => find("./nowhere")),
    /RL_HF_FOLDER .*there is no such folder or file, expected a Hugging Face folder/,
  );
});

test("where the cache is: as huggingface_hub has it", () => {
  assert.is(hubCache({ HF_HUB_CACHE: "/a", HF_HOME: "/b" }), "/a");
  assert.is(hubCache({ HF_HOME: "/b", XDG_CACHE_HOME: "/c" }), "/b/hub");
  assert.is(hubCache({ XDG_CACHE_HOME: "/c" }), "/c/huggingface/hub");
  assert.match(hubCache({}), /[/\\]\.cache[/\\]huggingface[/\\]hub$/);
});

test.run();
