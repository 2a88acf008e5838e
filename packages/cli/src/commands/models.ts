import { InputError, messageOf } from "@rewardlab/core";
import { modelsInCache, outlineOf } from "@rewardlab/models/hf";
import type { ModelOutline } from "@rewardlab/models/hf";
import { isInputError } from "@rewardlab/storage";
import { totalmem } from "node:os";
import { textTable } from "../table.ts";

/** What `model: { use: hf, path }` could be: the folders named, or all models of the Hugging Face cache. */
export async function models(names: readonly string[], { json }: { readonly json?: boolean }): Promise<void> {
  const { cache, ids } = modelsInCache();
  const asked = names.length > 0 ? names : ids;
  const found = asked.map((name): ModelOutline | { readonly name: string; readonly problem: string } => {
    try {
      return outlineOf(name);
    } catch (error) {
      if (!isInputError(error)) throw error;
      return { name, problem: messageOf(error) };
    }
  });
  if (names.length === 1 && found[0] && "problem" in found[0]) throw new InputError("RL_HF_FOLDER", found[0].problem);
  if (json) return console.log(JSON.stringify({ cache, models: found }, null, 2));
  if (found.length === 0)
    return console.log(
      `No models in the Hugging Face cache ${cache}. Fetch one: hf download HuggingFaceTB/SmolVLM-256M-Instruct`,
    );
  const rows = found.flatMap((one) => ("problem" in one ? [] : [rowOf(one)]));
  if (rows.length > 0)
    console.log(
      textTable(["model", "architecture", "parameters", "pictures", "context", "LoRA", "in full", "a token", "engine"], rows),
    );
  for (const one of found) if ("problem" in one) console.log(`${one.name}: ${one.problem}`);
}

function rowOf({ name, modelType, parameters, seesPictures, contextLength, bytes, bytesPerToken }: ModelOutline): string[] {
  const room = (needed: number) => `${(needed / 2 ** 30).toFixed(1)} GiB${needed > totalmem() ? " (more than there is)" : ""}`;
  return [
    name,
    modelType,
    countOf(parameters),
    seesPictures ? "yes" : "no",
    contextLength.toLocaleString("en"),
    room(bytes.lora),
    room(bytes.full),
    `+ ${kib(bytesPerToken.kept)} (${kib(bytesPerToken.checkpointing)})`,
    4 * parameters > 2 ** 30 ? "tensorflow" : "any",
  ];
}

const kib = (bytes: number) => `${Math.ceil(bytes / 1024).toLocaleString("en")} KiB`;

function countOf(parameters: number): string {
  if (parameters >= 1e9) return `${(parameters / 1e9).toFixed(2)} billion`;
  return parameters >= 1e6 ? `${(parameters / 1e6).toFixed(1)} million` : parameters.toLocaleString("en");
}
