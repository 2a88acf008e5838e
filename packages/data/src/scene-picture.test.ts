import { test } from "uvu";
import * as assert from "uvu/assert";
import { randomStream } from "@rewardlab/core";
import { colours, shapes, type Scene } from "./scene-items.ts";
import { scenePicture } from "./scene-picture.ts";

const empty: Scene = Array<null>(9).fill(null);
function random(name = "test") {
  return randomStream(1, name);
}
/** How many of a place's 144 pixels are not background. */
function drawnAt(data: Uint8Array, place: number): number {
  let drawn = 0;
  for (let pixel = 0; pixel < 144; pixel++) {
    const at = ((Math.floor(place / 3) * 12 + Math.floor(pixel / 12)) * 36 + (place % 3) * 12 + (pixel % 12)) * 3;
    if (data[at] !== 24 || data[at + 1] !== 24 || data[at + 2] !== 24) drawn += 1;
  }
  return drawn;
}

test("scene-picture: an empty scene without noise is background", () => {
  const { width, height, data } = scenePicture(empty, 0, random());
  assert.equal([width, height, data.length], [36, 36, 3888]);
  assert.ok(data.every((value) => value === 24));
});

test("scene-picture: an object stays in its own place", () => {
  const stream = random();
  for (let place = 0; place < 9; place++)
    for (const colour of colours)
      for (const shape of shapes) {
        const { data } = scenePicture(
          empty.map((_, at) => (at === place ? { colour, shape } : null)),
          0,
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
    Array.from({ length: 50 }, (_, index) => drawnAt(scenePicture(scene, 0, random(`circle ${index}`)).data, 0)),
  );
  assert.equal(
    [...sizes].sort((one, two) => one - two),
    [32, 52, 60],
  );
});

test("scene-picture: noise stays within its range and is centred", () => {
  const { data } = scenePicture(empty, 24, random());
  assert.ok(data.every((value) => value >= 0 && value <= 48));
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  // Standard error of the mean of 3888 uniform numbers in ±24: 24 / √3 / √3888 = 0.22.
  assert.ok(Math.abs(mean - 24) < 0.9, `mean ${mean}`);
});

test("scene-picture: the same stream draws the same pixels", () => {
  const scene: Scene = [{ colour: "blue", shape: "cross" }, ...empty.slice(1)];
  assert.equal(scenePicture(scene, 24, random()).data, scenePicture(scene, 24, random()).data);
  assert.not.equal(scenePicture(scene, 24, random()).data, scenePicture(scene, 24, random("other")).data);
});

test.run();
