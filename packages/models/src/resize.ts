import { InputError } from "@rewardlab/core";
import type { Pixels } from "@rewardlab/core";

/**
 * The picture as size × size × 3 numbers from 0 to 1. One of another size is resampled bilinearly, pixel centres at (i + ½) and edges
 * repeated; its aspect ratio is not kept.
 */
export function squareImage({ width, height, data }: Pixels, size: number, where: string): Float32Array {
  if (!(width > 0 && height > 0 && data.length === width * height * 3))
    throw new InputError(
      "RL_IMAGE",
      `${where}: the picture is ${width}×${height} with ${data.length} bytes, expected ${width * height * 3} (RGB)`,
    );
  const image = new Float32Array(size * size * 3);
  if (width === size && height === size) {
    for (let at = 0; at < data.length; at++) image[at] = data[at]! / 255; // a loop: Float32Array.from with a function takes 20 times as long
    return image;
  }
  const columns = samples(width, size);
  const rows = samples(height, size);
  let at = 0;
  for (const y of rows)
    for (const x of columns)
      for (let channel = 0; channel < 3; channel++) {
        const pixel = (row: number, column: number) => data[(row * width + column) * 3 + channel]!;
        const top = pixel(y.low, x.low) * (1 - x.share) + pixel(y.low, x.high) * x.share;
        const bottom = pixel(y.high, x.low) * (1 - x.share) + pixel(y.high, x.high) * x.share;
        image[at++] = (top * (1 - y.share) + bottom * y.share) / 255;
      }
  return image;
}

/** For each new pixel along one axis, the two old ones it lies between, and the share of the second. */
function samples(from: number, to: number): { low: number; high: number; share: number }[] {
  return Array.from({ length: to }, (_, index) => {
    const place = Math.min(Math.max(((index + 0.5) * from) / to - 0.5, 0), from - 1);
    const low = Math.floor(place);
    return { low, high: Math.min(low + 1, from - 1), share: place - low };
  });
}
