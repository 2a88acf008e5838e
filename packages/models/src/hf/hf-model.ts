import * as tf from "@tensorflow/tfjs-core";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { Compiler, Files, InputError, model } from "@rewardlab/core";
import type {
  Conversation,
  Conversations,
  ItemOutline,
  Model,
  Parameters,
  PreferenceItem,
  RandomStream,
  ResponseBatch,
} from "@rewardlab/core";
import { sha256 } from "@rewardlab/storage";
import { z } from "zod";
import { isTaped } from "../ops/off-tape.ts";
import { policyOn } from "../policy.ts";
import { architectureOf, parametersIn } from "./architectures.ts";
import type { Architecture } from "./architectures.ts";
import { messagesOf, promptIdsOf } from "./conversation.ts";
import type { ArchitectureDefinition } from "./architecture-definition.ts";
import type { Writer } from "./conversation.ts";
import { readHfFolder } from "./folder.ts";
import type { HfFolder } from "./folder.ts";
import { exportAdapter, exportWhole, readAdapter } from "./export.ts";
import { languageModel } from "./language-model.ts";
import type { HfBatch } from "./language-model.ts";
import { adaptedModules, adapterNumbers, isAdapter, loraOptions, newAdapters, scaleOf } from "./low-rank.ts";
import { promptBatchOf } from "./prompt-batch.ts";
import type { HfTokenizer } from "./tokenizer.ts";
import { checkBatch, checkWeights, memoryThere } from "./training-memory.ts";
import type { Sizes } from "./training-memory.ts";
import { checkTensors, withWeights } from "./weights.ts";
import type { Weights } from "./weights.ts";

const PROMPT = `{question}

Response 1:
{response1}

Response 2:
{response2}

Which of the two responses is better? Think about it between <think> and </think>, then write 1 or 2 between <answer> and </answer>.`;

/** What holds of a model wherever its files are: how items become prompts, and what is kept for gradients. */
export const sharedOptions = {
  checkpointing: z
    .boolean()
    .default(false)
    .describe("gradients make a decoder layer's numbers again, in the place of keeping them: less memory, a third more time"),
  system: z.string().nullable().default(null).describe("the system's message"),
  prompt: z.string().default(PROMPT).describe("what an item with two responses becomes: {question}, {response1}, {response2}"),
  promptTokens: z
    .int()
    .positive()
    .nullable()
    .default(null)
    .describe("most tokens of a prompt, pictures included; null: as many as the model's context"),
};

const options = z.strictObject({
  path: z.string().min(1).describe("a Hugging Face folder, a .gguf file, or the id of a model in the Hugging Face cache"),
  lora: loraOptions.nullable().default(null).describe("adapters beside a frozen base; null: all weights train"),
  freeze: z
    .array(z.enum(["text", "vision", "projector"]))
    .default([])
    .describe("parts that don't train where all weights would"),
  ...sharedOptions,
});
type HfOptions = z.output<typeof options>;

/** What of a model is asked for, wherever its files are. */
export type ModelOptions = Omit<HfOptions, "path" | "freeze">;

/** A part of a model, as options name it: its decoder, what sees, and what brings the one to the other. */
export type Part = "text" | "vision" | "projector";

/** Where a model is from. */
export interface ModelSource {
  readonly folder: HfFolder;
  /** Of tensors of these names. */
  readonly architecture: (names: ReadonlySet<string>) => Architecture;
  /** Stands for the contents of all files; with adapters from a folder of its own, for those too. */
  readonly hash: (adapter: string | null) => string;
  /** Parts whose own weights train. */
  readonly trains: (part: Part) => boolean;
  /** Parameters that no file has; absent: none. */
  readonly fresh?: FreshParameters;
  /** Why no other library reads an export; absent: one does. */
  readonly notExported?: string;
}

/** Parameters that a model begins with beside those of its files. */
export interface FreshParameters {
  has(name: string): boolean;
  make(architecture: Architecture, loaded: Parameters, random: RandomStream): Parameters;
}

/** What is told of a model component that reads folders of further architectures. */
export interface HfWith {
  readonly name: string;
  /** One line for `rewardlab plugins`. */
  readonly summary: string;
  readonly architectures: readonly ArchitectureDefinition[];
}

/**
 * The model component that reads Hugging Face folders, under another name and with architectures of one's own besides: found by the name in config.json's
 * `architectures`, else by its `model_type`. All else is as in `hf`.
 */
export function hfWith({ name, summary, architectures }: HfWith) {
  return model({
    name,
    summary,
    options,
    inject: { compiler: Compiler, files: Files },
    create: (chosen, { compiler, files }) => {
      const { path, freeze, lora } = chosen;
      const folder = readHfFolder(pathOf(path, files.folder));
      const source: ModelSource = {
        folder,
        architecture: (names) => architectureOf(folder, names, architectures),
        hash: (adapter) => hashOf(folder, adapter),
        trains: (part) => lora === null && !freeze.includes(part),
      };
      return createHfModel(source, { ...chosen, lora: loraIn(lora, files.folder) }, compiler);
    },
  });
}

