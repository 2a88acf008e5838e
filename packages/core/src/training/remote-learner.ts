import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import { InputError, RunError } from "@rewardlab/storage";
import type {
  HostResponses,
  KeptPolicy,
  ModelBatch,
  Optimizer,
  OptimizerDescription,
  RemoteModel,
  ResponseBatch,
} from "../kinds.ts";
import { optimizerProblem } from "../plugin/remote-model.ts";
import type { Recorded, StageMetrics } from "../services/metrics.ts";
import type { Learner, LearnerState } from "./learner.ts";
import { NonFinite } from "./non-finite.ts";
import { free, tidied } from "../math/memory.ts";

/** What a loss of log-probabilities needs at least. */
export interface RemoteBatch {
  readonly prompts: ModelBatch;
  readonly responses: ResponseBatch;
}

export interface RemoteWork<Batch extends RemoteBatch> {
  readonly model: RemoteModel;
  readonly optimizer: Optimizer;
  readonly gradientClip: number | null;
  readonly temperature: number;
  readonly metrics: StageMetrics;
  /** [rows, T] → [] */
  readonly lossOf: (logProbs: Tensor2D, batch: Batch) => Scalar;
}

/** A policy whose weights a service holds. */
export interface RemoteLearner<Batch> extends Learner<Batch> {
  /** The policy as it was when the stage began. */
  readonly reference: KeptPolicy;
  /** Of the policy as it is, or of the reference. [B, T] */
  logProbsOf(of: "policy" | "reference", prompts: ModelBatch, responses: HostResponses): Promise<Float32Array>;
}

/** What goes up for a micro-batch. The prompts are its own. */
interface Share {
  readonly prompts: ModelBatch;
  readonly responses: HostResponses;
  readonly dLogProbs: Float32Array; // [B, T]
}

/**
 * Begins at `saved`, else at the policy that the stage was given. An update, of micro-batches:
 *
 *     log-probs come down → loss(logProbs), here → dLoss/dlogProbs, of each
 *     then all of these go up, and the service steps
 *
 * so that where one of them isn't finite none goes up.
 */
export async function remoteLearner<Batch extends RemoteBatch>(
  work: RemoteWork<Batch>,
  given: KeptPolicy,
  saved: LearnerState | null,
): Promise<RemoteLearner<Batch>> {
  const { model, gradientClip, temperature } = work;
  const optimizer = describedOptimizer(work.optimizer, model);
  const { policy, reference } = saved?.remote ?? { policy: given, reference: given };
  await model.goBack(policy, saved === null ? "anew" : "as it was");
  let steps = saved?.steps ?? 0;
  let kept = saved === null ? null : policy; // null: not as it is now, with its optimizer

  const download = async (prompts: ModelBatch, responses: HostResponses, of: KeptPolicy | null) =>
    checked(await model.logProbs(prompts, responses, temperature, of), responses, model);
  const keep = async (name: string) => (kept ??= await model.keep(name));

  /** Of one micro-batch, whose tensors it frees but for the prompts. */
  async function shareOf({ prompts, ...batch }: Batch): Promise<{ loss: number; share: Share }> {
    try {
      const responses = await onHost(batch.responses);
      const logProbs = await download(prompts, responses, null); // [B, T]
      const { recorded, ...made } = derivative(work, logProbs, { prompts, ...batch } as Batch);
      work.metrics.add(recorded);
      return { loss: made.loss, share: { prompts, responses, dLogProbs: made.dLogProbs } };
    } catch (error) {
      free(prompts);
      throw error;
    } finally {
      free(batch);
    }
  }

  return {
    get steps() {
      return steps;
    },
    reference,
    logProbsOf: (of, prompts, responses) => download(prompts, responses, of === "policy" ? null : reference),
    gradient: async (parts) => {
      const shares: Share[] = [];
      const dispose = () => free(shares.map(({ prompts }) => prompts));
      let loss = 0;
      try {
        for (const make of parts) {
          const part = await shareOf(make());
          loss += part.loss;
          shares.push(part.share);
        }
      } catch (error) {
        dispose();
        throw error;
      }
      return {
        loss,
        dispose,
        step: async (learningRate) => {
          try {
            if (!Number.isFinite(loss)) throw new NonFinite(`the loss is ${loss}`);
            for (const share of shares) checkFinite(share);
            kept = null;
            for (const { prompts, responses, dLogProbs } of shares)
              await model.backward(prompts, responses, temperature, dLogProbs);
            const { gradientNorm } = await model.step({ optimizer, learningRate, gradientClip });
            if (gradientNorm !== null && !Number.isFinite(gradientNorm))
              throw new RunError(
                "RL_REMOTE_STEP",
                `${model.at}: made a step with a gradient of norm ${gradientNorm}, expected a number; its weights are not to be trusted`,
              );
            steps += 1;
            return gradientNorm;
          } finally {
            dispose();
          }
        },
      };
    },
    save: async (name) => {
      const now = await keep(name);
      return { tensors: {}, state: { steps, remote: { policy: now, reference } }, kept: [now] };
    },
    outcome: async (name) => ({ kept: await keep(name) }),
    dispose: () => {},
  };
}

/** The loss, and its derivative by the log-probabilities that came down. */
function derivative<Batch extends RemoteBatch>(
  { metrics, lossOf }: RemoteWork<Batch>,
  logProbs: Float32Array,
  batch: Batch,
): { loss: number; dLogProbs: Float32Array; recorded: Recorded } {
  const { mask } = batch.responses; // [B, T]
  return tidied(() => {
    const { result, recorded } = metrics.record(() =>
      tf.valueAndGrad((x) => lossOf(x as Tensor2D, batch))(tf.tensor2d(logProbs, mask.shape)),
    );
    const { value, grad } = result as { value: Scalar; grad: Tensor2D };
    const inside = tf.where(tf.greater(mask, 0), grad, tf.zerosLike(grad)); // [B, T]
    return { loss: value.dataSync()[0]!, dLogProbs: inside.dataSync() as Float32Array, recorded };
  });
}

async function onHost({ responseIds, mask }: ResponseBatch): Promise<HostResponses> {
  return {
    tokens: mask.shape[1],
    responseIds: Int32Array.from(await responseIds.data()), // [B, T]
    mask: Float32Array.from(await mask.data()), // [B, T]
  };
}

/** A service that reads a prompt or a response otherwise than we do gives other numbers of tokens. */
function checked(logProbs: Float32Array, { mask, tokens }: HostResponses, { at }: RemoteModel): Float32Array {
  if (logProbs.length === mask.length) return logProbs;
  throw new RunError(
    "RL_REMOTE_SHAPE",
    `${at}: gave ${logProbs.length} log-probabilities for ${mask.length / tokens} responses of ${tokens} tokens, expected ${mask.length}`,
  );
}

function checkFinite({ dLogProbs, responses: { tokens } }: Share): void {
  const index = dLogProbs.findIndex((value) => !Number.isFinite(value));
  if (index === -1) return;
  throw new NonFinite(
    `the gradient of the log-probability at response ${Math.floor(index / tokens)}, token ${index % tokens} of a micro-batch is ${dLogProbs[index]}`,
  );
}

function describedOptimizer({ description }: Optimizer, model: RemoteModel): OptimizerDescription {
  const problem = optimizerProblem(description, model);
  if (problem !== null || description === undefined) throw new InputError("RL_REMOTE_OPTIMIZER", `optimizer: ${problem}`);
  return description;
}
