/** How a quantity moved over the iterations after the warm-up. */
export interface Flatness {
  readonly first: number;
  readonly last: number;
  readonly lowest: number;
  readonly highest: number;
  /** (highest − lowest) / lowest */
  readonly spread: number;
  /** Slope of the least-squares line, per 10,000 iterations, as a share of the mean. */
  readonly trend: number;
}

export interface Point {
  readonly iteration: number;
  readonly value: number;
}

export function flatness(points: readonly Point[]): Flatness {
  const values = points.map(({ value }) => value);
  const [lowest, highest] = [Math.min(...values), Math.max(...values)];
  const mean = average(values);
  const centre = average(points.map(({ iteration }) => iteration));
  const along = points.reduce((sum, { iteration, value }) => sum + (iteration - centre) * (value - mean), 0);
  const across = points.reduce((sum, { iteration }) => sum + (iteration - centre) ** 2, 0);
  return {
    first: values[0]!,
    last: values.at(-1)!,
    lowest,
    highest,
    spread: ratio(highest - lowest, lowest),
    trend: across === 0 ? 0 : ratio((along / across) * 10_000, mean),
  };
}

/** What is 0 all the time did not move. */
const ratio = (part: number, whole: number) => (part === 0 ? 0 : part / whole);
const average = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
