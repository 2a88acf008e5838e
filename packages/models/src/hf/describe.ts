import { architectureOf, parametersIn } from "./architectures.ts";
import { readHfFolder } from "./folder.ts";
import { cachedModels, hubCache } from "./hub-cache.ts";
import { adaptedModules, adapterNumbers } from "./low-rank.ts";
import { bytesPerToken, heldBytes } from "./training-memory.ts";
import type { HeldBytes } from "./training-memory.ts";
import { withWeights } from "./weights.ts";

/** What there is to know of a model before it is loaded: from its small files and the heads of its weights. */
export interface ModelOutline {
  /** As it was asked for. */
  readonly name: string;
  readonly path: string;
  readonly modelType: string;
  readonly parameters: number;
  readonly seesPictures: boolean;
  /** Most tokens of a prompt and its response together. */
  readonly contextLength: number;
  /** Bytes that training holds at least, activations left out: policy and reference, gradients and AdamW's two moments, all in float32. */
  readonly bytes: { readonly lora: number; readonly full: number };
  /** What a gradient adds to that for each token of a batch, prompt and response, at least: as it is, and with `checkpointing`. */
  readonly bytesPerToken: { readonly kept: number; readonly checkpointing: number };
}

/** Rank of the adapters that memory is told for. */
const RANK = 16;

/** Throws `InputError` where the folder isn't a model that is known. */
export function outlineOf(name: string): ModelOutline {
  const folder = readHfFolder(name);
  const architecture = withWeights(folder, (weights) => architectureOf(folder, new Set(weights.tensors.keys())));
  const { text, decoder, eyes, shapes } = architecture;
  const parameters = parametersIn(architecture);
  const modules = adaptedModules(shapes, decoder, { targets: null, towers: ["text"] });
  const adapters = adapterNumbers(modules, RANK);
  return {
    name,
    path: folder.path,
    modelType: folder.modelType,
    parameters,
    seesPictures: eyes !== null,
    contextLength: text.contextLength,
    bytes: { lora: total(heldBytes({ parameters, adapters })), full: total(heldBytes({ parameters, adapters: null })) },
    bytesPerToken: { kept: bytesPerToken(text, false), checkpointing: bytesPerToken(text, true) },
  };
}

const total = ({ weights, optimizer }: HeldBytes) => weights + optimizer;

/** Ids of the models in the local Hugging Face cache, and where that is. */
export function modelsInCache(): { readonly cache: string; readonly ids: readonly string[] } {
  const cache = hubCache(process.env);
  return { cache, ids: cachedModels(cache) };
}
