import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { InputError } from "@rewardlab/core";
import type { Parameters } from "@rewardlab/core";
import { rmsNorm } from "../ops/rms-norm.ts";

/** The parameters below a name, as PyTorch's modules have them: `at(model, "layers", 0)` holds model.layers.0.… */
export interface Module {
  readonly parameters: Parameters;
  /** What their names begin with: "", or a path that ends with a dot. */
  readonly prefix: string;
  /** s of the adapters beside some of the weights: α / r, or α / √r (rsLoRA, arXiv 2312.03732v1). */
  readonly adapterScale: number;
}

/** The module of that name below another. */
export function at(module: Module, ...names: readonly (string | number)[]): Module {
  return { ...module, prefix: `${module.prefix}${names.join(".")}.` };
}

/** One that must be there. */
export function weight<T extends Tensor>({ parameters, prefix }: Module, name: string): T {
  const found = parameters[prefix + name];
  if (found !== undefined) return found as T;
  throw new InputError("RL_PARAMETER", `model: there is no parameter ${prefix}${name} among ${Object.keys(parameters).length}`);
}

function maybe<T extends Tensor>({ parameters, prefix }: Module, name: string): T | undefined {
  return parameters[prefix + name] as T | undefined;
}

/**
 * torch.nn.Linear: y = x Wᵀ + b, b where there is one. Where an adapter stands beside it (LoRA, arXiv 2106.09685v2, equation 3)
 *
 *     y = x Wᵀ + b + s · (x Aᵀ) Bᵀ
 *
 * x [..., I], W [O, I], b [O], A [r, I], B [O, r] → [..., O]
 */
export function linear<T extends Tensor>(module: Module, x: T): T {
  const given = weight<Tensor>(module, "weight"); // [O, I], or a convolution's over patches: [O, C, height, width]
  const [outputs] = given.shape as [number];
  const inputs = given.size / outputs;
  const bias = maybe<Tensor1D>(module, "bias"); // [O]
  const A = maybe<Tensor2D>(module, "lora_A.weight"); // [r, I]
  return tf.tidy(() => {
    const W = tf.reshape(given, [outputs, inputs]) as Tensor2D;
    const rows = tf.reshape(x, [-1, inputs]) as Tensor2D; // [N, I]: one large product
    let y = tf.matMul(rows, W, false, true); // [N, O]
    if (bias !== undefined) y = tf.add(y, bias);
    if (A !== undefined) {
      const low = tf.mul(tf.matMul(rows, A, false, true), module.adapterScale) as Tensor2D; // [N, r]
      y = tf.add(y, tf.matMul(low, weight<Tensor2D>(module, "lora_B.weight"), false, true)); // [N, O]
    }
    return tf.reshape(y, [...x.shape.slice(0, -1), outputs]) as T; // [..., O]
  });
}

/** RMSNorm with the module's weight. [..., D] */
export function rmsNormOf<T extends Tensor>(module: Module, x: T, epsilon: number): T {
  return rmsNorm(x, weight(module, "weight"), epsilon);
}

/** torch.nn.LayerNorm over the last axis (Ba et al., arXiv 1607.06450v1, equation 3): (x − mean) / √(variance + ε) ∘ w + b. [..., D] */
export function layerNorm<T extends Tensor>(module: Module, x: T, epsilon: number): T {
  return tf.tidy(() => {
    const centred = tf.sub(x, tf.mean(x, -1, true)); // [..., D]
    const variance = tf.mean(tf.square(centred), -1, true); // [..., 1]
    const scaled = tf.mul(centred, tf.rsqrt(tf.add(variance, epsilon))); // [..., D]
    return tf.add(tf.mul(scaled, weight(module, "weight")), weight(module, "bias")); // [..., D]
  }) as T;
}
