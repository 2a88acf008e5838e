import type { Claims } from "./claims.ts";
import type { Looks } from "./looks.ts";
import type { Power } from "./power.ts";
import type { Share } from "./shares.ts";
import { METRICS } from "./world.ts";

interface Study {
  readonly name: string;
  readonly grids: number;
}

export interface Results {
  /** Variants that all do nothing. */
  readonly nothing: readonly (Study & { readonly claims: readonly Claims[] })[];
  /** One that adds 0.8 logits. */
  readonly different: readonly (Study & { readonly claims: readonly Claims[] })[];
  readonly power: readonly (Study & { readonly powers: readonly Power[] })[];
  readonly looks: readonly (Study & { readonly looks: readonly Looks[] })[];
  readonly effects: readonly (Study & { readonly claims: readonly Claims[] })[];
  /** Variants that all do nothing, through files that are read and summarised. */
  readonly report: readonly (Study & { readonly claims: readonly Claims[] })[];
}

/** results.md: a table a question. */
export function resultsPage({ nothing, different, power, looks, effects, report }: Results): string {
  const called = (claims: readonly Claims[]) => claims.map((one) => (one.called ? percent(one.called) : "–"));
  const coverage = (claims: readonly Claims[]) => claims.map((one) => percent(one.coverage));
  return [
    "# What the simulations gave",
    "Written by `npm run simulate`; [world.ts](world.ts) says how answers come about. In %, ± a standard error. The right values: at most 5 for what is called different, 93 to 97 for coverage. Voting: the majority of 15 answers; the rare kind is a fifth of the questions, at least 10; ACC+: both questions of a picture right by majority.",
    "## Variants that do nothing: grids in which any was called different",
    table(["world", "grids", ...METRICS], nothing.map(({ name, grids, claims }) => [name, String(grids), ...called(claims)])),
    "## Variants that do nothing: 95 % intervals that held 0",
    table(["world", "grids", ...METRICS], nothing.map(({ name, grids, claims }) => [name, String(grids), ...coverage(claims)])),
    "## A variant that adds 0.8 logits: 95 % intervals that held the true difference",
    table(["world", "grids", ...METRICS], different.map(({ name, grids, claims }) => [name, String(grids), ...coverage(claims)])),
    "## Power",
    "Promised: by `crossedPower`, of the true difference, from the variance components averaged over the grids. Detectable: the difference that each grid says it would find four times out of five, by its own components; on average over grids, and how often one of that size is found.",
    table(
      ["world", "metric", "true difference", "promised", "found", "detectable", "found"],
      power.flatMap(({ name, powers }) =>
        powers.map(({ metric, difference, promised, found, detectable, detectableFound }) => [
          name,
          metric,
          points(difference),
          points(promised),
          percent(found),
          points(detectable),
          points(detectableFound),
        ]),
      ),
    ),
    "## Looking after each seed from 5 to 20: a variant that does nothing is called different at any look",
    table(
      ["world", "grids", "metric", "at `levelAtLook`", "each look at 5 %"],
      looks.flatMap(({ name, grids, looks: all }) =>
        all.map(({ metric, planned, naive }) => [name, String(grids), metric, percent(planned), percent(naive)]),
      ),
    ),
    "## A 2 × 2 factorial in which neither factor does anything: any of three effects called different; 95 % intervals that held 0",
    table(
      ["world", "grids", ...METRICS],
      effects.map(({ name, grids, claims }) => [
        name,
        String(grids),
        ...claims.map((one) => `${percent(one.called!)}; ${percent(one.coverage)}`),
      ]),
    ),
    "## The whole way: written as folders of runs, read by `readGrid`, judged by `summarise`; variants that do nothing, 60 items",
    table(
      ["world", "grids", ...METRICS],
      report.map(({ name, grids, claims }) => [
        name,
        String(grids),
        ...claims.map((one) => `${percent(one.called!)}; ${percent(one.coverage)}`),
      ]),
    ),
  ].join("\n\n") + "\n"; // prettier-ignore
}

const points = (share: number) => (100 * share).toFixed(1);
const percent = ({ share, error }: Share) => `${points(share)} ± ${(100 * error).toFixed(1)}`;

/** As the formatter has it, so that the page needn't be formatted. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((text, column) => Math.max(...[head, ...rows].map((row) => row[column]!.length), 3, text.length));
  const line = (row: readonly string[]) => `| ${row.map((text, column) => text.padEnd(widths[column]!)).join(" | ")} |`;
  return [line(head), `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...rows.map(line)].join("\n");
}
