import { InputError } from "@rewardlab/core";
import type { Decoder } from "./decoder.ts";
import type { JsonObject } from "./folder.ts";

/** An architecture that somebody else brings: plain data with a function, given to `hfWith`. */
export interface ArchitectureDefinition {
  /** As config.json's `architectures` names it: "GPTNeoXForCausalLM". */
  readonly name: string;
  /** config.json's `model_type`, by which it is found where `architectures` says nothing: "gpt_neox". */
  readonly modelType: string;
  /** Reads config.json; what it can't mean is an `InputError`. */
  read(config: ConfigReader): Decoder;
  /** Tensors of the files that nothing is worked out from, e.g. buffers of old checkpoints. Absent: none, and one more is refused. */
  isUnused?(name: string): boolean;
}

/** Fields of config.json. One that is missing, with no value given for that, or of another type is an `InputError` with file and field. */
export interface ConfigReader {
  number(field: string, otherwise?: number): number;
  flag(field: string, otherwise?: boolean): boolean;
  text(field: string, otherwise?: string): string;
  /** {} where there is none. */
  object(field: string): JsonObject;
}

/** Of a folder's config.json. */
export function configReader(config: JsonObject, where: string): ConfigReader {
  const read = <T>(field: string, otherwise: T | undefined, type: string): T => {
    const value = config[field] ?? otherwise;
    if (typeof value === type && value !== null && !Number.isNaN(value)) return value as T;
    const given = value === undefined ? "isn't there" : `is ${JSON.stringify(value)}`;
    throw new InputError(
      "RL_HF_CONFIG",
      `${where}: ${field} ${given}, expected ${type === "object" ? "an object" : `a ${type}`}`,
    );
  };
  return {
    number: (field, otherwise) => read(field, otherwise, "number"),
    flag: (field, otherwise) => read(field, otherwise, "boolean"),
    text: (field, otherwise) => read(field, otherwise, "string"),
    object: (field) => read<JsonObject>(field, {}, "object"),
  };
}
