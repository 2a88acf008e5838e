import { test } from "uvu";
import * as assert from "uvu/assert";
import { squareImage } from "./resize.ts";

const grey = (...values: number[]) => Uint8Array.from(values.flatMap((value) => [value, value, value]));
const red = (image: Float32Array) =>
  Array.from({ length: image.length / 3 }, (_, pixel) => Math.round(image[pixel * 3]! * 255 * 1000) / 1000);

test("resize: a picture of the right size is only divided by 255", () => {
  const data = Uint8Array.from([0, 51, 102, 153, 204, 255, 1, 2, 3, 4, 5, 6]);
  assert.equal([...squareImage({ width: 2, height: 2, data }, 2, "test")], [...Float32Array.from(data, (value) => value / 255)]);
});

test("resize: half the size is the mean of four pixels", () => {
  // 4 → 2: centres at 0.5 and 2.5, half way between two pixels in both directions.
  const data = grey(0, 100, 200, 100, 20, 40, 60, 80, 1, 1, 1, 1, 3, 3, 3, 3);
  assert.equal(red(squareImage({ width: 4, height: 4, data }, 2, "test")), [40, 110, 2, 2]);
});

test("resize: double the size, edges repeated", () => {
  // Along a row 2 → 4: centres at −0.25 (the edge), 0.25, 0.75, 1.25 (the edge): 0, 25, 75, 100.
  const data = grey(0, 100, 0, 100);
  assert.equal(red(squareImage({ width: 2, height: 2, data }, 4, "test")).slice(0, 4), [0, 25, 75, 100]);
});

test("resize: width and height are not mixed up", () => {
  // 1 wide, 2 high → 2 × 2: rows stay, columns repeat.
  assert.equal(red(squareImage({ width: 1, height: 2, data: grey(10, 20) }, 2, "test")), [10, 10, 20, 20]);
});

test("resize: channels stay apart", () => {
  const image = squareImage({ width: 1, height: 1, data: Uint8Array.from([255, 0, 51]) }, 2, "test");
  assert.equal([...image], [...Float32Array.from([1, 0, 0.2, 1, 0, 0.2, 1, 0, 0.2, 1, 0, 0.2])]);
});

test("resize: bytes that don't fit the size are an error", () => {
  assert.throws(
    () => squareImage({ width: 2, height: 2, data: new Uint8Array(16) }, 2, "item a"),
    /item a: the picture is 2×2 with 16 bytes, expected 12/,
  );
  assert.throws(() => squareImage({ width: 0, height: 0, data: new Uint8Array(0) }, 2, "item a"), /0×0/);
});

test.run();
