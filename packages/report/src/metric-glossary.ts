import { plainNumber } from "./wording.ts";

/** A training metric as the report shows it. */
export interface Metric {
  /** As in metrics.jsonl; rules as rules.<name>. */
  readonly name: string;
  readonly title: string;
  readonly unit: "number" | "share";
  /** What it is, and where people stumble. */
  readonly meaning: string;
  /** Drawn on a logarithmic axis where it spans more than a factor of 30. */
  readonly spansOrders?: boolean;
  /** How several iterations become one point where a curve is thinned out. */
  readonly thinBy: "mean" | "max";
  /** Why it may be 0 from beginning to end. */
  readonly zero?: (largest: { readonly ratio: number | null; readonly logRatio: number | null }) => string;
}

const main: readonly Metric[] = [
  {
    name: "score",
    title: "Score",
    unit: "number",
    thinBy: "mean",
    meaning:
      "Mean over the rollout of what the reward formula or weights give, of the rules as they are, before any normalisation. Variants with different formulas or weights have different scales: compare their accuracy instead.",
  },
  {
    name: "rules.accuracy",
    title: "Accuracy in training",
    unit: "share",
    thinBy: "mean",
    meaning: "Share of sampled responses that chose right, on training questions. The result above is on test questions.",
  },
  {
    name: "kl",
    title: "KL from the start",
    unit: "number",
    thinBy: "mean",
    meaning:
      "How far the policy has moved from the one before RL, per token, in nats, by the estimator the experiment names. The k1 estimate can be negative by chance.",
  },
  {
    name: "largestRatio",
    title: "Largest importance ratio",
    unit: "number",
    spansOrders: true,
    thinBy: "max",
    meaning: "The largest π/π_old of any token. 1 where each rollout is used for one update only: then both are the same policy.",
  },
  {
    name: "clipFraction",
    title: "Clipped tokens",
    unit: "share",
    thinBy: "mean",
    meaning: "Share of tokens whose gradient the surrogate’s clip takes away.",
    zero: ({ ratio }) =>
      ratio !== null && ratio < 1.001
        ? "Each rollout is used for a single update, so π equals π_old when the loss is taken: every ratio is 1 and there is nothing to clip."
        : `No ratio left the clip range on the side where the clip acts (largest ratio ${plainNumber(ratio)}).`,
  },
  {
    name: "preClippedFraction",
    title: "Pre-clipped tokens",
    unit: "share",
    thinBy: "mean",
    meaning:
      "Share of tokens whose log ratio Pre-CLIP clamped before it was exponentiated; it begins at |log ratio| 6.9, a ratio of 1000. A plain guard against overflow is counted apart, as clamped tokens.",
    zero: ({ logRatio }) =>
      `Pre-CLIP was never reached: the largest |log ratio| was ${plainNumber(logRatio)}, and it begins at 6.9 (ratios above 1000 or below 0.001). It is an emergency brake; its value, if any, shows under many updates per rollout or high learning rates.`,
  },
  {
    name: "filteredFraction",
    title: "Filtered tokens",
    unit: "share",
    thinBy: "mean",
    meaning:
      "Share of tokens whose advantage the filter set to 0. With right-or-wrong scores, |z| ≤ 3 does nothing while 10 to 90 % are right, and takes out the rare kind beyond.",
    zero: () =>
      "With right-or-wrong scores no whitened advantage lies beyond 3 σ while between 10 and 90 % of the responses are right.",
  },
  {
    name: "gradientNorm",
    title: "Gradient norm",
    unit: "number",
    spansOrders: true,
    thinBy: "max",
    meaning: "Global L2 norm before it is clipped, mean of the iteration’s updates.",
  },
  {
    name: "responseTokens",
    title: "Response length",
    unit: "number",
    thinBy: "mean",
    meaning: "Mean tokens in a response. A length that runs to the limit, or to almost nothing, often comes before a collapse.",
  },
];

