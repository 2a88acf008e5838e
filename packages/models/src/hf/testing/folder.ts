import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeSafetensors } from "@rewardlab/storage";

/** A new, empty folder; the test removes it. */
export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), "rewardlab-hf-"));
}

/** Writes files into a folder: texts and bytes as they are, anything else as JSON. */
export function write(folder: string, files: Readonly<Record<string, unknown>>): void {
  for (const [name, content] of Object.entries(files))
    writeFileSync(
      join(folder, name),
      typeof content === "string" || content instanceof Uint8Array ? content : JSON.stringify(content),
    );
}

/** A safetensors file of float32 tensors, each of one axis. */
export function safetensorsOf(tensors: Readonly<Record<string, readonly number[]>>): Uint8Array {
  const stored = Object.entries(tensors).map(
    ([name, numbers]) => [name, { dtype: "F32", shape: [numbers.length], values: Float32Array.from(numbers) }] as const,
  );
  return encodeSafetensors(Object.fromEntries(stored));
}

/** What an `InputError` says. */
export function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error)) throw error;
    return `${String(error.code)} ${error.message}`;
  }
  throw new Error("it was accepted");
}
