import { optimizer } from "@rewardlab/core";
import * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";

/**
 * Steps of the sign of a momentum, all of one size (as Lion, arXiv 2302.06675v4, algorithm 2).
 *
 *     u ← sign( β₁ m + (1 − β₁) g )          β₁ → beta1
 *     θ ← θ − η ( u + λ θ )                  η → learningRate;  λ → weightDecay
 *     m ← β₂ m + (1 − β₂) g                  β₂ → beta2;  m from 0
 *
 * State: `m.<parameter>`.
 */
export const templateName = optimizer({
  name: "template-name",
  summary: "steps of the sign of a momentum",
  options: z.strictObject({
    learningRate: z.number().min(0).describe("η: peak learning rate; the schedule multiplies it"),
    beta1: z.number().min(0).lt(1).default(0.9).describe("β₁: of the momentum in a step"),
    beta2: z.number().min(0).lt(1).default(0.99).describe("β₂: of the momentum that is kept"),
    weightDecay: z.number().min(0).default(0).describe("λ"),
  }),
  create: ({ learningRate: peak, beta1, beta2, weightDecay }) => ({
    learningRate: peak,
    initialState: (parameters) =>
      Object.fromEntries(Object.entries(parameters).map(([name, theta]) => [`m.${name}`, tf.zerosLike(theta)])),
    step: (parameters, gradients, state, learningRate) =>
      tf.tidy(() => {
        const stepped = Object.entries(parameters).map(([name, theta]) => {
          const g = gradients[name] ?? tf.zerosLike(theta); // shape of theta
          const m = state[`m.${name}`] ?? tf.zerosLike(theta); // shape of theta
          const u = tf.sign(tf.add(tf.mul(m, beta1), tf.mul(g, 1 - beta1))); // shape of theta
          const next = tf.sub(theta, tf.mul(tf.add(u, tf.mul(theta, weightDecay)), learningRate)); // shape of theta
          return { name, next, m: tf.add(tf.mul(m, beta2), tf.mul(g, 1 - beta2)) };
        });
        return {
          parameters: Object.fromEntries(stepped.map(({ name, next }) => [name, next])),
          state: Object.fromEntries(stepped.map(({ name, m }) => [`m.${name}`, m])),
        };
      }),
  }),
});
