import { test } from "uvu";
import * as assert from "uvu/assert";
import { randomStream } from "@rewardlab/core";
import { colours, shapes, type Scene } from "./scene-items.ts";
import { scenePicture } from "./scene-picture.ts";

const clear = { pixelNoise: 0, faintest: 1 };
const noisy = { pixelNoise: 48, faintest: 0.15 };
const empty: Scene = Array<null>(9).fill(null);
function random(name = "test") {
  return randomStream(1, name);
}
/** How many of a place's 144 pixels are not background. */
function drawnAt(data: Uint8Array, place: number): number {
  let drawn = 0;
  for (let pixel = 0; pixel < 144; pixel++) {
    const at = ((Math.floor(place / 3) * 12 + Math.floor(pixel / 12)) * 36 + (place % 3) * 12 + (pixel % 12)) * 3;
    if (data[at] !== 64 || data[at + 1] !== 64 || data[at + 2] !== 64) drawn += 1;
  }
  return drawn;
}

test("scene-picture: an empty scene without noise is background", () => {
  const { width, height, data } = scenePicture(empty, clear, random());
  assert.equal([width, height, data.length], [36, 36, 3888]);
  assert.ok(data.every((value) => value === 64));
});

test("scene-picture: an object stays in its own place", () => {
  const stream = random();
  for (let place = 0; place < 9; place++)
    for (const colour of colours)
      for (const shape of shapes) {
        const { data } = scenePicture(
          empty.map((_, at) => (at === place ? { colour, shape } : null)),
          clear,
          stream,
        );
        const drawn = Array.from({ length: 9 }, (_, at) => drawnAt(data, at));
        assert.ok(drawn[place]! >= 20 && drawn[place]! <= 80, `${shape}: ${drawn[place]} pixels`);
        assert.is(
          drawn.reduce((sum, count) => sum + count, 0),
          drawn[place],
        );
      }
});

test("scene-picture: a circle of radius 4 around a pixel corner", () => {
  // Pixel centres are half a pixel off in both directions: 4·#{(i, j) ≥ 0: (i+½)² + (j+½)² ≤ R²} = 32, 52 and 60 for R = 3.5, 4 and 4.5.
  const scene: Scene = [{ colour: "red", shape: "circle" }, ...empty.slice(1)];
  const sizes = new Set(
    Array.from({ length: 50 }, (_, index) => drawnAt(scenePicture(scene, clear, random(`circle ${index}`)).data, 0)),
  );
  assert.equal(
    [...sizes].sort((one, two) => one - two),
    [32, 52, 60],
  );
});

test("scene-picture: noise stays within its range and is centred", () => {
  const { data } = scenePicture(empty, noisy, random());
  assert.ok(data.every((value) => value >= 16 && value <= 112));
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  // Standard error of the mean of 3888 uniform numbers in ±48: 48 / √3 / √3888 = 0.44.
  assert.ok(Math.abs(mean - 64) < 1.8, `mean ${mean}`);
});

test("scene-picture: an object's colour lies between the background's and its own, as visible as drawn", () => {
  const scene: Scene = [{ colour: "red", shape: "circle" }, ...empty.slice(1)];
  for (let index = 0; index < 50; index++) {
    const { data } = scenePicture(scene, { pixelNoise: 0, faintest: 0.5 }, random(`visibility ${index}`));
    const [red, green, blue] = data.subarray((6 * 36 + 6) * 3); // always inside the circle
    // Half visible: 64 + (220 − 64)/2 = 142 and 64 + (60 − 64)/2 = 62; wholly: 220 and 60.
    assert.ok(red! >= 142 && red! <= 220 && green! >= 60 && green! <= 62, `${red} ${green}`);
    assert.is(green, blue);
  }
});

test("scene-picture: the same stream draws the same pixels", () => {
  const scene: Scene = [{ colour: "green", shape: "cross" }, ...empty.slice(1)];
  assert.equal(scenePicture(scene, noisy, random()).data, scenePicture(scene, noisy, random()).data);
  assert.not.equal(scenePicture(scene, noisy, random()).data, scenePicture(scene, noisy, random("other")).data);
});

test.run();
