import { bareValue } from "./metric-wording.ts";
import type { Summary } from "./summary.ts";
import type { TextTable } from "./table.ts";
import { percentage } from "./wording.ts";

type Bounds = { readonly low: number; readonly high: number } | null;

/** Interquartile means with probabilities of improvement, and accuracy by kind: a line for each variant; none where there is nothing to show. */
export function besideTheMean({ robust, metrics: [metric], cells }: Summary): TextTable[] {
  const kinds = [...new Set(cells.flatMap(({ byKind }) => byKind.map(({ kind }) => kind)))].sort();
  const value = (share: number) => bareValue(metric, share);
  const tables: TextTable[] = [
    {
      title: `Interquartile mean of ${metric.title}${metric.isShare ? " in %" : ""}, and how often a run is above one of what it is compared with, in %`,
      headers: ["variant", "runs", "interquartile mean", "above, in %", "compared with"],
      rows: robust.iqm.map(({ cell, runs, estimate, interval }) => {
        const improvement = robust.probabilityOfImprovement.find((one) => one.cell === cell);
        const above =
          improvement && within(percentage(improvement.estimate, 0), improvement.interval, (share) => percentage(share, 0));
        return [cell, String(runs), within(value(estimate), interval, value), above ?? "–", improvement?.against ?? "–"];
      }),
    },
    {
      title: "Accuracy by kind of question after RL, in %, with 95 % intervals",
      headers: ["variant", ...kinds],
      rows: cells.map(({ name, byKind }) => [
        name,
        ...kinds.map((kind) => {
          const one = byKind.find((own) => own.kind === kind);
          return one === undefined ? "–" : within(percentage(one.accuracy), one.interval, percentage);
        }),
      ]),
    },
  ];
  return tables.filter(({ headers, rows }) => rows.length > 0 && headers.length > 1);
}

const within = (text: string, interval: Bounds, say: (value: number) => string) =>
  interval === null ? text : `${text} [${say(interval.low)}, ${say(interval.high)}]`;
