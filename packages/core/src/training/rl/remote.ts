import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import { InputError } from "@rewardlab/storage";
import type { HostResponses, RemoteModel } from "../../kinds.ts";
import type { Recorded, StageMetrics } from "../../services/metrics.ts";
import { NonFinite } from "../non-finite.ts";
import { lossOfLogProbs } from "./functions.ts";
import type { Microbatch } from "./functions.ts";
import type { RlOptions } from "./options.ts";

/**
 * One micro-batch of an update whose weights a service holds:
 *
 *     log-probs come down → loss(logProbs), ours → dLoss/dlogProbs goes up
 *
 * The service adds up what goes up until its next step, as micro-batches' gradients add up here. Gives the loss; throws `NonFinite` before anything goes up
 * where the loss or its gradient isn't finite.
 */
export async function remoteGradients(
  model: RemoteModel,
  options: RlOptions,
  metrics: StageMetrics,
  batch: Microbatch,
): Promise<number> {
  if (options.critic !== null)
    throw new InputError("RL_REMOTE_CRITIC", "critic: a remote model has no value head, expected critic: null");
  const { temperature } = options.rollout;
  const { prompts, responses } = batch;
  const [rows, tokens] = responses.mask.shape;
  const host: HostResponses = {
    tokens,
    responseIds: Int32Array.from(await responses.responseIds.data()), // [B, T]
    mask: Float32Array.from(await responses.mask.data()), // [B, T]
  };
  const logProbs = await model.logProbs(prompts, host, temperature, "policy"); // [B, T]
  if (logProbs.length !== rows * tokens)
    throw new InputError(
      "RL_REMOTE_SHAPE",
      `${model.at}: gave ${logProbs.length} log-probabilities for ${rows} responses of ${tokens} tokens, expected ${rows * tokens}`,
    );
  const { loss, dLogProbs, recorded } = tf.tidy(() => {
    const made = metrics.record(() =>
      tf.valueAndGrad((x) => lossOfLogProbs(options, metrics, x as Tensor2D, null, batch))(tf.tensor2d(logProbs, [rows, tokens])),
    );
    const { value, grad } = made.result as { value: Scalar; grad: Tensor2D };
    const inside = tf.where(tf.greater(responses.mask, 0), grad, tf.zerosLike(grad)); // [B, T]
    return { loss: value.dataSync()[0]!, dLogProbs: inside.dataSync(), recorded: made.recorded } as never;
  }) as { loss: number; dLogProbs: Float32Array; recorded: Recorded };
  metrics.add(recorded);
  if (!Number.isFinite(loss)) throw new NonFinite(`the loss is ${loss}`);
  const wrong = dLogProbs.findIndex((value) => !Number.isFinite(value));
  if (wrong !== -1)
    throw new NonFinite(
      `the gradient at response ${Math.floor(wrong / tokens)}, token ${wrong % tokens} of the micro-batch is ${dLogProbs[wrong]}`,
    );
  await model.backward(prompts, host, temperature, dLogProbs);
  return loss;
}
