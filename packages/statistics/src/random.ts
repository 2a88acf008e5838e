import { createHash } from "node:crypto";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { InputError } from "./errors.ts";

/** What a stream goes on from: the generator's 128 bits, as four 32-bit integers. JSON holds it. */
export type RandomState = readonly [number, number, number, number];

/** One seeded stream of random numbers, whose state can be saved. xoroshiro128+ (Blackman and Vigna 2018) of pure-rand. */
export interface RandomStream {
  /** In [0, 1). */
  uniform(): number;
  /** An integer in [0, below). */
  below(below: number): number;
  /** Standard normal (Box and Muller 1958). */
  normal(): number;
  /** A shuffled copy (Fisher and Yates). */
  shuffle<T>(values: readonly T[]): T[];
  state(): RandomState;
  /** Goes on from a saved state, for everyone who holds the stream. */
  restore(state: RandomState): void;
}

/**
 * The stream called `name` of a seed: streams of different names or seeds are independent of one another and of the order in which they are made.
 * Its starting state is the first 128 bits of SHA-256("seed/name"), the last one set: a state of zeros would stay 0.
 */
export function randomStream(seed: number | string, name: string): RandomStream {
  const digest = createHash("sha256").update(`${seed}/${name}`).digest();
  return randomStreamFrom([digest.readInt32LE(0), digest.readInt32LE(4), digest.readInt32LE(8), digest.readInt32LE(12) | 1]);
}

/** Goes on where a saved stream stopped. Throws RL_RANDOM_STATE where the state is not four integers. */
export function randomStreamFrom(state: RandomState): RandomStream {
  let generator = generatorFrom(state);
  const stream: RandomStream = {
    uniform: () => uniformFloat64(generator),
    below: (below) => uniformInt(generator, 0, below - 1),
    normal: () => Math.sqrt(-2 * Math.log(1 - stream.uniform())) * Math.cos(2 * Math.PI * stream.uniform()),
    shuffle: (values) => {
      const shuffled = [...values];
      for (let last = shuffled.length - 1; last > 0; last--) {
        const other = stream.below(last + 1);
        [shuffled[last], shuffled[other]] = [shuffled[other]!, shuffled[last]!];
      }
      return shuffled;
    },
    state: () => generator.getState() as unknown as RandomState,
    restore: (saved) => void (generator = generatorFrom(saved)),
  };
  return stream;
}

function generatorFrom(state: RandomState) {
  if (state.length !== 4 || !state.every(Number.isInteger))
    throw new InputError("RL_RANDOM_STATE", `random stream: state is ${JSON.stringify(state)}, expected four integers`);
  return xoroshiro128plusFromState([...state]);
}
