import * as tf from "@tensorflow/tfjs-core";
import type { KernelConfig, Scalar, Tensor, Tensor4D, TensorInfo } from "@tensorflow/tfjs-core";
import type { NodeBackend } from "./node-backend.ts";
import { TF, typeNumber } from "./types.ts";

/**
 * Attention out of TensorFlow's ops, with a gradient of its own: the visibility is small and broadcast (SelectV2 can, tfjs's `where` can't), and of
 * the forward pass only the weights are kept. Inputs and attributes as in wasm/attention-kernels.ts; the second output, what the gradient needs, is
 * P = softmax(Q Kᵀ · scale) [B, H, Tq, Tk].
 *
 *     O = P V      dV = Pᵀ dO      dS = P ∘ (dO Vᵀ − Σ dO ∘ O)      dQ = scale · dS K      dK = scale · dSᵀ Q
 */
export function attentionKernels(): KernelConfig[] {
  return [
    {
      kernelName: "RewardlabAttention",
      backendName: "tensorflow",
      kernelFunc: ({ inputs, attrs, backend }) =>
        inOneTidy(() => {
          const call = callOf(inputs as Inputs, attrs, backend as NodeBackend);
          const { queries, keys, values, visible, some, back, sizes } = call;
          const { B, H, Tq, Tk, Hkv, G } = sizes;
          const scores = tf.reshape(tf.matMul(queries, keys, false, true), [B, H, Tq, Tk]); // [B, H, Tq, Tk]
          const weights = tf.softmax(visible === null ? scores : call.select(visible, scores, tf.scalar(-1e30))); // [B, H, Tq, Tk]
          const out = back(tf.matMul(tf.reshape(weights, [B, Hkv, G * Tq, Tk]), values)); // [B, Tq, H, D]
          return [some === null ? out : call.select(some, out, tf.scalar(0)), weights];
        }),
    },
    {
      kernelName: "RewardlabAttentionGrad",
      backendName: "tensorflow",
      kernelFunc: ({ inputs, attrs, backend }) =>
        inOneTidy(() => {
          const given = inputs as Inputs & { out: Tensor4D; lse: Tensor; dOut: Tensor4D };
          const call = callOf(given, attrs, backend as NodeBackend);
          const { queries, keys, values, visible, some, seen, forth, back, sizes } = call;
          const { B, H, Tq, Tk, Hkv, G } = sizes;
          const grouped = [B, Hkv, G * Tq, Tk] as [number, number, number, number];
          const dOut = forth(some === null ? given.dOut : call.select(some, given.dOut, tf.scalar(0))); // [B, Hkv, G·Tq, D]
          const weights = tf.reshape(given.lse, grouped); // [B, Hkv, G·Tq, Tk]
          const dValues = tf.matMul(weights, dOut, true, false); // [B, Hkv, Tk, D]
          const delta = tf.sum(tf.mul(dOut, forth(given.out)), -1, true); // [B, Hkv, G·Tq, 1]
          const all = tf.mul(weights, tf.sub(tf.matMul(dOut, values, false, true), delta)); // [B, Hkv, G·Tq, Tk]
          const dScores =
            visible === null ? all : tf.reshape(call.select(visible, tf.reshape(all, [B, H, Tq, Tk]), tf.scalar(0)), grouped); // [B, Hkv, G·Tq, Tk]
          const dQueries = tf.mul(tf.matMul(dScores, keys), call.scale); // [B, Hkv, G·Tq, D]
          const dKeys = tf.matMul(dScores, queries, true, false); // [B, Hkv, Tk, D]; the queries are scaled
          const ofKeys = (x: Tensor) => {
            const turned = tf.transpose(x, [0, 2, 1, 3]); // [B, Tk, Hkv, D]
            return seen === null ? turned : call.select(seen, turned, tf.scalar(0));
          };
          return [back(dQueries), ofKeys(dKeys), ofKeys(dValues)];
        }),
    },
    {
      kernelName: "RewardlabAppendToCache", // cache [B, Tmax, ...], added [B, T, ...], position: the cache with it
      backendName: "tensorflow",
      kernelFunc: ({ inputs, attrs, backend }) =>
        inOneTidy(() => {
          const { cache, added, position } = inputs as { cache: Tensor; added: Tensor; position?: Scalar };
          const [, capacity, ...row] = cache.shape as [number, number, ...number[]];
          const [, length] = added.shape as [number, number];
          const at = position ?? tf.scalar((attrs as unknown as { position: number }).position, "int32"); // []
          if (length === 1) {
            const here = tf.equal(tf.range(0, capacity, 1, "int32"), tf.cast(at, "int32")); // bool [Tmax]
            return [selectOn(backend as NodeBackend)(tf.reshape(here, [1, capacity, ...row.map(() => 1)]), added, cache)];
          }
          if (position !== undefined)
            throw new Error(`RewardlabAppendToCache: added has ${length} positions, expected 1 where the position is a tensor`);
          const first = (attrs as unknown as { position: number }).position;
          const [before, after] = [tf.slice(cache, [0, 0], [-1, first]), tf.slice(cache, [0, first + length], [-1, -1])];
          return [tf.concat([before, added, after], 1)];
        }),
    },
  ];
}

