import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { keepMasked } from "./masked.ts";
import { checkShapes } from "./shapes.ts";

/** 1 at each row's last response token, 0 elsewhere; a row without response tokens has none. */
export function lastTokens(mask: Tensor2D): Tensor2D {
  return tf.tidy(() => {
    const tokensFromHere = tf.cumsum(mask, 1, false, true); // [B, T]
    return tf.mul(mask, tf.cast(tf.equal(tokensFromHere, 1), "float32")); // [B, T]
  });
}

/** ρ_t = [t is the last response token]·R − β·k_t, and 0 outside the mask. `klPenalty` is β·k, null where the KL is not in the reward. */
export function tokenRewards(scores: Tensor1D, mask: Tensor2D, klPenalty: Tensor2D | null): Tensor2D {
  checkShapes("token rewards", {
    scores: [scores, "B"],
    mask: [mask, "B T"],
    ...(klPenalty && { klPenalty: [klPenalty, "B T"] }),
  });
  return tf.tidy(() => {
    const scoreEverywhere = tf.tile(tf.expandDims(scores, 1), [1, mask.shape[1]]) as Tensor2D; // [B, T]
    const scoreAtLast = keepMasked(scoreEverywhere, lastTokens(mask)); // [B, T]
    return klPenalty === null ? scoreAtLast : tf.sub(scoreAtLast, keepMasked(klPenalty, mask)); // [B, T]
  });
}
