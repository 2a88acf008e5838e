import { holm } from "./adjust.ts";
import { meanInterval } from "./mean-interval.ts";
import type { EstimateInterval } from "./interval.ts";
import { checkNumbers } from "./numbers.ts";
import { tTest } from "./student-t.ts";
import { InputError } from "../errors.ts";

export interface Factor {
  readonly name: string;
  /** In order; of two, the second is the one that is "on". */
  readonly levels: readonly string[];
}

/** A cell of the grid: its level of every factor, and its measurement for each seed, the same seeds in the same order in every cell. */
export interface FactorialCell {
  readonly levels: Readonly<Record<string, string>>;
  readonly perSeed: readonly number[];
}

export interface FactorialEffect extends EstimateInterval {
  /** One for a main effect, two for an interaction of two, … */
  readonly factors: readonly string[];
  /** The level of each of them that the effect is of. */
  readonly levels: readonly string[];
  /** "contrast" where all factors have two levels, "deviation" otherwise; see `factorialEffects`. */
  readonly scale: "contrast" | "deviation";
  readonly perSeed: readonly number[];
  /** Paired t test over the seeds, and Holm's correction over all effects returned. */
  readonly pValue: number;
  readonly adjusted: number;
}

/**
 * Main effects and interactions of a full factorial, with t intervals over the paired seeds: each effect is computed within each seed, so what
 * a seed does to all cells alike drops out. In the measurement's unit.
 *
 * The effect of levels ℓ of a set U of factors is what their mean has beyond the effects of fewer of them (Yates 1937; Scheffé 1959, § 4.5):
 *
 *     deviation(U, ℓ) = Σ_{V ⊆ U} (−1)^{|U|−|V|} · mean of the cells at ℓ on V
 *
 * Where all factors in U have two levels one number says it all, twice the deviation at their second levels, as is usual for 2ᵏ designs (Box,
 * Hunter and Hunter 2005, § 5): a main effect is mean(second) − mean(first), an interaction half the difference of one factor's effect between
 * the other's levels. Otherwise there is a deviation for each combination of levels, and they add up to 0.
 */
export function factorialEffects(
  factors: readonly Factor[],
  cells: readonly FactorialCell[],
  { level = 0.95, order = 2 }: { readonly level?: number; readonly order?: number } = {},
): FactorialEffect[] {
  const seeds = checkDesign(factors, cells);
  const meanAt = (at: ReadonlyMap<string, string>): number[] => {
    const matching = cells.filter(({ levels }) => [...at].every(([name, value]) => levels[name] === value));
    return Array.from(
      { length: seeds },
      (_, seed) => matching.reduce((sum, { perSeed }) => sum + perSeed[seed]!, 0) / matching.length,
    );
  };
  const effects = subsets(factors)
    .filter(({ length }) => length >= 1 && length <= order)
    .sort((a, b) => a.length - b.length)
    .flatMap((set) => {
      const scale = set.every(({ levels }) => levels.length === 2) ? ("contrast" as const) : ("deviation" as const);
      const wanted = scale === "contrast" ? [set.map(({ levels }) => levels[1]!)] : combinations(set);
      return wanted.map((levels) => {
        const perSeed = Array.from({ length: seeds }, () => 0);
        for (const part of subsets(set.map(({ name }, index) => [name, levels[index]!] as const))) {
          const sign = (set.length - part.length) % 2 === 0 ? 1 : -1;
          meanAt(new Map(part)).forEach((value, seed) => (perSeed[seed]! += sign * value));
        }
        const values = scale === "contrast" ? perSeed.map((value) => 2 * value) : perSeed;
        const names = set.map(({ name }) => name);
        return {
          factors: names,
          levels,
          scale,
          perSeed: values,
          ...meanInterval(values, { level }),
          pValue: tTest(values).pValue,
        };
      });
    });
  const adjusted = holm(effects.map(({ pValue }) => pValue));
  return effects.map((effect, index) => ({ ...effect, adjusted: adjusted[index]! }));
}

/** Every combination of levels once, with the same number of seeds, or it is no full factorial. Returns the number of seeds. */
function checkDesign(factors: readonly Factor[], cells: readonly FactorialCell[]): number {
  const fail = (what: string): never => {
    throw new InputError("RL_STATISTICS", `factorialEffects: ${what}`);
  };
  for (const { name, levels } of factors) if (levels.length < 2) fail(`${name} has ${levels.length} levels, expected at least 2`);
  const seeds = cells[0]?.perSeed.length ?? 0;
  for (const combination of combinations(factors)) {
    const named = factors.map(({ name }, index) => `${name} = ${combination[index]}`).join(", ");
    const there = cells.filter(({ levels }) => factors.every(({ name }, index) => levels[name] === combination[index]));
    if (there.length !== 1) fail(`${there.length} cells with ${named}, expected one`);
    checkNumbers(`factorialEffects, ${named}`, there[0]!.perSeed, 2);
    if (there[0]!.perSeed.length !== seeds)
      fail(`${there[0]!.perSeed.length} seeds with ${named}, expected ${seeds} as elsewhere`);
  }
  const expected = factors.reduce((product, { levels }) => product * levels.length, 1);
  if (cells.length !== expected) fail(`${cells.length} cells, expected ${expected}: a level is not one of its factor's`);
  return seeds;
}

function subsets<T>(of: readonly T[]): T[][] {
  return of.reduce<T[][]>((all, one) => all.concat(all.map((set) => [...set, one])), [[]]);
}

function combinations(factors: readonly Factor[]): string[][] {
  return factors.reduce<string[][]>((all, { levels }) => all.flatMap((start) => levels.map((level) => [...start, level])), [[]]);
}
