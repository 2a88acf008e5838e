import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { z } from "zod";
import { optimizer } from "../../plugin/component.ts";
import { RunError } from "@rewardlab/storage";
import { adamW } from "../../math/adam-w.ts";
import type { Parameters } from "../../kinds.ts";

/**
 * AdamW (Loshchilov and Hutter, arXiv 1711.05101v3, algorithm 2), with PyTorch's meaning of weight decay: multiplied by the learning rate.
 *
 *     m ← β₁ m + (1 − β₁) g          v ← β₂ v + (1 − β₂) g²
 *     m̂ = m / (1 − β₁ᵗ)              v̂ = v / (1 − β₂ᵗ)               t = step, from 1
 *     θ ← θ − η ( m̂ / (√v̂ + ε) + λ θ )
 *
 * η → learningRate, β₁ → beta1, β₂ → beta2, ε → epsilon, λ → weightDecay (of every parameter). State: `m.<parameter>` and `v.<parameter>`.
 */
export const adamw = optimizer({
  name: "adamw",
  summary: "Adam with decoupled weight decay",
  options: z.strictObject({
    learningRate: z.number().min(0).describe("η: peak learning rate; the schedule multiplies it"),
    beta1: z.number().min(0).lt(1).default(0.9).describe("β₁"),
    beta2: z.number().min(0).lt(1).default(0.999).describe("β₂"),
    epsilon: z.number().positive().default(1e-8).describe("ε"),
    weightDecay: z.number().min(0).default(0).describe("λ"),
  }),
  create: ({ learningRate: peak, beta1, beta2, epsilon, weightDecay }) => ({
    learningRate: peak,
    description: { name: "adamw", options: { beta1, beta2, epsilon, weightDecay } },
    initialState: (parameters) => ({ ...zeros("m", parameters), ...zeros("v", parameters) }),
    step: (parameters, gradients, state, learningRate, step) =>
      tf.tidy(() => {
        const nextParameters: Record<string, Tensor> = {};
        const nextState: Record<string, Tensor> = {};
        for (const [name, theta] of Object.entries(parameters)) {
          const options = { learningRate, step, beta1, beta2, epsilon, weightDecay };
          const { parameter, first, second } = adamW(
            theta,
            gradientFor(name, gradients),
            state[`m.${name}`]!,
            state[`v.${name}`]!,
            options,
          ); // shape of theta each
          nextParameters[name] = parameter;
          nextState[`m.${name}`] = first;
          nextState[`v.${name}`] = second;
        }
        return { parameters: nextParameters, state: nextState };
      }),
  }),
});

/** Zeros in the shapes of the parameters, named `<prefix>.<parameter>`. */
export function zeros(prefix: string, parameters: Parameters): Parameters {
  return Object.fromEntries(Object.entries(parameters).map(([name, theta]) => [`${prefix}.${name}`, tf.zerosLike(theta)])); // shape of theta
}

/** A parameter's gradient. Throws `RunError` where there is none. */
export function gradientFor(name: string, gradients: Parameters): Tensor {
  const gradient = gradients[name];
  if (gradient === undefined)
    throw new RunError("RL_GRADIENT_MISSING", `optimizer: parameter ${name} has no gradient, expected one for every parameter`);
  return gradient;
}
