/**
 * What a component says of a number that it records: whoever counts a metric says what it means, so nothing else has to know the component.
 * Declarations are plain data but for the texts, which may depend on the options, so that a bound is told as it is and not as its default is.
 *
 *     metrics: { filteredFraction: { title: "Filtered tokens", unit: "share", of: "tokens", guard: true, meaning: ({ sigmas }) => `…beyond ${sigmas} σ…` } }
 */
export interface MetricDeclaration<O = unknown> {
  /** Names an axis or a column: "Clipped tokens". */
  readonly title: string;
  /** What it is, and where people stumble: sentences. Slots among the options are resolved, not created. */
  readonly meaning: string | ((options: O) => string);
  /** share: of a whole, from 0 to 1, recorded with `metrics.share`; count: a whole number, recorded with `metrics.sum`; absent: any number. */
  readonly unit?: "share" | "count";
  /** Of what it is a share or a count, plural: "tokens", "responses", "groups". */
  readonly of?: string;
  /** What it says that it was 0 from beginning to end: sentences; null: nothing. */
  readonly zero?: string | ((options: O) => string | null);
  /** It says how often a guard acted: whether the guard explains anything is then told, and its curve and column stand with the first. */
  readonly guard?: true;
  /** The metric, of the same component, whose largest value tells how near a guard came to acting. */
  readonly near?: string;
  /** Its curve stands with the first. */
  readonly first?: true;
  /** Stands in the report's table of how stable training was, as what becomes of a run's iterations there. Guards stand in it as they are: shares as means, counts as sums. */
  readonly stability?: MetricSummary;
  /** A column that holds a number for each of some names: what each is, by name. The column is then written `{ name: number }`. */
  readonly parts?: (options: O) => Readonly<Record<string, Pick<MetricDeclaration, "unit"> & { readonly meaning: string }>>;
}

/** What the iterations of a run become: their mean, the largest, the last one (and beside it the largest), or their sum. */
export type MetricSummary = "mean" | "largest" | "last" | "sum";

/** By the name that it is recorded under. */
export type MetricDeclarations<O = unknown> = Readonly<Record<string, MetricDeclaration<O>>>;

/** A declaration as a run writes it down, its texts filled in: an entry of metrics.json. */
export interface DeclaredMetric {
  readonly title: string;
  readonly meaning: string;
  readonly unit: "number" | "share" | "count";
  readonly of?: string;
  readonly zero?: string;
  readonly guard?: true;
  readonly near?: string;
  readonly first?: true;
  readonly stability?: MetricSummary;
  /** Who records it. Several where components share a metric, and its column then adds them up. */
  readonly by: readonly MetricSource[];
}

/** Who records a metric. */
export interface MetricSource {
  readonly kind: string;
  readonly name: string;
  /** Below the stage, as overrides name it: "loss.ratio", "advantage.clip"; "" for the stage itself. */
  readonly at: string;
  /** Why it can't act there, where that is known from the experiment alone: a clause. */
  readonly idle?: string;
}
