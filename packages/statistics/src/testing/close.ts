/** Fails unless every number is within `tolerance` of the expected one; NaN equals NaN, ±∞ itself. Lists of lists are compared number by number. */
export function assertClose(actual: unknown, expected: unknown, tolerance = 1e-6): void {
  const given = [actual].flat(9) as number[];
  const wanted = [expected].flat(9) as number[];
  const same = (a: number, b: number) => Object.is(a, b) || a === b || Math.abs(a - b) <= tolerance;
  if (given.length !== wanted.length || !given.every((number, index) => same(number, wanted[index]!)))
    throw new Error(`expected ${wanted.join(", ")} within ${tolerance}, got ${given.join(", ")}`);
}

/** Each number within 1e-6 of the expected one, times its size where that is above 1. "NaN" and "Infinity" are how a fixture writes theirs. */
export function assertCloseBySize(actual: unknown, expected: unknown): void {
  const [given, wanted] = [[actual].flat(2).map(Number), [expected].flat(2).map(Number)];
  if (given.length !== wanted.length) throw new Error(`expected ${wanted.length} numbers, got ${given.length}`);
  wanted.forEach((number, index) =>
    assertClose(given[index]!, number, 1e-6 * (Number.isFinite(number) ? Math.max(1, Math.abs(number)) : 1)),
  );
}
