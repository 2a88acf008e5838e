import { test } from "uvu";
import * as assert from "uvu/assert";
import { float16Values, widenBfloat16, widenFloat16 } from "./half-floats.ts";

const all = Uint16Array.from({ length: 65_536 }, (_, bits) => bits);
const bitsOf = (floats: Float32Array) => new Uint32Array(floats.buffer);

test("bfloat16: the upper half of a float32, NaNs and all", () => {
  const wide = new Float32Array(all.length);
  widenBfloat16(all, wide);
  assert.equal(
    [0x3f80, 0xc000, 0x7f80, 0x0001].map((bits) => wide[bits]),
    [1, -2, Infinity, 2 ** -133],
  );
  bitsOf(wide).forEach((bits, index) => {
    if (bits !== (index << 16) >>> 0) assert.unreachable(`${index}`);
  });
});

test("binary16: worked values, and every normal one by moving its bits", () => {
  const wide = new Float32Array(all.length);
  widenFloat16(all, wide);
  // 0 01111 0000000000 is 1; 1 10000 1000000000 is −2 · 1.5; 0 11110 1111111111 is 2¹⁵ · (2 − 2⁻¹⁰); 0 00000 0000000001 is 2⁻²⁴
  assert.equal(
    [0x3c00, 0xc200, 0x7bff, 0x0001, 0x83ff, 0x7c00, 0xfc00].map((bits) => wide[bits]),
    [1, -3, 65_504, 2 ** -24, -1023 * 2 ** -24, Infinity, -Infinity],
  );
  assert.ok(Object.is(wide[0x8000], -0));
  const bits = bitsOf(wide);
  for (const half of all) {
    const exponent = (half >> 10) & 31;
    if (exponent === 0) continue;
    const expected = ((half & 0x8000) << 16) | (((exponent === 31 ? 255 : exponent + 112) << 23) | ((half & 1023) << 13));
    if (bits[half] !== expected >>> 0) assert.unreachable(`${half.toString(16)} is ${bits[half]!.toString(16)}`);
  }
  assert.equal(float16Values().slice(0, 0x7c01), wide.slice(0, 0x7c01));
});

test("a part of memory is written as that part", () => {
  const memory = new Float32Array(4);
  widenBfloat16(Uint16Array.of(0x3f80), memory.subarray(1, 2));
  widenFloat16(Uint16Array.of(0x4000), memory.subarray(2, 3));
  assert.equal([...memory], [0, 1, 2, 0]);
});

test.run();
