import type { Judged } from "./judged.ts";
import type { Pair, PictureFolder } from "./pair.ts";
import type { LocatedRow } from "./rows.ts";
import type { Ends } from "./score.ts";

/** A published benchmark of judges of two responses. */
export interface Benchmark {
  readonly name: string;
  readonly title: string;
  /** Paper, and the script whose scores these are. */
  readonly source: string;
  /** The judgements of a file of predictions. What is wrong with a row goes to `problems`. */
  judged(predictions: readonly LocatedRow[], problems: string[], data: readonly LocatedRow[] | null): Judged[];
  /** The pairs of the benchmark's own file, to be judged. What is wrong with a row goes to `problems`. */
  pairs(data: readonly LocatedRow[], folder: PictureFolder, problems: string[]): Pair[];
  /** The figures that its script prints, from the judgements. */
  score(judged: readonly Judged[], seed: number): Figures;
  /** What else one should know of such a score, in words. */
  notes?(judged: readonly Judged[]): readonly string[];
}

/** What a benchmark's own script says, intervals beside it. Shares, from 0 to 1. */
export interface Figures {
  /** As printed as JSON: of the names that the benchmark itself has. */
  readonly values: Readonly<Record<string, unknown>>;
  /** For tables: names with value, interval and number of pairs. */
  readonly lines: readonly Figure[];
}

export interface Figure {
  readonly name: string;
  readonly value: number;
  /** 95 %, over items; null where there are too few. */
  readonly interval: Ends | null;
  readonly count: number;
}