/** A model from a Hugging Face folder: its weights, tokenizer, chat template and picture processor. */
export const hf = hfWith({
  name: "hf",
  summary: "a Hugging Face folder: Llama, SmolLM2, Qwen2, Qwen2.5, Qwen3, LLaVA, SmolVLM, Idefics3, Qwen2.5-VL, Qwen3-VL",
  architectures: [],
});

/** Adapters' folders are relative to the experiment, too. */
export function loraIn(lora: ModelOptions["lora"], folder: string): ModelOptions["lora"] {
  return lora && { ...lora, from: lora.from === null ? null : resolve(folder, lora.from) };
}

/** Paths are relative to the experiment; what is no file there may be a model's id. */
export function pathOf(given: string, folder: string): string {
  const path = resolve(folder, given);
  return existsSync(path) || !/^[\w.-]+\/[\w.-]+$/.test(given) || given.startsWith(".") ? path : given;
}

/** The model that the component makes, with what it has beyond any model. */
export type HfModel = Model<HfBatch> & { readonly tokenizer: HfTokenizer; readonly conversations: Conversations<HfBatch> };

/** Small enough for a machine without an engine of its own. */
const MOST_UNCOMPILED = 2 ** 30;

/** Reads the small files and checks the weights against them; the weights themselves are read by `load`. Throws `InputError` for whatever of a folder can't be meant. */
export function createHfModel(source: ModelSource, chosen: ModelOptions, compiler: Compiler): HfModel {
  const { folder, fresh } = source;
  const architecture = withWeights(folder, (weights) => {
    const made = source.architecture(new Set(weights.tensors.keys()));
    const inFiles = new Map([...made.shapes].filter(([name]) => fresh?.has(name) !== true));
    checkTensors(weights, inFiles, (name) => isLeftOver(name, made));
    return made;
  });
  checkSize(architecture, folder, compiler);
  const { text, decoder, eyes, shapes } = architecture;
  const tokenizer = folder.tokenizer();
  const given = chosen.lora?.from == null ? null : readAdapter(chosen.lora.from, architecture);
  const lora = chosen.lora && { ...chosen.lora, ...given?.lora };
  // what names nothing is refused before the weights are read
  const modules = lora === null || given !== null ? null : adaptedModules(shapes, decoder, lora);
  const adapters = (random: RandomStream): Parameters =>
    modules !== null ? newAdapters(modules, lora!.rank, random) : (given?.read() ?? {});
  const writer: Writer = { tokenizer, template: folder.chatTemplate(), variables: folder.templateVariables, eyes };
  const idsOf = (item: ItemOutline): number[] =>
    promptIdsOf(
      messagesOf(item, chosen),
      item.images.map(({ pixels }) => pixels),
      writer,
      { where: placeOf(item), trusted: false },
    );
  const idsAsked = ({ messages, pictures, where, trusted = true }: Conversation): number[] =>
    promptIdsOf(messages, pictures, writer, { where, trusted });
  const batchOptions = {
    padId: tokenizer.padId,
    eyes,
    mrope: text.mrope !== null,
    columnsBy: compiler.compiles ? COLUMNS_BY : 1,
  };
  const trains = (name: string): boolean => isAdapter(name) || source.trains(partOf(name, architecture));
  const reader = languageModel({
    name: folder.modelType,
    decoder: architecture.words,
    adapterScale: lora === null ? 1 : scaleOf(lora),
    trains,
    checkpointing: chosen.checkpointing,
    ...(eyes === null ? {} : { look: eyes.look }),
  });
  const adapted = modules ?? given?.modules ?? null;
  const sizes: Sizes = {
    path: folder.path,
    parameters: parametersIn(architecture),
    adapters: adapted && adapterNumbers(adapted, lora!.rank),
    smallAdapters: adapterNumbers(adaptedModules(shapes, decoder, { targets: null, towers: ["text"] }), 16),
    text,
    checkpointing: chosen.checkpointing,
  };
  const initialParameters = (random: RandomStream) => {
    checkWeights(sizes, memoryThere());
    return withWeights(folder, (weights) =>
      loaded(weights, architecture, fresh, (known) => ({
        ...fresh?.make(architecture, known, random),
        ...adapters(random),
      })),
    );
  };
  /** Before a gradient is taken, or traced: what doesn't fit is told, and not found out by the kernel that ends the process. */
  const checked = <R>(work: Reads<R>): Reads<R> => {
    return (parameters, prompts, responses, temperature) => {
      const { size, shape } = responses.responseIds;
      if (isTaped()) checkBatch(sizes, { rows: shape[0], tokens: prompts.promptIds.size + size }, memoryThere());
      return work(parameters, prompts, responses, temperature);
    };
  };
  const neverGenerated = [...new Set(eyes?.never ?? [])];
  const policy = policyOn(reader, { tokenizer, compiler, neverGenerated });
  let hash: string | null = null; // about a second a gigabyte, and not all who make a model want to know

  return {
    tokenizer,
    get hash() {
      return (hash ??= source.hash(lora?.from ?? null));
    },
    neverGenerated,
    contextLength: text.contextLength,
    ...(chosen.promptTokens === null ? {} : { promptLimit: { tokens: chosen.promptTokens, option: "promptTokens" } }),
    load: async (random) => initialParameters(random),
    initialParameters,
    trains,
    exportTo: async (parameters, into, what = "whole") => {
      if (what === "whole") {
        if (source.notExported !== undefined) throw new InputError("RL_EXPORT", `export: ${source.notExported}`);
        return exportWhole(folder, architecture, parameters, lora, into);
      }
      if (fresh !== undefined)
        throw new InputError(
          "RL_LORA",
          "export: adapters alone are no model without its projector, expected to export all of it",
        );
      if (lora === null)
        throw new InputError("RL_LORA", "export: the model has no adapters (lora is null), expected to export all of it");
      exportAdapter(folder, architecture, parameters, lora, into);
    },
    promptLength: (item) => idsOf(item).length,
    prompts: (items) => {
      const places = new Map<PreferenceItem, readonly number[]>(); // an item stands in several rows
      const rows = items.map((item) => {
        const ids = places.get(item) ?? idsOf(item);
        places.set(item, ids);
        return { ids, pictures: item.images.map(({ pixels }) => pixels), where: placeOf(item) };
      });
      const most = chosen.promptTokens ?? text.contextLength;
      for (const { ids, where } of rows)
        if (ids.length > most)
          throw new InputError("RL_PROMPT_LENGTH", `${where} has a prompt of ${ids.length} tokens, expected at most ${most}`);
      return promptBatchOf(rows, batchOptions);
    },
    conversations: {
      promptIds: (asked) => asked.map(idsAsked),
      prompts: (asked) =>
        promptBatchOf(
          asked.map((one) => ({ ...one, ids: idsAsked(one) })),
          batchOptions,
        ),
      logProbs: policyOn(reader, { tokenizer, compiler }).logProbs,
    },
    ...policy,
    logProbs: checked(policy.logProbs),
    valueHead: { ...policy.valueHead, logProbsAndValues: checked(policy.valueHead.logProbsAndValues) },
  };
}

