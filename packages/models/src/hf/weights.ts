import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { InputError, suggestion } from "@rewardlab/core";
import { openSafetensors, readJson, sha256 } from "@rewardlab/storage";
import type { SafetensorsFile, TensorOutline } from "@rewardlab/storage";

/**
 * A checkpoint's tensors, by the names that Transformers gives them, read one by one: nothing but the tensor that is asked for is held in memory.
 * To be closed.
 */
export interface Weights {
  /** The folder or file, for messages. */
  readonly at: string;
  readonly tensors: ReadonlyMap<string, TensorOutline>;
  /** A tensor's numbers as float32, row by row; into `into`'s memory where that is given, which must have as many. */
  read(name: string, into?: Float32Array): Float32Array;
  /** Of the contents of all the files, whatever the folder is called; about a second a gigabyte, once. */
  sha256(): string;
  close(): void;
}

/** Uses a folder's weights and closes them. */
export function withWeights<T>({ openWeights }: { readonly openWeights: () => Weights }, use: (weights: Weights) => T): T {
  const weights = openWeights();
  try {
    return use(weights);
  } finally {
    weights.close();
  }
}

const INDEX = "model.safetensors.index.json";
const WHOLE = "model.safetensors";

/** The files that hold a folder's weights, in Transformers' order of preference: one file, or shards with their index. */
export function openSafetensorsFolder(folder: string): Weights {
  if (existsSync(join(folder, WHOLE))) return ofShards(folder, [WHOLE], undefined);
  if (existsSync(join(folder, INDEX))) {
    const index = shardsOf(join(folder, INDEX));
    const files = [...new Set(index.values())].sort();
    const missing = files.filter((file) => !existsSync(join(folder, file)));
    if (missing.length > 0)
      throw new InputError(
        "RL_WEIGHTS",
        `${folder}: ${missing.length} of ${files.length} shards ${missing.length === 1 ? "is" : "are"} missing: ${some(missing)}. ${INDEX} names them; fetch the folder again, whole.`,
      );
    return ofShards(folder, files, index);
  }
  const there = readdirSync(folder);
  const others = there.filter((name) => name.endsWith(".safetensors"));
  if (others.length === 1) return ofShards(folder, others, undefined);
  throw new InputError(
    "RL_WEIGHTS",
    `${folder}: there are no weights, expected ${WHOLE} or ${INDEX}.${otherForms(there, others)}`,
  );
}

function otherForms(there: readonly string[], safetensors: readonly string[]): string {
  if (safetensors.length > 1) return ` There are ${some(safetensors)}, and nothing says which tensor is in which.`;
  if (there.some((name) => /^pytorch_model.*\.bin$/.test(name)))
    return " pytorch_model.bin is Python's pickle, which isn't read: load the folder with Transformers and save it again (save_pretrained).";
  return there.length === 0 ? " The folder is empty." : suggestion(WHOLE, there);
}

/** Tensor → file. */
function shardsOf(path: string): ReadonlyMap<string, string> {
  const index = readJson(path) as { weight_map?: unknown } | null;
  const map = index?.weight_map;
  if (typeof map !== "object" || map === null || Array.isArray(map))
    throw new InputError("RL_WEIGHTS", `${path}: has no weight_map, expected the file of each tensor`);
  for (const [name, file] of Object.entries(map))
    if (typeof file !== "string" || file !== basename(file))
      throw new InputError(
        "RL_WEIGHTS",
        `${path}: tensor ${name} is in ${JSON.stringify(file)}, expected a file of the same folder`,
      );
  return new Map(Object.entries(map as Record<string, string>));
}

