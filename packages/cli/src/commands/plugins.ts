import { InputError, suggestion } from "@rewardlab/core";
import { describedMetrics } from "@rewardlab/core/host";
import type { Algorithm, Component, NamedKind } from "@rewardlab/core";
import type { MetricDescription } from "@rewardlab/core/host";
import pc from "picocolors";
import { registryHere } from "../plugins.ts";

const kinds: readonly NamedKind[] = [
  "algorithm",
  "advantage",
  "ratio",
  "surrogate",
  "correction",
  "mask",
  "aggregate",
  "kl",
  "reward",
  "sampler",
  "model",
  "dataset",
  "stage",
  "optimizer",
  "schedule",
  "engine",
];

interface PluginsOptions {
  readonly json?: boolean;
  readonly plugin?: readonly string[];
}

/** What the command tells of a component or an algorithm. */
interface Row {
  readonly kind: NamedKind;
  readonly name: string;
  readonly summary: string;
  readonly package: string;
  readonly variants?: Readonly<Record<string, string>>;
  readonly metrics?: readonly MetricDescription[];
}

/** `rewardlab plugins`: the components there are with the package that brings each; with `--conform` held to the laws of their kinds. */
export async function plugins(kind: string | undefined, options: PluginsOptions): Promise<void> {
  const { registry } = await registryHere(options.plugin ?? []);
  checkKind(kind);
  const shown = kinds.filter((one) => kind === undefined || one === kind);
  const rows = shown.flatMap((one) =>
    registry.names(one).map((name): Row => ({
      kind: one,
      name,
      summary: (one === "algorithm" ? registry.algorithm(name)?.summary : registry.component(one, name)?.summary) ?? "",
      package: registry.ownerOf(one, name) ?? "",
      ...(one === "algorithm" ? variantsOf(registry.algorithm(name)!) : metricsOf(registry.component(one, name)!)),
    })),
  );
  if (options.json) {
    console.log(JSON.stringify(rows, null, 2));
    return;
  }
  const width = Math.max(...rows.map(({ name }) => name.length));
  for (const one of shown) {
    console.log(pc.bold(one));
    for (const row of rows.filter((each) => each.kind === one)) {
      console.log(`  ${row.name.padEnd(width)}  ${row.summary}  ${pc.dim(row.package)}`);
      for (const [variant, source] of Object.entries(row.variants ?? {})) console.log(pc.dim(`    ${variant}: ${source}`));
      for (const metric of row.metrics ?? [])
        console.log(
          pc.dim(
            `    counts ${metric.name}: ${metric.title}${kind === undefined || metric.meaning === null ? "" : `. ${metric.meaning}`}`,
          ),
        );
    }
  }
}

/** Refuses a kind that is none. */
export function checkKind(kind: string | undefined): void {
  if (kind !== undefined && !(kinds as readonly string[]).includes(kind))
    throw new InputError("RL_KIND", `plugins: there is no kind "${kind}".${suggestion(kind, kinds)}`);
}

/** What it records in metrics.jsonl, told for its default options. */
function metricsOf(component: Component): { metrics?: readonly MetricDescription[] } {
  const metrics = describedMetrics(component);
  return metrics.length === 0 ? {} : { metrics };
}

/** Each variant with where it comes from; the first is the default. */
function variantsOf({ presets, sources, source }: Algorithm): { variants: Record<string, string> } {
  return { variants: Object.fromEntries(Object.keys(presets).map((variant) => [variant, sources?.[variant] ?? source])) };
}
