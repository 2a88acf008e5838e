import * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";
import type { OptionCheck, OptionIssue } from "../../plugin/component.ts";
import { suggestion } from "../../plugin/suggestion.ts";
import { compileFormula, FormulaError } from "../../formula/formula.ts";
import type { Invalid, RewardOutcome } from "../../kinds.ts";
import { groupNormalised } from "../../math/groups.ts";
import type { GroupNormalisation } from "../../math/groups.ts";
import { slot } from "../../plugin/slots.ts";
import { isInvalid, scoreOf } from "../score.ts";
import type { RuleOutcomes } from "../score.ts";

/**
 * How the rules' outcomes r₁ … r_K of a response become its score.
 *
 *     R_i = formula(r₁, …, r_K)    or    R_i = Σ_k w_k·r_k
 *
 * normalise (GDPO, arXiv 2601.05242v1): before that, each rule on its own within the group, so that a rule with large numbers or a rare one
 * doesn't drown the others:
 *
 *     r_k ← (r_k − mean_k) / (σ_k + ε)             over the outcomes of rule k in the response's group
 *
 * leaveOneOut (NeMo-RL's default): mean and σ are those of the group's other responses, and where their σ is not above ε, r_k − mean_k.
 * An invalid outcome stays invalid, leaves its response without a score and enters no mean. A rule with a single valid outcome in a group, or
 * with equal ones, gives 0. GDPO then normalises the scores over the batch: the advantage step `batch-normalise`.
 */
export const rewardOptions = z.strictObject({
  rules: z.record(z.string(), slot("reward")).describe("rewards by the names that the formula or the weights use"),
  formula: z.string().nullable().default(null).describe("the score, from the rules' names"),
  weights: z
    .record(z.string(), z.number())
    .nullable()
    .default(null)
    .describe("w, one for each rule: the score is the weighted sum. Either formula or weights is given"),
  normalise: z
    .strictObject({
      deviation: z.enum(["unbiased", "population"]).default("unbiased").describe("σ² divides by n − 1, or by n"),
      epsilon: z.number().min(0).default(1e-4).describe("ε (TRL, GDPO's released code: 1e-4; verl, NeMo-RL: 1e-6)"),
      leaveOneOut: z.boolean().default(false).describe("mean and σ without the response itself (NeMo-RL)"),
    })
    .nullable()
    .default(null)
    .describe("each rule's outcomes normalised within the group, before the formula or the weights (GDPO); null: as they are"),
  onInvalid: z
    .enum(["drop-sample", "drop-group", "abort"])
    .default("drop-sample")
    .describe("what becomes of a response that a rule could not score"),
});

/** The options that say how scores are made, without the rules themselves. */
export interface Composition {
  readonly formula: string | null;
  readonly weights: Readonly<Record<string, number>> | null;
  readonly normalise: GroupNormalisation | null;
}

export interface Composed {
  /** What trains: of the normalised outcomes, where `normalise` is given. */
  readonly scores: readonly (number | Invalid)[];
  /** Of the outcomes as the rules gave them. Normalised ones have a mean of 0 whatever the policy learns, so this is what tells how it does. */
  readonly plain: readonly (number | Invalid)[];
}

export interface ScoreComposer {
  /** The formula, or the weighted sum written out, for messages. */
  readonly source: string;
  compose(outcomes: RuleOutcomes, groupIds: ArrayLike<number>): Composed;
}

/** Takes options that `rewardIssues` finds nothing wrong with. */
export function scoreComposer(rules: readonly string[], { formula, weights, normalise }: Composition): ScoreComposer {
  const expression = formula === null ? weightedSum(weights!) : compileFormula(formula, rules);
  return {
    source: normalise === null ? expression.source : `${expression.source}, each rule normalised in its group,`,
    compose(outcomes, groupIds) {
      const scoresOf = (made: RuleOutcomes) => Array.from(groupIds, (_, row) => scoreOf(expression, made, row));
      const plain = scoresOf(outcomes);
      return { plain, scores: normalise === null ? plain : scoresOf(normalised(outcomes, groupIds, normalise)) };
    },
  };
}

function weightedSum(weights: Readonly<Record<string, number>>) {
  const terms = Object.entries(weights);
  return {
    source: terms.map(([rule, weight]) => `${weight} * ${rule}`).join(" + "),
    evaluate: (values: Readonly<Record<string, number>>) =>
      terms.reduce((sum, [rule, weight]) => sum + weight * values[rule]!, 0),
  };
}

