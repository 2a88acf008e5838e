import * as tf from "@tensorflow/tfjs-core";
import type { Rank, Scalar, Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { randomStream } from "@rewardlab/statistics/random";
import { InputError, isInputError } from "@rewardlab/storage";
import type {
  AdvantageStep,
  Aggregate,
  Correction,
  Kl,
  LossMask,
  PairLoss,
  Ratio,
  Reward,
  RewardOutcome,
  Sampler,
  Surrogate,
} from "../kinds.ts";
import { correctionOf } from "../math/correction.ts";
import { countNonFinite, keepMasked } from "../math/masked.ts";
import { advantageChain, batchTotals, klPenalty, policyLoss, runAdvantageSteps } from "../math/policy-loss.ts";
import type { PolicyLossParts } from "../math/policy-loss.ts";
import type { Container } from "../plugin/container.ts";
import type { Registry } from "../plugin/registry.ts";
import { isResolved } from "../plugin/resolved.ts";
import type { Resolved } from "../plugin/resolved.ts";
import { suggestion } from "../plugin/suggestion.ts";
import { Metrics, MetricsCollector } from "../services/metrics.ts";
import type { StageMetrics } from "../services/metrics.ts";
import { compositionIssues, scoreComposer } from "../training/rl/compose.ts";
import { criticLoss } from "../training/rl/critic.ts";
import type { CriticOptions } from "../training/rl/critic.ts";
import { groupIssues } from "../training/rl/options.ts";
import { applySamplers } from "../training/rl/sampler-chain.ts";
import { applyRules, isInvalid } from "../training/score.ts";
import { readBatch, toJson } from "./batch.ts";
import type { Batch } from "./batch.ts";
import { isProbeKind, kindAsked, probeKinds, resolveSpec } from "./spec.ts";
import type { ComposedReward, ProbeKind, Specs } from "./spec.ts";

type Result = Readonly<Record<string, unknown>>;

/** What is computed with the components of a SPEC. */
type Probe<K extends ProbeKind> = (
  parts: Specs[K]["parts"],
  batch: Batch,
  context: { readonly resolved: Specs[K]["resolved"]; readonly metrics: StageMetrics },
) => Result | Promise<Result>;

const probes: { readonly [K in ProbeKind]: Probe<K> } = {
  advantage: probeAdvantage,
  kl: probeKl,
  ratio: probeRatio,
  surrogate: probeSurrogate,
  correction: probeCorrection,
  mask: probeMask,
  aggregate: probeAggregate,
  loss: probeLoss,
  "pair-loss": probePairLoss,
  algorithm: probeAlgorithm,
  reward: probeReward,
  sampler: probeSampler,
};

/** A function that runs one component on batches of numbers. Throws where KIND or SPEC is wrong. */
export function createProbe(
  registry: Registry,
  container: Container,
  kind: string,
  spec: string,
): (values: unknown) => Promise<unknown> {
  if (isProbeKind(kind)) return probeOf(registry, container, kindAsked(kind, { file: "SPEC", text: spec }), spec);
  throw new InputError("RL_KIND", `probe: can't probe "${kind}".${suggestion(kind, [...probeKinds, "model"])}`);
}

function probeOf<K extends ProbeKind>(
  registry: Registry,
  container: Container,
  kind: K,
  spec: string,
): ReturnType<typeof createProbe> {
  const metrics = new MetricsCollector();
  const child = container.child();
  child.provide(Metrics, metrics);
  const resolved = resolveSpec(registry, kind, { file: "SPEC", text: spec });
  const parts = child.fill(resolved) as Specs[K]["parts"];
  return async (values) => {
    const batch = readBatch(values);
    try {
      const result = await probes[kind](parts, batch, { resolved, metrics });
      return toJson({ ...result, metrics: metrics.take() });
    } finally {
      metrics.take(); // of a batch that was refused half-way
      batch.dispose();
    }
  };
}

// ---------------------------------------------------------------- what each kind computes

/** The chain from `scores`; where its first step takes tokens, from the advantages, returns or token rewards given. */
function probeAdvantage(
  chain: readonly AdvantageStep[],
  batch: Batch,
  { resolved, metrics }: { readonly resolved: readonly Resolved<"advantage">[]; readonly metrics: Metrics },
): Result {
  checkGroups(resolved, batch);
  return tf.tidy(() => {
    const takesTokens = resolved[0]!.component.takes === "tokens";
    const rows = batch.has("scores")
      ? null
      : (batch.maybe("advantages", "returns", "tokenRewards") ?? batch.responses("scores")).shape[0]!;
    const scores = rows === null ? batch.responses("scores") : tf.zeros<Rank.R1>([rows]); // [B]
    const start = takesTokens ? (batch.maybe("advantages", "returns", "tokenRewards") ?? batch.tokens("advantages")) : scores; // [B] or [B, T]
    const made = runAdvantageSteps(
      chain,
      { values: start, returns: batch.maybe("returns") },
      {
        scores,
        groupIds: rows === null ? batch.groupIds : tf.zeros<Rank.R1>([rows], "int32"), // [B]
        mask: batch.hasTokens ? batch.mask : tf.ones<Rank.R2>([scores.shape[0], 1]), // [B, T]
        klPenalty: batch.maybe("klPenalty"),
        tokenRewards: batch.maybe("tokenRewards"),
        values: batch.maybe("values"),
      },
      metrics,
    );
    const hasTargets = chain.some((step) => step.returnsOf !== undefined);
    return { advantages: made.values.arraySync(), ...(hasTargets ? { returns: made.returns!.arraySync() } : {}) };
  });
}

/** A deviation within groups needs two responses in one of them, unless the step says what to do with one (`singleton`). */
function checkGroups(chain: readonly Resolved<"advantage">[], batch: Batch): void {
  if (!batch.has("scores") && batch.rewards === null) return;
  const undecided = chain.filter(({ options }) => (options as { singleton?: unknown }).singleton === null);
  const sizes = new Map<number, number>();
  for (const id of batch.groupIds.dataSync()) sizes.set(id, (sizes.get(id) ?? 0) + 1);
  const [issue] = groupIssues(undecided, Math.max(...sizes.values()), "every group of the batch has one");
  if (issue) throw new InputError("RL_BATCH", `batch: groupIds: ${issue.message}`);
}

function probeKl(kl: Kl, batch: Batch, { metrics }: { readonly metrics: Metrics }): Result {
  return tf.tidy(() => {
    const tokens = { logProbs: batch.tokens("logProbs"), refLogProbs: batch.tokens("refLogProbs"), mask: batch.mask };
    const estimate = klPenalty({ kl, coefficient: 1 }, tokens); // [B, T]
    metrics.sum("nonFiniteKl", countNonFinite(estimate)); // []
    return { kl: estimate.arraySync() };
  });
}

function probeRatio(ratio: Ratio, batch: Batch): Result {
  return tf.tidy(() => ({ ratio: keepMasked(ratio.apply(lossBatch(batch)), batch.mask).arraySync() }));
}

function probeSurrogate(surrogate: Surrogate, batch: Batch, { metrics }: { readonly metrics: Metrics }): Result {
  return tf.tidy(() => {
    const numbers = { ...lossBatch(batch), draws: surrogate.draws ? drawsOf(batch) : null };
    const given = batch.maybe("ratio");
    const ratio =
      given ?? (tf.exp(keepMasked(tf.sub(numbers.logProbs, numbers.oldLogProbs) as Tensor2D, batch.mask)) as Tensor2D); // [B, T]
    const tokenLoss = keepMasked(surrogate.apply({ ...numbers, ratio, advantages: batch.tokens("advantages") }), batch.mask); // [B, T]
    metrics.sum("nonFiniteLosses", countNonFinite(tokenLoss)); // []
    return { tokenLoss: tokenLoss.arraySync() };
  });
}

/** Without `rolloutLogProbs` sampler and trainer said the same; without `logProbs` the policy is the old one still. */
function probeCorrection(chain: readonly Correction[], batch: Batch, { metrics }: { readonly metrics: StageMetrics }): Result {
  return tf.tidy(() => {
    const oldLogProbs = batch.maybe("oldLogProbs", "logProbs") ?? batch.tokens("oldLogProbs"); // [B, T]
    const corrected = (advantages: Tensor2D) => {
      const rolloutLogProbs = batch.maybe("rolloutLogProbs") ?? oldLogProbs; // [B, T]
      const logProbs = batch.maybe("logProbs") ?? oldLogProbs; // [B, T]
      const made = correctionOf(chain, { oldLogProbs, rolloutLogProbs, logProbs, advantages, mask: batch.mask }, metrics);
      return { weights: made.weights.arraySync(), mask: made.mask.arraySync() };
    };
    if (batch.has("advantages")) return corrected(batch.tokens("advantages"));
    const [good, bad] = [1, -1].map((sign) => corrected(tf.fill(oldLogProbs.shape, sign))); // whichever they were: the same
    if (JSON.stringify(good) !== JSON.stringify(bad)) batch.tokens("advantages");
    metrics.take();
    return corrected(tf.zerosLike(oldLogProbs));
  });
}

function probeMask(part: LossMask, batch: Batch): Result {
  return tf.tidy(() => ({ mask: maskOf(part, batch).arraySync() }));
}

function maskOf(part: LossMask, batch: Batch): Tensor2D {
  return keepMasked(part.apply({ entropies: batch.tokens("entropies"), mask: batch.mask }), batch.mask); // [B, T]
}

function probeAggregate(aggregate: Aggregate, batch: Batch): Result {
  return tf.tidy(() => ({ loss: aggregate.apply(batch.tokens("tokenLoss"), batch.mask, totalsOf(batch)).dataSync()[0]! }));
}

function probeLoss(parts: Specs["loss"]["parts"], batch: Batch, { metrics }: { readonly metrics: Metrics }): Result {
  return tf.tidy(() => lossAndGradient({ ...parts, metrics }, batch, batch.tokens("advantages")));
}

/** The mean of the pairs' losses, with its gradient in the scores of both responses. */
function probePairLoss(loss: PairLoss, batch: Batch): Result {
  return tf.tidy(() => {
    const margins = batch.has("margins") ? batch.responses("margins") : null; // [P]
    const of = (chosen: Tensor, rejected: Tensor) =>
      loss.apply({ chosen: chosen as Tensor1D, rejected: rejected as Tensor1D, margins }); // [P]
    const scores = [batch.responses("chosen"), batch.responses("rejected")] as const; // [P] each
    const { value, grads } = tf.valueAndGrads((chosen: Tensor, rejected: Tensor) => tf.mean(of(chosen, rejected)) as Scalar)([
      ...scores,
    ]);
    const [gradChosen, gradRejected] = grads.map((grad) => grad.arraySync());
    return { loss: value.dataSync()[0]!, pairLosses: of(...scores).arraySync(), gradChosen, gradRejected };
  });
}

function probeAlgorithm(
  { reward, kl, advantage, critic, loss }: Specs["algorithm"]["parts"],
  batch: Batch,
  {
    resolved,
    metrics,
  }: { readonly resolved: { readonly advantage: readonly Resolved<"advantage">[] }; readonly metrics: Metrics },
): Result {
  checkGroups(resolved.advantage, batch);
  return tf.tidy(() => {
    const { mask, groupIds } = batch;
    const scores = composedScores(reward, batch); // [B]
    const { oldLogProbs, refLogProbs } = lossBatch(batch);
    const term = kl && { kl: kl.part, coefficient: kl.coefficient };
    const chain = advantageChain(
      advantage,
      {
        mask,
        groupIds,
        scores,
        klPenalty: term && kl.in === "reward" ? klPenalty(term, { logProbs: oldLogProbs, refLogProbs, mask }) : null, // [B, T]
        tokenRewards: batch.maybe("tokenRewards"),
        values: critic && batch.tokens("values"),
      },
      metrics,
    );
    const { tokenLoss: _, ...updated } = lossAndGradient(
      { ...loss, klTerm: term && kl.in === "loss" ? term : null, metrics },
      batch,
      chain.advantages,
    );
    const { tokenRewards, returns, advantages } = chain;
    return {
      ...(batch.rewards === null ? {} : { scores: scores.arraySync() }),
      tokenRewards: tokenRewards.arraySync(),
      returns: returns.arraySync(),
      advantages: advantages.arraySync(),
      ...updated,
      ...(critic && valueLossAndGradient(critic, loss.aggregate, batch, returns, metrics)),
    };
  });
}

/**
 * The scores that a batch gives; of several rules' outcomes their composition, with the batch's weights before the SPEC's, and equal ones where there are
 * none. Where each rule is normalised by itself and only scores are given, they are the outcomes of one rule. [B]
 */
function composedScores({ formula, weights, normalise }: Specs["algorithm"]["parts"]["reward"], batch: Batch): Tensor1D {
  if (batch.rewards === null && normalise === null) return batch.responses("scores");
  const outcomes = batch.rewards ?? { score: [...batch.responses("scores").dataSync()] };
  const rules = Object.keys(outcomes);
  const equal = Object.fromEntries(rules.map((rule) => [rule, 1]));
  const said = batch.weights !== null ? { formula: null, weights: batch.weights } : { formula, weights };
  const isSaid = batch.rewards !== null && (said.formula !== null || said.weights !== null);
  const composition = isSaid ? said : { formula: null, weights: equal };
  const [issue] = compositionIssues(rules, composition);
  if (issue) throw new InputError("RL_BATCH", `batch: ${[...issue.path].join(".")}: ${issue.message}`);
  const { scores } = scoreComposer(rules, { ...composition, normalise }).compose(outcomes, batch.groupIds.dataSync());
  return tf.tensor1d(scores as number[]); // [B]
}

/** The critic's part of the loss, its weight included, and its gradient in `newValues`, which are `values` where they are not given. */
function valueLossAndGradient(
  critic: CriticOptions,
  aggregate: Aggregate,
  batch: Batch,
  returns: Tensor2D,
  metrics: Metrics,
): Result {
  const oldValues = batch.tokens("values"); // [B, T]
  const totals = totalsOf(batch);
  const { value, grad } = tf.valueAndGrad((values: Tensor) =>
    criticLoss(critic, aggregate, { values: values as Tensor2D, oldValues, returns, mask: batch.mask }, totals, metrics, 1),
  )(batch.maybe("newValues") ?? oldValues.clone()) as { value: Scalar; grad: Tensor2D }; // [], [B, T]
  return { valueLoss: value.dataSync()[0]!, gradValues: grad.arraySync() };
}

/** Which responses train, and with which scores: lengths are those of the mask, and none was cut off unless `truncated` says so. */
function probeSampler(chain: readonly Sampler[], batch: Batch): Result {
  const scores = batch.responses("scores").dataSync() as Float32Array;
  const mask = (batch.hasTokens ? batch.mask.arraySync() : Array.from(scores, () => [1])) as number[][];
  const chosen = applySamplers(chain, {
    scores,
    groupIds: batch.groupIds.dataSync() as Int32Array,
    lengths: Int32Array.from(mask, (row) => row.filter((one) => one > 0).length),
    truncated: batch.has("truncated")
      ? Array.from(batch.responses("truncated").dataSync(), (one) => one > 0)
      : mask.map(() => false),
    maxNewTokens: mask[0]!.length,
  });
  return {
    scores: [...chosen.scores],
    mask: mask.map((row, index) => (chosen.masked[index] ? row.map(() => 0) : row)),
    replaced: [...chosen.replaced],
  };
}

/** One rule, or a score composed of several as in the rl stage's `reward`: then with each rule's outcomes as well, before any normalisation. */
async function probeReward(
  part: Reward | ComposedReward,
  batch: Batch,
  { resolved }: { readonly resolved: unknown },
): Promise<Result> {
  const { texts, items } = batch;
  if (texts.length !== items.length)
    throw new InputError(
      "RL_BATCH",
      `batch: ${texts.length} responses and ${items.length} items, expected one item for each response`,
    );
  const rules = isResolved(resolved) ? { reward: part as Reward } : (part as ComposedReward).rules;
  const outcomes = await applyRules(rules, { responses: texts, items }).catch((error: unknown) => {
    throw isInputError(error) && error.code === "RL_BATCH" ? (error.cause ?? error) : error; // what the rule read of the batch is wrong, not the rule
  });
  if (isResolved(resolved)) return scoresAndReasons(outcomes.reward!);
  const groupIds = batch.has("groupIds") ? batch.responses("groupIds").dataSync() : texts.map(() => 0);
  if (groupIds.length !== texts.length)
    throw new InputError(
      "RL_BATCH",
      `batch: ${texts.length} responses and ${groupIds.length} groupIds, expected one for each response`,
    );
  const { scores } = scoreComposer(Object.keys(rules), part as ComposedReward).compose(outcomes, groupIds);
  return { ...scoresAndReasons(scores), rules: outcomes };
}

function scoresAndReasons(outcomes: readonly RewardOutcome[]): Result {
  return {
    scores: outcomes.map((outcome) => (isInvalid(outcome) ? null : outcome)),
    invalid: outcomes.map((outcome) => (isInvalid(outcome) ? outcome.invalid : null)),
  };
}

// ---------------------------------------------------------------- shared

/** Where they are not given, old log-probabilities are the policy's own (ratio 1), and the reference is the old policy. */
function lossBatch(batch: Batch) {
  const logProbs = batch.tokens("logProbs"); // [B, T]
  const oldLogProbs = batch.maybe("oldLogProbs") ?? logProbs.clone(); // [B, T]
  const refLogProbs = batch.maybe("refLogProbs") ?? oldLogProbs.clone(); // [B, T]
  const rolloutLogProbs = batch.maybe("rolloutLogProbs"); // [B, T]
  return { logProbs, oldLogProbs, refLogProbs, rolloutLogProbs, mask: batch.mask };
}

/**
 * What a surrogate draws by: `draws`; else those `selected`, first; else the same random numbers for every batch. [B, T]
 */
function drawsOf(batch: Batch): Tensor2D {
  const given = batch.maybe("draws");
  if (given !== null) return given;
  const selected = batch.maybe("selected"); // [B, T], 1 for those to be drawn
  if (selected !== null) return tf.sub(1, selected) as Tensor2D; // [B, T]
  const { shape, size } = batch.mask;
  const random = randomStream("probe", "loss.surrogate");
  return tf.tensor2d(
    Float32Array.from({ length: size }, () => random.uniform()),
    shape,
  ); // [B, T]
}

function totalsOf(batch: Batch) {
  return batchTotals(batch.mask.arraySync());
}

function lossAndGradient(parts: PolicyLossParts & { readonly mask: LossMask | null }, batch: Batch, advantages: Tensor2D) {
  const numbers = {
    ...lossBatch(batch),
    draws: parts.surrogate.draws ? drawsOf(batch) : null,
    lossMask: parts.mask && maskOf(parts.mask, batch),
  };
  const totals = totalsOf(batch);
  let tokenLoss: number[][] = [];
  const { value, grad } = tf.valueAndGrad((logProbs: Tensor) => {
    const made = policyLoss(parts, { ...numbers, logProbs: logProbs as Tensor2D, advantages }, totals);
    tokenLoss = made.tokenLoss.arraySync();
    return made.loss;
  })(numbers.logProbs) as { value: Scalar; grad: Tensor2D };
  return { loss: value.dataSync()[0]!, tokenLoss, gradLogProbs: grad.arraySync() };
}
