/** What values may look like, as the simulations draw them: coverage-simulation.ts. */
export type Shape = (typeof SHAPES)[number];
/** In the order in which tables show them. */
export const SHAPES = [
  "normal",
  "skewed",
  "very skewed",
  "difference of skewed",
  "accuracy",
  "binary",
  "seeds alone",
  "items alone",
  "seeds and items",
  "neither",
] as const;

/** How often a method's 95 % intervals held the true value, by simulation, for samples of one size. */
export interface CoverageRow {
  readonly method: string;
  /** How many values (seeds) each simulated sample had. */
  readonly values: number;
  /** Shape → the share of simulated 95 % intervals that held the true value. */
  readonly coverage: Readonly<Partial<Record<Shape, number>>>;
}
