import { holm } from "./adjust.ts";
import { compareWithBaseline } from "./compare.ts";
import type { ColdStarts, CrossedInterval, SeedsByItems } from "./crossed.ts";
import type { EstimateInterval } from "./interval.ts";
import { checkCount, checkNumbers, checkShare } from "./numbers.ts";
import { InputError } from "./errors.ts";

/** A factor of a grid: what was varied, and over which levels. */
export interface Factor {
  readonly name: string;
  /** In order; of two, the second is the one that is "on". */
  readonly levels: readonly string[];
}

/** A cell of the grid: its level of every factor, and its measurement for each seed, the same seeds in the same order in every cell. */
export interface FactorialCell {
  readonly levels: Readonly<Record<string, string>>;
  readonly perSeed: readonly number[];
  /** The same by test item, a row for each seed: in every cell, the same items in the same order, or in none. */
  readonly byItem?: SeedsByItems;
}

/** A main effect or an interaction, with its interval, in the measurement's unit. */
export interface FactorialEffect extends EstimateInterval {
  /** One for a main effect, two for an interaction of two, … */
  readonly factors: readonly string[];
  /** The level of each of them that the effect is of. */
  readonly levels: readonly string[];
  /** "contrast" where all factors have two levels, "deviation" otherwise; see `factorialEffects`. */
  readonly scale: "contrast" | "deviation";
  readonly perSeed: readonly number[];
  /** What the interval and the test are over: new seeds (cold starts, where they vary) and new items, or new seeds on the same items. */
  readonly over: "seeds and items" | "seeds";
  readonly seedsAndItems: CrossedInterval | null;
  /** All values are one number: the interval has no width, and is no certainty. */
  readonly spreadless: boolean;
  /** Of the t test, and Holm's correction over all effects returned. */
  readonly pValue: number;
  readonly adjusted: number;
}

/**
 * Main effects and interactions of a full factorial, with intervals over the paired seeds, and over test items too where cells have values by item
 * (`crossedInterval`): each effect is computed within each seed and item, so what a seed or an item does to all cells alike drops out. In the
 * measurement's unit.
 *
 * The effect of levels ℓ of a set U of factors is what their mean has beyond the effects of fewer of them (Yates 1937; Scheffé 1959, § 4.5):
 *
 *     deviation(U, ℓ) = Σ_{V ⊆ U} (−1)^{|U|−|V|} · mean of the cells at ℓ on V
 *
 * Where all factors in U have two levels one number says it all, twice the deviation at their second levels, as is usual for 2ᵏ designs (Box,
 * Hunter and Hunter 2005, § 5): a main effect is mean(second) − mean(first), an interaction half the difference of one factor's effect between
 * the other's levels. Otherwise there is a deviation for each combination of levels, and they add up to 0.
 *
 * `order`: the most factors of an interaction. Throws where a combination of levels is missing, stands twice, or has other seeds or items than the rest.
 */
export function factorialEffects(
  factors: readonly Factor[],
  cells: readonly FactorialCell[],
  { level = 0.95, order = 2, groups }: { readonly level?: number; readonly order?: number; readonly groups?: ColdStarts } = {},
): FactorialEffect[] {
  checkShare("factorialEffects", "level", level);
  checkCount("factorialEffects", "order", order, 1);
  checkDesign(factors, cells);
  const effects = subsets(factors)
    .filter(({ length }) => length >= 1 && length <= order)
    .sort((a, b) => a.length - b.length)
    .flatMap((set) => {
      const scale = set.every(({ levels }) => levels.length === 2) ? ("contrast" as const) : ("deviation" as const);
      const wanted = scale === "contrast" ? [set.map(({ levels }) => levels[1]!)] : combinations(set);
      return wanted.map((levels) => {
        const parts = partsOf(set, levels, cells);
        const times = scale === "contrast" ? 2 : 1;
        const perSeed = effectIn(
          cells.map((cell) => cell.perSeed),
          parts,
          times,
        );
        const byItem = cells.every((cell) => cell.byItem !== undefined)
          ? perSeed.map((_, seed) =>
              effectIn(
                cells.map((cell) => cell.byItem![seed]!),
                parts,
                times,
              ),
            )
          : undefined;
        return { factors: set.map(({ name }) => name), levels, scale, perSeed, byItem };
      });
    });
  const compared = effects.map(({ perSeed, byItem }) => {
    const variant = { differences: perSeed, ...(byItem ? { byItem } : {}), ...(groups ? { groups } : {}) };
    return compareWithBaseline([variant], { level })[0]!;
  });
  const adjusted = holm(compared.map(({ pValue }) => pValue!));
  return effects.map(({ factors: names, levels, scale, perSeed }, index) => {
    const { seeds, seedsAndItems, pValue } = compared[index]!;
    const { estimate, low, high, method, coverageWarning, spreadless } = seedsAndItems ?? seeds!;
    const over = seedsAndItems ? ("seeds and items" as const) : ("seeds" as const);
    const interval = { estimate, low, high, level, method, coverageWarning, spreadless };
    return {
      factors: names,
      levels,
      scale,
      perSeed,
      ...interval,
      over,
      seedsAndItems,
      pValue: pValue!,
      adjusted: adjusted[index]!,
    };
  });
}

