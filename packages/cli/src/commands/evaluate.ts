import { benchmarkNamed, scorePredictions, versus } from "@rewardlab/benchmarks";
import type { Ends, Figure } from "@rewardlab/benchmarks";

import { textTable } from "../table.ts";

interface EvaluateOptions {
  readonly benchmark: string;
  readonly predictions: string;
  readonly against?: string;
  readonly data?: string;
  readonly seed: number;
  readonly json?: boolean;
}

/** `rewardlab evaluate`: the figures of a published benchmark for a file of predictions, as its own script works them out. */
export async function evaluate({ benchmark: name, predictions, against, data, seed, json }: EvaluateOptions): Promise<void> {
  const benchmark = benchmarkNamed(name);
  const scored = scorePredictions(benchmark, predictions, data, seed);
  const other = against === undefined ? null : scorePredictions(benchmark, against, data, seed);
  const compared = other === null ? null : versus(scored.judged, other.judged);
  const { figures, positionBias, notes } = scored;
  if (json === true) {
    const intervals = Object.fromEntries(figures.lines.map(({ name: line, interval }) => [line, interval]));
    const more = compared === null ? {} : { against: { predictions: against, ...other!.figures.values, ...compared } };
    console.log(
      JSON.stringify(
        { benchmark: name, ...figures.values, pairs: scored.judged.length, intervals, positionBias, notes, ...more },
        null,
        2,
      ),
    );
    return;
  }
  console.log(`${benchmark.title} (${benchmark.source})\n${predictions}: ${scored.judged.length} judgements`);
  console.log(textTable(["", "", "95 % interval", "pairs"], figures.lines.map(rowOf)));
  if (positionBias !== null) {
    const { chosenFirst, chosenSecond, choosesFirst, consistent } = positionBias;
    console.log(
      `Preferred response shown first: ${percent(chosenFirst)}, second: ${percent(chosenSecond)}. What is shown first is chosen in ${percent(choosesFirst)}; the same response in both orders in ${percent(consistent)}.`,
    );
  }
  for (const note of notes) console.log(note);
  if (compared !== null) {
    const { pairs, difference, mcnemar } = compared;
    console.log(
      `Against ${against}, on the ${pairs} judgements that both have: ${difference >= 0 ? "+" : "−"}${(100 * Math.abs(difference)).toFixed(2)} points; only this one right: ${mcnemar.onlyFirst}, only the other: ${mcnemar.onlySecond}; McNemar's exact p = ${mcnemar.exact.toPrecision(3)}, mid-p ${mcnemar.midP.toPrecision(3)}.`,
    );
  }
}

const percent = (share: number | null) => (share === null ? "–" : `${(100 * share).toFixed(2)} %`);
const between = (ends: Ends | null) => (ends === null ? "–" : `${(100 * ends[0]).toFixed(1)} to ${(100 * ends[1]).toFixed(1)}`);
const rowOf = ({ name, value, interval, count }: Figure) => [name, percent(value), between(interval), String(count)];
