import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { z } from "zod";
import { optimizer } from "../../plugin/component.ts";
import { gradientFor, zeros } from "./adamw.ts";

/**
 * Stochastic gradient descent with heavy-ball momentum, as PyTorch has it (no dampening).
 *
 *     b ← μ b + g                     b from 0;  μ → momentum
 *     θ ← θ − η b                     η → learningRate
 *
 * State: `b.<parameter>`; none without momentum.
 */
export const sgd = optimizer({
  name: "sgd",
  summary: "gradient descent with momentum",
  options: z.strictObject({
    learningRate: z.number().min(0).describe("η: peak learning rate; the schedule multiplies it"),
    momentum: z.number().min(0).lt(1).default(0).describe("μ"),
  }),
  create: ({ learningRate: peak, momentum }) => ({
    learningRate: peak,
    description: { name: "sgd", options: { momentum } },
    initialState: (parameters) => (momentum === 0 ? {} : zeros("b", parameters)),
    step: (parameters, gradients, state, learningRate) =>
      tf.tidy(() => {
        const nextParameters: Record<string, Tensor> = {};
        const nextState: Record<string, Tensor> = {};
        for (const [name, theta] of Object.entries(parameters)) {
          const g = gradientFor(name, gradients); // shape of theta
          const b = momentum === 0 ? g : tf.add(tf.mul(state[`b.${name}`]!, momentum), g); // shape of theta
          if (momentum !== 0) nextState[`b.${name}`] = b;
          nextParameters[name] = tf.sub(theta, tf.mul(b, learningRate)); // shape of theta
        }
        return { parameters: nextParameters, state: nextState };
      }),
  }),
});
