import { benchmarkNamed, scorePredictions, versus } from "@rewardlab/benchmarks";
import type { Benchmark, Ends, Figure, Scored, Versus } from "@rewardlab/benchmarks";
import { judged } from "../judging.ts";
import type { JudgingOptions } from "../judging.ts";
import { textTable } from "../table.ts";

interface EvaluateOptions extends JudgingOptions {
  readonly benchmark: string;
  readonly predictions?: string;
  readonly against?: string;
  readonly json?: boolean;
}

/** `rewardlab evaluate`: the figures of a published benchmark, as its own script works them out, for a file of predictions or for a judge that is asked now. */
export async function evaluate(options: EvaluateOptions): Promise<void> {
  const { against, data = null, seed, json } = options;
  const benchmark = benchmarkNamed(options.benchmark);
  const predictions = options.predictions ?? (await judged(benchmark, options));
  const scored = scorePredictions(benchmark, predictions, data, seed);
  const other = against === undefined ? null : scorePredictions(benchmark, against, data, seed);
  const compared = other === null ? null : versus(scored.judged, other.judged);
  if (json !== true) return tell(benchmark, predictions, scored, compared === null ? null : [against!, compared]);
  const { figures, positionBias, notes } = scored;
  const intervals = Object.fromEntries(figures.lines.map(({ name, interval }) => [name, interval]));
  const more = other === null ? {} : { against: { predictions: against, ...other.figures.values, ...compared } };
  const pairs = scored.judged.length;
  console.log(
    JSON.stringify(
      { benchmark: benchmark.name, ...figures.values, pairs, predictions, intervals, positionBias, notes, ...more },
      null,
      2,
    ),
  );
}

function tell(benchmark: Benchmark, predictions: string, scored: Scored, compared: readonly [string, Versus] | null): void {
  const { figures, positionBias, notes } = scored;
  console.log(`${benchmark.title} (${benchmark.source})\n${predictions}: ${scored.judged.length} judgements`);
  console.log(textTable(["", "", "95 % interval", "pairs"], figures.lines.map(rowOf)));
  if (positionBias !== null) {
    const { chosenFirst, chosenSecond, choosesFirst, consistent } = positionBias;
    console.log(
      `The preferred response shown first: ${percent(chosenFirst)} right, second: ${percent(chosenSecond)}. What is shown first is chosen in ${percent(choosesFirst)}; in both orders the same response in ${percent(consistent)}.`,
    );
  }
  for (const note of notes) console.log(note);
  if (compared === null) return;
  const [against, { pairs, difference, mcnemar }] = compared;
  const points = `${difference >= 0 ? "+" : "−"}${(100 * Math.abs(difference)).toFixed(2)} points`;
  console.log(
    `Against ${against}, on the ${pairs} judgements that both have: ${points}; only this one right: ${mcnemar.onlyFirst}, only the other: ${mcnemar.onlySecond}; McNemar's exact p = ${mcnemar.exact.toPrecision(3)}, mid-p ${mcnemar.midP.toPrecision(3)}.`,
  );
}

const percent = (share: number | null) => (share === null ? "–" : `${(100 * share).toFixed(2)} %`);
const between = (ends: Ends | null) => (ends === null ? "–" : `${(100 * ends[0]).toFixed(1)} to ${(100 * ends[1]).toFixed(1)}`);
const rowOf = ({ name, value, interval, count }: Figure) => [name, percent(value), between(interval), String(count)];
