/** A share of simulated grids, and its standard error, over independent grids. */
export interface Share {
  readonly share: number;
  readonly error: number;
}

/** Of 0 or 1, or a share itself, from each grid. */
export function shareOf(values: readonly number[]): Share {
  const share = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - share) ** 2, 0) / (values.length - 1);
  return { share: rounded(share), error: rounded(Math.sqrt(variance / values.length)) };
}

const rounded = (share: number) => Math.round(1e5 * share) / 1e5;
