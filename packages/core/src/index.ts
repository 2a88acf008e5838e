// What authors of plugins need. Commands and services that load and run experiments use ./host.ts as well.
export { definePlugin, apiVersion } from "./plugin/plugin.ts";
export { provide } from "./plugin/service.ts";
export type { Scope, Service } from "./plugin/service.ts";
export type { Plugin } from "./plugin/plugin.ts";
export {
  advantageStep,
  aggregate,
  algorithm,
  correction,
  dataset,
  engine,
  kl,
  mask,
  model,
  optimizer,
  pairLoss,
  ratio,
  reward,
  sampler,
  schedule,
  stage,
  surrogate,
} from "./plugin/component.ts";
export type {
  DeclaredMetric,
  MetricDeclaration,
  MetricDeclarations,
  MetricSource,
  MetricSummary,
} from "./services/metric-declaration.ts";
export type {
  Algorithm,
  Component,
  CreateSlot,
  Definite,
  InChain,
  Kind,
  MayIdle,
  NamedKind,
  OptionCheck,
  OptionIssue,
  Particulars,
  Parts,
  PresetSource,
  PromptsAtOnce,
} from "./plugin/component.ts";
export { compileFormula, FormulaError } from "./formula/formula.ts";
export type { CompiledFormula, ReadFormula } from "./formula/formula.ts";
export type { Formula } from "./formula/meaning.ts";
export type { Range } from "./formula/range.ts";
export type * from "./kinds.ts";
export { slot, slotWith } from "./plugin/slots.ts";
export { Compiler } from "./services/compiler.ts";
export { Files } from "./services/files.ts";
export { Metrics } from "./services/metrics.ts";
export { Progress } from "./services/progress.ts";
export { Random } from "./services/random.ts";
export { token } from "./services/token.ts";
export { State } from "./services/state.ts";
export type { StateTensor, StateValue } from "./services/state.ts";
export type { StageMetrics } from "./services/metrics.ts";
export type { CompileCost } from "./services/compiler.ts";
export type { Token } from "./services/token.ts";
export type {
  Amounts,
  Checkpoints,
  ItemsLeft,
  Log,
  Purpose,
  Saved,
  Stage,
  StageContext,
  StageNeeds,
  StageOutcome,
  StageWork,
} from "./stage.ts";
export { InputError, Interrupted, isInputError, messageOf, RunError } from "@rewardlab/storage";
export type { ErrorCode } from "@rewardlab/storage";
export { randomStream, randomStreamFrom } from "@rewardlab/statistics/random";
export type { RandomState, RandomStream } from "@rewardlab/statistics/random";
export { readAnswer, readThought, responseText, withoutThoughts } from "./items/responses.ts";
export { answerProbability } from "./items/answer-probability.ts";
export type { ResponseTokens } from "./items/answer-probability.ts";
export { turned, voteSums, winnerOf } from "./items/voting.ts";
export type { Vote, VoteSums, VoteWeight } from "./items/voting.ts";
export { eachResponse } from "./items/each-response.ts";
export type { Asked, EachOptions } from "./items/each-response.ts";
export { checkedIndex, outlineOf, splitOf } from "./items/items.ts";
export { isRemote, weightsHere } from "./plugin/remote-model.ts";
export { memoryIssues, timeIssues } from "./plugin/feasible.ts";
export { suggestion } from "./plugin/suggestion.ts";
export { clippedBounds, deviations, holdsOne, idleAtFirstUpdate, idleWithin } from "./plugin/idle.ts";
export type { Bounds, Idle, IdlePart, Surroundings } from "./plugin/idle.ts";

// Tensor maths.
export { checkShapes } from "./math/shapes.ts";
export { logRatio, ratioMetrics, recordRatio } from "./math/log-ratio.ts";
export { countNonFinite, countTrue, keepMasked, maskedMean, maskedRowSum, maskedSum, maskedVariance } from "./math/masked.ts";
export { hasKernel, runKernel, withGradient } from "./math/kernel.ts";
export { stopGradient } from "./math/stop-gradient.ts";
export { advantageChain, batchTotals, klPenalty, policyLoss } from "./math/policy-loss.ts";

// The parts of the trainer, for stages with an update loop of their own.
export { advantagesOf } from "./training/rl/prepare.ts";
export type { Prepared } from "./training/rl/prepare.ts";
export { collectResponses } from "./training/rl/stale-responses.ts";
export { collectRollout, scoreResponses } from "./training/rl/responses.ts";
export type { Responses, Sampled, Scored } from "./training/rl/responses.ts";
export { keptResponses, responsesAgain } from "./training/rl/kept-responses.ts";
export type { KeptResponses, WaitingResponses } from "./training/rl/kept-form.ts";
export { iterationRecord } from "./training/rl/lines.ts";
export { trainingLoop } from "./training/rl/loop.ts";
export type { IterationRecord } from "./training/rl/loop.ts";
export { rlDefinition } from "./training/rl/definition.ts";
export type { RlOptions } from "./training/rl/options.ts";
export type { Training } from "./training/rl/training.ts";
export { policyUpdate, startUpdates } from "./training/rl/update.ts";
export type { Updates } from "./training/rl/update.ts";
export { generateRollout } from "./training/rollout.ts";
export type { Prompts, Rollout, RolloutOptions } from "./training/rollout.ts";
