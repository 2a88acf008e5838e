import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { InputError, suggestion } from "@rewardlab/core";
import { readJson, whyUnreadable } from "@rewardlab/storage";
import { chatTemplate } from "./chat-template.ts";
import type { ChatTemplate } from "./chat-template.ts";
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
  chatTemplate(): ChatTemplate | undefined;
  /** To be closed. */
  openWeights(): Weights;
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

/** Reads a folder's small files. Throws `InputError` for what is missing, broken or of no known kind. */
export function readHfFolder(given: string): HfFolder {
  const path = modelFolder(given);
  if (!statSync(path).isDirectory()) throw new InputError("RL_HF_FOLDER", `${path}: is a file, expected a Hugging Face folder`);
  const config = needed(path, "config.json");
  const modelType = config["model_type"];
  if (typeof modelType !== "string")
    throw new InputError(
      "RL_HF_CONFIG",
      `${join(path, "config.json")}: model_type is ${JSON.stringify(modelType)}, expected the architecture's name, e.g. "llama"`,
    );
  const tokenizerConfig = optional(path, "tokenizer_config.json") ?? {};
  const processor = optional(path, "processor_config.json");
  let tokenizer: HfTokenizer | undefined;
  const named = namedTokens(tokenizerConfig, optional(path, "special_tokens_map.json") ?? {});
  const readTokenizer = (): JsonObject => neededTokenizer(path);
  const generation = generationOf(path, config, named, () => tokenIds(readTokenizer()));

  return {
    path,
    modelType,
    config,
    generation,
    preprocessor: optional(path, "preprocessor_config.json") ?? (processor?.["image_processor"] as JsonObject | undefined),
    templateVariables: named,
    tokenizer: () =>
      (tokenizer ??= hfTokenizer(readTokenizer(), {
        where: join(path, "tokenizer.json"),
        endIds: generation.endIds,
        padId: generation.padId,
        ...sizeOf(config),
      })),
    chatTemplate: () => templateOf(path, tokenizerConfig),
    openWeights: () => openSafetensorsFolder(path),
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

/** Token → id, of a tokenizer that isn't needed but for its special tokens' ids. */
function tokenIds(tokenizer: JsonObject): ReadonlyMap<string, number> {
  const added = (tokenizer["added_tokens"] ?? []) as readonly { content: string; id: number }[];
  return new Map(added.map(({ content, id }) => [content, id]));
}

/** generation_config.json says what ends a response, else config.json (or its text part), else the tokenizer's eos_token. */
function generationOf(
  folder: string,
  config: JsonObject,
  named: Readonly<Record<string, string>>,
  ids: () => ReadonlyMap<string, number>,
): Generation {
  const file = optional(folder, "generation_config.json") ?? {};
  const text = (config["text_config"] ?? {}) as JsonObject;
  const idsOf = (field: "eos" | "bos" | "pad"): number[] => {
    const name = `${field}_token_id`;
    const value = file[name] ?? config[name] ?? text[name];
    const list = (Array.isArray(value) ? value : [value]).filter((id) => id !== undefined && id !== null) as unknown[];
    const wrong = list.find((id) => !(Number.isSafeInteger(id) && (id as number) >= 0));
    if (wrong !== undefined)
      throw new InputError(
        "RL_HF_CONFIG",
        `${folder}: ${name} is ${JSON.stringify(value)}, expected a token's id${field === "eos" ? ", or a list of ids" : ""}`,
      );
    if (list.length > 0) return list as number[];
    const token = named[`${field}_token`];
    const id = token === undefined ? undefined : ids().get(token);
    return id === undefined ? [] : [id];
  };
  const endIds = idsOf("eos");
  return { endIds, beginId: idsOf("bos")[0], padId: idsOf("pad")[0] ?? endIds[0] ?? 0 };
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
