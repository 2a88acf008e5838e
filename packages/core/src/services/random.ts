import { randomStream } from "@rewardlab/statistics/random";
import type { RandomState, RandomStream } from "@rewardlab/statistics/random";
import { token } from "./token.ts";

/** Seeded streams by name; the same name gives the same stream object within a run, and all are saved in checkpoints. */
export interface Random {
  stream(name: string): RandomStream;
}
/** Injects named random streams that go on where a checkpoint left them. */
export const Random = token<Random>("Random", { methods: ["stream"] });

export type SavedStreams = Readonly<Record<string, RandomState>>;

/** The named random streams of one stage of one run, its own and its components'. Each is made from the seed at first use; all go into checkpoints. */
export class RandomStreams implements Random {
  readonly #seed: string;
  readonly #streams = new Map<string, RandomStream>();

  constructor(seed: number, stage: string) {
    this.#seed = `${seed}/${stage}`;
  }

  stream(name: string): RandomStream {
    const stream = this.#streams.get(name) ?? randomStream(this.#seed, name);
    this.#streams.set(name, stream);
    return stream;
  }

  save(): SavedStreams {
    return Object.fromEntries([...this.#streams].map(([name, stream]) => [name, stream.state()]));
  }

  /** Components that hold one of the streams go on from the saved state too. */
  restore(saved: SavedStreams): void {
    for (const [name, state] of Object.entries(saved)) this.stream(name).restore(state);
  }
}
