import * as tf from "@tensorflow/tfjs-core";
import type { Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import { checkShapes, InputError } from "@rewardlab/core";
import type { Parameters } from "@rewardlab/core";
import { linear } from "./linear.ts";
import { weightsOf } from "./weights.ts";

export interface PatchSizes {
  readonly patchSize: number;
  readonly pixelMean: number;
  readonly pixelDeviation: number;
}

/** Cuts images into patches in reading order; a patch's numbers are in the order (y, x, channel). [P, N, patch·patch·3] */
export function patches(images: Tensor4D, patchSize: number): Tensor3D {
  checkShapes("patches", { images: [images, "P H W 3"] });
  const [count, height, width, channels] = images.shape;
  if (height % patchSize !== 0 || width % patchSize !== 0)
    throw new InputError(
      "RL_SHAPE",
      `patches: the images are ${width}×${height}, expected multiples of the patch size ${patchSize}`,
    );
  const [rows, columns] = [height / patchSize, width / patchSize];
  return tf.tidy(() => {
    const lines = tf.reshape(images, [count * rows, patchSize, columns, patchSize * channels]); // [P·rows, y, columns, x·3]
    const cut = tf.transpose(lines, [0, 2, 1, 3]); // [P·rows, columns, y, x·3]
    return tf.reshape(cut, [count, rows * columns, patchSize * patchSize * channels]) as Tensor3D; // [P, N, patch·patch·3]
  });
}

/**
 * Patch embedding (Dosovitskiy et al., arXiv 2010.11929v2) as a reshape and a product, which every backend is able to differentiate.
 * Values v from 0 to 1 enter as (v − pixelMean) / pixelDeviation.
 */
export function patchEmbedding(
  parameters: Parameters,
  images: Tensor4D,
  { patchSize, pixelMean, pixelDeviation }: PatchSizes,
): Tensor3D {
  const weight = weightsOf(parameters, "vision");
  return tf.tidy(() => {
    const pixels = tf.div(tf.sub(patches(images, patchSize), pixelMean), pixelDeviation) as Tensor3D; // [P, N, patch·patch·3]
    const embedded = tf.add(linear(pixels, weight("patch.weight")), weight("patch.bias")); // [P, N, D]
    return tf.add(embedded, weight("position")) as Tensor3D; // [P, N, D]
  });
}
