import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  fileBytes,
  InputError,
  LOCK_FILE,
  readJsonObject,
  replaceFolder,
  sha256,
  writeFileAtomic,
  writeJson,
} from "@rewardlab/storage";
import type { KeptPolicy, Parameters } from "../kinds.ts";
import type { ItemsLeft } from "../stage.ts";
import { encodeTensors, readTensors } from "./tensor-files.ts";

/** What a stage made, under the content hash of everything it depends on. */
export interface Artefact {
  readonly stage: string;
  readonly key: string;
  readonly status: "done" | "collapsed";
  readonly reason?: string;
  readonly results: Readonly<Record<string, unknown>>;
  /** Engine and versions it was made with. */
  readonly madeBy: Readonly<Record<string, string>>;
  /** SHA-256 of model.safetensors; null where the stage left the policy as it was, and where a service holds it. */
  readonly model: string | null;
  /** Where a service keeps the policy, if one does. */
  readonly kept?: KeptPolicy;
  /** Items that later stages see in a split's place, and the SHA-256 of their file. */
  readonly items?: ItemsLeft & { readonly sha256: string };
}

/** The folder of an artefact: its stage, and enough of its key to tell it from others. */
export function artefactName(stage: string, key: string): string {
  return `${stage}-${key.slice(0, 12)}`;
}

/** Closes a stage's working folder: the policy, then artefact.json, which says that all of it is there. */
export function writeArtefact(folder: string, artefact: Omit<Artefact, "model">, parameters: Parameters | undefined): Artefact {
  const bytes = parameters && encodeTensors(parameters);
  if (bytes) writeFileAtomic(join(folder, "model.safetensors"), bytes);
  const whole: Artefact = { ...artefact, model: bytes ? sha256(bytes) : null };
  writeJson(join(folder, "artefact.json"), whole);
  return whole;
}

/** The artefact in a folder, or null where it isn't there (yet). Throws `InputError` where artefact.json is damaged. */
export function readArtefact(folder: string, key: string): Artefact | null {
  const artefact = readJsonObject(join(folder, "artefact.json"), toRemake(folder)) as Artefact | undefined;
  return artefact?.key === key ? artefact : null;
}

/** The policy of an artefact, verified. The tensors are the caller's. */
export function readArtefactModel(folder: string, artefact: Artefact): Parameters | null {
  if (artefact.model === null) return null;
  const path = join(folder, "model.safetensors");
  const damaged = (what: string) => new InputError("RL_ARTEFACT", `${path}: ${what}. ${toRemake(folder)}`);
  if (!existsSync(path)) throw damaged("is missing, artefact.json beside it says it was made");
  if (sha256(fileBytes(path)) !== artefact.model)
    throw damaged("is not what was written: cut short or changed (its SHA-256 differs from artefact.json's)");
  return readTensors(path);
}

/** What removing a stage's folder costs. */
const toRemake = (folder: string) =>
  `Remove the folder ${folder} to make it again; that costs the time its stage takes, and nothing else is lost.`;

/**
 * A finished working folder becomes the artefact; its checkpoints and its lock are no longer needed. Locked until it has moved: whoever waits then finds it
 * made. Killed in between, it can be called again (`artefact.json` says that the folder is finished).
 */
export function publishArtefact(working: string, final: string): void {
  rmSync(join(working, "checkpoints"), { recursive: true, force: true });
  replaceFolder(working, final);
  rmSync(join(final, LOCK_FILE), { force: true });
}
