import type { Design, VarianceComponents } from "./crossed.ts";
import { standardsOf } from "./mean-squares.ts";
import { chiSquareQuantile } from "./chi-square.ts";
import { normalCdf } from "./normal.ts";
import { checkCount, checkFinite, checkNotNegative, checkShare } from "./numbers.ts";
import type { PowerOptions } from "./power.ts";
import { leastCount, turningPoint } from "./search.ts";
import { studentTCritical } from "./student-t.ts";

/**
 * How often `crossedInterval`'s test finds a true mean difference, given its variance components and a design: the same model, the same rule.
 *
 *     V = σ_c²/C + σ_s²/(C·S) + σ_i²/I + σ_ci²/(C·I) + σ_e²/(C·S·I)          S seeds of each of C cold starts (C = 1 and no σ_c² where they don't vary)
 *     power = E[ P(|Z + Δ/√V| > max t_{1−α/2, f̂} √(V̂/V)) ]
 *
 * The expectation is over the mean squares of rows and items, independent multiples of χ², from which `standardsOf` makes the estimates V̂ and their
 * degrees of freedom f̂; by midpoints of POINTS equally likely parts of each. The rest's mean square is known well, and taken as expected. Right for normal
 * effects. For m comparisons α is divided by m: Holm's first step, so the figure is for the hardest of the m. Δ is in the unit of the components' roots; the
 * power is a share.
 */
export function crossedPower(
  difference: number,
  components: VarianceComponents,
  design: Design,
  { level = 0.05, comparisons = 1 }: Omit<PowerOptions, "power"> = {},
): number {
  checkFinite("crossedPower", "difference", difference);
  check("crossedPower", components, design, { level, comparisons });
  return test(components, design, level / comparisons)(Math.abs(difference));
}

/** What is wanted of a design, and how the components are known. */
export interface CrossedPowerOptions extends PowerOptions {
  /**
   * The components are the true ones. By default they are taken for what this design's own data gave, a few seeds' estimate, which falls short more often
   * than not: each is raised by ν / median of χ²_ν, so that the answer is as likely too large as too small.
   */
  readonly known?: boolean;
}

/** The smallest true difference that the design finds with the wanted power, in the unit of the components' roots. 0 where nothing varies. */
export function crossedDetectable(
  components: VarianceComponents,
  design: Design,
  { level = 0.05, power = 0.8, comparisons = 1, known = false }: CrossedPowerOptions = {},
): number {
  check("crossedDetectable", components, design, { level, power, comparisons });
  return detectable(known ? components : asLikely(components, design), design, { level, power, comparisons });
}

/** How many seeds of each cold start, cold starts, or items it would take, the others staying as they are. */
export interface DesignNeeded {
  /** null: no number of seeds would do, since items (or cold starts) alone hide such a difference. */
  readonly seeds: number | null;
  /** null: no number would do; absent where cold starts don't vary. */
  readonly coldStarts?: number | null;
  /** null: no number of items would do, since seeds alone hide such a difference. */
  readonly items: number | null;
}

/** The least of each that finds a true difference of this size with the wanted power; at least 2; null also above a million. */
export function designNeeded(
  difference: number,
  components: VarianceComponents,
  design: Design,
  { level = 0.05, power = 0.8, comparisons = 1, known = false }: CrossedPowerOptions = {},
): DesignNeeded {
  checkFinite("designNeeded", "difference", difference);
  check("designNeeded", components, design, { level, power, comparisons });
  const taken = known ? components : asLikely(components, design);
  const enough = (changed: Partial<Design>) =>
    difference !== 0 && test(taken, { ...design, ...changed }, level / comparisons)(difference) >= power;
  const least = (name: keyof Design, from: number) => leastCount((count) => enough({ [name]: count }), from);
  const nested = design.coldStarts !== undefined && design.coldStarts > 1;
  return {
    seeds: least("seeds", nested ? 1 : 2),
    ...(nested ? { coldStarts: least("coldStarts", 2) } : {}),
    items: least("items", 2),
  };
}

function detectable(
  components: VarianceComponents,
  design: Design,
  { level, power, comparisons }: Required<PowerOptions>,
): number {
  const found = test(components, design, level / comparisons);
  if (found(0) >= power) return 0;
  let high = standardErrorOf(components, design);
  if (high === 0) return 0;
  while (found(high) < power) high *= 2;
  return turningPoint((difference) => found(difference) >= power, 0, high);
}

