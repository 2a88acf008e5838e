import { called } from "../metric-wording.ts";
import { nearText } from "../metrics-to-show.ts";
import type { WatchedMetric } from "../stability.ts";
import { seedsText } from "../seed-text.ts";
import type { CellSummary, Summary } from "../summary.ts";
import { counted, listing, tokenShare } from "../wording.ts";

/** More variants than this are summed up. */
const SPELT_OUT = 3;

type Cell = Pick<CellSummary, "name" | "runs" | "stability">;

/** What a guard did in a variant. */
interface Acting {
  readonly cell: Cell;
  readonly metric: WatchedMetric;
}

/** Parts that did nothing can't be the reason; of what can't be read it isn't known whether they did. Which metrics are guards', and whose, their declarations say. */
export function guardSentences({ cells, seedLevels }: Pick<Summary, "cells" | "seedLevels">): string[] {
  const guards = byGuard(cells);
  const still = guards.map((all) => all.filter(({ metric: { value, unread } }) => value === 0 && unread.length === 0));
  const unknown = guards.map((all) => all.filter(({ metric: { value, unread } }) => !((value ?? 0) > 0) && unread.length > 0));
  return [
    ...still.flatMap(stillSentences),
    ...unknown
      .filter(some)
      .map(
        (all) => `Whether ${who(all)} acted in ${unreadText(all, seedLevels)} can’t be told: their metrics can’t be read whole.`,
      ),
    ...guards.flatMap((all) => actedSentences(all, seedLevels)),
  ];
}

const some = (all: readonly unknown[]) => all.length > 0;

/** The variants of each guard: of the same parts, counted by the same metric. */
function byGuard(cells: readonly Cell[]): Acting[][] {
  const guards = new Map<string, Acting[]>();
  for (const cell of cells)
    for (const [name, metric] of Object.entries(cell.stability.metrics)) {
      if (!metric.declared.guard || (metric.value === null && metric.unread.length === 0)) continue;
      const key = `${name} ${who([{ cell, metric }])}`;
      guards.set(key, [...(guards.get(key) ?? []), { cell, metric }]);
    }
  return [...guards.values()];
}

/** Its name, as an experiment writes it. */
function who([first]: readonly Acting[]): string {
  const names = first!.metric.declared.by.map(({ name }) => name);
  return names.length === 0 ? first!.metric.declared.title : listing([...new Set(names)]);
}

function stillSentences(all: readonly Acting[]): string[] {
  const reason = ({ metric: { declared } }: Acting) =>
    declared.by.every(({ idle }) => idle !== undefined) ? declared.by[0]?.idle : undefined;
  const reasons = [...new Set(all.map(reason))];
  return reasons.map((because) => {
    const alike = all.filter((one) => reason(one) === because);
    const where = listed(alike);
    if (because !== undefined) return `${who(alike)} can’t act in ${where}: ${because}.`;
    const near = alike.flatMap(({ metric }) => metric.near ?? []);
    const title = alike.flatMap(({ cell, metric }) => cell.stability.metrics[metric.declared.near ?? ""]?.declared ?? [])[0];
    const how = near.length === 0 ? "" : ` (${lower(nearText(title, Math.max(...near)))})`;
    return `${who(alike)} ${alike.every(isWhole) ? "never acted" : "has not acted so far"} in ${where}${how}, so it explains no difference here.`;
  });
}

function actedSentences(all: readonly Acting[], levels: Summary["seedLevels"]): string[] {
  const acted = all.filter(({ metric: { value } }) => (value ?? 0) > 0);
  if (acted.length === 0) return [];
  const unread = acted.filter(({ metric }) => metric.unread.length > 0);
  const of = acted[0]!.metric.declared.of;
  const amount = ({ metric: { declared, value } }: Acting) =>
    declared.unit === "share"
      ? `${tokenShare(value)}${of === undefined ? "" : ` of the ${of}`}`
      : `${Math.round(value!)}${of === undefined ? "" : ` ${of}`}`;
  const most = acted.reduce((a, b) => (b.metric.value! > a.metric.value! ? b : a));
  return [
    acted.length > SPELT_OUT
      ? `${who(all)} acted on at most ${amount(most)}.`
      : `${who(all)} acted on ${listing(acted.map((one) => `${amount(one)} in ${called(one.cell.name)}`))}.`,
    ...(unread.length === 0
      ? []
      : [`What ${who(all)} did in ${unreadText(unread, levels)} is not in that: their metrics can’t be read whole.`]),
  ];
}

function listed(all: readonly Acting[]): string {
  return all.length > SPELT_OUT
    ? `any of ${all.length} variants that have it`
    : listing(all.map(({ cell }) => called(cell.name)));
}

const lower = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);

/** Of a run that is still to be done, or failed, it isn't known what will act. */
const isWhole = ({ cell: { runs } }: Acting) => runs.every(({ status }) => status === "done" || status === "collapsed");

/** "full (seeds 2 and 3)" */
function unreadText(all: readonly Acting[], levels: Summary["seedLevels"]): string {
  if (all.length > SPELT_OUT) return counted(all.length, "variant");
  return listing(all.map(({ cell, metric: { unread } }) => `${called(cell.name)} (${seedsText(levels, unread, 5)})`));
}
