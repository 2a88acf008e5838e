import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Parameters } from "../kinds.ts";
import { InputError } from "../errors.ts";
import { readJson, writeFileAtomic, writeFolderAtomic, writeJson } from "./files.ts";
import { encodeSafetensors, readSafetensors } from "./safetensors.ts";

/** Sets of tensors by file name (model, optimizer), and what else a stage needs to go on exactly: counters, random streams, data cursor. */
export interface Checkpoint<S> {
  readonly step: number;
  readonly tensors: Readonly<Record<string, Parameters>>;
  readonly state: S;
}

/** How many checkpoints stay on the disk. */
const KEPT = 2;

/** Writes `checkpoints/<step>/`: one safetensors file per set and state.json with their SHA-256, whole or not at all. */
export async function saveCheckpoint<S>(folder: string, checkpoint: Checkpoint<S>): Promise<void> {
  const path = join(folder, "checkpoints", String(checkpoint.step).padStart(6, "0"));
  await writeFolderAtomic(path, (aside) => {
    const checksums: Record<string, string> = {};
    for (const [name, tensors] of Object.entries(checkpoint.tensors)) {
      const bytes = encodeSafetensors(tensors);
      writeFileAtomic(join(aside, `${name}.safetensors`), bytes);
      checksums[`${name}.safetensors`] = sha256(bytes);
    }
    writeJson(join(aside, "state.json"), { step: checkpoint.step, state: checkpoint.state, checksums });
  });
  for (const old of stepsIn(folder).slice(0, -KEPT)) rmSync(join(folder, "checkpoints", old), { recursive: true, force: true });
}

/** The newest checkpoint of a stage's folder, verified, or null. Its tensors are the caller's. */
export function loadCheckpoint<S>(folder: string): Checkpoint<S> | null {
  const newest = stepsIn(folder).at(-1);
  if (newest === undefined) return null;
  const path = join(folder, "checkpoints", newest);
  const saved = readJson(join(path, "state.json")) as { step?: unknown; state?: S; checksums?: Record<string, string> } | undefined;
  if (typeof saved?.step !== "number" || saved.state === undefined || saved.checksums === undefined) throw damaged(path, "state.json is missing or incomplete");
  const tensors: Record<string, Parameters> = {};
  for (const [file, expected] of Object.entries(saved.checksums)) {
    const name = file.replace(/\.safetensors$/, "");
    if (!existsSync(join(path, file))) throw damaged(path, `${file} is missing`);
    if (sha256(readFileSync(join(path, file))) !== expected) {
      readSafetensors(join(path, file)); // says more precisely what is wrong, if the format is
      throw damaged(path, `${file} is not what was written (its SHA-256 differs)`);
    }
    tensors[name] = readSafetensors(join(path, file));
  }
  return { step: saved.step, tensors, state: saved.state };
}

function stepsIn(folder: string): string[] {
  const path = join(folder, "checkpoints");
  return existsSync(path) ? readdirSync(path).filter((name) => /^\d+$/.test(name)).sort() : [];
}

function damaged(path: string, problem: string): InputError {
  return new InputError("RL_CHECKPOINT", `${path}: ${problem}. Remove that folder to go on from the checkpoint before it, or run with --fresh.`);
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
