import { closeSync, openSync, writeSync } from "node:fs";

/** JSON lines, or the elements of a JSON array, that are written one after the other, a hundred kilobytes at a time. */
export class Appending {
  #descriptor: number | undefined;
  #waiting: Buffer[] = [];
  #length = 0;
  #written = 0;

  readonly #isArray: boolean;
  #count = 0;

  constructor(path: string, isArray = false) {
    this.#descriptor = openSync(path, "wx");
    this.#isArray = isArray;
  }

  /** Where in the file it begins, in bytes. */
  add(value: unknown): number {
    const json = JSON.stringify(value);
    const line = Buffer.from(this.#isArray ? `${this.#count === 0 ? "[" : ","}\n${json}` : `${json}\n`);
    this.#count += 1;
    const at = this.#written + this.#length;
    this.#waiting.push(line);
    this.#length += line.length;
    if (this.#length > 100_000) this.#write();
    return at;
  }

  #write(): void {
    const bytes = Buffer.concat(this.#waiting);
    this.#waiting = []; // also where writing fails: what is said then is why
    for (let done = 0; done < bytes.length;) done += writeSync(this.#descriptor!, bytes, done);
    this.#written += this.#length;
    this.#length = 0;
  }

  get written(): number {
    return this.#written;
  }

  close(): void {
    if (this.#descriptor === undefined) return;
    try {
      if (this.#isArray) this.#waiting.push(Buffer.from(this.#count === 0 ? "[]\n" : "\n]\n"));
      this.#write();
    } finally {
      closeSync(this.#descriptor);
      this.#descriptor = undefined;
    }
  }
}
