import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { checkShapes } from "@rewardlab/core";

/** y = x W for every token; W is [in, out]. One large product instead of one for each row of the batch. */
export function linear(x: Tensor3D, weight: Tensor2D): Tensor3D {
  checkShapes("linear", { x: [x, "B T I"], weight: [weight, "I O"] });
  const [batch, tokens, width] = x.shape;
  return tf.tidy(() => {
    const rows = tf.reshape(x, [batch * tokens, width]); // [B·T, I]
    return tf.reshape(tf.matMul(rows, weight), [batch, tokens, weight.shape[1]]) as Tensor3D; // [B, T, O]
  });
}
