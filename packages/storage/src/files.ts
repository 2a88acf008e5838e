import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { InputError, messageOf, RunError } from "./errors.ts";
import { openFilesLimit } from "./limits.ts";

/** Makes a folder and those above it. Node's own recursive mkdir never returns where a parent refuses in an odd way (under /proc, say). */
export function makeFolder(path: string): void {
  if (existsSync(path)) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw writeError(path, error);
  }
}

/** Writes a file so that a kill at any instant leaves the old one or the new one: aside, fsynced, renamed. */
export function writeFileAtomic(path: string, content: string | Uint8Array): void {
  writePiecesAtomic(path, [typeof content === "string" ? Buffer.from(content) : content]);
}

/** The same of a file that is made piece by piece, since it may be larger than memory. */
export function writePiecesAtomic(path: string, content: Iterable<Uint8Array>): void {
  const aside = `${path}.${process.pid}.part`;
  try {
    makeFolder(dirname(path));
    const file = openSync(aside, "w");
    try {
      let position = 0;
      for (const bytes of content) {
        writeAll(file, bytes, position);
        position += bytes.length;
      }
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(aside, path);
    syncFolder(dirname(path));
  } catch (error) {
    discard(aside);
    throw writeError(path, error);
  }
}

/** What can't be removed either is not worth an error of its own: the one that is told says why. */
function discard(aside: string): void {
  try {
    rmSync(aside, { recursive: true, force: true });
  } catch {
    // a file stands where its folder should be, or the disk refuses
  }
}

/** Removes what a kill left half-written in a folder, by the two functions that write aside. Nothing reads it, but a model's takes as much room as a model. */
export function clearHalfWritten(folder: string): void {
  for (const name of readdirSync(folder))
    if (/\.\d+\.part$/.test(name) && !name.startsWith(".")) rmSync(join(folder, name), { recursive: true, force: true });
}

/** A disk that fills up takes a part of what is written before it refuses. */
function writeAll(file: number, bytes: Uint8Array, position: number): void {
  for (let written = 0; written < bytes.length;)
    written += writeSync(file, bytes, written, bytes.length - written, position + written);
}

/** Makes a folder whole or not at all: `fill` writes into one beside it, which then takes its place (`replaceFolder`). */
export async function writeFolderAtomic(path: string, fill: (aside: string) => void | Promise<void>): Promise<void> {
  const aside = `${path}.${process.pid}.part`;
  try {
    rmSync(aside, { recursive: true, force: true });
    makeFolder(aside);
    await fill(aside);
    syncFolder(aside);
    replaceFolder(aside, path);
  } catch (error) {
    discard(aside);
    throw isSystemError(error) ? writeError(path, error) : error;
  }
}

/**
 * A whole folder takes the place of another, which is only removed once its successor stands. Between the two renames a kill leaves the old one as
 * `<path>.replaced`: whoever looks for `path` calls `restoreReplaced` first.
 */
export function replaceFolder(whole: string, path: string): void {
  const old = `${path}${REPLACED}`;
  restoreReplaced(path);
  if (existsSync(path)) renameSync(path, old);
  try {
    renameSync(whole, path);
  } catch (error) {
    restoreReplaced(path);
    throw error;
  }
  syncFolder(dirname(path));
  rmSync(old, { recursive: true, force: true });
}

/** Ends what a kill interrupted in `replaceFolder`: the old folder is put back where its successor isn't there yet, and goes where it is. */
export function restoreReplaced(path: string): void {
  const old = `${path}${REPLACED}`;
  if (!existsSync(old)) return;
  if (existsSync(path)) rmSync(old, { recursive: true, force: true });
  else renameSync(old, path);
}

/** Ends the name of what a replacement has moved aside: `restoreReplaced` sees what became of it after a kill. */
export const REPLACED = ".replaced";

/** Moves a file or folder for good: the move is on the disk when this returns. */
export function moveTo(from: string, to: string): void {
  try {
    renameSync(from, to);
    syncFolder(dirname(to));
  } catch (error) {
    throw writeError(to, error);
  }
}

const isSystemError = (error: unknown) => error instanceof Error && "code" in error && "syscall" in error;

function syncFolder(path: string): void {
  if (process.platform === "win32") return;
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function writeError(path: string, error: unknown): RunError {
  if (error instanceof RunError) return error;
  return new RunError(
    "RL_WRITE",
    `${path}: can't be written: ${whyUnwritable(error)}. What was saved before is untouched; run again to go on from there.`,
    { cause: error },
  );
}

/** Why a file can't be written, in words where the system's own are bare. */
export function whyUnwritable(error: unknown): string {
  return refusalOf((error as NodeJS.ErrnoException).code) ?? messageOf(error);
}

/** What the system's refusals are called. */
const refusals: Readonly<Record<string, string>> = {
  EISDIR: "there is a folder of this name, expected a file; move it away or remove it",
  ENOTDIR: "a part of its path is a file, expected a folder; move that file away or remove it",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EROFS: "the disk is read-only",
  EACCES: "no permission to write",
  EPERM: "no permission to write",
  ENFILE: "too many files are open on this machine",
};

const refusalOf = (code: string | undefined): string | undefined =>
  code === "EMFILE" ? openFilesLimit() : code === undefined ? undefined : refusals[code];

/** Why a file can't be read, in words and with what to do where the system's own are bare: a folder in its place, no permission, no such file. */
export function whyUnreadable(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "EACCES" || code === "EPERM") return "no permission to read";
  return code === "ENOENT" ? "there is no such file" : (refusalOf(code) ?? messageOf(error));
}

/** What `read` gives; where a file is damaged or can't be read, `otherwise`, and `note` is told of it: what one file says must not hide the others. */
export function tolerant<T>(read: () => T, otherwise: T, note: (message: string) => void): T {
  try {
    return read();
  } catch (error) {
    note(messageOf(error));
    return otherwise;
  }
}

/**
 * JSON from a file, or undefined where there is none. `advice` is what to do where it is damaged: which folder to remove, and what that costs.
 */
export function readJson(path: string, advice = ""): unknown {
  if (!existsSync(path)) return undefined;
  const text = readText(path);
  try {
    return JSON.parse(text);
  } catch (error) {
    const what = text.trim() === "" ? "is empty" : `not valid JSON (${messageOf(error)})`;
    throw new InputError("RL_JSON", `${path}: ${what}${advice === "" ? "" : `. ${advice}`}`);
  }
}

/** The same of a file of our own, which holds an object. */
export function readJsonObject(path: string, advice: string): Readonly<Record<string, unknown>> | undefined {
  const value = readJson(path, advice);
  if (value === undefined || (typeof value === "object" && value !== null && !Array.isArray(value)))
    return value as Readonly<Record<string, unknown>> | undefined;
  throw new InputError("RL_JSON", `${path}: holds ${JSON.stringify(value)?.slice(0, 40)}, expected an object. ${advice}`);
}

function readText(path: string): string {
  return reading(path, () => readFileSync(path, "utf8"));
}

/** A file's bytes. Throws `RunError` (RL_READ) where it can't be read: a folder in its place, no permission. */
export function fileBytes(path: string): Buffer {
  return reading(path, () => readFileSync(path));
}

function reading<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new RunError("RL_READ", `${path}: can't be read: ${whyUnreadable(error)}.`, { cause: error });
  }
}

