import { InputError } from "@rewardlab/core";
import type { GgufHeader, MetadataValue } from "./header.ts";

type Metadata = GgufHeader["metadata"];

/** A number of the metadata. Throws `InputError` where there is none and no `otherwise`. */
export function numberIn(metadata: Metadata, key: string, path: string, otherwise?: number): number {
  return typed(metadata, key, path, "a number", (value) => typeof value === "number", otherwise) as number;
}

/** A text of the metadata. */
export function textIn(metadata: Metadata, key: string, path: string, otherwise?: string): string {
  return typed(metadata, key, path, "a text", (value) => typeof value === "string", otherwise) as string;
}

/** A list of texts. */
export function textsIn(metadata: Metadata, key: string, path: string): readonly string[] {
  const isTexts = (value: MetadataValue) => Array.isArray(value) && value.every((item) => typeof item === "string");
  return typed(metadata, key, path, "a list of texts", isTexts) as readonly string[];
}

/** A list of numbers. */
export function numbersIn(metadata: Metadata, key: string, path: string, otherwise?: readonly number[]): readonly number[] {
  const isNumbers = (value: MetadataValue) => Array.isArray(value) && value.every((item) => typeof item === "number");
  return typed(metadata, key, path, "a list of numbers", isNumbers, otherwise) as readonly number[];
}

function typed(
  metadata: Metadata,
  key: string,
  path: string,
  expected: string,
  isSo: (value: MetadataValue) => boolean,
  otherwise?: MetadataValue,
): MetadataValue {
  const value = metadata.get(key) ?? otherwise;
  if (value !== undefined && isSo(value)) return value;
  const given = value === undefined ? "isn't there" : `is ${JSON.stringify(value).slice(0, 40)}`;
  throw new InputError("RL_GGUF", `${path}: its metadata's ${key} ${given}, expected ${expected}`);
}
