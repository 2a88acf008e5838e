import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { InputError, suggestion } from "@rewardlab/core";

/**
 * Where a model's folder is: `given` itself where there is such a folder or file, else the snapshot of that name in the local Hugging Face cache. Nothing is
 * fetched: the error has the command that does.
 *
 * The cache's layout is huggingface_hub's: `$HF_HUB_CACHE/models--OWNER--NAME/snapshots/COMMIT/`, and `refs/main` has the commit that `main` was at.
 */
export function modelFolder(given: string, environment: NodeJS.ProcessEnv = process.env): string {
  const path = resolve(given);
  if (existsSync(path)) return path;
  if (!/^[\w.-]+\/[\w.-]+$/.test(given) || given.startsWith("."))
    throw new InputError(
      "RL_HF_FOLDER",
      `${given}: there is no such folder or file, expected a Hugging Face folder, a .gguf file, or a model's id, e.g. HuggingFaceTB/SmolVLM-256M-Instruct.${nearPath(path)}`,
    );
  const cache = hubCache(environment);
  const folder = join(cache, `models--${given.replace("/", "--")}`);
  const snapshots = join(folder, "snapshots");
  const commits = existsSync(snapshots) ? readdirSync(snapshots).sort() : [];
  const main = join(folder, "refs", "main");
  const commit = existsSync(main) ? readFileSync(main, "utf8").trim() : commits.length === 1 ? commits[0]! : "";
  if (commits.includes(commit)) return join(snapshots, commit);
  const why =
    commits.length === 0
      ? `there is no such folder, and the Hugging Face cache ${cache} hasn't got it.${nearModel(given, cache)}`
      : `the Hugging Face cache has ${commits.length} snapshots of it, and none is main's; name one: ${commits.map((name) => join(snapshots, name)).join(", ")}.`;
  throw new InputError("RL_HF_FOLDER", `${given}: ${why} Fetch it: hf download ${given}`);
}

/** The folder where huggingface_hub keeps models: HF_HUB_CACHE, else HF_HOME's hub, else XDG_CACHE_HOME's or ~/.cache's huggingface/hub. */
export function hubCache({ HF_HUB_CACHE, HF_HOME, XDG_CACHE_HOME }: NodeJS.ProcessEnv): string {
  return resolve(HF_HUB_CACHE || join(HF_HOME || join(XDG_CACHE_HOME || join(homedir(), ".cache"), "huggingface"), "hub"));
}

/** Ids of the models in the cache, sorted. */
export function cachedModels(cache: string): string[] {
  if (!existsSync(cache)) return [];
  return readdirSync(cache)
    .filter((name) => name.startsWith("models--"))
    .map((name) => name.slice("models--".length).replace("--", "/"))
    .sort();
}

const nearModel = (given: string, cache: string): string => {
  const told = suggestion(given, cachedModels(cache));
  return told.startsWith(" Did you mean") ? told : "";
};

/** A folder beside it with nearly its name. */
function nearPath(path: string): string {
  const parent = resolve(path, "..");
  if (!existsSync(parent)) return "";
  const told = suggestion(path.slice(parent.length).replace(/^[/\\]/, ""), readdirSync(parent));
  return told.startsWith(" Did you mean") ? told : "";
}
