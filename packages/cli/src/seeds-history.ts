/** The seeds as they were planned at some time, in grid.json: which were there from the start, and which were added or dropped later. */
export interface SeedsPlanned {
  /** When; null where nobody wrote it down. */
  readonly at: string | null;
  /** All that were planned from then on. */
  readonly seeds: readonly number[];
  readonly added: readonly number[];
  readonly dropped: readonly number[];
  /** How many runs of the experiment as it is now were finished then. Whoever changes the seeds after that may have seen results. */
  readonly finished: number;
}

/** What grid.json held before: the history, or of an older one the seeds alone. */
interface Before {
  readonly seeds?: readonly number[];
  readonly seedsHistory?: readonly SeedsPlanned[];
}

/**
 * The history with an entry for `seeds` where they are not what was planned last. The seeds of the first run are registered before anything ran;
 * `finishedOf` counts the finished runs among some seeds.
 */
export function withSeeds(
  before: Before | null,
  seeds: readonly number[],
  finishedOf: (seeds: readonly number[]) => number,
  now: Date = new Date(),
): readonly SeedsPlanned[] {
  const history = before?.seedsHistory ?? (before?.seeds ? [unwritten(before.seeds)] : []);
  const last = history.at(-1);
  if (last === undefined) {
    const finished = finishedOf(seeds);
    return [
      finished > 0 ? { ...unwritten(seeds), finished } : { at: now.toISOString(), seeds, added: [], dropped: [], finished },
    ];
  }
  const added = seeds.filter((seed) => !last.seeds.includes(seed));
  const dropped = last.seeds.filter((seed) => !seeds.includes(seed));
  if (added.length === 0 && dropped.length === 0) return history;
  return [...history, { at: now.toISOString(), seeds, added, dropped, finished: finishedOf(last.seeds) }];
}

/** What the last change of the seeds means for the report; null where nothing was seen before it. */
export function seedsWarning(history: readonly SeedsPlanned[]): string | null {
  const { added, dropped, finished } = history.at(-1)!;
  if (finished === 0 || (added.length === 0 && dropped.length === 0)) return null;
  const what = [
    ...(added.length > 0 ? [`${added.join(", ")} added`] : []),
    ...(dropped.length > 0 ? [`${dropped.join(", ")} dropped`] : []),
  ];
  return `the seeds were changed (${what.join("; ")}) after ${finished} ${finished === 1 ? "run was" : "runs were"} finished: whoever chooses how many seeds by what they show finds differences too often. grid.json keeps it, and the report says so`;
}

function unwritten(seeds: readonly number[]): SeedsPlanned {
  return { at: null, seeds, added: [], dropped: [], finished: 0 };
}
