import * as tf from "@tensorflow/tfjs-core";
import type { Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import type { Parameters } from "@rewardlab/core";
import { attention } from "../ops/attention.ts";
import { rmsNorm } from "../ops/rms-norm.ts";
import { patchEmbedding } from "./patch-embedding.ts";
import type { PatchSizes } from "./patch-embedding.ts";
import { afterAttention, beforeAttention, NORM_EPSILON, projected } from "./self-attention.ts";
import { weightsOf } from "./weights.ts";

export interface VisionSizes extends PatchSizes {
  readonly visionLayers: number;
  readonly headSize: number;
}

/** A small ViT (Dosovitskiy et al., arXiv 2010.11929v2) of pre-norm layers: every patch sees every patch. [P, N, D] */
export function visionEncoder(parameters: Parameters, images: Tensor4D, sizes: VisionSizes): Tensor3D {
  return tf.tidy(() => {
    let x = patchEmbedding(parameters, images, sizes); // [P, N, D]
    for (let layer = 0; layer < sizes.visionLayers; layer++) {
      const part = `vision.${layer}`;
      const normed = beforeAttention(parameters, part, x); // [P, N, D]
      const heads = (name: "q" | "k" | "v") => projected(parameters, part, name, normed, sizes.headSize); // [P, N, H, d]
      x = afterAttention(parameters, part, x, attention(heads("q"), heads("k"), heads("v"))); // [P, N, D]
    }
    return rmsNorm(x, weightsOf(parameters, "vision")("norm"), NORM_EPSILON); // [P, N, D]
  });
}