/** What gives something of each response token. */
type Reads<R> = (parameters: Parameters, prompts: HfBatch, responses: ResponseBatch, temperature: number) => R;

/** A compiled function is traced for each number of columns. */
const COLUMNS_BY = 32;

const placeOf = ({ id, where }: ItemOutline) => `hf: item ${id}${where === undefined ? "" : ` (${where})`}`;

/** Tensors that files have and nothing reads: the logits' matrix of tied models, and tables that older files kept. */
function isLeftOver(name: string, { text, head, isCarried }: Architecture): boolean {
  if (text.tied && name === `${head}.weight`) return true;
  return name.endsWith(".rotary_emb.inv_freq") || name.endsWith(".position_ids") || isCarried(name);
}

function checkSize(architecture: Architecture, { path }: HfFolder, { compiles }: Compiler): void {
  const numbers = parametersIn(architecture);
  if (!compiles && 4 * numbers > MOST_UNCOMPILED)
    throw new InputError(
      "RL_MODEL_SIZE",
      `${path}: has ${(numbers / 1e6).toFixed(0)} million parameters, ${((4 * numbers) / 2 ** 30).toFixed(1)} GiB, and this engine holds models up to ${MOST_UNCOMPILED / 2 ** 30} GiB. Use engine: tensorflow (rewardlab engines install tensorflow)`,
    );
}

/** Which part a parameter belongs to. */
function partOf(name: string, { decoder, head, projector }: Architecture): Part {
  if (name.startsWith(`${decoder}.`) || name === `${head}.weight`) return "text";
  return projector !== undefined && name.startsWith(`${projector}.`) ? "projector" : "vision";
}

/** Tensor by tensor: no more than one of them is in JavaScript's memory at a time. */
function loaded(
  weights: Weights,
  { shapes }: Architecture,
  fresh: FreshParameters | undefined,
  others: (known: Parameters) => Parameters,
): Parameters {
  const parameters: Record<string, tf.Tensor> = {};
  try {
    for (const [name, shape] of shapes)
      if (fresh?.has(name) !== true) parameters[name] = tf.tensor(weights.read(name), [...shape]);
    return { ...parameters, ...others(parameters) };
  } catch (error) {
    tf.dispose(parameters);
    throw error;
  }
}

/** Weights, configurations, tokenizer and templates: all that the numbers of a run depend on. */
function hashOf(folder: HfFolder, adapter: string | null): string {
  const { path } = folder;
  const texts = statSync(path).isDirectory()
    ? readdirSync(path)
        .filter((name) => /\.(json|jinja)$/.test(name))
        .sort()
    : [];
  const hashes = texts.map((name) => [name, sha256(readFileSync(join(path, name)))]);
  return sha256(
    JSON.stringify([
      withWeights(folder, (weights) => weights.sha256()),
      hashes,
      ...(adapter === null
        ? []
        : [
            sha256(readFileSync(join(adapter, "adapter_config.json"))),
            sha256(readFileSync(join(adapter, "adapter_model.safetensors"))),
          ]),
    ]),
  );
}
