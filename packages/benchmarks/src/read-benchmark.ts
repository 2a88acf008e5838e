import { InputError } from "@rewardlab/core";
import type { Benchmark } from "./benchmark.ts";
import { pictureFolder } from "./pair.ts";
import type { Pair } from "./pair.ts";
import { readPairs, throwAll } from "./rows.ts";

/** The pairs of a benchmark's own file, with its pictures in `images`, by default beside the file. Throws `InputError`, RL_BENCHMARK, with all that is wrong. */
export function readBenchmark(benchmark: Benchmark, file: string, images?: string): Pair[] {
  const problems: string[] = [];
  const pairs = benchmark.pairs(readPairs(file), pictureFolder(file, images), problems);
  throwAll(problems);
  if (pairs.length === 0) throw new InputError("RL_BENCHMARK", `${file}: it has no pairs, expected some to judge`);
  return pairs;
}
