import { test } from "uvu";
import * as assert from "uvu/assert";
import { randomStream } from "@rewardlab/core";
import { sampleToken } from "./sample-token.ts";

const close = (given: number, wanted: number, tolerance = 1e-6) =>
  assert.ok(Math.abs(given - wanted) <= tolerance, `${given}, expected ${wanted}`);
/** Probabilities 1/8, 5/8, 2/8. */
const logits = Float32Array.from([1, 5, 2], Math.log);

test("sampleToken: inverts the cumulative sum 1/8, 6/8, 8/8", () => {
  const drawn = [0, 0.12, 0.126, 0.74, 0.76, 0.999999].map((uniform) => sampleToken(logits, 1, uniform));
  assert.equal(
    drawn.map(({ token }) => token),
    [0, 0, 1, 1, 2, 2],
  );
  close(drawn[0]!.logProb, Math.log(1 / 8));
  close(drawn[2]!.logProb, Math.log(5 / 8));
});

test("sampleToken: at temperature 1/2 probabilities are squared: 1/30, 25/30, 4/30", () => {
  assert.is(sampleToken(logits, 0.5, 0.03).token, 0);
  assert.is(sampleToken(logits, 0.5, 0.04).token, 1);
  close(sampleToken(logits, 0.5, 0.99).logProb, Math.log(4 / 30));
});

test("sampleToken: temperature 0 takes the first of the most likely, for certain", () => {
  assert.equal(sampleToken(logits, 0, 0.99), { token: 1, logProb: 0 });
  assert.equal(sampleToken(Float32Array.from([3, 7, 7]), 0, 0), { token: 1, logProb: 0 });
});

test("sampleToken: frequencies follow the probabilities", () => {
  const random = randomStream(1, "test");
  const counts = [0, 0, 0];
  for (let draw = 0; draw < 8000; draw++) counts[sampleToken(logits, 1, random.uniform()).token]! += 1;
  // 1000, 5000, 2000; the standard deviation is below 45.
  [1000, 5000, 2000].forEach((wanted, token) => close(counts[token]!, wanted, 180));
});

test("sampleToken: large logits don't overflow, and −∞ is never drawn", () => {
  close(sampleToken(Float32Array.from([1000, 1000]), 1, 0.6).logProb, -Math.LN2);
  assert.is(sampleToken(Float32Array.from([-Infinity, 0, -Infinity]), 1, 0).token, 1);
  assert.is(sampleToken(Float32Array.from([-Infinity, 0, -Infinity]), 1, 0.9999999999999999).token, 1);
});

test("sampleToken: NaN shows in the log-probability", () => {
  assert.ok(Number.isNaN(sampleToken(Float32Array.from([0, NaN, 1]), 1, 0.5).logProb));
  assert.ok(Number.isNaN(sampleToken(Float32Array.from([0, NaN, 1]), 0, 0.5).logProb));
});

test.run();