/** The means of cells that an effect is made of, and their signs. */
interface Part {
  readonly sign: number;
  readonly cells: readonly number[];
}

function partsOf(set: readonly Factor[], levels: readonly string[], cells: readonly FactorialCell[]): Part[] {
  return subsets(set.map(({ name }, index) => [name, levels[index]!] as const)).map((part) => ({
    sign: (set.length - part.length) % 2 === 0 ? 1 : -1,
    cells: cells.flatMap((cell, index) => (part.every(([name, value]) => cell.levels[name] === value) ? [index] : [])),
  }));
}

/** The effect in each of the numbers that every cell has a row of. */
function effectIn(rows: readonly ArrayLike<number>[], parts: readonly Part[], times: number): number[] {
  const meanAt = ({ cells }: Part, at: number) => cells.reduce((sum, cell) => sum + rows[cell]![at]!, 0) / cells.length;
  return Array.from(rows[0]!, (_, at) => times * parts.reduce((sum, part) => sum + part.sign * meanAt(part, at), 0));
}

/** Every combination of levels once, with the same number of seeds and items, or it is no full factorial. */
function checkDesign(factors: readonly Factor[], cells: readonly FactorialCell[]): void {
  const fail = (what: string): never => {
    throw new InputError("RL_STATISTICS", `factorialEffects: ${what}`);
  };
  if (factors.length === 0) fail("0 factors, expected at least 1");
  for (const { name, levels } of factors) if (levels.length < 2) fail(`${name} has ${levels.length} levels, expected at least 2`);
  const seeds = cells[0]?.perSeed.length ?? 0;
  const items = cells[0]?.byItem?.[0]?.length;
  for (const combination of combinations(factors)) {
    const named = factors.map(({ name }, index) => `${name} = ${combination[index]}`).join(", ");
    const there = cells.filter(({ levels }) => factors.every(({ name }, index) => levels[name] === combination[index]));
    if (there.length !== 1) fail(`${there.length} cells with ${named}, expected one`);
    checkNumbers(`factorialEffects, ${named}`, there[0]!.perSeed, 2);
    if (there[0]!.perSeed.length !== seeds)
      fail(`${there[0]!.perSeed.length} seeds with ${named}, expected ${seeds} as elsewhere`);
    const { byItem } = there[0]!;
    if ((byItem === undefined) !== (items === undefined)) fail("values by item in some cells only, expected in all or in none");
    if (byItem !== undefined && byItem.length !== seeds)
      fail(`${byItem.length} rows by item with ${named}, expected one for each of ${seeds} seeds`);
    byItem?.forEach((row, seed) => {
      checkNumbers(`factorialEffects, ${named}, seed ${seed}`, row, 2);
      if (row.length !== items) fail(`${row.length} items with ${named}, seed ${seed}, expected ${items} as elsewhere`);
    });
  }
  const expected = factors.reduce((product, { levels }) => product * levels.length, 1);
  if (cells.length !== expected) fail(`${cells.length} cells, expected ${expected}: a level is not one of its factor's`);
}

function subsets<T>(of: readonly T[]): T[][] {
  return of.reduce<T[][]>((all, one) => all.concat(all.map((set) => [...set, one])), [[]]);
}

function combinations(factors: readonly Factor[]): string[][] {
  return factors.reduce<string[][]>((all, { levels }) => all.flatMap((start) => levels.map((level) => [...start, level])), [[]]);
}
