import { test } from "uvu";
import * as assert from "uvu/assert";
import type { SamplerBatch } from "../../kinds.ts";
import { assertCloseBySize, fixturesBeside } from "../../testing/parity.ts";
import { createPart } from "../../testing/tensors.ts";
import { overlongSampler } from "./overlong.ts";

const batchOf = (scores: number[], lengths: number[], truncated: boolean[], maxNewTokens = 10): SamplerBatch => ({
  scores: Float32Array.from(scores),
  groupIds: Int32Array.from(scores, () => 0),
  lengths: Int32Array.from(lengths),
  truncated,
  maxNewTokens,
});

test("overlong: a response that was cut off leaves the loss and keeps its score", () => {
  const { part, metrics } = createPart(overlongSampler);
  const choice = part.apply(batchOf([1, 0, 1], [10, 10, 3], [true, false, false]));
  assert.equal(choice.masked, [true, false, false]);
  assert.equal([...choice.scores], [1, 0, 1]);
  const { truncatedFraction, overlongMaskedFraction, overlongPenalty } = metrics.take();
  assert.equal([truncatedFraction, overlongMaskedFraction, overlongPenalty], [1 / 3, 1 / 3, 0]);
});

test("overlong: the penalty grows over the buffer; a score that is not there stays so", () => {
  const { part, metrics } = createPart(overlongSampler, { mask: false, buffer: 4, factor: 0.5 });
  // L_max 10, L_cache 4: up to 6 tokens none, 8 half of it, 10 all of it
  const choice = part.apply(batchOf([1, 1, 1, NaN], [6, 8, 10, 10], [false, false, true, true]));
  assert.equal([...choice.scores], [1, 0.75, 0.5, NaN]);
  assert.equal(choice.masked, [false, false, false, false]);
  assert.is(metrics.take().overlongPenalty, (0.25 + 0.5 + 0.5) / 4);
});

test("overlong: a buffer longer than the length is refused", () => {
  const [check] = overlongSampler.checks!;
  assert.equal(check!.find({ buffer: 5, length: 5 } as never), []);
  assert.match(check!.find({ buffer: 6, length: 5 } as never)[0]!.message, "6 is given, expected at most length: 5");
});

interface Fixture {
  readonly version: string;
  readonly cases: readonly {
    readonly options: { readonly longest: number; readonly buffer: number; readonly factor?: number };
    readonly lengths: number[];
    readonly penalties: number[];
  }[];
}
const read = fixturesBeside<Fixture>(import.meta.url);
for (const [name, count] of [
  ["trl-overlong", 3],
  ["openrlhf-overlong", 6],
] as const) {
  const { version, cases } = read(name);
  const agreeing = cases.filter(({ options }) => options.buffer > 0); // without a buffer TRL's is a step beyond the longest response: never reached
  test(`${name}: ${count} cases`, () => assert.is(agreeing.length, count));
  for (const { options, lengths, penalties } of agreeing)
    test(`${name} ${version}: ${JSON.stringify(options)}`, () => {
      const { part, metrics } = createPart(overlongSampler, { buffer: options.buffer, factor: options.factor ?? 1 });
      const zeros = lengths.map(() => 0);
      assertCloseBySize(
        [
          ...part.apply(
            batchOf(
              zeros,
              lengths,
              lengths.map(() => false),
              options.longest,
            ),
          ).scores,
        ],
        penalties,
      );
      metrics.take();
    });
}

test.run();