interface Inputs {
  readonly q: Tensor4D;
  readonly k: Tensor4D;
  readonly v: Tensor4D;
  readonly mask?: Tensor;
  readonly offset?: Scalar;
  readonly [name: string]: TensorInfo | undefined;
}

/** tf.where with broadcasting, which tfjs's own does by copies. */
const selectOn =
  (backend: NodeBackend) =>
  (condition: Tensor, x: Tensor, other: Tensor): Tensor =>
    backend.executeSingleOutput(
      "SelectV2",
      [{ name: "T", type: TF.TF_ATTR_TYPE, value: typeNumber(x.dtype) }],
      [condition, x, other],
    );

/** What both passes share. */
function callOf({ q, k, v, mask, offset: position }: Inputs, attributes: unknown, backend: NodeBackend) {
  const { offset, scale } = attributes as { offset: number; scale: number };
  const [B, Tq, H, D] = q.shape;
  const [, Tk, Hkv] = k.shape;
  const G = H / Hkv;
  const select = selectOn(backend);
  /** [B, Tq, H, D] → [B, Hkv, G·Tq, D] */
  const forth = (x: Tensor) => tf.reshape(tf.transpose(tf.reshape(x, [B, Tq, Hkv, G, D]), [0, 2, 3, 1, 4]), [B, Hkv, G * Tq, D]);
  /** And back. */
  const back = (x: Tensor) => tf.reshape(tf.transpose(tf.reshape(x, [B, Hkv, G, Tq, D]), [0, 3, 1, 2, 4]), [B, Tq, H, D]);

  const keyMask = mask === undefined ? null : tf.greater(mask, 0); // bool [B, Tk]
  const seen = keyMask && tf.reshape(keyMask, [B, Tk, 1, 1]); // bool [B, Tk, 1, 1]
  const withoutMasked = (x: Tensor) => (seen === null ? x : select(seen, x, tf.scalar(0))); // [B, Tk, Hkv, D]
  // Query i sees the keys j ≤ i + offset; where the first query sees all, so do the others.
  const ofKeys = keyMask && tf.reshape(keyMask, [B, 1, 1, Tk]); // bool [B, 1, 1, Tk]
  const causal = position === undefined && offset >= Tk - 1 ? null : causalMask(Tq, Tk, position ?? tf.scalar(offset, "int32")); // bool [1, 1, Tq, Tk]
  const visible = ofKeys === null || causal === null ? (ofKeys ?? causal) : tf.logicalAnd(ofKeys, causal); // bool [B or 1, 1, Tq or 1, Tk]
  // A query that may see no key gets 0.
  const some = visible && tf.reshape(tf.any(visible, -1), [visible.shape[0]!, visible.shape[2]!, 1, 1]); // bool [B or 1, Tq or 1, 1, 1]
  return {
    sizes: { B, H, Tq, Tk, Hkv, G },
    scale,
    queries: tf.mul(forth(q), scale), // [B, Hkv, G·Tq, D]
    keys: tf.transpose(withoutMasked(k), [0, 2, 1, 3]), // [B, Hkv, Tk, D]
    values: tf.transpose(withoutMasked(v), [0, 2, 1, 3]), // [B, Hkv, Tk, D]
    visible,
    some,
    seen,
    select,
    forth,
    back,
  };
}

function causalMask(queries: number, keys: number, offset: Scalar): Tensor {
  const last = tf.add(tf.range(0, queries, 1, "int32"), tf.cast(offset, "int32")); // [Tq]
  const visible = tf.lessEqual(tf.reshape(tf.range(0, keys, 1, "int32"), [1, keys]), tf.reshape(last, [queries, 1])); // bool [Tq, Tk]
  return tf.reshape(visible, [1, 1, queries, keys]); // bool [1, 1, Tq, Tk]
}

/** Ops within a kernel are not taped; what they leave over is freed. */
function inOneTidy(body: () => Tensor[]): Tensor[] {
  return tf.tidy(body);
}
