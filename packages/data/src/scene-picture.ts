import type { Pixels, RandomStream } from "@rewardlab/core";
import type { Scene, SceneObject } from "./scene-items.ts";

const cell = 12; // pixels
const side = 3 * cell;
/** Width and height of every picture, in pixels. */
export const sceneSize = side;
const background = 64;
const rgb: Readonly<Record<SceneObject["colour"], readonly [number, number, number]>> = {
  red: [220, 60, 60],
  orange: [220, 130, 50],
  yellow: [210, 200, 60],
  green: [90, 190, 80],
};
/** Whether the pixel (dx, dy) off the shape's centre belongs to a shape of this radius. */
const contains: Readonly<Record<SceneObject["shape"], (dx: number, dy: number, radius: number) => boolean>> = {
  circle: (dx, dy, radius) => dx * dx + dy * dy <= radius * radius,
  cross: (dx, dy, radius) => Math.min(Math.abs(dx), Math.abs(dy)) <= 1 && Math.max(Math.abs(dx), Math.abs(dy)) <= radius + 0.5,
  triangle: (dx, dy, radius) => Math.abs(dy) <= radius && Math.abs(dx) <= (dy + radius) / 2,
};

/** How hard a picture is to read. */
export interface PictureNoise {
  /** Every channel of every pixel gets uniform noise in [-pixelNoise, pixelNoise). */
  readonly pixelNoise: number;
  /** Each object shows with a visibility drawn from [faintest, 1): at 1 its own colour, at 0 the background's. */
  readonly faintest: number;
}

/**
 * A scene as 36×36 pixels, 12×12 a place. Each object is moved by up to a pixel and has one of three sizes. Only + − × and rounding are used, so the
 * pixels are the same on every machine.
 */
export function scenePicture(scene: Scene, { pixelNoise, faintest }: PictureNoise, random: RandomStream): Pixels {
  const values = new Float64Array(side * side * 3).fill(background);
  scene.forEach((object, place) => {
    if (object === null) return;
    const centreX = (place % 3) * cell + 5.5 + random.below(3) - 1;
    const centreY = Math.floor(place / 3) * cell + 5.5 + random.below(3) - 1;
    const radius = [3.5, 4, 4.5][random.below(3)]!;
    const visibility = faintest + (1 - faintest) * random.uniform();
    for (let y = Math.floor(place / 3) * cell; y < Math.floor(place / 3) * cell + cell; y++)
      for (let x = (place % 3) * cell; x < (place % 3) * cell + cell; x++)
        if (contains[object.shape](x - centreX, y - centreY, radius))
          rgb[object.colour].forEach((value, channel) => {
            values[(y * side + x) * 3 + channel] = background + visibility * (value - background);
          });
  });
  const data = new Uint8ClampedArray(values.length); // cuts off at 0 and 255
  for (let index = 0; index < values.length; index++)
    data[index] = Math.round(values[index]! + pixelNoise * (2 * random.uniform() - 1));
  return { width: side, height: side, data: new Uint8Array(data.buffer) };
}
