import { InputError } from "@rewardlab/core";
import type { Benchmark } from "./benchmark.ts";
import { pictureFolder } from "./pair.ts";
import type { Pair } from "./pair.ts";
import { readPairs, throwAll } from "./rows.ts";
import type { LocatedRow } from "./rows.ts";

export interface ReadOptions {
  /** Where its pictures are; by default the file's own folder. */
  readonly images?: string | undefined;
  /** The file's rows, where somebody else has read them: of Parquet, whose pictures are bytes. */
  readonly rows?: readonly LocatedRow[] | null;
}

/** The pairs of a benchmark's own file. Throws `InputError`, RL_BENCHMARK, with all that is wrong. */
export function readBenchmark(benchmark: Benchmark, file: string, { images, rows = null }: ReadOptions = {}): Pair[] {
  const problems: string[] = [];
  const pairs = benchmark.pairs(rows ?? readPairs(file), pictureFolder(file, images), problems);
  throwAll(problems);
  if (pairs.length === 0) throw new InputError("RL_BENCHMARK", `${file}: it has no pairs, expected some to judge`);
  return pairs;
}
