import { besideTheMean } from "../beside-the-mean.ts";
import type { MainRow } from "../main-table.ts";
import type { ComparedMetric } from "../metric.ts";
import { bareValue, intervalText, signedDifference } from "../metric-wording.ts";
import type { Summary } from "../summary.ts";
import { runTables } from "../table.ts";
import { probability } from "../wording.ts";

/** The answer, what to know before believing it, and the tables, for a pull request or a lab book. */
export function markdownOf(summary: Summary): string {
  const { name, warnings, paragraphs, verdicts, table, cautions, metrics } = summary;
  const [primary] = metrics;
  return `${[
    `# ${escapeMarkdown(name)}`,
    ...(warnings.length > 0 ? ["**Before you read on**", bullets(warnings)] : []),
    ...paragraphs.map(escapeMarkdown),
    ...(verdicts.length > 0 ? ["## Against the baseline", bullets(verdicts)] : []),
    "## Results",
    tableText(
      headOf(metrics),
      table.rows.map((row) => rowOf(row, metrics)),
    ),
    `Means over seeds with their 95 % t intervals in brackets${metrics.some(({ isShare }) => isShare) ? ", shares in %, differences in points" : ""}. Differences in ${escapeMarkdown(primary.title)}: the same seeds paired; their 95 % intervals are for one comparison, and hold for new seeds and new test questions, unless what may be said says otherwise. p after Holm’s correction.`,
    ...(cautions.length > 0 ? [bullets(cautions)] : []),
    ...[...besideTheMean(summary), ...runTables(summary)].flatMap(({ title, headers, rows }) => [
      `## ${escapeMarkdown(title)}`,
      tableText(headers, rows),
    ]),
  ].join("\n\n")}\n`;
}

const bullets = (lines: readonly string[]) => lines.map((line) => `- ${escapeMarkdown(line)}`).join("\n");

function headOf(metrics: readonly ComparedMetric[]): string[] {
  return ["variant", "seeds", ...metrics.map(({ title }) => title), "difference", "95 % CI", "p", "what may be said"];
}

function rowOf({ cell, seeds, of, values, comparison, verdict }: MainRow, metrics: readonly ComparedMetric[]): string[] {
  const [primary] = metrics as [ComparedMetric];
  return [
    cell,
    seeds === of ? String(seeds) : `${seeds} of ${of}`,
    ...metrics.map((metric, index) => {
      const { mean, interval } = values[index]!;
      return `${bareValue(metric, mean)}${interval ? ` [${bareValue(metric, interval.low)}, ${bareValue(metric, interval.high)}]` : ""}`;
    }),
    comparison ? signedDifference(primary, comparison.mean) : "",
    comparison?.interval ? intervalText(primary, comparison.interval) : "",
    comparison?.adjusted === undefined || comparison.adjusted === null ? "" : probability(comparison.adjusted),
    verdict ?? "baseline",
  ];
}

function tableText(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escapeMarkdown).join(" | ")} |`;
  return [line(headers), `|${headers.map(() => " --- |").join("")}`, ...rows.map(line)].join("\n");
}

/** Text that stays text: neither HTML, nor a link, nor a column of a table. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/\p{Cc}+/gu, " ")
    .replace(/[\\`*_[\]|~#]/g, (character) => `\\${character}`)
    .replace(/[&<>]/g, (character) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[character]!);
}