/** Writes a JSON file whole or not at all. */
export function writeJson(path: string, value: unknown): void {
  writeFileAtomic(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** A file of JSON lines that can be cut back to a known length, so that a resumed run continues it without a gap or a double line. */
export class JsonLines {
  readonly path: string;
  readonly #file: number;
  #length: number;

  /** Opens the file and cuts it back to `length` bytes. */
  constructor(path: string, length: number) {
    this.path = path;
    try {
      makeFolder(dirname(path));
      const there = existsSync(path) ? statSync(path).size : 0;
      if (there < length)
        throw new InputError(
          "RL_LINES_SHORT",
          `${path}: has ${there} bytes, the checkpoint expects at least ${length}. It was cut short or changed since. Remove the folder ${dirname(path)} to run it again (that costs what was trained there), or run with --fresh.`,
        );
      this.#file = openSync(path, there === 0 ? "w" : "r+");
      ftruncateSync(this.#file, length);
    } catch (error) {
      throw error instanceof InputError ? error : writeError(path, error);
    }
    this.#length = length;
  }

  get length(): number {
    return this.#length;
  }

  /** Numbers that JSON has no notation for are written as the strings "NaN", "Infinity" and "-Infinity". */
  append(value: unknown): void {
    const line = Buffer.from(
      `${JSON.stringify(value, (_key, item: unknown) => (typeof item === "number" && !Number.isFinite(item) ? String(item) : item))}\n`,
    );
    try {
      writeAll(this.#file, line, this.#length);
    } catch (error) {
      throw writeError(this.path, error);
    }
    this.#length += line.length;
  }

  /** Everything appended is on the disk when this returns. */
  sync(): void {
    try {
      fsyncSync(this.#file);
    } catch (error) {
      throw writeError(this.path, error);
    }
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** The lines of a JSON-lines file; a last line that was cut short is dropped and counted. */
export function readJsonLines(path: string): { lines: unknown[]; torn: number } {
  if (!existsSync(path)) return { lines: [], torn: 0 };
  const texts = readText(path).split("\n").filter(Boolean);
  const lines: unknown[] = [];
  for (const [index, text] of texts.entries()) {
    try {
      lines.push(JSON.parse(text));
    } catch (error) {
      if (index === texts.length - 1) return { lines, torn: 1 };
      throw new InputError("RL_JSON", `${path}:${index + 1}: not valid JSON (${messageOf(error)})`);
    }
  }
  return { lines, torn: 0 };
}

/** In hexadecimal digits. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** `path`, or the first of path-2, path-3 … that isn't taken: what is there is kept. */
export function unusedPath(path: string): string {
  let free = path;
  for (let count = 2; existsSync(free); count++) free = `${path}-${count}`;
  return free;
}

/** A path as it is told to people: relative to `folder` where it lies in it. */
export function shortPath(path: string, folder: string): string {
  const short = relative(folder, path);
  return short.startsWith("..") ? path : short;
}
