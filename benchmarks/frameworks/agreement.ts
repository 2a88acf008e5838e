import type { PlainTensors } from "./tensor-file.ts";

/** How far a contender's numbers are from the reference's. */
export interface Agreement {
  /** Largest |Δ| of a log-probability, in nats. */
  readonly logProbs: number;
  /** Largest |Δ| of a gradient, over the largest |gradient| of its tensor; null where none was given. */
  readonly gradients: number | null;
  /** The parameter whose gradient that is. */
  readonly worst: string | null;
  readonly within: boolean;
}

/**
 * What float32 allows: log-probabilities lie near −ln V, and their sums are of a few hundred products, so that another order of summation moves
 * them by some 10⁻⁶; a gradient is a sum over all tokens of the batch. Another formula, mask, position or weight moves both by far more.
 */
export const TOLERANCES = { logProbs: 1e-4, gradients: 1e-3 } as const;

export function agreement(reference: PlainTensors, given: PlainTensors): Agreement {
  const logProbs = largestDifference(reference, given, "logProbs");
  let gradients: number | null = null;
  let worst: string | null = null;
  for (const name of Object.keys(reference).filter((one) => one.startsWith("gradient "))) {
    if (!Object.keys(given).some((one) => one.startsWith("gradient "))) break;
    const scale = Float32Array.from(reference[name]!.values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const relative = largestDifference(reference, given, name) / (scale || 1);
    if (gradients !== null && relative <= gradients) continue;
    gradients = relative;
    worst = name.slice("gradient ".length);
  }
  const within = logProbs <= TOLERANCES.logProbs && (gradients === null || gradients <= TOLERANCES.gradients);
  return { logProbs, gradients, worst, within };
}

function largestDifference(reference: PlainTensors, given: PlainTensors, name: string): number {
  const [a, b] = [reference[name]!, given[name]];
  if (b === undefined || b.shape.join() !== a.shape.join()) return Infinity;
  return Float32Array.from(a.values).reduce((most, value, index) => {
    const difference = Math.abs(value - b.values[index]!);
    return Number.isNaN(difference) ? Infinity : Math.max(most, difference);
  }, 0);
}
