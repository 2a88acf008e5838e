import { test } from "uvu";
import * as assert from "uvu/assert";
import { logGamma, regularisedBeta } from "./beta.ts";
import { chiSquareCdf, chiSquareQuantile } from "./chi-square.ts";
import { noncentralTUpper } from "./noncentral-t.ts";
import { normalCdf, normalQuantile } from "./normal.ts";
import { studentTCritical, studentTTwoSided } from "./student-t.ts";

// The functions that everything else stands on, against mpmath 1.3.0 at 40 digits (loggamma, betainc, ncdf, gammainc, quad of the integral), to nearly
// what float64 holds: a coefficient, a first term or a step too few shows.

/** Within a share of the expected number. */
function near(actual: number, expected: number, relative: number): void {
  assert.ok(Math.abs(actual - expected) <= relative * Math.abs(expected), `${actual}, expected ${expected} within ${relative}`);
}

test("logGamma: to 1e-14, or of itself where it is large", () => {
  for (const [x, expected] of [
    [0.5, 0.5723649429247001],
    [1.5, -0.12078223763524522],
    [3.25, 0.9358019311087253],
    [10, 12.80182748008147],
    [33.5, 83.30242550295006],
    [100, 359.1342053695754],
    [12_345.5, 103_958.24296512322],
  ] as const)
    near(logGamma(x), expected, 4e-15 * Math.max(1, 1 / Math.abs(expected)));
});

test("regularisedBeta: on both sides of the mean, whole numbers and halves, to 1e-13 of itself", () => {
  for (const [x, a, b, expected] of [
    [0.3, 2.5, 3.5, 0.2967529892956664],
    [0.01, 0.5, 20, 0.47136993548501555],
    [0.9, 40, 0.5, 0.0038004325937711207],
    [0.5, 30, 30, 0.5],
    [1e-8, 3, 0.5, 3.12500001171875e-25],
    [0.999, 50, 0.5, 0.7523690199653768],
    [0.2, 1, 7, 0.7902848], // 1 − 0.8⁷
    [0.75, 0.5, 0.5, 2 / 3], // (2/π) arcsin √¾
    [0.1, 12, 4, 3.40336e-10],
    [0.62, 8, 5, 0.4957191311790296],
  ] as const)
    near(regularisedBeta(x, a, b), expected, 1e-13);
});

test("regularisedBeta: nothing below 0, everything at 1, also where 1 − x is known no more", () => {
  assert.equal([regularisedBeta(0, 2, 3), regularisedBeta(0, 2, 3, NaN), regularisedBeta(1, 2, 3)], [0, 0, 1]);
  // I_x(2, 1) = x²; 1 − x = 1e-20 is lost in x: 1 − I = 1 − (1 − 1e-20)² can't be told from 0, and I_{1e-20}(1, 2) = 2e-20 can
  near(regularisedBeta(1e-20, 1, 2, 1), 2e-20, 1e-13);
});

test("studentTTwoSided: so large a t that its square overflows has no tail left", () => {
  assert.is(studentTTwoSided(1e200, 4), 0);
  assert.is(studentTTwoSided(-Infinity, 4), 0);
  assert.is(studentTTwoSided(1e-200, 4), 1);
});

test("studentTCritical: few degrees and many, to 1e-12", () => {
  // one degree: tan(π (1 − α)/2); two: √(2 (1 − α)²/(1 − (1 − α)²)); mpmath's findroot for the others
  near(studentTCritical(0.05, 1), Math.tan((Math.PI * 0.95) / 2), 1e-12);
  near(studentTCritical(0.05, 2), Math.sqrt((2 * 0.95 ** 2) / (1 - 0.95 ** 2)), 1e-12);
  near(studentTCritical(1e-6, 1), 1 / Math.tan((Math.PI * 1e-6) / 2), 1e-12);
});

