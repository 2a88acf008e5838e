import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Parameters } from "../kinds.ts";
import {
  fileBytes,
  InputError,
  messageOf,
  readJson,
  REPLACED,
  restoreReplaced,
  sha256,
  writeFileAtomic,
  writeFolderAtomic,
  writeJson,
} from "@rewardlab/storage";
import { encodeTensors, readTensors } from "./tensor-files.ts";

/** Sets of tensors by file name (model, optimizer), and what else a stage needs to go on exactly: counters, random streams, data cursor. */
export interface Checkpoint<S> {
  /** Of the stage that it belongs to: `StageContext.key`. */
  readonly key: string;
  readonly step: number;
  readonly tensors: Readonly<Record<string, Parameters>>;
  readonly state: S;
}

/** How many checkpoints stay on the disk. */
export const KEPT = 2;

interface SavedState<S> {
  readonly key: string;
  readonly step: number;
  readonly state: S;
  /** SHA-256 of each file beside. */
  readonly checksums: Readonly<Record<string, string>>;
}

/**
 * Writes `checkpoints/<step>/`: one safetensors file per set and state.json with their SHA-256 and its own, whole or not at all. What is there of this
 * step, whole and of the same stage, stays as it is: a step is saved once.
 */
export async function saveCheckpoint<S>(folder: string, checkpoint: Checkpoint<S>): Promise<void> {
  const { key, step, state } = checkpoint;
  const path = join(checkpointsIn(folder), String(step).padStart(6, "0"));
  if (!isWhole(path, key))
    await writeFolderAtomic(path, (aside) => {
      const checksums: Record<string, string> = {};
      for (const [name, tensors] of Object.entries(checkpoint.tensors)) {
        const bytes = encodeTensors(tensors);
        writeFileAtomic(join(aside, `${name}.safetensors`), bytes);
        checksums[`${name}.safetensors`] = sha256(bytes);
      }
      const saved: SavedState<S> = { key, step, state, checksums };
      writeJson(join(aside, "state.json"), { ...saved, sha256: checksumOf(saved) });
    });
  tidy(folder);
}

/**
 * The newest checkpoint of a stage's folder, verified, or null. Its tensors are the caller's. What a kill left half-written or not yet removed goes.
 * Throws `InputError` where it is damaged, or belongs to another stage than `key`.
 */
export function loadCheckpoint<S>(folder: string, key: string): Checkpoint<S> | null {
  tidy(folder);
  const newest = stepsIn(folder).at(-1);
  if (newest === undefined) return null;
  const path = join(checkpointsIn(folder), newest);
  const { key: belongsTo, step, state, checksums } = readState<S>(path);
  if (belongsTo !== key)
    throw new InputError(
      "RL_CHECKPOINT",
      `${path}: belongs to another stage or another version of the experiment (${shortKey(belongsTo)}, expected ${shortKey(key)}). Remove ${checkpointsIn(folder)} to start this stage anew.`,
    );
  checkFiles(path, checksums);
  const tensors = Object.keys(checksums).map(
    (file) => [file.replace(/\.safetensors$/, ""), readTensors(join(path, file))] as const,
  );
  return { key, step, tensors: Object.fromEntries(tensors), state };
}

/** What the newest checkpoint says that it belongs to, "unknown" where it doesn't say; null where there is none. */
export function checkpointKey(folder: string): string | null {
  const newest = stepsIn(folder).at(-1);
  if (newest === undefined) return null;
  return readState(join(checkpointsIn(folder), newest)).key ?? "unknown";
}

const checkpointsIn = (folder: string) => join(folder, "checkpoints");
const shortKey = (key: string | undefined) => (key === undefined ? "it doesn't say which" : key.slice(0, 12));

/** Ends what a kill interrupted: an old checkpoint that was being replaced is there again, half-written ones and those beyond the kept go. */
function tidy(folder: string): void {
  const all = checkpointsIn(folder);
  if (!existsSync(all)) return;
  const names = readdirSync(all);
  for (const name of names.filter((one) => one.endsWith(REPLACED))) restoreReplaced(join(all, name.slice(0, -REPLACED.length)));
  for (const old of [...stepsIn(folder).slice(0, -KEPT), ...names.filter((name) => name.endsWith(".part"))])
    rmSync(join(all, old), { recursive: true, force: true });
}

function isWhole(path: string, key: string): boolean {
  if (!existsSync(path)) return false;
  try {
    const { key: belongsTo, checksums } = readState(path);
    checkFiles(path, checksums);
    return belongsTo === key;
  } catch (error) {
    if (error instanceof InputError) return false; // damaged: it is written anew
    throw error;
  }
}

function checkFiles(path: string, checksums: Readonly<Record<string, string>>): void {
  for (const [file, expected] of Object.entries(checksums)) {
    if (!existsSync(join(path, file))) throw damaged(path, `${file} is missing`);
    if (sha256(fileBytes(join(path, file))) !== expected)
      throw damaged(path, `${file} is not what was written (its SHA-256 differs)`);
  }
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

function checksumOf({ key, step, state, checksums }: SavedState<unknown>): string {
  return sha256(JSON.stringify({ key, step, state, checksums }));
}

function stepsIn(folder: string): string[] {
  const path = checkpointsIn(folder);
  return existsSync(path)
    ? readdirSync(path)
        .filter((name) => /^\d+$/.test(name))
        .sort((a, b) => Number(a) - Number(b))
    : [];
}

function damaged(path: string, problem: string): InputError {
  return new InputError(
    "RL_CHECKPOINT",
    `${path}: ${problem}. Remove that folder to go on from the checkpoint before it (without one the stage starts anew), or run with --fresh.`,
  );
}
