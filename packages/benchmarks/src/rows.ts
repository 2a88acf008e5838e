import { decodedText, InputError, lossInJson, messageOf, whyUnreadable } from "@rewardlab/storage";
import { readFileSync } from "node:fs";

/** A row of a file, and where it stands: file:line of JSON lines, file[index] of a JSON array. */
export interface LocatedRow {
  readonly where: string;
  readonly row: Readonly<Record<string, unknown>>;
}

/**
 * The rows of a file of JSON lines (blank ones aside), or of a JSON array. Throws `InputError`, RL_BENCHMARK, where it can't be read, holds something else,
 * or has no row: what is wrong of up to twenty rows at once. `bytes`: so much of it.
 */
export function readRows(file: string, bytes = Infinity): readonly LocatedRow[] {
  const text = textOf(file, bytes);
  const problems: string[] = [];
  const located = /^\s*\[/.test(text)
    ? rowsOfArray(file, text)
    : /^\s*\{\s*\n/.test(text)
      ? [{ where: file, row: parsed(file, text) }] // one object over several lines
      : rowsOfLines(file, text, problems);
  const rows = located.flatMap(({ where, row }) => {
    if (typeof row === "object" && row !== null && !Array.isArray(row)) return [{ where, row: row as LocatedRow["row"] }];
    problems.push(`${where}: ${typeof row === "object" ? "a list or null" : `a ${typeof row}`}, expected an object`);
    return [];
  });
  throwAll(problems);
  if (rows.length === 0) throw new InputError("RL_BENCHMARK", `${file}: it has no rows, expected one for each pair`);
  return rows;
}

/** Throws what is wrong with up to twenty rows in one report. */
export function throwAll(problems: readonly string[]): void {
  if (problems.length === 0) return;
  const more = problems.length > MOST_TOLD ? [`… and ${problems.length - MOST_TOLD} more`] : [];
  throw new InputError("RL_BENCHMARK", [...problems.slice(0, MOST_TOLD), ...more].join("\n"));
}
const MOST_TOLD = 20;

/** The pairs of Multimodal RewardBench 2's own files, `{ "pairs": […] }`; of any other file its rows. */
export function readPairs(file: string): readonly LocatedRow[] {
  const rows = readRows(file);
  const pairs = rows.length === 1 ? rows[0]!.row.pairs : undefined;
  if (!Array.isArray(pairs)) return rows;
  return pairs.map((row: LocatedRow["row"], index) => ({ where: `${file}: pairs[${index}]`, row }));
}

function textOf(file: string, most: number): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new InputError("RL_BENCHMARK", `${file}: ${whyUnreadable(error)}`, { cause: error });
  }
  const decoded = decodedText(bytes.subarray(0, most));
  if (decoded.ok) return decoded.text;
  throw new InputError("RL_BENCHMARK", `${file}: ${decoded.problem}`);
}

function rowsOfArray(file: string, text: string) {
  return (parsed(file, text) as unknown[]).map((row, index) => ({ where: `${file}[${index}]`, row }));
}

function rowsOfLines(file: string, text: string, problems: string[]) {
  return text.split("\n").flatMap((line, index) => {
    const where = `${file}:${index + 1}`;
    if (line.trim() === "") return [];
    try {
      return [{ where, row: parsed(where, line) }];
    } catch (error) {
      problems.push(messageOf(error));
      return [];
    }
  });
}

function parsed(where: string, text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InputError("RL_BENCHMARK", `${where}: not JSON (${messageOf(error)})`, { cause: error });
  }
  const loss = lossInJson(text);
  if (loss !== null) throw new InputError("RL_BENCHMARK", `${where}: ${loss.message}`);
  return value;
}
