/** Tells when a run has collapsed: its mean score stays below a share of the first iteration's, or too many of its updates are left out. */
export interface CollapseWatch {
  /** After an iteration: the reason, once it has; null until then. `score` is absent where no response has one, and ignored where it is no finite number. */
  see(iteration: Seen): string | null;
  /** At the end: the reason why the run as a whole is no sound one; null where it is. */
  atEnd(): string | null;
  /** All that it has to remember. Saved in checkpoints. */
  readonly saved: SavedCollapse;
}

export interface Seen {
  readonly score?: number | undefined;
  /** Updates that were made. */
  readonly updates: number;
  /** Updates that were left out, since something in them was not finite or no response had a score. */
  readonly skipped: number;
}

export interface CollapseRule {
  readonly below: number;
  readonly iterations: number;
  readonly skipped: number;
}

export interface SavedCollapse {
  /** The first score, then the latest. */
  readonly scores: readonly number[];
  /** Of the latest iterations. */
  readonly updates: readonly Seen[];
  readonly total: Seen;
}

/** Watches for a collapse over the iterations; `before` is what a checkpoint kept of it. null as rule: only the updates are counted. */
export function collapseWatch(rule: CollapseRule | null, before: SavedCollapse | undefined): CollapseWatch {
  let { scores, updates, total } = before ?? { scores: [], updates: [], total: { updates: 0, skipped: 0 } };
  const lowScore = (score: number): string | null => {
    if (rule === null) return null;
    const [first = score, ...latest] = scores;
    scores = [first, ...[...latest, score].slice(-rule.iterations)];
    const low = first > 0 && scores.length > rule.iterations && scores.slice(1).every((value) => value < rule.below * first);
    return low
      ? `the mean score was below ${rule.below} of the first iteration's (${first.toFixed(3)}) for ${rule.iterations} iterations, ${score.toFixed(3)} at last`
      : null;
  };
  const tooManySkipped = (some: Seen, when: string): string | null => {
    const all = some.updates + some.skipped; // of 0 the share is NaN, above nothing
    return rule !== null && some.skipped / all > rule.skipped
      ? `${some.skipped} of ${all} updates ${when} were skipped, more than ${rule.skipped} of them`
      : null;
  };
  return {
    get saved() {
      return { scores, updates, total };
    },
    see({ score, updates: made, skipped }) {
      total = together([total, { updates: made, skipped }]);
      updates = rule === null ? [] : [...updates, { updates: made, skipped }].slice(-rule.iterations);
      const low = score === undefined || !Number.isFinite(score) ? null : lowScore(score);
      const window = rule !== null && updates.length === rule.iterations ? together(updates) : null;
      return low ?? (window && tooManySkipped(window, `of the last ${updates.length} iterations`));
    },
    atEnd: () => tooManySkipped(total, "of the run"),
  };
}

function together(some: readonly Seen[]): Seen {
  return {
    updates: some.reduce((sum, { updates }) => sum + updates, 0),
    skipped: some.reduce((sum, { skipped }) => sum + skipped, 0),
  };
}
