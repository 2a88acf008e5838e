import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { InputError, suggestion } from "@rewardlab/core";
import { readJson, whyUnreadable } from "@rewardlab/storage";
import { chatTemplate } from "./chat-template.ts";
import type { ChatTemplate } from "./chat-template.ts";
import { configOf } from "./gguf/config.ts";
import { openGguf } from "./gguf/header.ts";
import { numberIn, textsIn } from "./gguf/metadata.ts";
import { tokenizerOf } from "./gguf/tokenizer.ts";
import { openGgufWeights } from "./gguf/weights.ts";
import { modelFolder } from "./hub-cache.ts";
import { hfTokenizer } from "./tokenizer.ts";
import type { HfTokenizer } from "./tokenizer.ts";
import { openSafetensorsFolder } from "./weights.ts";
import type { Weights } from "./weights.ts";

/**
 * A model as Hugging Face keeps it:
 *
 *   const folder = readHfFolder("./SmolVLM-256M-Instruct");       // or a .gguf, or an id that the local cache has: HuggingFaceTB/SmolVLM-256M-Instruct
 *   folder.modelType, folder.config                               // config.json; what an architecture needs of it, it reads itself
 *   folder.tokenizer()                                            // HfTokenizer, which is a core Tokenizer
 *   folder.chatTemplate()?.render(messages, { addGenerationPrompt: true, variables: folder.templateVariables })
 *   folder.preprocessor                                           // preprocessor_config.json; undefined for a text model
 *   const weights = folder.openWeights();                         // weights.tensors: name, shape, dtype; weights.read(name): Float32Array
 *   checkTensors(weights, expected);                              // all that is missing, left over or of another shape, at once
 *   weights.sha256(); weights.close();
 */
