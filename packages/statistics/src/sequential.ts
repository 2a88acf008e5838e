import { normalCdf, normalDensity, normalQuantile } from "./normal.ts";
import { checkCount, checkShare } from "./numbers.ts";
import { turningPoint } from "./search.ts";

/**
 * At what level to test with so many seeds, where seeds are added one by one up to a number fixed beforehand and results may be looked at after each: all
 * looks together then call a variant that does nothing different with a probability of at most `level`. (Tests at 5 % after each seed from 5 to 20 would do
 * so in 19 % of grids.)
 *
 *     α*(t) = 4 − 4 Φ(z_{1−α/4} / √t)          t = seeds / planned
 *
 * is how much of α is spent up to a look, half of it on each side: hardly anything early, nearly all in the end (Lan and DeMets 1983, Biometrika 70:659, in
 * O'Brien and Fleming's manner). The bounds that spend it come from the joint distribution of the sums, from look to look (Armitage, McPherson and Rowe
 * 1969). They are exact for known variances. t tests at the same levels (Jennison and Turnbull 2000, § 11.4) make 6 to 15 % more errors, by simulation, so
 * that with more than one look only SPENT of the level is spent. Looks that are left out cost power, no errors. Where items make most of the chance, looks
 * repeat one another and less is spent.
 *
 * `first`: the fewest seeds at which a claim is made; before it the level is 0. It is 0 too with more seeds than were planned: all of α is spent.
 */
export function levelAtLook(
  seeds: number,
  planned: number,
  { level = 0.05, first = 5 }: { readonly level?: number; readonly first?: number } = {},
): number {
  checkCount("levelAtLook", "seeds", seeds, 1);
  checkCount("levelAtLook", "planned", planned, 2);
  checkCount("levelAtLook", "first", first, 2);
  checkShare("levelAtLook", "level", level);
  if (seeds < Math.min(first, planned) || seeds > planned) return 0;
  const key = `${planned}/${level}/${first}`;
  const levels = known.get(key) ?? levelsOfLooks(planned, level, Math.min(first, planned));
  known.set(key, levels);
  return levels[seeds - Math.min(first, planned)]!;
}
/** Of the level, where there are several looks. */
const SPENT = 0.85;
const known = new Map<string, readonly number[]>();

/** Of each look from `first` to `planned` seeds. The sum of k standard normals stands for the seeds' differences. */
function levelsOfLooks(planned: number, whole: number, first: number): number[] {
  const level = first === planned ? whole : SPENT * whole;
  const spentBy = (seeds: number) => 4 * normalCdf(normalQuantile(level / 4) * Math.sqrt(planned / seeds));
  const levels: number[] = [];
  let spent = 0;
  let inside: Inside | null = null; // where the sum may be without having crossed a bound
  for (let seeds = first; seeds <= planned; seeds++) {
    const toSpend = spentBy(seeds) - spent;
    spent += toSpend;
    const bound: number = inside === null ? -normalQuantile(toSpend / 2) * Math.sqrt(seeds) : boundThatSpends(toSpend, inside);
    levels.push(2 * normalCdf(-bound / Math.sqrt(seeds)));
    inside = next(inside, bound, seeds);
  }
  return levels;
}

/** Points of the sum within its bounds, by Simpson's rule: the density times the rule's weight. */
interface Inside {
  readonly at: Float64Array;
  readonly mass: Float64Array;
}

/** How large the sum must be with one more seed, to be that large with this probability. */
function boundThatSpends(probability: number, { at, mass }: Inside): number {
  const beyond = (bound: number) => {
    let sum = 0;
    for (let point = 0; point < at.length; point++)
      sum += mass[point]! * (normalCdf(at[point]! - bound) + normalCdf(-bound - at[point]!));
    return sum;
  };
  return turningPoint((bound) => beyond(bound) <= probability, 0, at.at(-1)! + 40);
}

function next(before: Inside | null, bound: number, seeds: number): Inside {
  const step = (2 * bound) / INTERVALS;
  const at = Float64Array.from({ length: INTERVALS + 1 }, (_, point) => -bound + point * step);
  const mass = at.map((value, point) => {
    const weight = (step / 3) * (point === 0 || point === INTERVALS ? 1 : point % 2 === 1 ? 4 : 2);
    if (before === null) return (weight * normalDensity(value / Math.sqrt(seeds))) / Math.sqrt(seeds);
    let density = 0;
    for (let from = 0; from < before.at.length; from++) density += before.mass[from]! * normalDensity(value - before.at[from]!);
    return weight * density;
  });
  return { at, mass };
}
/** The densities are smooth on a scale of 1, and bounds reach to about ±20. */
const INTERVALS = 240;
