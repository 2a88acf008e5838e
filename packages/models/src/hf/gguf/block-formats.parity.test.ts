import { test } from "uvu";
import * as assert from "uvu/assert";
import { ggufFixture, numbersOf } from "../testing/gguf.ts";
import { blockFormats } from "./block-formats.ts";

for (const { type, name, bytes, values } of ggufFixture.blocks)
  test(`${name}: every bit of a block as gguf-py reads it`, () => {
    const format = blockFormats.get(type)!;
    assert.is(format.name, name);
    const stored = Buffer.from(bytes, "base64");
    const expected = numbersOf(values);
    assert.is((stored.length / format.bytes) * format.numbers, expected.length);
    const target = new Float32Array(expected.length + 1).fill(7);
    format.decode(stored, target.subarray(0, expected.length));
    for (const [index, value] of expected.entries())
      if (!Object.is(target[index], value)) assert.unreachable(`number ${index} is ${target[index]}, expected ${value}`);
    assert.is(target.at(-1), 7); // nothing beyond
  });

test("every format that is read is compared, but for float32", () => {
  assert.equal([0, ...ggufFixture.blocks.map(({ type }) => type)].sort(), [...blockFormats.keys()].sort());
});

test.run();
