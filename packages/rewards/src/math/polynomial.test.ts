import { test } from "uvu";
import * as assert from "uvu/assert";
import { add, constant, constantOf, isZero, multiply, power, textOf, TooLarge, variable, withImaginary } from "./polynomial.ts";

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

test("polynomial: the powers of i, with what stands beside them", () => {
  const i = variable("i");
  const beside = multiply(constant(3n), multiply(power(x, 2), variable("a"))); // 3ax²
  const minus = (of: typeof x) => multiply(constant(-1n), of);
  const expected = [one, i, minus(one), minus(i), one, i, minus(one), minus(i), one];
  for (const [exponent, value] of expected.entries())
    assert.ok(same(withImaginary(multiply(beside, power(i, exponent)), "i"), multiply(beside, value)), String(exponent));
  assert.ok(same(withImaginary(add(beside, power(i, 2)), "i"), add(beside, minus(one))));
});

test("polynomial: equal ones have equal texts, others others", () => {
  assert.is(textOf(multiply(variable("b"), variable("a"))), textOf(multiply(variable("a"), variable("b"))));
  assert.is(textOf(add(x, one)), textOf(add(one, x)));
  assert.is(textOf(multiply(multiply(y, x), x)), textOf(multiply(x, multiply(x, y))));
  assert.is(textOf(add(multiply(constant(2n), x), multiply(constant(-3n), y))), "-3*y^1+2*x^1");
  const all = [
    x,
    y,
    one,
    add(x, one),
    add(x, y),
    multiply(x, y),
    power(x, 2),
    multiply(constant(2n), x),
    constant(2n),
    add(x, constant(2n)),
  ];
  assert.is(new Set(all.map(textOf)).size, all.length);
});

test("polynomial: a constant has no names", () => {
  assert.is(constantOf(constant(0n)), 0n);
  assert.is(constantOf(constant(-5n)), -5n);
  assert.is(constantOf(add(x, one)), null);
  assert.is(constantOf(multiply(x, constant(0n))), 0n);
});

test("polynomial: up to 200 terms, 4,000 products, and 2,000 bits a coefficient or 20,000 alone", () => {
  const tooLarge = (work: () => unknown) => assert.throws(work, (error: unknown) => error instanceof TooLarge);
  const sumOf = (count: number) => Array.from({ length: count }, (_, at) => variable(`x_${at}`)).reduce(add);
  assert.is(sumOf(200).size, 200);
  tooLarge(() => sumOf(201));
  const geometric = (count: number) => Array.from({ length: count }, (_, at) => power(x, at)).reduce(add);
  assert.is(multiply(geometric(50), geometric(80)).size, 129);
  tooLarge(() => multiply(geometric(31), geometric(131))); // 4,061 products, 161 terms
  assert.is(constantOf(constant(2n ** 20_000n - 1n)), 2n ** 20_000n - 1n);
  tooLarge(() => constant(2n ** 20_000n));
  tooLarge(() => constant(-(2n ** 20_000n)));
  assert.is(add(x, constant(2n ** 2_000n - 1n)).size, 2);
  tooLarge(() => add(x, constant(2n ** 2_000n)));
  tooLarge(() => add(x, constant(-(2n ** 2_000n))));
});

test("polynomial: what grows too large is refused at once", () => {
  const started = performance.now();
  const all = "abcdefgh".split("").map(variable).reduce(add);
  for (const work of [() => power(all, 99), () => power(constant(9n), 387_420_489), () => power(power(all, 3), 3)])
    assert.throws(work, (error: unknown) => error instanceof TooLarge);
  assert.ok(performance.now() - started < 2_000);
});

test.run();
