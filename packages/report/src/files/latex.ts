import { isWithheld } from "../comparisons.ts";
import type { MainRow, MainTable, MainValue } from "../main-table.ts";
import type { ComparedMetric } from "../metric.ts";
import { bareValue, intervalText, signedDifference } from "../metric-wording.ts";
import { probability } from "../wording.ts";

/** The main table for a paper: a tabular that needs \usepackage{booktabs}, with what its columns are in comments. */
export function latexOf({ metrics, rows }: MainTable): string {
  const [primary] = metrics;
  if (primary === undefined) return "";
  const units = metrics.map((metric) => `${escapeLatex(metric.title)}${metric.isShare ? " (\\%)" : ""}`);
  const head = ["Variant", "Seeds", ...units, `Difference${primary.isShare ? " (points)" : ""}`, "95\\,\\% CI", "$p$"];
  const lines = rows.map((row) => rowOf(row, metrics, primary));
  return [
    "% Made by RewardLab. Needs \\usepackage{booktabs}.",
    "% Means over seeds, with the half-width of their 95 % t interval. Difference: the same seeds paired, against the baseline or the variant's own reference.",
    "% CI: for one comparison, over new seeds and new test questions. p: after Holm's correction.",
    ...(rows.some(({ comparison }) => isMarked(comparison))
      ? [`% ${MARK}: over seeds alone (of one seed: over questions alone), so no verdict.`]
      : []),
    ...rows.flatMap(({ cell, comparison }) =>
      comparison && isWithheld(comparison.noVerdict)
        ? [`% ${DAGGER}: ${oneLine(cell)}: no verdict, since ${oneLine(comparison.noVerdict!.clause)}.`]
        : [],
    ),
    `\\begin{tabular}{lr${"r".repeat(metrics.length)}rrr}`,
    "\\toprule",
    `${head.join(" & ")} \\\\`,
    "\\midrule",
    ...lines.map((line) => `${line.join(" & ")} \\\\`),
    "\\bottomrule",
    "\\end{tabular}",
    "",
  ].join("\n");
}

function rowOf(
  { cell, seeds, of, values, comparison }: MainRow,
  metrics: readonly ComparedMetric[],
  primary: ComparedMetric,
): string[] {
  return [
    escapeLatex(cell),
    seeds === of ? String(seeds) : `${seeds}/${of}`,
    ...metrics.map((metric, index) => valueText(metric, values[index]!)),
    comparison
      ? `${maths(signedDifference(primary, comparison.mean))}${isWithheld(comparison.noVerdict) && comparison.mean !== null ? DAGGER : ""}`
      : "--",
    comparison?.interval ? `${maths(intervalText(primary, comparison.interval))}${isMarked(comparison) ? MARK : ""}` : "--",
    comparison?.adjusted === null || comparison === null ? "--" : maths(probability(comparison.adjusted)),
  ];
}

/** An interval that is of less than it would be taken for. */
const isMarked = (comparison: MainRow["comparison"]) => (comparison?.interval?.over ?? "seeds and items") !== "seeds and items";
const MARK = "$^{\\ast}$";
/** A difference of which nothing may be said. */
const DAGGER = "$^{\\dagger}$";
/** A comment ends with its line. */
const oneLine = (text: string) => text.replace(/\p{Cc}+/gu, " ");

function valueText(metric: ComparedMetric, { mean, interval }: MainValue): string {
  if (mean === null) return "--";
  const value = maths(bareValue(metric, mean));
  return interval === null
    ? value
    : `${value} {\\small $\\pm$ ${maths(bareValue(metric, Math.max(interval.high - mean, mean - interval.low)))}}`;
}

/** Signs and infinities as LaTeX sets them. */
function maths(text: string): string {
  return text === "–"
    ? "--"
    : text.replaceAll("−", "$-$").replaceAll("+", "$+$").replaceAll("∞", "$\\infty$").replaceAll("<", "$<$");
}

const special: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "{": "\\{",
  "}": "\\}",
  $: "\\$",
  "&": "\\&",
  "#": "\\#",
  _: "\\_",
  "%": "\\%",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "<": "\\textless{}",
  ">": "\\textgreater{}",
  "|": "\\textbar{}",
  '"': "\\textquotedbl{}",
};

/** Any text as LaTeX prints it, on one line. */
export function escapeLatex(text: string): string {
  return text.replace(/\p{Cc}+/gu, " ").replace(/[\\{}$&#_%~^<>|"]/g, (character) => special[character]!);
}
