import { suggestion } from "@rewardlab/core";
import { quoted } from "../quoted.ts";
import { RowProblem, type PictureGiven } from "./given.ts";
import { picturesGiven } from "./pictures-given.ts";

/** A row's columns, each read as what it should be. What no format asked for is `extra`. Every reading throws `RowProblem`. */
export class Columns {
  readonly #row: Readonly<Record<string, unknown>>;
  readonly #used = new Set<string>();

  constructor(row: Readonly<Record<string, unknown>>) {
    this.#row = row;
  }

  /** Of all columns. */
  get names(): readonly string[] {
    return Object.keys(this.#row);
  }

  /** Whether it is there and isn't null. */
  has(name: string): boolean {
    return Object.hasOwn(this.#row, name) && this.#row[name] !== null && this.#row[name] !== undefined;
  }

  /** As it stands; undefined where it isn't there. */
  value(name: string): unknown {
    this.#used.add(name);
    return this.has(name) ? this.#row[name] : undefined;
  }

  /** A text, which must be there. */
  text(name: string): string {
    const value = this.value(name);
    if (typeof value === "string") return value;
    const near = value === undefined ? suggestion(name, Object.keys(this.#row)) : "";
    throw new RowProblem(
      `${name} is ${value === undefined ? "missing" : quoted(value)}, expected a text.${near}`.replace(/\.$/, ""),
    );
  }

  /** A text that need not be there; a number is its digits. "" is none. */
  label(...names: readonly string[]): string | undefined {
    for (const name of names) {
      const value = this.value(name);
      if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") return String(value);
      if (typeof value === "string" && value !== "") return value;
      if (value !== undefined && value !== "") throw new RowProblem(`${name} is ${quoted(value)}, expected a text or a number`);
    }
    return undefined;
  }

  /** The pictures of these columns, in their order. */
  pictures(...names: readonly string[]): PictureGiven[] {
    return names.flatMap((name) => picturesGiven(this.value(name), name));
  }

  /** The columns that nobody read, of those that JSON can hold; undefined where there are none. */
  extra(): Record<string, unknown> | undefined {
    const others = Object.entries(this.#row).filter(
      ([name, value]) => !this.#used.has(name) && value !== null && !holdsBytes(value),
    );
    return others.length === 0 ? undefined : Object.fromEntries(others);
  }
}

function holdsBytes(value: unknown): boolean {
  if (value instanceof Uint8Array) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(holdsBytes);
}
