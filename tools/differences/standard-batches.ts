/**
 * The batches that docs/differences.md is measured on: plain arithmetic, so that everybody gets the same numbers.
 *
 * Nine responses to three prompts, up to six tokens: one without tokens, one of a single token; one group of equal scores; a score beyond ±10; values
 * for a critic, a sampler that is up to e^±1 apart from the trainer. `ordinary`: log ratios as a few updates make them, |d| ≤ 0.6, on both sides of the usual clip ranges. `stress`: the same, with six
 * tokens far off (|d| from 1.5 to 24), where guards begin to act.
 */
const lengths = [6, 4, 5, 1, 3, 6, 0, 2, 6];
const scores = [1, 0, 0.5, 1.5, 1.5, 1.5, -1, 12, 0.25];
const farOff: Readonly<Record<string, number>> = { "0,2": 1.5, "1,1": -4, "2,3": 7.5, "5,0": -7.5, "7,1": 3, "8,4": 24 };

const width = Math.max(...lengths);
const grid = (value: (row: number, token: number) => number): number[][] =>
  lengths.map((length, row) => Array.from({ length: width }, (_, token) => (token < length ? value(row, token) : 0)));
/** A multiple of 1/64 in [−1, 1), the same in float32, without a pattern that a formula could follow. */
const wobble = (row: number, token: number, salt: number) => (((row * 37 + token * 101 + salt * 53 + 17) * 29) % 128) / 64 - 1;

const oldLogProbs = grid((row, token) => -1.25 + wobble(row, token, 1));

/** `outliers`: log ratios at "row,token". */
function batch(outliers: Readonly<Record<string, number>>) {
  const logRatio = (row: number, token: number) => outliers[`${row},${token}`] ?? 0.59375 * wobble(row, token, 2);
  return {
    scores,
    groupIds: [0, 0, 0, 1, 1, 1, 2, 2, 2],
    mask: grid(() => 1),
    oldLogProbs,
    logProbs: grid((row, token) => oldLogProbs[row]![token]! + logRatio(row, token)),
    rolloutLogProbs: grid((row, token) => oldLogProbs[row]![token]! - wobble(row, token, 5)),
    refLogProbs: grid((row, token) => oldLogProbs[row]![token]! - 0.25 * wobble(row, token, 3)),
    values: grid((row, token) => 0.5 * wobble(row, token, 4)),
  };
}

export const standardBatches = { ordinary: batch({}), stress: batch(farOff) };
export type BatchName = keyof typeof standardBatches;