/** Estimates of variances, raised so that each is as likely too large as too small. */
function asLikely(components: VarianceComponents, { coldStarts = 1, seeds, items }: Design): VarianceComponents {
  const raise = (degrees: number) => degrees / chiSquareQuantile(0.5, degrees);
  const ofSeeds = raise(Math.max(1, coldStarts * (seeds - 1)));
  const ofColdStarts = coldStarts > 1 ? raise(coldStarts - 1) : 1;
  return {
    coldStarts: (components.coldStarts ?? 0) * ofColdStarts,
    seeds: components.seeds * ofSeeds,
    items: components.items * raise(items - 1),
    coldStartItems: components.coldStartItems ?? 0,
    interaction: components.interaction,
  };
}

function expectedSquares(components: VarianceComponents, { coldStarts = 1, seeds, items }: Design) {
  const nested = coldStarts > 1;
  const perCell = nested ? (components.coldStartItems ?? 0) + components.interaction / seeds : components.interaction;
  const ofRow = nested ? (components.coldStarts ?? 0) + components.seeds / seeds : components.seeds;
  const rows = nested ? coldStarts : seeds;
  return { perRow: perCell + items * ofRow, perItem: perCell + rows * components.items, perCell, rows, items };
}

function standardErrorOf(components: VarianceComponents, design: Design): number {
  const { perRow, perItem, perCell, rows, items } = expectedSquares(components, design);
  return Math.sqrt((perRow + perItem - perCell) / (rows * items));
}

/** The probability of finding each difference. What of it doesn't depend on the difference is worked out once. */
function test(components: VarianceComponents, design: Design, tails: number): (difference: number) => number {
  const expected = expectedSquares(components, design);
  const { rows, items } = expected;
  const truth = standardErrorOf(components, design);
  const bounds: number[] = [];
  const critical = criticalValues(tails);
  for (const perRow of midpoints(expected.perRow, rows - 1))
    for (const perItem of midpoints(expected.perItem, items - 1)) {
      const standards = standardsOf({ perRow, perItem, perCell: expected.perCell, rows, items });
      bounds.push(Math.max(...standards.map(({ variance, degrees }) => Math.sqrt(variance) * critical(degrees))));
    }
  return (difference) => {
    if (truth === 0) return difference === 0 ? 0 : 1;
    let sum = 0;
    for (const bound of bounds) sum += lowerTail((difference - bound) / truth) + lowerTail((-difference - bound) / truth);
    return sum / bounds.length;
  };
}

/** Φ, but 0 below −9, where it is less than 1e-18: of two tails one is almost always there. */
const lowerTail = (z: number) => (z < -9 ? 0 : normalCdf(z));

/** Of a mean square with so many degrees of freedom, the middle of each of POINTS equally likely parts. */
function midpoints(expected: number, degrees: number): number[] {
  const known =
    quantiles.get(degrees) ??
    Float64Array.from({ length: POINTS }, (_, part) => chiSquareQuantile((part + 0.5) / POINTS, degrees));
  if (quantiles.size < MOST_KEPT) quantiles.set(degrees, known); // designs of one grid ask for the same degrees again and again
  return Array.from(known, (quantile) => (expected * quantile) / degrees);
}
const quantiles = new Map<number, Float64Array>();
const MOST_KEPT = 10_000;
const POINTS = 20;

/** t_{1−α/2, ν} for any ν: log t by 1/ν, which is smooth, between NODES exact ones. Thousands are asked for. */
function criticalValues(tails: number): (degrees: number) => number {
  const known =
    tables.get(tails) ??
    Float64Array.from({ length: NODES + 1 }, (_, node) =>
      Math.log(studentTCritical(tails, NODES / MOST_INVERSE / Math.max(node, 1e-6))),
    );
  tables.set(tails, known);
  return (degrees) => {
    const place = Math.min(NODES - 1e-9, (NODES / MOST_INVERSE) * (1 / degrees));
    const node = Math.floor(place);
    return Math.exp(known[node]! + (place - node) * (known[node + 1]! - known[node]!));
  };
}
const NODES = 400;
/** Satterthwaite's degrees may be a little below 1. */
const MOST_INVERSE = 1.25;
const tables = new Map<number, Float64Array>();

function check(where: string, components: VarianceComponents, design: Design, { level, power, comparisons }: PowerOptions): void {
  for (const name of ["coldStarts", "seeds", "items", "coldStartItems", "interaction"] as const)
    checkNotNegative(where, `the variance of ${name}`, components[name] ?? 0);
  const nested = design.coldStarts !== undefined && design.coldStarts > 1;
  if (design.coldStarts !== undefined) checkCount(where, "coldStarts", design.coldStarts, 1);
  checkCount(where, "seeds", design.seeds, nested ? 1 : 2);
  checkCount(where, "items", design.items, 2);
  checkShare(where, "level", level!);
  if (power !== undefined) checkShare(where, "power", power);
  checkCount(where, "comparisons", comparisons!, 1);
}
