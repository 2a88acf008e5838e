import { registryFor } from "@rewardlab/cli";
import { describedMetrics } from "@rewardlab/core/host";
import { fileURLToPath } from "node:url";
import { format } from "prettier";

/** Options for those that have no complete defaults: what is written of them is told for these. */
const given: Readonly<Record<string, object>> = {
  "surrogate cispo": { high: 4 },
  "surrogate two-sided-clip": { cap: 4 },
  "advantage clip": { low: -5, high: 5 },
};
const kinds = [
  "stage",
  "reward",
  "sampler",
  "advantage",
  "ratio",
  "surrogate",
  "correction",
  "mask",
  "aggregate",
  "kl",
  "pair-loss",
  "optimizer",
] as const;

/** docs/glossary.md with its table of metrics made anew: what every built-in component declares. */
export async function withMetricsTable(page: string): Promise<string> {
  const registry = await registryFor([], fileURLToPath(new URL("../../packages/", import.meta.url)));
  const rows = new Map<string, string[]>();
  for (const kind of kinds)
    for (const name of registry.names(kind)) {
      const component = registry.component(kind, name)!;
      for (const metric of describedMetrics(component, given[`${kind} ${name}`])) {
        const unit = metric.unit === "number" ? "" : `${metric.unit}${metric.of === undefined ? "" : ` of ${metric.of}`}`;
        const what = `${metric.title}${metric.guard ? " (a guard’s)" : ""}. ${metric.meaning ?? "By the options."}`;
        const key = JSON.stringify([metric.name, unit, what]);
        rows.set(key, [...(rows.get(key) ?? []), `${kind} \`${name}\``]);
      }
    }
  const lines = [...rows].map(([key, by]) => {
    const [name, unit, what] = (JSON.parse(key) as string[]).map((text) => text.replaceAll("|", "\\|")) as [
      string,
      string,
      string,
    ];
    return `| \`${name}\` | ${unit} | ${what} | ${by.join(", ")} |`;
  });
  const table = ["| metric | unit | what it is | counted by |", "|---|---|---|---|", ...lines].join("\n");
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`docs/glossary.md: expected ${BEGIN} … ${END} in it`);
  return format(`${before}${BEGIN}\n\n${table}\n\n${END}${after}`, { parser: "markdown", printWidth: 130 });
}
const BEGIN = "<!-- metrics: npm run docs -->";
const END = "<!-- end of metrics -->";
