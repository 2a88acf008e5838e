import { test } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "./errors.ts";
import { bootstrapStatistics, jackknifeStatistics, pooled } from "./bootstrap.ts";
import { mean } from "./descriptive.ts";

const first = ([sample]: readonly Float64Array[]) => mean(sample!);

test("bootstrapStatistics: draws with replacement, each stratum from its own values", () => {
  const draws = [0, 0.4, 0.9, /**/ 0.99, 0]; // of three values 1, 2, 6: 1, 2, 6; of 10, 20: 20, 10
  let next = 0;
  const seen: number[][] = [];
  bootstrapStatistics(
    [
      [1, 2, 6],
      [10, 20],
    ],
    (strata) => seen.push(strata.flatMap((one) => [...one])),
    { resamples: 1 },
    () => draws[next++]!,
  );
  assert.equal(seen, [[1, 2, 6, 20, 10]]);
});

test("bootstrapStatistics: the same seed gives the same resamples, another seed others", () => {
  const values = [1, 2, 4, 8, 16];
  const by = (seed: number) => [...bootstrapStatistics([values], first, { resamples: 50, seed })];
  assert.equal(by(1), by(1));
  assert.not.equal(by(1), by(2));
  assert.is(bootstrapStatistics([values], first).length, 10_000);
});

test("bootstrapStatistics: its variance is that of the mean, (n − 1)/n s²/n", () => {
  // 0, 2: the resamples' means are 0, 1, 2 with ¼, ½, ¼: variance ½. Standard error of the estimate about 0.005.
  const means = bootstrapStatistics([[0, 2]], first, { resamples: 20_000 });
  const variance = means.reduce((sum, value) => sum + (value - 1) ** 2, 0) / means.length;
  assert.ok(Math.abs(variance - 0.5) < 0.02, `${variance}`);
});

test("jackknifeStatistics: each value left out in turn", () => {
  assert.equal(jackknifeStatistics([[1, 2, 6]], first), [[4, 3.5, 1.5]]);
  assert.equal(
    jackknifeStatistics(
      [
        [1, 3],
        [5, 7],
      ],
      pooled(mean),
    ),
    [
      [5, 13 / 3],
      [11 / 3, 3],
    ],
  );
});

test("bootstrapStatistics: bad input is refused", () => {
  assert.throws(
    () => bootstrapStatistics([[1], []], first),
    (error: unknown) => error instanceof InputError,
  );
  assert.throws(() => bootstrapStatistics([[1]], first, { resamples: 0 }), /resamples is 0, expected an integer of at least 1/);
});

test.run();
