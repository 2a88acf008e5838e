import { checkGroups, checkNumbers } from "./numbers.ts";
import { mean } from "./descriptive.ts";

/**
 * Values of items that belong together, as one value a group, in the order in which groups first appear: what `crossedInterval` is to take for items where
 * a measure is of several items at once, or where items of a group share their chance (questions about one picture).
 *
 * `of` makes the value; by default their mean. ACC+ (MME, arXiv 2306.13394, § 2.2), where a picture counts only if all its questions are right, is
 * `(values) => Number(values.every((right) => right === 1))` of one answer an item.
 */
export function perGroup(
  values: ArrayLike<number>,
  groups: readonly (number | string)[],
  of: (values: readonly number[]) => number = mean,
): number[] {
  checkNumbers("perGroup", values);
  checkGroups("perGroup", groups, values.length);
  const together = new Map<number | string, number[]>();
  groups.forEach((group, item) => {
    if (!together.has(group)) together.set(group, []);
    together.get(group)!.push(values[item]!);
  });
  return [...together.values()].map(of);
}
