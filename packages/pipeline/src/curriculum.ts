import type { RandomStream } from "@rewardlab/core";

/** An item's place in its split, and how difficult it is, 0 to 1; null: that couldn't be told. */
export interface Rated {
  readonly place: number;
  readonly difficulty: number | null;
}

/** What a curriculum takes, and in which order. */
export interface Curriculum {
  readonly order: "easy-first" | "hard-first" | "given";
  /** Lowest and highest difficulty, both included. */
  readonly band: readonly [number, number];
}

/** The items in the band, in order; equally difficult ones as the random numbers say, so that the data's own order leaves no trace among them. */
export function curriculum(rated: readonly Rated[], { order, band: [low, high] }: Curriculum, random: RandomStream): Rated[] {
  const taken = rated.filter(({ difficulty }) => difficulty !== null && difficulty >= low && difficulty <= high);
  if (order === "given") return taken;
  const sign = order === "easy-first" ? 1 : -1;
  return random.shuffle(taken).toSorted((a, b) => sign * (a.difficulty! - b.difficulty!));
}
