import type { Resolved } from "../../plugin/resolved.ts";
import { correctionMetrics } from "../../math/correction.ts";
import { klTermMetrics, policyLossMetrics, advantageMetrics } from "../../math/policy-loss.ts";
import type { MetricDeclarations } from "../../services/metric-declaration.ts";
import { criticMetrics } from "./critic.ts";
import { samplingMetrics } from "./responses.ts";
import type { RlOptions } from "./options.ts";

/** What a line of an `rl` stage's metrics.jsonl holds besides what its components count. */
export const rlMetrics: MetricDeclarations<RlOptions> = {
  score: {
    title: "Score",
    first: true,
    meaning:
      "Mean over the rollout of what the reward formula or weights give, of the rules as they are, before any normalisation. Variants with different formulas or weights have different scales: compare their accuracy instead.",
  },
  rules: {
    title: "Rule",
    first: true,
    meaning: "Mean over the rollout of each reward rule.",
    parts: ({ reward }) =>
      Object.fromEntries(
        Object.entries(reward.rules as unknown as Readonly<Record<string, Resolved<"reward">>>).map(([name, rule]) => [
          name,
          rulePart(rule),
        ]),
      ),
  },
  kl: {
    title: "KL from the start",
    first: true,
    stability: "last",
    meaning:
      "How far the policy has moved from the one before RL, per token, in nats, by the estimator the experiment names. An estimate that can be negative is so by chance.",
  },
  gradientNorm: {
    title: "Gradient norm",
    first: true,
    stability: "largest",
    meaning: "Global L2 norm before it is clipped, mean of the iteration’s updates.",
  },
  responseTokens: {
    title: "Response length",
    first: true,
    of: "tokens",
    meaning: "Mean tokens in a response. A length that runs to the limit, or to almost nothing, often comes before a collapse.",
  },
  loss: {
    title: "Loss",
    meaning: "The policy loss. In RL it is no measure of progress: it stays near 0 whatever is learnt.",
  },
  scoreDeviation: {
    title: "Spread of scores",
    meaning: "Standard deviation of the rollout’s scores. At 0 there is nothing to learn from.",
  },
  trainedScore: {
    title: "Score of what trains",
    meaning:
      "Mean score after the sampler: without the groups it replaced, with its penalties. Score itself is the policy’s, before any of it.",
  },
  invalid: {
    title: "Responses without a score",
    unit: "count",
    of: "responses",
    meaning: "Where a rule could not tell; they do not train and never count as 0.",
  },
  learningRate: { title: "Learning rate", meaning: "As scheduled." },
  updates: {
    title: "Updates",
    unit: "count",
    of: "updates",
    meaning: "Optimizer steps that were made. Loss and gradient norm are means over them, and absent where there are none.",
  },
  skippedUpdates: {
    title: "Skipped updates",
    unit: "count",
    of: "updates",
    stability: "sum",
    meaning: "Updates left out because a number was not finite.",
  },
  klCoefficient: { title: "KL coefficient", meaning: "β of the iteration, where it follows a target." },
  ...samplingMetrics,
  ...criticMetrics,
  ...advantageMetrics,
  ...policyLossMetrics,
  ...klTermMetrics,
  ...correctionMetrics,
};

/** A rule says in a line what it is, and between which numbers it lies. */
function rulePart({ component, options }: Resolved<"reward">): { meaning: string; unit?: "share" } {
  const [low, high] = component.range?.(options) ?? [-Infinity, Infinity];
  const meaning = `Mean over the rollout of the reward ${component.name}: ${component.summary}.`;
  return low >= 0 && high <= 1 ? { meaning, unit: "share" } : { meaning };
}