/** `index`: which file a tensor is in, where there are several; what it doesn't name is passed over, as Transformers does. */
function ofShards(folder: string, names: readonly string[], index: ReadonlyMap<string, string> | undefined): Weights {
  const open = new Map<string, SafetensorsFile>();
  const close = () => open.forEach((file) => file.close());
  try {
    for (const name of names) open.set(name, openSafetensors(join(folder, name)));
    const places = index ?? new Map([...open.get(names[0]!)!.tensors.keys()].map((tensor) => [tensor, names[0]!]));
    const tensors = new Map(
      [...places].map(([tensor, file]) => {
        const outline = open.get(file)!.tensors.get(tensor);
        if (outline === undefined)
          throw new InputError("RL_WEIGHTS", `${join(folder, file)}: has no tensor ${tensor}, which ${INDEX} says is there`);
        return [tensor, outline];
      }),
    );
    return {
      at: folder,
      tensors,
      read(name, into) {
        const file = places.get(name);
        if (file === undefined) throw noTensor(folder, name, tensors);
        return open.get(file)!.floats(name, into);
      },
      sha256: () => combined(names.map((name) => [name, hashOf(join(folder, name), () => open.get(name)!.sha256())])),
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** One file's hash is its contents'; several files' that of their list, name and hash a line. */
export function combined(files: readonly (readonly [name: string, hash: string])[]): string {
  return files.length === 1 ? files[0]![1] : sha256(files.map(([name, hash]) => `${hash}  ${name}\n`).join(""));
}

/** Hashes of this process, by what tells a changed file: a model that is made for every cell of a grid is read once for it. */
const hashes = new Map<string, string>();

/** A file's hash, unless its size and time say that it was worked out before. */
export function hashOf(path: string, sum: () => string): string {
  const { size, mtimeMs, ctimeMs, ino } = statSync(path);
  const key = [path, size, mtimeMs, ctimeMs, ino].join("\n");
  const known = hashes.get(key) ?? sum();
  hashes.set(key, known);
  return known;
}

/** The error of a name that isn't there. */
export function noTensor(at: string, name: string, tensors: ReadonlyMap<string, unknown>): InputError {
  return new InputError("RL_WEIGHTS", `${at}: there is no tensor ${name}.${nearTensor(name, [...tensors.keys()])}`);
}

/** A list of hundreds helps nobody: only a near name is told. */
function nearTensor(name: string, names: readonly string[]): string {
  const told = suggestion(name, names);
  return told.startsWith(" Did you mean") ? told : ` It has ${names.length} others.`;
}

/** What a model needs of a checkpoint: shapes by name. */
export type Expected = ReadonlyMap<string, readonly number[]>;

/**
 * Refuses a checkpoint that lacks tensors, has them in other shapes, or has more than the model uses; all is told at once. `unused`: names that may be left
 * over, e.g. buffers of old checkpoints.
 */
export function checkTensors(weights: Weights, expected: Expected, unused: (name: string) => boolean = () => false): void {
  const { tensors } = weights;
  const missing = [...expected.keys()].filter((name) => !tensors.has(name));
  const left = [...tensors.keys()].filter((name) => !expected.has(name) && !unused(name));
  const shapes = [...expected].flatMap(([name, shape]) => {
    const given = tensors.get(name)?.shape;
    return given === undefined || `${given}` === `${shape}`
      ? []
      : [`${name} has shape [${given.join(", ")}], expected [${shape.join(", ")}]`];
  });
  const problems = [
    ...(missing.length > 0 ? [`lacks ${missing.length} of ${expected.size} tensors: ${some(missing)}`] : []),
    ...(left.length > 0 ? [`has ${tensorsOf(left.length)} that the model doesn't use: ${some(left)}`] : []),
    ...(shapes.length > 0 ? [`${tensorsOf(shapes.length)} of another shape: ${some(shapes)}`] : []),
  ];
  if (problems.length > 0)
    throw new InputError(
      "RL_WEIGHTS",
      `${weights.at}: ${problems.join("; ")}. Its config.json describes another model than its weights are of.`,
    );
}

const tensorsOf = (count: number) => (count === 1 ? "1 tensor" : `${count} tensors`);

/** The first few, and how many more. */
export function some(names: readonly string[]): string {
  return names.length <= 4 ? names.join(", ") : `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`;
}
