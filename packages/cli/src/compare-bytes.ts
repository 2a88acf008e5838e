import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { count } from "./grid.ts";

/** What tells two runs' folders apart: the first file that isn't the same. */
export interface FirstDifference {
  /** Relative to both folders. */
  readonly file: string;
  /** What is different there, for people. */
  readonly how: string;
}

/** Times, the log and what a kill left of a file that was being written: not a run's result. */
const notResults = /(^|\/)(status\.json|timing\.json|times\.jsonl|log\.txt|\.lock(\.\d+\.stale)?|[^/]*\.part)$/;

/** Compares all that two runs have left, byte for byte, but the data and what links stand for. null: the same. */
export function firstDifference(expected: string, actual: string): FirstDifference | null {
  const [before, after] = [new Set(filesIn(expected)), new Set(filesIn(actual))];
  const all = [...new Set([...before, ...after])].toSorted((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  for (const file of all) {
    if (!after.has(file)) return { file, how: "is missing" };
    if (!before.has(file)) return { file, how: "is there, and the uninterrupted run has none" };
    const [a, b] = [readFileSync(join(expected, file)), readFileSync(join(actual, file))];
    if (!a.equals(b)) return { file, how: file.endsWith(".jsonl") ? lineDifference(`${a}`, `${b}`) : byteDifference(a, b) };
  }
  return null;
}

/** What says most about the cause comes first. */
function rank(file: string): number {
  const order = [/metrics\.jsonl$/, /samples\.jsonl$/, /\.safetensors$/, /./];
  return order.findIndex((pattern) => pattern.test(file));
}

function filesIn(folder: string, below = ""): string[] {
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    if (path === "data" || entry.isSymbolicLink() || notResults.test(path)) return [];
    return entry.isDirectory() ? filesIn(folder, path) : [path];
  });
}

function byteDifference(a: Buffer, b: Buffer): string {
  if (a.length !== b.length) return `has ${b.length} bytes, the uninterrupted run's ${a.length}`;
  return `differs from byte ${a.findIndex((byte, index) => byte !== b[index])} on`;
}

function lineDifference(expected: string, actual: string): string {
  const [a, b] = [expected, actual].map((text) => text.split("\n").filter(Boolean)) as [string[], string[]];
  const index = a.findIndex((line, at) => line !== b[at]);
  if (index === -1 || index >= b.length) return `has ${count(b.length, "line")}, the uninterrupted run's ${a.length}`;
  return `line ${index + 1}${keyDifference(a[index]!, b[index]!)}`;
}

/** The first key that differs, with both values. */
function keyDifference(expected: string, actual: string): string {
  try {
    const [a, b] = [JSON.parse(expected), JSON.parse(actual)] as [Record<string, unknown>, Record<string, unknown>];
    const text = (value: unknown) => JSON.stringify(value)?.slice(0, 80) ?? "nothing";
    const key = [...Object.keys(a), ...Object.keys(b)].find((one) => JSON.stringify(a[one]) !== JSON.stringify(b[one]));
    return key === undefined ? "" : `: ${key} is ${text(b[key])}, the uninterrupted run's ${text(a[key])}`;
  } catch {
    return "";
  }
}
