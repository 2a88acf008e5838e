import { test } from "uvu";
import * as assert from "uvu/assert";
import { randomStream, randomStreamFrom } from "./random.ts";
import { assertClose } from "./testing/close.ts";

test("randomStream: goes on from a saved state, and so does everyone who holds the stream", () => {
  const stream = randomStream(1, "a");
  stream.normal();
  const saved = stream.state();
  const drawn = [stream.uniform(), stream.below(1000), stream.normal()];
  const other = randomStreamFrom(saved);
  assert.equal([other.uniform(), other.below(1000), other.normal()], drawn);
  stream.restore(saved);
  assert.equal([stream.uniform(), stream.below(1000), stream.normal()], drawn);
  assert.throws(() => randomStreamFrom([1, 2, 3, 0.5]), /state is \[1,2,3,0.5\], expected four integers/);
});

test("randomStream: starts from SHA-256 of seed and name, and never from zeros alone", () => {
  // printf 1/a | sha256sum: bf1d9877 01909d7b 3e5e755f 79d999a5 … and printf 1/c: dffe3484 421059af 54c8aaac 94d55b49 …, as little-endian integers
  assert.equal(randomStream(1, "a").state(), [2006457791, 2073923585, 1601527358, -1516643975]);
  assert.equal(randomStream("1", "c").state(), [-2076901665, -1353117630, -1398093740, 1230755220 + 1]);
});

test("uniform and normal: have the moments of their distributions", () => {
  const random = randomStream(1, "moments");
  const draws = 20_000;
  const moments = (draw: () => number) => {
    const values = Array.from({ length: draws }, draw);
    return [1, 2, 3, 4].map((power) => values.reduce((sum, value) => sum + value ** power, 0) / draws);
  };
  // Standard errors of the means: √(Var Xᵏ / n), at most 0.0022 for the uniform; 0.007, 0.010, 0.027, 0.069 for the normal.
  moments(random.uniform).forEach((moment, k) => assertClose(moment, 1 / (k + 2), 0.01));
  const normal = moments(random.normal);
  [0, 1, 0, 3].forEach((moment, k) => assertClose(normal[k]!, moment, [0.03, 0.04, 0.11, 0.28][k]!));
});

test("normal: Box and Muller's √(−2 ln(1 − u)) cos(2π v) of the next two numbers", () => {
  const [random, uniforms] = [randomStream(4, "pair"), randomStream(4, "pair")]; // prettier-ignore
  for (let draw = 0; draw < 5; draw++) {
    const [u, v] = [uniforms.uniform(), uniforms.uniform()];
    assertClose(random.normal(), Math.sqrt(-2 * Math.log(1 - u)) * Math.cos(2 * Math.PI * v), 1e-15);
  }
});

test("shuffle: a copy, each order equally often", () => {
  const random = randomStream(2, "orders");
  const values = ["a", "b", "c"];
  const orders = new Map<string, number>();
  for (let trial = 0; trial < 6000; trial++) {
    const order = random.shuffle(values).join("");
    orders.set(order, (orders.get(order) ?? 0) + 1);
  }
  assert.equal(values, ["a", "b", "c"]);
  assert.equal([...orders.keys()].sort(), ["abc", "acb", "bac", "bca", "cab", "cba"]);
  for (const times of orders.values()) assertClose(times, 1000, 120); // standard deviation 29
});

test("shuffle: draws a number for each value but the last, which has no choice left", () => {
  const [shuffling, drawing] = [randomStream(3, "draws"), randomStream(3, "draws")]; // prettier-ignore
  shuffling.shuffle(["a", "b", "c", "d"]);
  for (const below of [4, 3, 2]) drawing.below(below);
  assert.equal(shuffling.state(), drawing.state());
  shuffling.shuffle(["a"]);
  shuffling.shuffle([]);
  assert.equal(shuffling.state(), drawing.state());
});

test.run();