test("normalCdf: of the tail itself to 1e-14, at either seam", () => {
  for (const [z, expected] of [
    [-37, 5.725571222524577e-300],
    [-20, 2.7536241186062337e-89],
    [-6, 9.86587645037698e-10],
    [-3.5, 0.00023262907903552504],
    [-3.01, 0.0013062384487694677],
    [-2.99, 0.0013948872354922505],
    [-2.5, 0.006209665325776135],
    [-1, 0.15865525393145705],
    [-0.001, 0.49960105778608893],
    [1, 0.8413447460685429],
    [2.5, 0.9937903346742238],
  ] as const)
    near(normalCdf(z), expected, z < -30 ? 1e-13 : 2e-14); // exp(−z²/2) is off by z²/2 roundings
  assert.equal([normalCdf(-Infinity), normalCdf(Infinity), normalCdf(NaN)], [0, 1, NaN]);
});

test("normalQuantile: into the far tail to 1e-14, and no number for what is no share", () => {
  for (const [p, expected] of [
    [1e-300, -37.0470962993612],
    [1e-100, -21.273453560965326],
    [1e-20, -9.262340089798407],
    [1e-9, -5.9978070150076865],
    [1e-4, -3.7190164854556804],
    [0.01, -2.326347874040841],
    [0.1, -1.2815515655446006],
    [0.3, -0.5244005127080408],
    [0.49, -0.025068908258711036],
  ] as const)
    near(normalQuantile(p), expected, 3e-14);
  near(normalQuantile(0.9), 1.2815515655446006, 3e-14);
  assert.equal([normalQuantile(0), normalQuantile(1)], [-Infinity, Infinity]);
  assert.ok(Math.abs(normalQuantile(0.5)) < 1e-16);
  assert.equal([normalQuantile(-0.1), normalQuantile(1.1), normalQuantile(NaN)], [NaN, NaN, NaN]);
});

test("chiSquareCdf: by series and by fraction, to 1e-13; nothing at 0 and below", () => {
  for (const [x, degrees, expected] of [
    [0.5, 1, 0.5204998778130465], // erf ½
    [3, 2, 1 - Math.exp(-1.5)],
    [4.5, 5, 0.5201165618867006],
    [6.9, 5, 0.7718156919488843],
    [7.1, 5, 0.786691210071602],
    [9, 5, 0.8909358420502277],
    [40, 30, 0.8951357188920154],
    [20, 30, 0.08345847293466283],
    [1e-6, 1, 0.0007978844278221252],
    [150, 100, 0.9990960679576459],
  ] as const)
    near(chiSquareCdf(x, degrees), expected, 1e-13);
  assert.equal([chiSquareCdf(0, 3), chiSquareCdf(-1, 3), chiSquareCdf(1e6, 3)], [0, 0, 1]);
});

test("chiSquareQuantile: is the inverse from one degree to a million, from the far end to the other", () => {
  for (const degrees of [1, 2, 3, 4, 9, 30, 400, 1_000_000])
    for (const share of [1e-12, 1e-4, 0.025, 0.5, 0.975, 0.9999])
      near(chiSquareCdf(chiSquareQuantile(share, degrees), degrees), share, degrees > 1000 ? 1e-8 : 1e-10);
  near(chiSquareQuantile(0.5, 2), 2 * Math.LN2, 1e-14);
  near(chiSquareQuantile(1e-12, 2), -2 * Math.log1p(-1e-12), 1e-12);
});

test("noncentralTUpper: by its integral, to 1e-9", () => {
  for (const [t, degrees, noncentrality, expected] of [
    [2, 1, 0, 0.147583617650433], // ½ − arctan(2)/π
    [2.5, 1, 1.5, 0.431687007318994],
    [2, 2, 3, 0.817768247428709],
    [2.776, 4, 3, 0.619377729892149],
    [2.776, 4, -1, 0.00279809511571314],
    [2.1, 18, 2.9, 0.783307636102363],
    [1.97, 200, 2, 0.512888643989414],
    [12.7, 1, 30, 0.981473094378274],
    [4.3, 2, 8, 0.958198720263489],
    [0.5, 3, 0.2, 0.399228054988244],
  ] as const) {
    const ours = noncentralTUpper(t, degrees, noncentrality);
    assert.ok(Math.abs(ours - expected) < 1e-9, `${t}, ${degrees}, ${noncentrality}: ${ours}, expected ${expected}`);
  }
});

test.run();
