import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import type { HostResponses, Model, Optimizer, Parameters, RemoteModel } from "../kinds.ts";
import {
  accumulateGradients,
  copyOf,
  disposeTrained,
  lossAndGradients,
  optimizerStep,
  startTraining,
} from "../training/update.ts";
import type { Gradients, Trained } from "../training/update.ts";

/** A remote model that is none: a local one with parameters of its own, which the trainer never sees. */
export interface FakeRemote extends RemoteModel {
  /** Its parameters now; they stay its own. */
  parameters(): Parameters;
  dispose(): void;
}

export function fakeRemote(model: Model, given: Parameters, optimizer: Optimizer): FakeRemote {
  const reference = copyOf(given);
  let trained = startTraining(given, optimizer);
  let gradients: Gradients | null = null;
  const kept: Trained[] = [];
  const copied = (one: Trained): Trained => ({
    parameters: copyOf(one.parameters),
    optimizerState: copyOf(one.optimizerState),
    steps: one.steps,
  });
  const tensorsOf = ({ tokens, responseIds, mask }: HostResponses) => ({
    responseIds: tf.tensor2d(responseIds, [responseIds.length / tokens, tokens], "int32"), // [B, T]
    mask: tf.tensor2d(mask, [mask.length / tokens, tokens]), // [B, T]
  });
  return {
    kind: "remote",
    at: "in this process",
    tokenizer: model.tokenizer,
    contextLength: model.contextLength,
    prompts: (items) => model.prompts(items),
    promptLength: (item) => model.promptLength(item),
    logProbs: async (prompts, responses, temperature, of) =>
      tf.tidy(
        () =>
          model
            .logProbs(of === "policy" ? trained.parameters : reference, prompts, tensorsOf(responses), temperature)
            .dataSync() as Float32Array,
      ),
    generate: (prompts, options) => model.generate(trained.parameters, prompts, options),
    backward: async (prompts, responses, temperature, dLogProbs) => {
      const part = () =>
        tf.tidy(() => {
          const tensors = tensorsOf(responses);
          const given_ = tf.tensor2d(dLogProbs, tensors.mask.shape); // [B, T]
          return lossAndGradients(
            trained.parameters,
            (parameters) =>
              tf.sum(tf.mul(model.logProbs(parameters, prompts, tensors, temperature), given_) as Tensor2D) as Scalar, // []
          ) as never;
        });
      const before = gradients;
      gradients = accumulateGradients(trained.parameters, [
        ...(before === null ? [] : [() => ({ loss: tf.scalar(before.loss), gradients: before.gradients })]),
        part,
      ]);
    },
    step: async ({ learningRate, gradientClip }) => {
      const taken = gradients ?? accumulateGradients(trained.parameters, []);
      gradients = null;
      const { trained: next, gradientNorm } = optimizerStep(trained, taken, { optimizer, learningRate, gradientClip });
      trained = next;
      return { gradientNorm };
    },
    save: async () => kept.push(copied(trained)) - 1,
    restore: async (saved) => {
      disposeTrained(trained);
      trained = copied(kept[saved as number]!);
    },
    parameters: () => trained.parameters,
    dispose: () => {
      tf.dispose([reference, gradients?.gradients ?? {}] as never);
      for (const one of [trained, ...kept]) disposeTrained(one);
    },
  };
}
