import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Parameters } from "../kinds.ts";
import { InputError, messageOf } from "../errors.ts";
import { readJson, sha256, writeFileAtomic, writeFolderAtomic, writeJson } from "./files.ts";
import { encodeSafetensors, readSafetensors } from "./safetensors.ts";

/** Sets of tensors by file name (model, optimizer), and what else a stage needs to go on exactly: counters, random streams, data cursor. */
export interface Checkpoint<S> {
  readonly step: number;
  readonly tensors: Readonly<Record<string, Parameters>>;
  readonly state: S;
}

/** How many checkpoints stay on the disk. */
const KEPT = 2;

interface SavedState<S> {
  readonly step: number;
  readonly state: S;
  /** SHA-256 of each file beside. */
  readonly checksums: Readonly<Record<string, string>>;
}

/** Writes `checkpoints/<step>/`: one safetensors file per set and state.json with their SHA-256 and its own, whole or not at all. */
export async function saveCheckpoint<S>(folder: string, checkpoint: Checkpoint<S>): Promise<void> {
  const all = join(folder, "checkpoints");
  const path = join(all, String(checkpoint.step).padStart(6, "0"));
  await writeFolderAtomic(path, (aside) => {
    const checksums: Record<string, string> = {};
    for (const [name, tensors] of Object.entries(checkpoint.tensors)) {
      const bytes = encodeSafetensors(tensors);
      writeFileAtomic(join(aside, `${name}.safetensors`), bytes);
      checksums[`${name}.safetensors`] = sha256(bytes);
    }
    const saved: SavedState<S> = { step: checkpoint.step, state: checkpoint.state, checksums };
    writeJson(join(aside, "state.json"), { ...saved, sha256: checksumOf(saved) });
  });
  const killed = readdirSync(all).filter((name) => name.endsWith(".part")); // what a kill left half-written
  for (const old of [...stepsIn(folder).slice(0, -KEPT), ...killed]) rmSync(join(all, old), { recursive: true, force: true });
}

/** The newest checkpoint of a stage's folder, verified, or null. Its tensors are the caller's. */
export function loadCheckpoint<S>(folder: string): Checkpoint<S> | null {
  const newest = stepsIn(folder).at(-1);
  if (newest === undefined) return null;
  const path = join(folder, "checkpoints", newest);
  const { step, state, checksums } = readState<S>(path);
  for (const [file, expected] of Object.entries(checksums)) {
    if (!existsSync(join(path, file))) throw damaged(path, `${file} is missing`);
    if (sha256(readFileSync(join(path, file))) !== expected)
      throw damaged(path, `${file} is not what was written (its SHA-256 differs)`);
  }
  const tensors = Object.entries(checksums).map(
    ([file]) => [file.replace(/\.safetensors$/, ""), readSafetensors(join(path, file))] as const,
  );
  return { step, tensors: Object.fromEntries(tensors), state };
}

function readState<S>(path: string): SavedState<S> {
  let saved: (SavedState<S> & { readonly sha256: string }) | null | undefined;
  try {
    saved = readJson(join(path, "state.json")) as typeof saved;
  } catch (error) {
    throw damaged(path, messageOf(error));
  }
  if (saved === undefined) throw damaged(path, "state.json is missing");
  if (saved === null || checksumOf(saved) !== saved.sha256)
    throw damaged(path, "state.json is not what was written (its SHA-256 differs)");
  return saved;
}

function checksumOf({ step, state, checksums }: SavedState<unknown>): string {
  return sha256(JSON.stringify({ step, state, checksums }));
}

function stepsIn(folder: string): string[] {
  const path = join(folder, "checkpoints");
  return existsSync(path)
    ? readdirSync(path)
        .filter((name) => /^\d+$/.test(name))
        .sort((a, b) => Number(a) - Number(b))
    : [];
}

function damaged(path: string, problem: string): InputError {
  return new InputError(
    "RL_CHECKPOINT",
    `${path}: ${problem}. Remove that folder to go on from the checkpoint before it, or run with --fresh.`,
  );
}