/** Each rule's valid outcomes, normalised within their groups; invalid ones stay as they are. */
function normalised(outcomes: RuleOutcomes, groupIds: ArrayLike<number>, options: GroupNormalisation): RuleOutcomes {
  return Object.fromEntries(
    Object.entries(outcomes).map(([rule, given]) => [rule, normalisedRule(given, groupIds, options)] as const),
  );
}

function normalisedRule(given: readonly RewardOutcome[], groupIds: ArrayLike<number>, options: GroupNormalisation) {
  const rows = given.flatMap((outcome, row) => (isInvalid(outcome) ? [] : [row]));
  if (rows.length === 0) return given;
  const values = tf.tidy(() => {
    const valid = tf.tensor1d(rows.map((row) => given[row] as number)); // [rows]
    const groups = tf.tensor1d(
      rows.map((row) => groupIds[row]!),
      "int32",
    ); // [rows]
    return groupNormalised(valid, groups, options).dataSync();
  });
  const made: RewardOutcome[] = [...given];
  rows.forEach((row, index) => (made[row] = values[index]!));
  return made;
}

// ---------------------------------------------------------------- what can be wrong with the options

/** As an experiment has them; a value is undefined where it is itself at fault, which is reported on its own. */
interface Written {
  readonly rules?: object;
  readonly formula?: string | null | undefined;
  readonly weights?: Readonly<Record<string, number>> | null | undefined;
  readonly normalise?: object | null;
}

/** What the schema can't see, for options under `reward` (in the rl stage) or at the top (in a probe: ""). */
export function rewardChecks(under: "reward" | ""): readonly OptionCheck[] {
  const path = (key: string) => (under === "" ? key : `${under}.${key}`);
  const check = (reads: readonly string[], issues: (reward: Written) => OptionIssue[]): OptionCheck => ({
    reads,
    find: (options: Written & { reward: Written }) =>
      issues(under === "" ? options : options.reward).map((issue) => ({
        ...issue,
        path: [...(under === "" ? [] : [under]), ...issue.path],
      })),
  });
  return [
    check(under === "" ? [] : [under], choiceIssues),
    check([path("rules"), path("formula")], ({ rules, formula }) =>
      formula === null ? [] : formulaIssues(Object.keys(rules!), formula!),
    ),
    check([path("rules"), path("weights")], ({ rules, weights }) =>
      weights === null ? [] : weightIssues(Object.keys(rules!), weights!),
    ),
  ];
}

/** What is wrong with a composition of outcomes that these rules gave. */
export function compositionIssues(rules: readonly string[], { formula, weights }: Omit<Composition, "normalise">): OptionIssue[] {
  return [...(formula === null ? [] : formulaIssues(rules, formula)), ...(weights === null ? [] : weightIssues(rules, weights))];
}

/** Exactly one of formula and weights makes the score. */
function choiceIssues(reward: Written): OptionIssue[] {
  const atFault = (key: "formula" | "weights") => key in reward && reward[key] === undefined;
  if (atFault("formula") || atFault("weights")) return [];
  const [formula, weights] = [reward.formula ?? null, reward.weights ?? null];
  if (formula === null && weights === null) {
    const message =
      "has neither formula nor weights: give formula, an expression over the rules' names, or weights, a number for each rule";
    return [{ path: [], message }];
  }
  if (formula === null || weights === null) return [];
  const message = `there is a formula too (${formula}), and only one of them can make the score; with weights, say formula: null (an algorithm's preset may have set it)`;
  return [{ path: ["weights"], message, atKey: true }];
}

function formulaIssues(rules: readonly string[], formula: string): OptionIssue[] {
  try {
    compileFormula(formula, rules);
    return [];
  } catch (error) {
    if (!(error instanceof FormulaError)) throw error;
    return [{ path: ["formula"], message: error.message, offset: error.column - 1 }];
  }
}

function weightIssues(rules: readonly string[], weights: Readonly<Record<string, number>>): OptionIssue[] {
  if (rules.length === 0) return [{ path: ["weights"], message: "there is no rule to weigh", atKey: true }];
  const unknown = Object.keys(weights).filter((name) => !rules.includes(name));
  const missing = rules.filter((name) => !Object.hasOwn(weights, name));
  return [
    ...unknown.map((name) => ({
      path: ["weights", name],
      message: `there is no rule "${name}" to weigh.${suggestion(name, rules)}`,
      atKey: true,
    })),
    ...missing.map((name) => ({
      path: ["weights"],
      message: `no weight for the rule "${name}": every rule has one, 0 where it is only to be watched`,
      atKey: true,
    })),
  ];
}
