import * as tf from "@tensorflow/tfjs-core";
import type { NamedTensorMap, Scalar, Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import { hasKernel, runKernel, withGradient } from "@rewardlab/core";

export interface AttentionOptions {
  /** [B, Tk], 1 where a key may be seen. What masked keys and values hold is never used, NaN included. Default: all. */
  readonly keyMask?: Tensor | null;
  /**
   * Query i sees the keys j ≤ i + causalOffset: 0 for a whole sequence, the first query's position where the keys are a cache.
   * An int32 scalar tensor where a compiled function must take it as an input. Default null: every query sees all keys.
   */
  readonly causalOffset?: number | Scalar | null;
}

/**
 * Scaled dot-product attention with grouped query heads: O = softmax(Q Kᵀ / √D) V; key head h serves the query heads hG … hG + G − 1, G = H / Hkv.
 * Vaswani et al., arXiv 1706.03762v7, equation 1; Ainslie et al., arXiv 2305.13245v3. A query that may see no key gets 0.
 * q [B, Tq, H, D], k, v [B, Tk, Hkv, D] → [B, Tq, H, D]
 */
export function attention(q: Tensor4D, k: Tensor4D, v: Tensor4D, options: AttentionOptions = {}): Tensor4D {
  const { keyMask = null, causalOffset = null } = options;
  if (!hasKernel("RewardlabAttention")) return composedAttention(q, k, v, keyMask, causalOffset);
  const attributes = { scale: 1 / Math.sqrt(q.shape[3]), offset: typeof causalOffset === "number" ? causalOffset : k.shape[1] };
  return withGradient(
    [q, k, v],
    () => {
      const more: NamedTensorMap = {};
      if (keyMask !== null) more["mask"] = tf.cast(keyMask, "float32"); // [B, Tk]
      if (causalOffset instanceof tf.Tensor) more["offset"] = causalOffset; // []
      const [out, lse] = runKernel("RewardlabAttention", { q, k, v, ...more }, attributes); // [B, Tq, H, D], [B, H, Tq]
      return { value: out as Tensor4D, saved: [q, k, v, out!, lse!, ...Object.values(more)] };
    },
    (dOut, saved) => {
      const [savedQ, savedK, savedV, out, lse, ...rest] = saved as [Tensor, Tensor, Tensor, Tensor, Tensor, ...Tensor[]];
      const more: NamedTensorMap = {};
      if (keyMask !== null) more["mask"] = rest.shift()!; // [B, Tk]
      if (rest.length > 0) more["offset"] = rest[0]!; // []
      return runKernel("RewardlabAttentionGrad", { q: savedQ, k: savedK, v: savedV, out, lse, dOut, ...more }, attributes); // as q, k, v
    },
  );
}

function composedAttention(
  q: Tensor4D,
  k: Tensor4D,
  v: Tensor4D,
  keyMask: Tensor | null,
  offset: number | Scalar | null,
): Tensor4D {
  return tf.tidy(() => {
    const [B, Tq, H, D] = q.shape;
    const [, Tk, Hkv] = k.shape;
    const G = H / Hkv;
    const queries = tf.transpose(tf.reshape(q, [B, Tq, Hkv, G, D]), [0, 2, 3, 1, 4]); // [B, Hkv, G, Tq, D]
    const keys = tf.transpose(withoutMasked(k, keyMask), [0, 2, 1, 3]); // [B, Hkv, Tk, D]
    const values = tf.transpose(withoutMasked(v, keyMask), [0, 2, 1, 3]); // [B, Hkv, Tk, D]
    const products = tf.matMul(tf.reshape(queries, [B, Hkv, G * Tq, D]), keys, false, true); // [B, Hkv, G·Tq, Tk]
    const scores = tf.reshape(tf.mul(products, 1 / Math.sqrt(D)), [B, H, Tq, Tk]); // [B, H, Tq, Tk]
    const visible = visibility([B, H, Tq, Tk], keyMask, offset); // bool [B, H, Tq, Tk]
    const zeros = tf.zerosLike(scores); // [B, H, Tq, Tk]
    // Softmax of a row without a visible key is uniform; the second `where` makes it 0.
    const weights = tf.where(visible, tf.softmax(tf.where(visible, scores, tf.scalar(-1e30))), zeros); // [B, H, Tq, Tk]
    const out = tf.matMul(tf.reshape(weights, [B, Hkv, G * Tq, Tk]), values); // [B, Hkv, G·Tq, D]
    return tf.reshape(tf.transpose(tf.reshape(out, [B, Hkv, G, Tq, D]), [0, 3, 1, 2, 4]), [B, Tq, H, D]) as Tensor4D; // [B, Tq, H, D]
  });
}

function visibility(shape: [number, number, number, number], keyMask: Tensor | null, offset: number | Scalar | null): Tensor {
  const [B, , Tq, Tk] = shape;
  let visible: Tensor = tf.ones(shape, "bool"); // [B, H, Tq, Tk]
  if (keyMask !== null) visible = tf.logicalAnd(visible, tf.reshape(tf.greater(keyMask, 0), [B, 1, 1, Tk])); // [B, H, Tq, Tk]
  if (offset !== null) {
    const last = tf.add(tf.reshape(tf.range(0, Tq, 1, "int32"), [Tq, 1]), tf.cast(offset, "int32")); // [Tq, 1]
    visible = tf.logicalAnd(visible, tf.lessEqual(tf.range(0, Tk, 1, "int32"), last)); // [B, H, Tq, Tk]
  }
  return visible;
}

function withoutMasked(x: Tensor4D, keyMask: Tensor | null): Tensor4D {
  if (keyMask === null) return x;
  const kept = tf.broadcastTo(tf.reshape(tf.greater(keyMask, 0), [...keyMask.shape, 1, 1]), x.shape); // bool [B, Tk, Hkv, D]
  return tf.where(kept, x, tf.zerosLike(x)); // [B, Tk, Hkv, D]
}

/**
 * A cache of keys or values with `added` at the positions from `position` on. Not differentiable.
 * On a backend with the kernel this writes into `cache` itself and into whatever shares its values (clones, reshapes): of all of them
 * use only the tensor returned, and dispose the old one as usual. cache [B, Tmax, Hkv, D], added [B, T, Hkv, D] → [B, Tmax, Hkv, D];
 * a position given as an int32 scalar tensor needs T = 1.
 */
export function appendToCache(cache: Tensor4D, added: Tensor4D, position: number | Scalar): Tensor4D {
  if (hasKernel("RewardlabAppendToCache")) {
    const [written] =
      typeof position === "number"
        ? runKernel("RewardlabAppendToCache", { cache, added }, { position })
        : runKernel("RewardlabAppendToCache", { cache, added, position });
    return written as Tensor4D; // [B, Tmax, Hkv, D]
  }
  return tf.tidy(() => {
    const [B, capacity, Hkv, D] = cache.shape;
    const length = added.shape[1];
    if (typeof position === "number") {
      const before = tf.slice(cache, [0, 0, 0, 0], [B, position, Hkv, D]); // [B, position, Hkv, D]
      const after = tf.slice(cache, [0, position + length, 0, 0], [B, capacity - position - length, Hkv, D]); // [B, the rest, Hkv, D]
      return tf.concat([before, added, after], 1); // [B, Tmax, Hkv, D]
    }
    if (length !== 1) throw new Error(`appendToCache: added has ${length} positions, expected 1 where the position is a tensor`);
    const here = tf.reshape(tf.equal(tf.range(0, capacity, 1, "int32"), tf.cast(position, "int32")), [1, capacity, 1, 1]); // bool
    return tf.where(tf.broadcastTo(here, cache.shape), tf.broadcastTo(added, cache.shape), cache) as Tensor4D; // [B, Tmax, Hkv, D]
  });
}
