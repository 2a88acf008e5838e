import type { Draws } from "./random.ts";

/**
 * How answers come about: binary, from logits, nothing of the normal model that the intervals assume. A sample of variant v, run r (its cold start c and
 * seed s) is right on item i with probability
 *
 *     logistic( level + difficulty_i + shift_v + run_r + run_vr + item_vi + coldStart_c + coldStart_vc + cell_vri )
 *
 * all effects normal with the standard deviations below, in logits. What carries no v is shared by all variants, and pairing takes it away.
 */
export interface World {
  readonly items: number;
  /** Seeds of each cold start; one cold start is none that varies. */
  readonly seeds: number;
  readonly coldStarts: number;
  readonly variants: number;
  /** 1.4 is about 80 % without the others. */
  readonly level: number;
  readonly difficulty: number;
  readonly run: number;
  readonly runOfVariant: number;
  readonly itemOfVariant: number;
  readonly coldStart: number;
  readonly coldStartOfVariant: number;
  readonly cell: number;
  /** What a variant adds, in logits; the baseline's is 0, and so is that of variants that aren't named. */
  readonly shifts: readonly number[];
  /** Samples of each item: the accuracy is over all of them, and so is the majority. */
  readonly samples: number;
  /** The share of items that are of the rare kind: at least 10 of them. */
  readonly rare: number;
}

/** Where seeds dominate, and where questions do. */
export const SEEDS_DOMINATE: World = {
  items: 200,
  seeds: 5,
  coldStarts: 1,
  variants: 3,
  level: 1,
  difficulty: 1.5,
  run: 0.3,
  runOfVariant: 0.4,
  itemOfVariant: 0.1,
  coldStart: 0,
  coldStartOfVariant: 0,
  cell: 0.3,
  shifts: [],
  samples: 15,
  rare: 0.2,
};

export const QUESTIONS_DOMINATE: World = { ...SEEDS_DOMINATE, run: 0.1, runOfVariant: 0.02, itemOfVariant: 1.2 };

/** What is measured of a run: values of items, or of groups of items, whose mean is the metric. */
export const METRICS = ["accuracy", "voting", "rare kind", "common kind", "ACC+"] as const;
export type Metric = (typeof METRICS)[number];

/** Of one grid: metric → variant (the baseline first) → run → values of the metric's items. */
export type Measured = Readonly<Record<Metric, readonly (readonly Float64Array[])[]>>;

/** Items of the rare kind come first; a picture is two items that follow one another, and counts for ACC+ if the majority is right on both. */
export function rareItems({ items, rare }: World): number {
  return Math.min(items, Math.max(10, Math.round(items * rare)));
}

/** Draws one grid. The arrays are made once and drawn anew with each call. */
export function gridOf(world: World, { uniform, normal }: Draws): () => Measured {
  const { items, variants, samples } = world;
  const runs = world.seeds * world.coldStarts;
  const rare = rareItems(world);
  const arrays = (length: number) =>
    Array.from({ length: variants + 1 }, () => Array.from({ length: runs }, () => new Float64Array(length)));
  const accuracy = arrays(items);
  const voting = arrays(items);
  const both = arrays(Math.floor(items / 2));
  const measured: Measured = {
    accuracy,
    voting,
    "rare kind": accuracy.map((rows) => rows.map((row) => row.subarray(0, rare))),
    "common kind": accuracy.map((rows) => rows.map((row) => row.subarray(rare))),
    "ACC+": both,
  };
  const difficulty = new Float64Array(items);
  const own = new Float64Array(items);
  const ofRun = new Float64Array(runs);
  const majority = samples / 2;
  return () => {
    for (let item = 0; item < items; item++) difficulty[item] = world.level + world.difficulty * normal();
    for (let run = 0, coldStart = 0; run < runs; run++) {
      if (run % world.seeds === 0) coldStart = world.coldStart * normal();
      ofRun[run] = coldStart + world.run * normal();
    }
    for (let variant = 0; variant <= variants; variant++) {
      const shift = variant === 0 ? 0 : (world.shifts[variant - 1] ?? 0);
      for (let item = 0; item < items; item++) own[item] = difficulty[item]! + shift + world.itemOfVariant * normal();
      for (let run = 0, coldStart = 0; run < runs; run++) {
        if (run % world.seeds === 0) coldStart = world.coldStartOfVariant * normal();
        const level = ofRun[run]! + coldStart + world.runOfVariant * normal();
        const [shares, votes, pairs] = [accuracy[variant]![run]!, voting[variant]![run]!, both[variant]![run]!];
        for (let item = 0; item < items; item++) {
          const right = 1 / (1 + Math.exp(-(own[item]! + level + world.cell * normal())));
          let count = 0;
          for (let sample = 0; sample < samples; sample++) if (uniform() < right) count++;
          shares[item] = count / samples;
          votes[item] = count > majority ? 1 : count < majority ? 0 : 0.5; // a fair coin decides a tie
        }
        for (let pair = 0; pair < pairs.length; pair++) pairs[pair] = votes[2 * pair]! * votes[2 * pair + 1]!;
      }
    }
    return measured;
  };
}

/** What `crossedInterval` is told of cold starts. */
export function coldStartsOf({ coldStarts, seeds }: World): { readonly groups?: readonly number[] } {
  return coldStarts > 1 ? { groups: Array.from({ length: coldStarts * seeds }, (_, run) => Math.floor(run / seeds)) } : {};
}
