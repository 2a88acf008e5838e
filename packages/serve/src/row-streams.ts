import { randomStream } from "@rewardlab/core";
import type { RandomStream } from "@rewardlab/core";
import type { Ask } from "./question.ts";

/**
 * One stream for a batch that is made of a stream for each row: models draw a number for each row, row by row, and then again for the next step
 * (`GenerateOptions.random`), so the n-th number is the next of row n mod rows. What a row draws depends on no other row.
 */
export function rowStreams(rows: readonly RandomStream[]): RandomStream {
  let drawn = 0;
  const next = () => rows[drawn++ % rows.length]!;
  return {
    uniform: () => next().uniform(),
    below: (below) => next().below(below),
    normal: () => next().normal(),
    shuffle: (values) => rows[0]!.shuffle(values),
    state: () => rows[0]!.state(),
    restore: () => {
      throw new Error("row streams: there is no state to go back to");
    },
  };
}

/** The streams of asks' rows. */
export function streamsOf(asks: readonly Pick<Ask, "seed" | "stream" | "samples">[]): RandomStream[] {
  return asks.flatMap(({ seed, stream, samples }) =>
    Array.from({ length: samples }, (_, sample) => randomStream(seed, `${stream}/${sample}`)),
  );
}
