import { existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../errors.ts";
import type { Parameters } from "../kinds.ts";
import { readJson, sha256, writeFileAtomic, writeJson } from "./files.ts";
import { LOCK_FILE } from "./lock.ts";
import { encodeSafetensors, readSafetensors } from "./safetensors.ts";

/** What a stage made, under the content hash of everything it depends on. */
export interface Artefact {
  readonly stage: string;
  readonly key: string;
  readonly status: "done" | "collapsed";
  readonly reason?: string;
  readonly results: Readonly<Record<string, unknown>>;
  /** Engine and versions it was made with. */
  readonly madeBy: Readonly<Record<string, string>>;
  /** SHA-256 of model.safetensors; null where the stage left the policy as it was. */
  readonly model: string | null;
}

export function artefactName(stage: string, key: string): string {
  return `${stage}-${key.slice(0, 12)}`;
}

/** Closes a stage's working folder: the policy, then artefact.json, which says that all of it is there. */
export function writeArtefact(folder: string, artefact: Omit<Artefact, "model">, parameters: Parameters | undefined): Artefact {
  const bytes = parameters && encodeSafetensors(parameters);
  if (bytes) writeFileAtomic(join(folder, "model.safetensors"), bytes);
  const whole: Artefact = { ...artefact, model: bytes ? sha256(bytes) : null };
  writeJson(join(folder, "artefact.json"), whole);
  return whole;
}

/** The artefact in a folder, or null where it isn't there (yet). */
export function readArtefact(folder: string, key: string): Artefact | null {
  const artefact = readJson(join(folder, "artefact.json")) as Artefact | undefined;
  return artefact?.key === key ? artefact : null;
}

/** The policy of an artefact, verified. The tensors are the caller's. */
export function readArtefactModel(folder: string, artefact: Artefact): Parameters | null {
  if (artefact.model === null) return null;
  const path = join(folder, "model.safetensors");
  if (!existsSync(path))
    throw new InputError(
      "RL_ARTEFACT",
      `${path}: is missing, artefact.json beside it says it was made. Remove the folder to make it again.`,
    );
  const parameters = readSafetensors(path);
  if (sha256(readFileSync(path)) !== artefact.model)
    throw new InputError(
      "RL_ARTEFACT",
      `${path}: is not what was written (its SHA-256 differs from artefact.json's). Remove the folder to make it again.`,
    );
  return parameters;
}

/** A finished working folder becomes the artefact; its checkpoints and its lock are no longer needed. Locked until it has moved: whoever waits then finds it made. */
export function publishArtefact(working: string, final: string): void {
  rmSync(join(working, "checkpoints"), { recursive: true, force: true });
  rmSync(final, { recursive: true, force: true });
  renameSync(working, final);
  rmSync(join(final, LOCK_FILE), { force: true });
}
