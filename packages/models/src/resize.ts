import type { Pixels } from "@rewardlab/core";
import { checkPicture, resampled } from "./resample.ts";

/** The picture as size × size × 3 numbers from 0 to 1. One of another size is resampled as Pillow's bilinear filter does it; its aspect ratio is not kept. */
export function squareImage(picture: Pixels, size: number, where: string): Float32Array {
  checkPicture(picture, where);
  const { data } =
    picture.width === size && picture.height === size ? picture : resampled(picture, size, size, "bilinear", where);
  const image = new Float32Array(data.length);
  for (let at = 0; at < data.length; at++) image[at] = data[at]! / 255; // a loop: Float32Array.from with a function takes 20 times as long
  return image;
}
