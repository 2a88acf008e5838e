import * as tf from "@tensorflow/tfjs-core";
import type { Tensor3D } from "@tensorflow/tfjs-core";
import type { Parameters } from "@rewardlab/core";
import { swiglu } from "../ops/swiglu.ts";
import { linear } from "./linear.ts";
import { weightsOf } from "./weights.ts";

/** A layer's feed-forward part with a gated unit (Shazeer, arXiv 2002.05202v1): (silu(x W_gate) ∘ x W_up) W_down. [B, T, D] */
export function feedForward(parameters: Parameters, part: string, x: Tensor3D): Tensor3D {
  const weight = weightsOf(parameters, part);
  return tf.tidy(() => {
    const gated = swiglu(linear(x, weight("gate")), linear(x, weight("up"))); // [B, T, F]
    return linear(gated, weight("down")); // [B, T, D]
  });
}
