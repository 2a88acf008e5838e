import { InputError } from "@rewardlab/storage";
import type { ErrorCode } from "@rewardlab/storage";
import type { Origin } from "./tree.ts";

/** One thing wrong with an experiment. */
export interface Problem {
  /** Dotted path of the value, e.g. stages.rl.loss.ratio. */
  readonly path: string;
  readonly message: string;
  /** Where it is of a kind of its own: what is wrong with a plugin. */
  readonly code?: ErrorCode;
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
  readonly source: SourceText;
  readonly problems: readonly Problem[];
  constructor(source: SourceText, problems: readonly Problem[], options?: ErrorOptions) {
    const each = distinct(source, problems);
    super("RL_EXPERIMENT", report(source, each), options);
    this.source = source;
    this.problems = each;
  }
}

/** The cells of a grid share most of their values, and so their problems: each is told once, in the order of the file. */
function distinct(source: SourceText, problems: readonly Problem[]): Problem[] {
  const byText = new Map(problems.map((problem) => [describe(source, problem), problem]));
  const place = (problem: Problem) => spanOf(source.text, problem)?.start ?? Infinity;
  return [...byText.values()].sort((a, b) => (place(a) < place(b) ? -1 : place(a) > place(b) ? 1 : 0));
}

const MOST_SHOWN = 50;

function report(source: SourceText, problems: readonly Problem[]): string {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  const shown = problems.slice(0, MOST_SHOWN).map((problem) => describe(source, problem));
  const more = problems.length > MOST_SHOWN ? [`… and ${problems.length - MOST_SHOWN} more`] : [];
  return [`${source.file}: ${count}`, ...shown, ...more].join("\n\n");
}

function describe(source: SourceText, problem: Problem): string {
  const { origin } = problem;
  const message = problem.path ? `${problem.path}: ${problem.message}` : problem.message;
  if (origin === undefined) return `${source.file}: ${message}`;
  if (origin.from === "preset") {
    const { chosenAt, name } = origin;
    const told = { path: "", message: `preset ${name}: ${message}` };
    return chosenAt === undefined ? told.message : describe(source, { ...told, origin: chosenAt });
  }
  if (origin.from === "flag") return `${origin.text}: ${message}`;
  const { start, end } = spanOf(source.text, problem)!;
  const { line, column, content } = position(source.text, start);
  return `${source.file}:${line}:${column}: ${message}\n${excerpt(content, line, column, end - start)}`;
}

/** Where a problem stands in the file, in characters; undefined where it doesn't. */
function spanOf(text: string, problem: Problem): { start: number; end: number } | undefined {
  const { origin, atKey, offset } = problem;
  if (origin?.from === "preset") return origin.chosenAt && spanOf(text, { ...problem, origin: origin.chosenAt, atKey: false });
  if (origin?.from !== "file") return undefined;
  if (atKey && origin.keyStart !== undefined) return { start: origin.keyStart, end: origin.keyEnd ?? origin.keyStart + 1 };
  if (offset === undefined || "|>".includes(text[origin.start]!)) return origin; // a block's lines are not where its value's characters are
  const start = origin.start + offset + ("\"'".includes(text[origin.start]!) ? 1 : 0);
  return { start, end: start + 1 };
}

/** How much of a line is shown on each side of a caret, in characters. */
const MARGIN = 100;

/** The line with carets under what is wrong. A tab stays a tab, so that the carets stand where a terminal shows it. */
function excerpt(content: string, line: number, column: number, length: number): string {
  const from = Math.max(0, column - 1 - MARGIN);
  const before = content.slice(from, column - 1);
  const width = Math.max(1, Math.min(length, content.length - column + 1, MARGIN));
  const shown = `${before}${content.slice(column - 1, column - 1 + width + MARGIN)}`;
  return `  ${line} | ${shown}\n  ${" ".repeat(String(line).length)} | ${before.replace(/[^\t]/g, " ")}${"^".repeat(width)}`;
}

/** Line and column (from 1) of a problem; undefined where it isn't one of the file's. */
export function placeOf(source: SourceText, problem: Problem): { line: number; column: number } | undefined {
  const span = spanOf(source.text, problem);
  if (span === undefined) return undefined;
  const { line, column } = position(source.text, span.start);
  return { line, column };
}

/** Line and column (from 1) of a character offset, and the line itself. */
export function position(text: string, offset: number): { line: number; column: number; content: string } {
  const bounded = Math.min(offset, text.length);
  const lineStart = bounded === 0 ? 0 : text.lastIndexOf("\n", bounded - 1) + 1;
  const lineEnd = text.indexOf("\n", lineStart);
  const line = text.slice(0, lineStart).split("\n").length;
  const content = text.slice(lineStart, lineEnd === -1 ? undefined : lineEnd).replace(/\r$/, "");
  return { line, column: bounded - lineStart + 1, content };
}
