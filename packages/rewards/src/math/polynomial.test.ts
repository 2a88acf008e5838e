import { test } from "uvu";
import * as assert from "uvu/assert";
import { add, constant, constantOf, isZero, multiply, power, TooLarge, variable, withImaginary } from "./polynomial.ts";

const [x, y, one] = [variable("x"), variable("y"), constant(1n)];
const same = (a: typeof x, b: typeof x) => isZero(add(a, multiply(constant(-1n), b)));

test("polynomial: (x + 1)² = x² + 2x + 1, and (x + y)(x − y) = x² − y²", () => {
  assert.ok(same(power(add(x, one), 2), add(add(power(x, 2), multiply(constant(2n), x)), one)));
  const minus = (a: typeof x, b: typeof x) => add(a, multiply(constant(-1n), b));
  assert.ok(same(multiply(add(x, y), minus(x, y)), minus(power(x, 2), power(y, 2))));
  assert.not.ok(same(power(add(x, one), 2), add(power(x, 2), one)));
});

test("polynomial: a power is repeated multiplication", () => {
  const sum = add(x, constant(3n));
  for (const exponent of [0, 1, 2, 5, 13]) {
    let product = one;
    for (let time = 0; time < exponent; time++) product = multiply(product, sum);
    assert.ok(same(power(sum, exponent), product), String(exponent));
  }
  assert.is(constantOf(power(constant(-3n), 5)), -243n);
});

test("polynomial: constants, exactly", () => {
  assert.is(constantOf(add(constant(2n ** 99n), one)), 2n ** 99n + 1n);
  assert.is(constantOf(add(x, multiply(constant(-1n), x))), 0n);
  assert.is(constantOf(x), null);
});

test("polynomial: i² is −1", () => {
  const i = variable("i");
  assert.ok(same(withImaginary(power(add(one, i), 2), "i"), multiply(constant(2n), i))); // (1 + i)² = 2i
  assert.ok(same(withImaginary(power(i, 4), "i"), one));
});

test("polynomial: what grows too large is refused at once", () => {
  const started = performance.now();
  const all = "abcdefgh".split("").map(variable).reduce(add);
  for (const work of [() => power(all, 99), () => power(constant(9n), 387_420_489), () => power(power(all, 3), 3)])
    assert.throws(work, (error: unknown) => error instanceof TooLarge);
  assert.ok(performance.now() - started < 2_000);
});

test.run();
