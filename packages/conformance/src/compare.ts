/**
 * How close two ways of computing the same thing must be. float32 holds a number to 6e-8 of its size; adding up the 24 numbers of a batch in another
 * order moves the sum by at most 24 · 6e-8 ≈ 1.4e-6 of the largest, and a division by a deviation may blow that up some times. A mistake in a
 * mask, an order or a divisor is of the size of the numbers themselves.
 */
export const tolerance = 1e-5;

/** Equal within the tolerance, of the number's size where that is above 1. NaN equals NaN, ±∞ itself. */
export function near(given: number, expected: number, within = tolerance): boolean {
  return (
    Object.is(given, expected) || given === expected || Math.abs(given - expected) <= within * Math.max(1, Math.abs(expected))
  );
}

/** The first index at which they are not near, among those that count; −1: none. */
export function firstFar(
  given: readonly number[],
  expected: readonly number[],
  counts: (index: number) => boolean = () => true,
  within = tolerance,
): number {
  return expected.findIndex((value, index) => counts(index) && !near(given[index]!, value, within));
}

/** The name of the first metric that differs; undefined: none. */
export function differentMetric(
  given: Readonly<Record<string, number>>,
  expected: Readonly<Record<string, number>>,
): string | undefined {
  const names = new Set([...Object.keys(given), ...Object.keys(expected)]);
  return [...names].find((name) => !near(given[name] ?? NaN, expected[name] ?? NaN) || !(name in given) || !(name in expected));
}
