import { closest, distance } from "fastest-levenshtein";
import { InputError } from "../errors.ts";
import type { Origin } from "./tree.ts";

/** One thing wrong with an experiment. */
export interface Problem {
  /** Dotted path of the value, e.g. stages.rl.loss.ratio. */
  readonly path: string;
  readonly message: string;
  /** Where it stands. */
  readonly origin?: Origin | undefined;
  /** Point at the key rather than at its value. */
  readonly atKey?: boolean;
  /** Shift of the caret within the value, in characters. */
  readonly offset?: number;
}

export interface SourceText {
  readonly file: string;
  readonly text: string;
}

/** Everything that is wrong with an experiment, in one report. Exit code 2. */
export class ExperimentError extends InputError {
  override readonly name: string = "ExperimentError";
  readonly problems: readonly Problem[];
  constructor(source: SourceText, problems: readonly Problem[]) {
    super("RL_EXPERIMENT", report(source, problems));
    this.problems = problems;
  }
}

function report(source: SourceText, problems: readonly Problem[]): string {
  const shown = problems.map((problem) => describe(source, problem));
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return `${source.file}: ${count}\n\n${[...new Set(shown)].join("\n\n")}`;
}

function describe(source: SourceText, problem: Problem): string {
  const { origin } = problem;
  const message = problem.path ? `${problem.path}: ${problem.message}` : problem.message;
  if (origin === undefined) return `${source.file}: ${message}`;
  if (origin.from === "preset") return `preset ${origin.name}: ${message}`;
  if (origin.from === "flag") return `${origin.text}: ${message}`;
  const start = problem.atKey && origin.keyStart !== undefined ? origin.keyStart : origin.start + (problem.offset ?? 0);
  const end = problem.atKey && origin.keyEnd !== undefined ? origin.keyEnd : problem.offset === undefined ? origin.end : start + 1;
  const { line, column, content } = position(source.text, start);
  const width = Math.max(1, Math.min(end - start, content.length - column + 1));
  const gutter = String(line);
  return `${source.file}:${line}:${column}: ${message}\n  ${gutter} | ${content}\n  ${" ".repeat(gutter.length)} | ${" ".repeat(column - 1)}${"^".repeat(width)}`;
}

/** Line and column (from 1) of a character offset, and the line itself. */
export function position(text: string, offset: number): { line: number; column: number; content: string } {
  const bounded = Math.min(offset, text.length);
  const lineStart = text.lastIndexOf("\n", bounded - 1) + 1;
  const lineEnd = text.indexOf("\n", lineStart);
  const line = text.slice(0, lineStart).split("\n").length;
  const content = text.slice(lineStart, lineEnd === -1 ? undefined : lineEnd).replace(/\r$/, "");
  return { line, column: bounded - lineStart + 1, content };
}

/** " Did you mean x?" where a known name is near, else the list of those there are. */
export function suggestion(given: string, known: readonly string[]): string {
  if (known.length === 0) return "";
  const near = closest(given, [...known]);
  if (distance(given.toLowerCase(), near.toLowerCase()) <= Math.max(2, Math.ceil(near.length / 3))) return ` Did you mean "${near}"?`;
  return ` There are: ${[...known].sort().join(", ")}.`;
}