export interface HfFolder {
  /** The folder or .gguf file, absolute; of an id, the cache's snapshot. */
  readonly path: string;
  /** config.json's model_type: llama, qwen2_5_vl … */
  readonly modelType: string;
  readonly config: JsonObject;
  readonly generation: Generation;
  /** preprocessor_config.json (or processor_config.json's image_processor): how pictures become numbers. */
  readonly preprocessor: JsonObject | undefined;
  /** What Transformers gives a chat template besides the messages: bos_token, eos_token … */
  readonly templateVariables: Readonly<Record<string, string>>;
  /** Reads the tokenizer, once. `size`: rows of the embedding, where they are more than there are tokens; absent: config's vocab_size. */
  tokenizer(): HfTokenizer;
  /** undefined where the model has none: a base model. */
  readonly chatTemplate: () => ChatTemplate | undefined;
  /** To be closed. */
  readonly openWeights: () => Weights;
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** How a response ends, and where the model's tokens of that kind are: generation_config.json, else config.json. */
export interface Generation {
  /** Any of them ends a response; the first is the one that is meant by "the end token". */
  readonly endIds: readonly number[];
  readonly beginId: number | undefined;
  /** The end token where the model has none. */
  readonly padId: number;
}

/** Reads a model's small files. Throws `InputError` for what is missing, broken or of no known kind. */
export function readHfFolder(given: string): HfFolder {
  const path = modelFolder(given);
  if (!statSync(path).isDirectory()) return readGgufFile(path);
  const gguf = readdirSync(path).filter((name) => name.endsWith(".gguf"));
  if (gguf.length > 0 && !existsSync(join(path, "config.json"))) {
    if (gguf.length === 1) return readGgufFile(join(path, gguf[0]!));
    throw new InputError("RL_HF_FOLDER", `${path}: has ${gguf.length} GGUF files, name one: ${gguf.sort().join(", ")}`);
  }
  const config = needed(path, "config.json");
  const tokenizerConfig = optional(path, "tokenizer_config.json") ?? {};
  const processor = optional(path, "processor_config.json");
  const named = namedTokens(tokenizerConfig, optional(path, "special_tokens_map.json") ?? {});
  return folderOf({
    path,
    config,
    configPath: join(path, "config.json"),
    generationFile: optional(path, "generation_config.json") ?? {},
    preprocessor: optional(path, "preprocessor_config.json") ?? (processor?.["image_processor"] as JsonObject | undefined),
    templateVariables: named,
    tokenizerPath: join(path, "tokenizer.json"),
    tokenizerJson: () => neededTokenizer(path),
    chatTemplate: () => templateOf(path, tokenizerConfig),
    openWeights: () => openSafetensorsFolder(path),
  });
}

/** A GGUF file has all of it inside. */
function readGgufFile(path: string): HfFolder {
  const header = openGguf(path);
  let config: JsonObject;
  try {
    config = configOf(header);
  } finally {
    header.file.close();
  }
  const tokens = textsIn(header.metadata, "tokenizer.ggml.tokens", path);
  const named = Object.fromEntries(
    ["bos", "eos", "unknown", "padding"].flatMap((name) => {
      const token = tokens[numberIn(header.metadata, `tokenizer.ggml.${name}_token_id`, path, -1)];
      return token === undefined ? [] : [[`${shortNames[name] ?? name}_token`, token]];
    }),
  );
  return folderOf({
    path,
    config,
    configPath: path,
    generationFile: {},
    preprocessor: undefined,
    templateVariables: named,
    tokenizerPath: path,
    tokenizerJson: () => tokenizerOf(header),
    chatTemplate() {
      const source = header.metadata.get("tokenizer.chat_template");
      return source === undefined ? undefined : namedTemplate(source, path);
    },
    openWeights: () => openGgufWeights(path),
  });
}

const shortNames: Readonly<Record<string, string>> = { unknown: "unk", padding: "pad" };

/** What differs between the two kinds of files. */
interface Source extends Pick<
  HfFolder,
  "path" | "config" | "preprocessor" | "templateVariables" | "chatTemplate" | "openWeights"
> {
  readonly configPath: string;
  readonly generationFile: JsonObject;
  readonly tokenizerPath: string;
  tokenizerJson(): object;
}

function folderOf(source: Source): HfFolder {
  const { path, config, configPath, templateVariables, preprocessor, openWeights } = source;
  const modelType = config["model_type"];
  if (typeof modelType !== "string")
    throw new InputError(
      "RL_HF_CONFIG",
      `${configPath}: model_type is ${JSON.stringify(modelType)}, expected the architecture's name, e.g. "llama"`,
    );
  const generation = generationOf(source);
  let tokenizer: HfTokenizer | undefined;
  return {
    path,
    modelType,
    config,
    generation,
    preprocessor,
    templateVariables,
    tokenizer: () =>
      (tokenizer ??= hfTokenizer(source.tokenizerJson(), {
        where: source.tokenizerPath,
        endIds: generation.endIds,
        padId: generation.padId,
        ...sizeOf(config),
      })),
    chatTemplate: source.chatTemplate,
    openWeights,
  };
}

/** Rows of the embedding: config.json's vocab_size, or its text part's. */
function sizeOf(config: JsonObject): { size?: number } {
  const size = config["vocab_size"] ?? (config["text_config"] as JsonObject | undefined)?.["vocab_size"];
  return typeof size === "number" ? { size } : {};
}

/** A JSON file that there must be. */
function needed(folder: string, name: string): JsonObject {
  const value = optional(folder, name);
  if (value !== undefined) return value;
  const there = readdirSync(folder);
  throw new InputError(
    "RL_HF_FOLDER",
    `${folder}: has no ${name}, expected a folder as Transformers saves it.${there.length === 0 ? " It is empty." : nearFile(name, there)}`,
  );
}

function nearFile(name: string, there: readonly string[]): string {
  const told = suggestion(name, there);
  return told.startsWith(" Did you mean") || there.length <= 10 ? told : ` It has ${there.length} other files.`;
}

/** A JSON file that there may be. */
function optional(folder: string, name: string): JsonObject | undefined {
  const path = join(folder, name);
  const value = readJson(path);
  if (value === undefined || (typeof value === "object" && value !== null && !Array.isArray(value)))
    return value as JsonObject | undefined;
  throw new InputError("RL_HF_CONFIG", `${path}: holds ${JSON.stringify(value).slice(0, 40)}, expected an object`);
}

/** Other forms of a tokenizer, which Transformers turns into tokenizer.json. */
const otherTokenizers = /^(tokenizer\.model|.*\.tiktoken|vocab\.json|vocab\.txt|spiece\.model|sentencepiece.*\.model)$/;

function neededTokenizer(folder: string): JsonObject {
  const others = readdirSync(folder).filter((name) => otherTokenizers.test(name));
  if (existsSync(join(folder, "tokenizer.json")) || others.length === 0) return needed(folder, "tokenizer.json");
  throw new InputError(
    "RL_TOKENIZER",
    `${folder}: has ${others.join(", ")} and no tokenizer.json, the only kind of tokenizer that is read. Write one: python -c "from transformers import AutoTokenizer as A; A.from_pretrained('${folder}').save_pretrained('${folder}')"`,
  );
}

/** bos_token and the like as texts; a file may have them as objects with content. */
function namedTokens(...files: readonly JsonObject[]): Readonly<Record<string, string>> {
  const named: Record<string, string> = {};
  for (const file of files.toReversed())
    for (const [name, value] of Object.entries(file)) {
      const text = typeof value === "object" && value !== null ? (value as JsonObject)["content"] : value;
      if (name.endsWith("_token") && typeof text === "string") named[name] = text;
    }
  return named;
}

/** generation_config.json says what ends a response, else config.json (or its text part), else the tokenizer's eos_token. */
function generationOf({ path, config, generationFile: file, templateVariables: named, tokenizerJson }: Source): Generation {
  const text = (config["text_config"] ?? {}) as JsonObject;
  const idsOf = (field: "eos" | "bos" | "pad"): number[] => {
    const name = `${field}_token_id`;
    const value = file[name] ?? config[name] ?? text[name];
    const list = (Array.isArray(value) ? value : [value]).filter((id) => id !== undefined && id !== null) as unknown[];
    const wrong = list.find((id) => !(Number.isSafeInteger(id) && (id as number) >= 0));
    if (wrong !== undefined)
      throw new InputError(
        "RL_HF_CONFIG",
        `${path}: ${name} is ${JSON.stringify(value)}, expected a token's id${field === "eos" ? ", or a list of ids" : ""}`,
      );
    if (list.length > 0) return list as number[];
    const token = named[`${field}_token`];
    return token === undefined ? [] : addedId(tokenizerJson(), token);
  };
  const endIds = idsOf("eos");
  return { endIds, beginId: idsOf("bos")[0], padId: idsOf("pad")[0] ?? endIds[0] ?? 0 };
}

/** An added token's id, in a list; empty where there is none of that name. */
function addedId(tokenizer: object, token: string): number[] {
  const { added_tokens: added = [] } = tokenizer as { added_tokens?: readonly { content: string; id: number }[] };
  return added.filter(({ content }) => content === token).map(({ id }) => id);
}

/** In Transformers' order: a file of its own, else tokenizer_config.json's, which may be a list of named ones. */
function templateOf(folder: string, tokenizerConfig: JsonObject): ChatTemplate | undefined {
  const jinja = join(folder, "chat_template.jinja");
  if (existsSync(jinja)) return chatTemplate(textOf(jinja), jinja);
  const inJson = optional(folder, "chat_template.json")?.["chat_template"];
  if (inJson !== undefined) return namedTemplate(inJson, join(folder, "chat_template.json"));
  const inConfig = tokenizerConfig["chat_template"];
  return inConfig === undefined || inConfig === null ? undefined : namedTemplate(inConfig, join(folder, "tokenizer_config.json"));
}

function namedTemplate(value: unknown, where: string): ChatTemplate {
  const source = Array.isArray(value)
    ? (value as { name?: unknown; template?: unknown }[]).find(({ name }) => name === "default")?.template
    : value;
  if (typeof source === "string") return chatTemplate(source, `${basename(dirname(where))}/${basename(where)}`);
  throw new InputError("RL_CHAT_TEMPLATE", `${where}: its chat_template is no text, nor a list with one named "default"`);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new InputError("RL_HF_FOLDER", `${path}: can't be read: ${whyUnreadable(error)}`);
  }
}
