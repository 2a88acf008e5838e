import { InputError, suggestion } from "@rewardlab/core";
import { join } from "node:path";
import { configReader } from "./architecture-definition.ts";
import type { ArchitectureDefinition } from "./architecture-definition.ts";
import type { Decoder } from "./decoder.ts";
import type { Eyes } from "./eyes.ts";
import type { HfFolder, JsonObject } from "./folder.ts";
import { llamaDecoder } from "./llama-decoder.ts";
import { llavaEyes } from "./llava.ts";
import { qwenVlEyes } from "./qwen-vl.ts";
import { smolVlmEyes } from "./smolvlm.ts";
import { readTextConfig } from "./text-config.ts";
import type { TextConfig } from "./text-config.ts";

/** What a folder's files describe: a decoder, and eyes where it has any. */
export interface Architecture {
  readonly text: Pick<TextConfig, "vocabulary" | "contextLength" | "tied" | "mrope"> & Decoder["sizes"];
  /** Where the decoder's modules stand among the parameters. */
  readonly decoder: string;
  /** The logits' matrix where it isn't the embedding's. */
  readonly head: string;
  readonly eyes: Eyes | null;
  /** How it reads and writes. */
  readonly words: Decoder;
  /** Shapes of all parameters, by name. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** Where the parameters stand that bring a tower's columns among the words; absent: nowhere of their own. */
  readonly projector?: string;
  /** Tensors of the files that nothing is worked out from: an export has them as they are. */
  readonly isCarried: (name: string) => boolean;
  /** A parameter's name as Transformers holds it in memory, where older files have another. */
  readonly held: (name: string) => string;
}

type Parts = Omit<Architecture, "text" | "words" | "shapes" | "held" | "isCarried"> &
  Partial<Pick<Architecture, "held" | "isCarried">> & { readonly text: TextConfig };
type Read = (folder: HfFolder, names: ReadonlySet<string>) => Parts;

const readers: Readonly<Record<string, Read>> = {
  llama: languageModel,
  qwen2: languageModel,
  qwen3: languageModel,
  smolvlm,
  idefics3: smolvlm,
  llava: (folder, names) => llava("llava", folder, names),
  internvl: (folder, names) => llava("internvl", folder, names),
  qwen2_5_vl: (folder, names) => qwenVl("qwen2_5_vl", folder, names),
  qwen3_vl: (folder, names) => qwenVl("qwen3_vl", folder, names),
};

/** Architectures that are known, by `model_type`. */
export const modelTypes: readonly string[] = Object.keys(readers);

/** `names`: those of the folder's tensors; older files keep the same modules elsewhere. Throws `InputError` for an unknown one. */
export function architectureOf(
  folder: HfFolder,
  names: ReadonlySet<string>,
  others: readonly ArchitectureDefinition[] = [],
): Architecture {
  const classes = folder.config["architectures"];
  const named = others.find(({ name }) => Array.isArray(classes) && classes.includes(name));
  const other = named ?? others.find(({ modelType }) => modelType === folder.modelType);
  if (other !== undefined) return architectureBy(other, folder);
  const read = Object.hasOwn(readers, folder.modelType) ? readers[folder.modelType] : undefined;
  if (read === undefined)
    throw new InputError(
      "RL_ARCHITECTURE",
      `${configOf(folder)}: model_type is ${JSON.stringify(folder.modelType)}, which is not known.${suggestion(folder.modelType, [...modelTypes, ...others.map(({ modelType }) => modelType)])}`,
    );
  return architectureFrom(read(folder, names));
}

/** With the shapes of all its parameters. */
export function architectureFrom(made: Parts): Architecture {
  const { text, decoder, head, eyes } = made;
  const words = llamaDecoder(text, decoder, head);
  const shapes = new Map([...Object.entries(words.shapes), ...Object.entries(eyes?.shapes ?? {})]);
  return { ...made, words, shapes, held: made.held ?? ((name) => name), isCarried: made.isCarried ?? (() => false) };
}

/** One that somebody else brought: text alone. */
function architectureBy({ read, isUnused }: ArchitectureDefinition, folder: HfFolder): Architecture {
  const words = read(configReader(folder.config, configOf(folder)));
  const { at: decoder, logits: head, sizes, vocabulary, contextLength } = words;
  return {
    text: { ...sizes, vocabulary, contextLength, tied: false, mrope: null },
    decoder,
    head,
    eyes: null,
    words,
    shapes: new Map(Object.entries(words.shapes)),
    isCarried: (name) => isUnused?.(name) ?? false,
    held: (name) => name,
  };
}

