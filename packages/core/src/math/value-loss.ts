import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { keepMasked } from "./masked.ts";
import { checkShapes } from "./shapes.ts";
import { stopGradient } from "./stop-gradient.ts";

export interface ValueLossBatch {
  readonly values: Tensor2D; // [B, T], differentiated
  readonly oldValues: Tensor2D; // [B, T], of the critic at the time of the rollout
  readonly returns: Tensor2D; // [B, T], its targets
  readonly mask: Tensor2D; // [B, T]
}

/**
 * The critic's loss of every token, 0 outside the mask; with PPO's clipping of values where `clip` is a number.
 *
 *     L_t = ½ (V_t − G_t)²
 *     L_t = ½ max( (V_t − G_t)², (clip(V_t, V_old,t − c, V_old,t + c) − G_t)² )          c → clip
 *
 * OpenAI's baselines `ppo2`; verl's compute_value_loss and OpenRLHF's ValueLoss. As in PyTorch, the gradient is shared between two equal sides
 * of the maximum, and passes at the end of the clip range (verl passes half of it there).
 */
export function tokenValueLoss(batch: ValueLossBatch, clip: number | null): Tensor2D {
  const { mask } = batch;
  checkShapes("value loss", {
    values: [batch.values, "B T"],
    oldValues: [batch.oldValues, "B T"],
    returns: [batch.returns, "B T"],
    mask: [mask, "B T"],
  });
  return tf.tidy(() => {
    const [values, old, returns] = [batch.values, batch.oldValues, batch.returns].map((x) => keepMasked(x, mask)) as [
      Tensor2D,
      Tensor2D,
      Tensor2D,
    ]; // [B, T] each
    const error = tf.square(tf.sub(values, returns)); // [B, T]
    if (clip === null) return tf.mul(error, 0.5) as Tensor2D; // [B, T]
    const clipped = tf.maximum(tf.minimum(values, tf.add(old, clip)), tf.sub(old, clip)); // [B, T]
    const clippedError = tf.square(tf.sub(clipped, returns)); // [B, T]
    const mean = tf.mul(tf.add(error, clippedError), 0.5); // [B, T]
    const equal = tf.equal(stopGradient(error), stopGradient(clippedError)); // bool [B, T]
    const larger = tf.where(equal, mean, tf.maximum(error, clippedError)); // [B, T]
    return tf.mul(larger, 0.5) as Tensor2D; // [B, T]
  });
}
