import { test } from "uvu";
import * as assert from "uvu/assert";
import { assertCloseBySize, fixturesBeside } from "../../testing/parity.ts";
import { nextKlCoefficient } from "./adaptive-kl.ts";

interface Fixture {
  readonly version: string;
  readonly cases: readonly {
    readonly coefficient: number;
    readonly target: number;
    readonly horizon: number;
    readonly steps: number;
    readonly kls: readonly (number | string)[];
    readonly coefficients: readonly (number | string)[];
  }[];
}
const read = fixturesBeside<Fixture>(import.meta.url);

test("adaptive KL: twice the target counts as 1.2 times it", () => {
  // e = clip(2 − 1, ±0.2) = 0.2; β = 0.1 (1 + 0.2 · 50/100) = 0.11
  assert.ok(Math.abs(nextKlCoefficient(0.1, 2, 50, { target: 1, horizon: 100 }) - 0.11) < 1e-15);
  assert.is(nextKlCoefficient(0.1, 1, 50, { target: 1, horizon: 100 }), 0.1);
});

for (const name of ["verl-adaptive-kl", "openrlhf-adaptive-kl"]) {
  const { version, cases } = read(name);
  test(`${name}: 5 cases`, () => assert.is(cases.length, 5));
  for (const { coefficient, steps, kls, coefficients, ...options } of cases)
    test(`${name} ${version}: β from ${coefficient}, ${JSON.stringify(options)}, ${steps} responses`, () => {
      let beta = coefficient;
      const ours = kls.map((kl) => (beta = nextKlCoefficient(beta, Number(kl), steps, options)));
      assertCloseBySize(ours, coefficients);
    });
}

test.run();
