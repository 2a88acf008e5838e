import { isChain, stepLabels } from "../plugin/chain.ts";
import type { Chain } from "../plugin/chain.ts";

/** One value in which two experiments differ. */
export interface Difference {
  readonly path: string;
  readonly baseline: unknown;
  readonly value: unknown;
  /** Of a step of a chain, unless only its options differ. moved: it is in both, and `baseline` and `value` say after which step. */
  readonly change?: "removed" | "added" | "moved";
}

/** Where two resolved cells (plain data) differ, leaf by leaf, in order; chains step by step, by their names. undefined: not there. */
export function differences(baseline: unknown, value: unknown, path = ""): Difference[] {
  if (isChain(baseline) && isChain(value)) return chainDifferences(baseline, value, path);
  if (isOfScalars(baseline) || isOfScalars(value)) return leaf(baseline, value, path);
  if (isObject(baseline) && isObject(value) && Array.isArray(baseline) === Array.isArray(value) && baseline.use === value.use) {
    const keys = [...new Set([...Object.keys(baseline), ...Object.keys(value)])];
    return keys.flatMap((key) => differences(baseline[key], value[key], path ? `${path}.${key}` : key));
  }
  return leaf(baseline, value, path);
}

function leaf(baseline: unknown, value: unknown, path: string): Difference[] {
  return JSON.stringify(baseline) === JSON.stringify(value) ? [] : [{ path, baseline, value }];
}

function isOfScalars(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => !isObject(item));
}

/** Steps that are gone, new, changed, or elsewhere. Those that keep their order are matched by name, as many as can be; a further one of the same name has moved. */
function chainDifferences(baseline: Chain, value: Chain, path: string): Difference[] {
  const [from, to] = [labelsOf(baseline), labelsOf(value)];
  const kept = inOrder(baseline, value);
  const partner = new Map(kept);
  const free = new Set(value.keys());
  for (const [, own] of kept) free.delete(own);
  const found: { readonly at: number; readonly differences: readonly Difference[] }[] = [];
  for (const [index, step] of baseline.entries()) {
    const own = partner.get(index);
    const elsewhere = own ?? [...free].find((other) => value[other]!.use === step.use);
    const where = `${path}.${from[index]}`;
    if (elsewhere === undefined) {
      found.push({ at: index, differences: [{ path: where, baseline: step, value: undefined, change: "removed" }] });
      continue;
    }
    free.delete(elsewhere);
    const moved = own === undefined ? [{ path: where, ...places(from, index, to, elsewhere), change: "moved" as const }] : [];
    found.push({ at: index, differences: [...moved, ...differences(step, value[elsewhere], where)] });
  }
  for (const index of free)
    found.push({
      at: index,
      differences: [{ path: `${path}.${to[index]}`, baseline: undefined, value: value[index], change: "added" }],
    });
  return found.sort((a, b) => a.at - b.at).flatMap((one) => one.differences);
}

const labelsOf = (chain: Chain) => stepLabels(chain.map(({ use }) => use));

/** After which step it stands in either chain; by number where several moved together, and it stands after the same one. */
function places(
  from: readonly string[],
  index: number,
  to: readonly string[],
  elsewhere: number,
): { baseline: string; value: string } {
  const place = (labels: readonly string[], at: number) => (at === 0 ? "first" : `after ${labels[at - 1]}`);
  const [baseline, value] = [place(from, index), place(to, elsewhere)];
  return baseline === value ? { baseline: `step ${index + 1}`, value: `step ${elsewhere + 1}` } : { baseline, value };
}

/** The longest common subsequence by name; among equally long ones, that with the most steps which are equal in all. */
function inOrder(baseline: Chain, value: Chain): [number, number][] {
  const score = (i: number, j: number) => {
    if (baseline[i]!.use !== value[j]!.use) return 0;
    return baseline.length + 1 + (JSON.stringify(baseline[i]) === JSON.stringify(value[j]) ? 1 : 0);
  };
  const best = Array.from({ length: baseline.length + 1 }, () => Array.from({ length: value.length + 1 }, () => 0));
  for (let i = baseline.length - 1; i >= 0; i--)
    for (let j = value.length - 1; j >= 0; j--)
      best[i]![j] = Math.max(best[i + 1]![j]!, best[i]![j + 1]!, score(i, j) === 0 ? 0 : score(i, j) + best[i + 1]![j + 1]!);
  const pairs: [number, number][] = [];
  for (let [i, j] = [0, 0]; i < baseline.length && j < value.length;) {
    const match = score(i, j);
    if (match > 0 && best[i]![j] === match + best[i + 1]![j + 1]!) pairs.push([i++, j++]);
    else if (best[i]![j] === best[i + 1]![j]) i++;
    else j++;
  }
  return pairs;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