const more: readonly Metric[] = [
  {
    name: "loss",
    title: "Loss",
    unit: "number",
    thinBy: "mean",
    meaning: "The policy loss. In RL it is no measure of progress: it stays near 0 whatever is learnt.",
  },
  {
    name: "scoreDeviation",
    title: "Spread of scores",
    unit: "number",
    thinBy: "mean",
    meaning: "Standard deviation of the rollout’s scores. At 0 there is nothing to learn from.",
  },
  {
    name: "largestLogRatio",
    title: "Largest |log ratio|",
    unit: "number",
    thinBy: "max",
    meaning: "Before any clamp; large values of either sign.",
  },
  {
    name: "clampedFraction",
    title: "Clamped tokens",
    unit: "share",
    thinBy: "mean",
    meaning:
      "Share of tokens whose log ratio was beyond the guard that keeps exp from overflowing, usually ±20. It is no Pre-CLIP, which has a curve of its own: pre-clipped tokens.",
  },
  {
    name: "clipFractionLow",
    title: "Clipped below",
    unit: "share",
    thinBy: "mean",
    meaning: "Negative advantage and a ratio below the range.",
  },
  {
    name: "clipFractionHigh",
    title: "Clipped above",
    unit: "share",
    thinBy: "mean",
    meaning: "Positive advantage and a ratio above the range.",
  },
  {
    name: "filteredFractionPositive",
    title: "Filtered, advantage > 0",
    unit: "share",
    thinBy: "mean",
    meaning: "Of all tokens.",
  },
  {
    name: "filteredFractionNegative",
    title: "Filtered, advantage < 0",
    unit: "share",
    thinBy: "mean",
    meaning: "Of all tokens.",
  },
  { name: "learningRate", title: "Learning rate", unit: "number", thinBy: "mean", meaning: "As scheduled." },
  {
    name: "invalid",
    title: "Responses without a score",
    unit: "number",
    thinBy: "max",
    meaning: "Where a rule could not tell; they do not train and never count as 0.",
  },
  {
    name: "updates",
    title: "Updates",
    unit: "number",
    thinBy: "mean",
    meaning: "Optimizer steps that were made. Loss and gradient norm are means over them, and absent where there are none.",
  },
  {
    name: "skippedUpdates",
    title: "Skipped updates",
    unit: "number",
    thinBy: "max",
    meaning: "Updates left out because a number was not finite.",
  },
  {
    name: "trainedScore",
    title: "Score of what trains",
    unit: "number",
    thinBy: "mean",
    meaning:
      "Mean score after the sampler: without the groups it replaced, with its penalties. Score itself is the policy’s, before any of it.",
  },
  {
    name: "resampledGroups",
    title: "Groups replaced",
    unit: "number",
    thinBy: "mean",
    meaning: "Groups of equal scores whose place fresh prompts took, over all rounds of an iteration.",
  },
  {
    name: "rollouts",
    title: "Rollouts",
    unit: "number",
    thinBy: "max",
    meaning: "How many the iteration took, with those for replaced groups.",
  },
  {
    name: "equalGroupFraction",
    title: "Groups of equal scores",
    unit: "share",
    thinBy: "mean",
    meaning: "Of the groups looked at. They have no advantage, so nothing is learnt from them.",
  },
  {
    name: "truncatedFraction",
    title: "Responses cut off",
    unit: "share",
    thinBy: "mean",
    meaning: "Responses that reached the limit before their end.",
  },
  {
    name: "overlongPenalty",
    title: "Penalty on length",
    unit: "number",
    thinBy: "mean",
    meaning: "Mean that the score lost for being long.",
  },
  {
    name: "klCoefficient",
    title: "KL coefficient",
    unit: "number",
    thinBy: "mean",
    meaning: "β of the iteration, where it follows a target.",
  },
  {
    name: "klInputClamped",
    title: "KL: inputs clamped",
    unit: "number",
    thinBy: "max",
    meaning: "Tokens whose log ratio to the reference was beyond the estimator’s clamp.",
  },
  {
    name: "klOutputClamped",
    title: "KL: estimates clamped",
    unit: "number",
    thinBy: "max",
    meaning: "Tokens whose estimate was beyond the clamp; they have no gradient.",
  },
  {
    name: "valueLoss",
    title: "Value loss",
    unit: "number",
    thinBy: "mean",
    meaning: "Half the critic’s squared error, before its weight.",
  },
  {
    name: "explainedVariance",
    title: "Explained variance",
    unit: "number",
    thinBy: "mean",
    meaning: "How much of the returns’ variance the critic knew: 1 all of it, 0 none, negative worse than their mean.",
  },
  {
    name: "valueClipFraction",
    title: "Values moved far",
    unit: "share",
    thinBy: "mean",
    meaning: "Tokens whose value moved beyond the value clip since the rollout.",
  },
  {
    name: "aloneInGroup",
    title: "Responses alone in their group",
    unit: "number",
    thinBy: "max",
    meaning: "Nothing to compare them with: their advantage is 0, or their score where the experiment says so.",
  },
  {
    name: "nonFiniteScores",
    title: "Scores not finite",
    unit: "number",
    thinBy: "max",
    meaning: "Responses whose score is NaN or infinite.",
  },
  {
    name: "nonFiniteAdvantages",
    title: "Advantages not finite",
    unit: "number",
    thinBy: "max",
    meaning: "Tokens whose advantage is NaN or infinite.",
  },
  {
    name: "nonFiniteRatios",
    title: "Ratios not finite",
    unit: "number",
    thinBy: "max",
    meaning: "Tokens whose importance ratio overflowed or is NaN; a guard (clamped, pre-clip) prevents it.",
  },
  {
    name: "nonFiniteLosses",
    title: "Losses not finite",
    unit: "number",
    thinBy: "max",
    meaning: "Tokens whose loss is NaN or infinite.",
  },
  {
    name: "nonFiniteKl",
    title: "KL not finite",
    unit: "number",
    thinBy: "max",
    meaning: "Tokens whose KL estimate is NaN or infinite.",
  },
];

/** The metrics among `names`, those to look at first apart from the rest. Metrics of components the glossary doesn't know are shown as well. */
export function metricsToShow(names: readonly string[]): { readonly first: Metric[]; readonly rest: Metric[] } {
  const there = new Set(names);
  const known = new Set([...main, ...more].map(({ name }) => name));
  const unknown = names.filter((name) => !known.has(name)).map(unknownMetric);
  const rules = unknown.filter(({ name }) => name.startsWith("rules."));
  const first = main.filter(({ name }) => there.has(name));
  return {
    first: [...first.filter(isOutcome), ...rules, ...first.filter((metric) => !isOutcome(metric))],
    rest: [...more.filter(({ name }) => there.has(name)), ...unknown.filter((metric) => !rules.includes(metric))],
  };
}

const isOutcome = ({ name }: Metric) => name === "score" || name === "rules.accuracy";

function unknownMetric(name: string): Metric {
  const isRule = name.startsWith("rules.");
  return {
    name,
    title: isRule ? `Rule: ${name.slice("rules.".length)}` : name,
    unit: /(fraction|share)$/i.test(name) ? "share" : "number",
    thinBy: "mean",
    meaning: isRule ? "Mean over the rollout of the reward rule." : "Recorded by a component of the experiment.",
  };
}
