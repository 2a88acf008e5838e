import { InputError, suggestion } from "@rewardlab/core";
import { join } from "node:path";
import type { Eyes } from "./eyes.ts";
import type { HfFolder, JsonObject } from "./folder.ts";
import { qwenVlEyes } from "./qwen-vl.ts";
import { smolVlmEyes } from "./smolvlm.ts";
import { readTextConfig } from "./text-config.ts";
import type { TextConfig } from "./text-config.ts";
import { decoderShapes } from "./text-decoder.ts";

/** What a folder's files describe: a decoder, and eyes where it has any. */
export interface Architecture {
  readonly text: TextConfig;
  /** Where the decoder's modules stand among the parameters. */
  readonly decoder: string;
  /** The logits' matrix where it isn't the embedding's. */
  readonly head: string;
  readonly eyes: Eyes | null;
  /** Shapes of all parameters, by name. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** A parameter's name as Transformers holds it in memory, where older files have another. */
  readonly held: (name: string) => string;
}

type Parts = Omit<Architecture, "shapes" | "held"> & Partial<Pick<Architecture, "held">>;
type Read = (folder: HfFolder, names: ReadonlySet<string>) => Parts;

const readers: Readonly<Record<string, Read>> = {
  llama: languageModel,
  qwen2: languageModel,
  qwen3: languageModel,
  smolvlm,
  idefics3: smolvlm,
  qwen2_5_vl: (folder, names) => qwenVl("qwen2_5_vl", folder, names),
  qwen3_vl: (folder, names) => qwenVl("qwen3_vl", folder, names),
};

/** Architectures that are known, by `model_type`. */
export const modelTypes: readonly string[] = Object.keys(readers);

/** `names`: those of the folder's tensors; older files keep the same modules elsewhere. Throws `InputError` for an unknown one. */
export function architectureOf(folder: HfFolder, names: ReadonlySet<string>): Architecture {
  const read = Object.hasOwn(readers, folder.modelType) ? readers[folder.modelType] : undefined;
  if (read === undefined)
    throw new InputError(
      "RL_ARCHITECTURE",
      `${configOf(folder)}: model_type is ${JSON.stringify(folder.modelType)}, which is not known.${suggestion(folder.modelType, modelTypes)}`,
    );
  const made = read(folder, names);
  const { text, decoder, head, eyes } = made;
  const shapes = new Map([
    ...Object.entries(decoderShapes(`${decoder}.`, text)),
    ...(text.tied ? [] : [[`${head}.weight`, [text.vocabulary, text.width]] as const]),
    ...Object.entries(eyes?.shapes ?? {}),
  ]);
  return { ...made, shapes, held: made.held ?? ((name) => name) };
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

/** Older files of Qwen2.5-VL have no text_config: its fields stand among the others. */
function textOf(folder: HfFolder): TextConfig {
  const { config } = folder;
  const own = config["text_config"] as JsonObject | undefined;
  const tied = config["tie_word_embeddings"];
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
  };
}

const configOf = ({ path }: HfFolder) => join(path, "config.json");

/** How many numbers the parameters are. */
export function parametersIn({ shapes }: Architecture): number {
  return [...shapes.values()].reduce((sum, shape) => sum + shape.reduce((product, axis) => product * axis, 1), 0);
}
