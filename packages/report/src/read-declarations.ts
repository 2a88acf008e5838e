import type { DeclaredMetric, MetricSource, MetricSummary } from "@rewardlab/core";
import { listOf, recordOf, textOf } from "./plain.ts";

/** What whoever records a metric says of it, by name. */
export type Declarations = Readonly<Record<string, DeclaredMetric>>;

const units: readonly DeclaredMetric["unit"][] = ["number", "share", "count"];
const summaries: readonly MetricSummary[] = ["mean", "largest", "last", "sum"];

/** A stage's entry of metrics.json. What isn't as it should be is left out: the report then knows the metric by its name alone, and makes up no meaning. */
export function declarationsOf(source: unknown): Declarations {
  return Object.fromEntries(
    Object.entries(recordOf(source)).flatMap(([name, written]) => {
      const one = declarationOf(recordOf(written));
      return one === null ? [] : [[name, one] as const];
    }),
  );
}

function declarationOf(written: Readonly<Record<string, unknown>>): DeclaredMetric | null {
  const [title, meaning] = [textOf(written.title), textOf(written.meaning)];
  if (title === null || meaning === null) return null;
  const texts = (["of", "zero", "near"] as const).flatMap((key) => {
    const text = textOf(written[key]);
    return text === null ? [] : [[key, text] as const];
  });
  const flags = (["guard", "first"] as const).filter((key) => written[key] === true).map((key) => [key, true] as const);
  const stability = summaries.find((one) => one === written.stability);
  return {
    title,
    meaning,
    unit: units.find((one) => one === written.unit) ?? "number",
    ...Object.fromEntries([...texts, ...flags]),
    ...(stability === undefined ? {} : { stability }),
    by: listOf(written.by).map(recordOf).map(sourceOf),
  };
}

function sourceOf(written: Readonly<Record<string, unknown>>): MetricSource {
  const idle = textOf(written.idle);
  return {
    kind: textOf(written.kind) ?? "?",
    name: textOf(written.name) ?? "?",
    at: textOf(written.at) ?? "",
    ...(idle === null ? {} : { idle }),
  };
}
