import { InputError, suggestion } from "@rewardlab/core";
import { mcnemarOf } from "@rewardlab/statistics";
import type { McNemar } from "@rewardlab/statistics";
import type { Benchmark, Figures } from "./benchmark.ts";
import type { Judged } from "./judged.ts";
import { mmRlhfRewardBench } from "./mm-rlhf.ts";
import { multimodalRewardBench } from "./multimodal-rewardbench.ts";
import { multimodalRewardBench2 } from "./multimodal-rewardbench-2.ts";
import { readPairs, readRows, throwAll } from "./rows.ts";
import { positionBias } from "./score.ts";
import type { PositionBias } from "./score.ts";
import { vlRewardBench } from "./vl-rewardbench.ts";

/** The benchmarks there are. */
export const benchmarks: readonly Benchmark[] = [vlRewardBench, mmRlhfRewardBench, multimodalRewardBench, multimodalRewardBench2];

/** A benchmark by its name. Throws `InputError`, RL_BENCHMARK, with the nearest one, where there is none of it. */
export function benchmarkNamed(name: string): Benchmark {
  const found = benchmarks.find((benchmark) => benchmark.name === name);
  if (found !== undefined) return found;
  const names = benchmarks.map((benchmark) => benchmark.name);
  throw new InputError("RL_BENCHMARK", `there is no benchmark "${name}".${suggestion(name, names)}`);
}

/** A score of a file of predictions. */
export interface Scored {
  readonly judged: readonly Judged[];
  readonly figures: Figures;
  /** null: it was judged in one order. */
  readonly positionBias: PositionBias | null;
  /** What one should know of the score, in words. */
  readonly notes: readonly string[];
}

/**
 * The figures of a benchmark for a file of predictions, as its own script works them out. `data`: the benchmark's own file, where predictions don't say
 * what is right. `seed` draws the intervals. Throws `InputError`, RL_BENCHMARK, with all that is wrong in the file.
 */
export function scorePredictions(benchmark: Benchmark, file: string, data: string | null = null, seed = 1): Scored {
  const problems: string[] = [];
  const judged = benchmark.judged(readRows(file), problems, data === null ? null : readPairs(data));
  throwAll(problems);
  if (judged.length === 0)
    throw new InputError(
      "RL_BENCHMARK",
      `${file}: no judgement of a pair of ${data ?? benchmark.title} is in it, expected at least one`,
    );
  const bias = positionBias(judged);
  return { judged, figures: benchmark.score(judged, seed), positionBias: bias, notes: notesOf(benchmark, judged, bias) };
}

function notesOf(benchmark: Benchmark, judged: readonly Judged[], bias: PositionBias | null): string[] {
  const unsaid = judged.filter(({ order }) => order === null).length;
  const undecided = judged.filter(({ choice }) => choice === null).length;
  const apart = judged.filter(({ category }) => category === null).length;
  return [
    ...(unsaid > 0
      ? [
          "The file doesn't say in which order the responses were shown. The released scripts show the preferred one first, always: a judge that always says 1 then has 100 %.",
        ]
      : bias === null
        ? ["All were judged in one order of the two responses: a bias for a position can't be seen, and counts as accuracy."]
        : []),
    ...(undecided > 0 ? [`${undecided} of ${judged.length} judgements name neither response.`] : []),
    ...(apart > 0 ? [`${apart} of ${judged.length} pairs are of no category: they count overall alone.`] : []),
    ...(benchmark.notes?.(judged) ?? []),
  ];
}

/** How two judges differ on the pairs that both judged. */
export interface Versus {
  /** Pairs that both judged, each order by itself. */
  readonly pairs: number;
  /** Accuracy of the first less that of the second, on those. */
  readonly difference: number;
  readonly mcnemar: McNemar;
}

/** McNemar's test between two files of predictions. Throws `InputError`, RL_BENCHMARK, where they share no pair. */
export function versus(first: readonly Judged[], second: readonly Judged[]): Versus {
  const key = ({ pair, order }: Judged) => JSON.stringify([pair, order]);
  const others = new Map(second.map((one) => [key(one), one]));
  const shared = first.flatMap((one) => (others.has(key(one)) ? [[one, others.get(key(one))!] as const] : []));
  if (shared.length === 0)
    throw new InputError(
      "RL_BENCHMARK",
      "the two files of predictions have no pair in common, in the same order: expected judgements of one benchmark",
    );
  const difference = shared.reduce((sum, [one, other]) => sum + one.right - other.right, 0) / shared.length;
  const right = (index: 0 | 1) => shared.map((both) => both[index].right === 1);
  return { pairs: shared.length, difference, mcnemar: mcnemarOf(right(0), right(1)) };
}