function languageModel(folder: HfFolder): Parts {
  return { text: readTextConfig(folder.config, configOf(folder)), decoder: "model", head: "lm_head", eyes: null };
}

function smolvlm(folder: HfFolder): Parts {
  return {
    text: textOf(folder),
    decoder: "model.text_model",
    head: "lm_head",
    eyes: smolVlmEyes(filesOf(folder)),
  };
}

/**
 * Files keep the parts at language_model, vision_tower and multi_modal_projector; those of some versions at model.…, as Transformers holds them in memory; and
 * older ones have one more name in between, vision_tower.vision_model.
 */
function llava(kind: "llava" | "internvl", folder: HfFolder, names: ReadonlySet<string>): Parts {
  const nested = names.has("model.multi_modal_projector.linear_1.weight");
  const before = nested ? "model." : "";
  const text = textOf(folder, "llama");
  const older = [...names].some((name) => name.startsWith(`${before}vision_tower.vision_model.`));
  const tower = `${before}vision_tower${older ? ".vision_model" : ""}`;
  const projector = `${before}multi_modal_projector`;
  const eyes = llavaEyes({ ...filesOf(folder), kind, tower, projector, width: text.width });
  const decoder = nested ? "model.language_model" : "language_model.model";
  const head = nested ? "lm_head" : "language_model.lm_head";
  const heldAt = [
    [`${tower}.`, (name: string) => `model.vision_tower.${eyes.body.held(name)}`],
    [`${projector}.`, (name: string) => `model.multi_modal_projector.${name}`],
    [`${decoder}.`, (name: string) => `model.language_model.${name}`],
    [head, (name: string) => `lm_head${name}`],
  ] as const;
  return {
    text,
    decoder,
    head,
    eyes,
    projector,
    isCarried: (name) => name.startsWith(`${tower}.`) && eyes.body.isCarried(name.slice(tower.length + 1)),
    held(name) {
      const [at, rename] = heldAt.find(([prefix]) => name.startsWith(prefix)) ?? ["", (same: string) => same];
      return rename(name.slice(at.length));
    },
  };
}

/** Files from before Transformers 4.52, and those saved like them, keep the tower at "visual" and the decoder at "model". */
function qwenVl(kind: "qwen2_5_vl" | "qwen3_vl", folder: HfFolder, names: ReadonlySet<string>): Parts {
  const nested = names.has("model.language_model.embed_tokens.weight");
  return {
    text: textOf(folder),
    decoder: nested ? "model.language_model" : "model",
    head: "lm_head",
    eyes: qwenVlEyes(kind, { ...filesOf(folder), tower: nested ? "model.visual" : "visual" }),
    ...(nested
      ? {}
      : {
          held: (name: string) =>
            name.replace(/^visual\./, "model.visual.").replace(/^model\.(?!visual\.)/, "model.language_model."),
        }),
  };
}

/** Older files of Qwen2.5-VL have no text_config: its fields stand among the others. `kind`: of a decoder whose part doesn't say it. */
export function textOf(folder: HfFolder, kind?: string): TextConfig {
  const { config } = folder;
  const given = config["text_config"] as JsonObject | undefined;
  const own = given === undefined || kind === undefined ? given : { model_type: kind, ...given };
  // LLaVA's own field is false by default, and then its decoder's counts
  const tied =
    kind === undefined ? config["tie_word_embeddings"] : config["tie_word_embeddings"] === true || given?.["tie_word_embeddings"];
  const part = own ?? { ...config, model_type: `${folder.modelType}_text` };
  return readTextConfig(
    part,
    own === undefined ? configOf(folder) : `${configOf(folder)}: text_config`,
    typeof tied === "boolean" ? tied : undefined,
  );
}

function filesOf(folder: HfFolder) {
  if (folder.preprocessor === undefined)
    throw new InputError(
      "RL_HF_FOLDER",
      `${folder.path}: has no preprocessor_config.json, which says how pictures become numbers`,
    );
  const tokenizer = folder.tokenizer();
  return {
    config: folder.config,
    configAt: configOf(folder),
    processor: folder.preprocessor,
    processorAt: join(folder.path, "preprocessor_config.json"),
    tokenId: (text: string) => tokenizer.idOf(text),
    textOf: (id: number) => tokenizer.pieces([id])[0]!,
  };
}

const configOf = ({ path }: HfFolder) => join(path, "config.json");

/** How many numbers the parameters are. */
export function parametersIn({ shapes }: Architecture): number {
  return [...shapes.values()].reduce((sum, shape) => sum + shape.reduce((product, axis) => product * axis, 1), 0);
}
