import type { CreateSlot } from "../../plugin/component.ts";
import type { ItemOutline, Sampler } from "../../kinds.ts";
import type { Purpose, StageNeeds, StageWork } from "../../stage.ts";
import { SHORT, TIMED } from "../shortened.ts";
import { waitingBytes } from "./options.ts";
import type { RlOptions } from "./options.ts";
import { samplingRounds } from "./sampler-chain.ts";

/** What an `rl` stage asks of the data and the model: the training split, room for the longest response, and a value head where it has a critic. */
export function rlNeeds({ critic, loss, rollout }: RlOptions): StageNeeds {
  const asks = (item: ItemOutline) => [{ item, response: rollout.maxNewTokens }];
  return {
    splits: [{ name: "train", asks }],
    logProbsAt: { temperature: rollout.temperature, option: "rollout.temperature" },
    ...(critic === null ? {} : { valueHead: "critic" }),
    ...(loss.mask === null ? {} : { entropies: "loss.mask" }),
  };
}

/** How much an `rl` stage does; its samplers say how often they may sample anew. */
export function rlWork(options: RlOptions, create: CreateSlot): StageWork {
  return workOf(options, samplingRounds(options.sampler.map(create) as Sampler[]));
}

/** P prompts × G responses = B; an epoch makes ⌈B / minibatch⌉ updates. */
export function workOf(
  { iterations, rollout, update, loss }: Pick<RlOptions, "iterations" | "rollout" | "update" | "loss">,
  rounds: number,
): StageWork {
  const { prompts, samplesPerPrompt, maxNewTokens } = rollout;
  const responses = prompts * samplesPerPrompt;
  const minibatch = Math.min(update.minibatch ?? responses, responses);
  const updates = update.epochs * Math.ceil(responses / minibatch);
  const grouped = update.shuffle === "groups" && minibatch % samplesPerPrompt === 0;
  const last = responses % minibatch;
  const notes = [
    ...(last > 0 ? [`the last update of each epoch has ${last} responses`] : []),
    ...(rounds > 1 ? [`the sampler may ask for up to ${rounds} rollouts an iteration`] : []),
    ...staleNotes(rollout.staleness, responses * maxNewTokens),
    ...(loss.correction === null
      ? []
      : ["loss.correction: a forward pass more over each rollout, for the trainer's log-probabilities"]),
    ...(loss.mask === null ? [] : ["loss.mask: a forward pass more over each rollout, for its entropies"]),
    "responses without a score don't train",
  ];
  return {
    unit: "iterations",
    units: iterations,
    split: "train",
    per: [
      { what: "iteration", amounts: { prompts, responses, tokens: responses * maxNewTokens, updates } },
      {
        what: "update",
        amounts: {
          prompts: grouped ? minibatch / samplesPerPrompt : Math.min(prompts, minibatch),
          responses: minibatch,
          tokens: minibatch * maxNewTokens,
          forwardPasses: Math.ceil(minibatch / (update.microbatch ?? minibatch)),
        },
      },
      {
        what: "all",
        amounts: {
          prompts: iterations * prompts,
          responses: iterations * responses,
          tokens: iterations * responses * maxNewTokens,
          updates: iterations * updates,
        },
      },
    ],
    notes,
    size: responses * maxNewTokens * (1 + update.epochs),
  };
}

function staleNotes(staleness: number, tokens: number): string[] {
  if (!(staleness > 0)) return [];
  const megabytes = Number((waitingBytes(tokens, staleness) / 1e6).toPrecision(2));
  return [
    `rollout.staleness: the first iteration samples ${staleness + 1} rollouts and the last ${staleness} none; up to ${megabytes} MB wait in memory and in each checkpoint`,
  ];
}

/** Fewer iterations; to be resumed, of few prompts each and with many checkpoints. How many updates an iteration makes stays. */
export function rlShortened({ iterations, rollout, update, checkpointEvery }: RlOptions, purpose: Purpose): Partial<RlOptions> {
  if (purpose === "time") return { iterations: Math.min(TIMED, iterations) };
  const prompts = Math.min(SHORT.prompts, rollout.prompts);
  const group = rollout.samplesPerPrompt;
  const unit = update.shuffle === "groups" ? group : 1; // groups stay together
  const fewer = (responses: number) => Math.ceil((responses * prompts) / rollout.prompts / unit) * unit;
  return {
    iterations: Math.min(SHORT.iterations, iterations),
    rollout: { ...rollout, prompts },
    update: { ...update, minibatch: update.minibatch === null ? null : fewer(update.minibatch) },
    checkpointEvery: Math.min(SHORT.checkpointEvery, checkpointEvery),
  };
}
