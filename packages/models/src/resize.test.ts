import { test } from "uvu";
import * as assert from "uvu/assert";
import { resampled } from "./resample.ts";
import { squareImage } from "./resize.ts";

const grey = (...values: number[]) => Uint8Array.from(values.flatMap((value) => [value, value, value]));
const red = (image: Float32Array) =>
  Array.from({ length: image.length / 3 }, (_, pixel) => Math.round(image[pixel * 3]! * 255 * 1000) / 1000);

test("resize: a picture of the right size is only divided by 255", () => {
  const data = Uint8Array.from([0, 51, 102, 153, 204, 255, 1, 2, 3, 4, 5, 6]);
  assert.equal([...squareImage({ width: 2, height: 2, data }, 2, "test")], [...Float32Array.from(data, (value) => value / 255)]);
});

test("resize: half the size, every old pixel counted", () => {
  // 4 → 2: the filter is twice as wide, 1 − |d|/2. The first new pixel lies at 1; the old ones are 0.5, 0.5, 1.5 away (and 2.5: not counted): weights
  // 3/4, 3/4, 1/4, divided by their sum 3/7, 3/7, 1/7. A row of 0, 70, 140, 70 gives (210 + 140)/7 = 50 and (70 + 420 + 210)/7 = 100; rows of
  // 0, 50, 50, 0 give (150 + 50)/7 = 28.6, and rows of 0, 100, 100, 0 give 57.1, both times.
  const row = [0, 70, 140, 70];
  const data = grey(0, 0, 0, 0, ...row, ...row, 0, 0, 0, 0);
  assert.equal(red(squareImage({ width: 4, height: 4, data }, 2, "test")), [29, 57, 29, 57]);
});

test("resize: thin bars don't vanish", () => {
  // White, six black bars of one pixel, 360 → 36: ten old pixels make a new one, so a row holds 6 · 255/10 = 153 less than white, and each bar some of it.
  const white = 255;
  const data = Uint8Array.from({ length: 360 * 360 * 3 }, (_, byte) => (Math.floor(byte / 3) % 60 === 30 ? 0 : white));
  const row = red(squareImage({ width: 360, height: 360, data }, 36, "test")).slice(0, 36);
  const missing = [0, 6, 12, 18, 24, 30].map((from) => row.slice(from, from + 6).reduce((sum, value) => sum + white - value, 0));
  for (const one of missing) assert.ok(Math.abs(one - 25.5) <= 1, `${missing}`);
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
  assert.throws(
    () => resampled({ width: 1, height: 1, data: new Uint8Array(3) }, 2, 0.5, "box", "item a"),
    /item a: resampled to 2×0.5/,
  );
  assert.throws(() => squareImage({ width: 0, height: 0, data: new Uint8Array(0) }, 2, "item a"), /0×0/);
});

test.run();
