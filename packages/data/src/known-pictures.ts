import { closeSync, openSync, readSync, renameSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "@rewardlab/storage";
import type { PictureSize } from "@rewardlab/core";
import { fileState } from "./file-state.ts";

/** What was found out about a picture file in the state that it has. */
export interface Known extends Partial<PictureSize> {
  readonly state: string;
  /** Of its bytes, in base64. */
  readonly sha256?: string;
  /** It was decoded to the end once. */
  readonly decoded?: true;
}

/**
 * What is known of picture files, so that 200,000 of them are read once and not at each start. What is promised: something is taken as known of a file
 * whose length, times of change (of content and of inode, to the nanosecond) and inode are those that it had then; of a file that was changed in the last
 * two seconds nothing is remembered. Whoever changes bytes and sets all of that back is not noticed.
 *
 * On the disk it is a file to which lines are added, a JSON list for each finding: several processes may add at once; a line that a kill cut off is passed over,
 * and a later line of a file replaces an earlier one. Where the disk is full or can't be written, it goes on in memory and `told` says so, once.
 */
export class KnownPictures {
  readonly #known = new Map<string, Known>();
  readonly #path: string | undefined;
  readonly #told: (message: string) => void;
  #waiting: string[] = [];

  /** folder: undefined: in memory alone. */
  constructor(folder?: string, told: (message: string) => void = () => {}) {
    this.#path = folder === undefined ? undefined : join(folder, "known-pictures.jsonl");
    this.#told = told;
    if (this.#path !== undefined) this.#read(this.#path);
  }

  /** What is known of a file as it is now, at least its state; null where there is none. */
  look(file: string): Known | null {
    const now = fileState(file);
    if (now === null) return null;
    const known = this.#known.get(file);
    if (known?.state === now.state) return known;
    const fresh = { state: now.state };
    this.#known.set(file, fresh);
    return fresh;
  }

  /** The same as it was at the last look. */
  last(file: string): Known | undefined {
    return this.#known.get(file);
  }

  /** Adds a finding about a file in its last known state. */
  add(file: string, found: Omit<Known, "state">): Known {
    const known = { ...this.#known.get(file)!, ...found };
    this.#known.set(file, known);
    if (this.#path !== undefined) {
      this.#waiting.push(file);
      if (this.#waiting.length >= AT_ONCE) this.flush();
    }
    return known;
  }

  /** Writes what was added since. */
  flush(): void {
    if (this.#path === undefined || this.#waiting.length === 0) return;
    const settled = [...new Set(this.#waiting)].filter((file) => {
      const now = fileState(file);
      return now !== null && now.settled && now.state === this.#known.get(file)!.state;
    });
    this.#waiting = [];
    if (settled.length === 0) return;
    // the line break comes first: where another's line was cut off, this one's stands apart from it
    const bytes = Buffer.from(settled.map((file) => `\n${lineOf(file, this.#known.get(file)!)}`).join(""));
    try {
      makeFolder(join(this.#path, ".."));
      const descriptor = openSync(this.#path, "a");
      try {
        for (let done = 0; done < bytes.length;) done += writeSync(descriptor, bytes, done);
      } finally {
        closeSync(descriptor);
      }
    } catch (error) {
      this.#told(
        `${this.#path}: can't be written (${(error as NodeJS.ErrnoException).code ?? error}); goes on without, and looks at all pictures again next time`,
      );
      this.#waiting = [];
    }
  }

  #read(path: string): void {
    let lines = 0;
    for (const line of linesIn(path)) {
      const entry = entryOf(line);
      if (entry === null) continue;
      this.#known.set(...entry);
      lines += 1;
    }
    if (lines > 2 * this.#known.size + 1000) this.#rewrite(path);
  }

  /** Leaves out what later lines replaced. What another process adds meanwhile may be lost, and is found out again. */
  #rewrite(path: string): void {
    const aside = `${path}.${process.pid}.part`;
    try {
      writeFileSync(aside, [...this.#known].map(([file, known]) => `\n${lineOf(file, known)}`).join(""));
      renameSync(aside, path);
    } catch {
      rmSync(aside, { force: true }); // it is only longer than it need be
    }
  }
}

/** Findings between two writes: what a kill may lose. */
const AT_ONCE = 500;

const lineOf = (file: string, { state, sha256, width, height, decoded }: Known) =>
  JSON.stringify([file, state, sha256 ?? null, width ?? null, height ?? null, decoded ?? false]);

/** Null where the line is none of ours, or half of one. */
function entryOf(line: string): [string, Known] | null {
  if (line === "") return null;
  let values: unknown;
  try {
    values = JSON.parse(line);
  } catch {
    return null;
  }
  if (!Array.isArray(values) || values.length !== 6) return null;
  const [file, state, sha256, width, height, decoded] = values as unknown[];
  if (typeof file !== "string" || typeof state !== "string") return null;
  const isSize = Number.isSafeInteger(width) && Number.isSafeInteger(height) && Number(width) > 0 && Number(height) > 0;
  return [
    file,
    {
      state,
      ...(typeof sha256 === "string" && sha256.length === 44 ? { sha256 } : {}),
      ...(isSize ? { width: Number(width), height: Number(height) } : {}),
      ...(decoded === true && isSize ? { decoded } : {}),
    },
  ];
}

/** The lines of a file, a piece in memory at a time; none where there is no such file. */
function* linesIn(path: string): Generator<string> {
  let descriptor: number;
  try {
    descriptor = openSync(path, "r");
  } catch {
    return;
  }
  try {
    const piece = Buffer.allocUnsafe(2 ** 20);
    let rest = Buffer.alloc(0);
    for (let read = readSync(descriptor, piece); read > 0; read = readSync(descriptor, piece)) {
      const bytes = Buffer.concat([rest, piece.subarray(0, read)]);
      const end = bytes.lastIndexOf(10);
      yield* bytes.toString("utf8", 0, Math.max(end, 0)).split("\n");
      rest = bytes.subarray(end + 1);
    }
    yield rest.toString("utf8");
  } catch {
    // what was read until here is good
  } finally {
    closeSync(descriptor);
  }
}
