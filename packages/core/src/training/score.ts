import type { Invalid, Reward, RewardBatch, RewardOutcome } from "../kinds.ts";

/** Every rule's outcome for every response. */
export type RuleOutcomes = Readonly<Record<string, readonly RewardOutcome[]>>;

/**
 * Applies the rules: begun in their order, then side by side, so that judges wait for their servers at the same time. A rule that throws, or that gives no number and no
 * reason, stops the run (plugin/guards), the first one of several, once all have ended: neither ever becomes 0.
 */
export async function applyRules(rules: Readonly<Record<string, Reward>>, batch: RewardBatch): Promise<RuleOutcomes> {
  const begun = Object.entries(rules).map(async ([name, rule]) => [name, await rule.score(batch)] as const);
  const ended = await Promise.allSettled(begun);
  const failed = ended.find((one) => one.status === "rejected");
  if (failed) throw failed.reason;
  return Object.fromEntries(await Promise.all(begun));
}

/** Whether a rule couldn't tell; it then says why. */
export function isInvalid(outcome: RewardOutcome): outcome is Invalid {
  return typeof outcome === "object" && outcome !== null && typeof outcome.invalid === "string";
}

/** An expression over the rules' names: a compiled formula, or a weighted sum. */
export interface ScoreExpression {
  readonly source: string;
  evaluate(values: Readonly<Record<string, number>>): number;
}

/** One response's score by the expression, or why there is none. */
export function scoreOf(expression: ScoreExpression, outcomes: RuleOutcomes, row: number): number | Invalid {
  const values: Record<string, number> = {};
  for (const [name, scored] of Object.entries(outcomes)) {
    const outcome = scored[row]!;
    if (isInvalid(outcome)) return { invalid: `${name}: ${outcome.invalid}` };
    values[name] = outcome;
  }
  return expression.evaluate(values);
}

/** Every rule's outcome for one response. */
export function outcomesAt(outcomes: RuleOutcomes, row: number): Record<string, RewardOutcome> {
  return Object.fromEntries(Object.entries(outcomes).map(([name, scored]) => [name, scored[row]!]));
}

/** The mean of the valid outcomes of each rule; a rule without any has none. */
export function ruleMeans(outcomes: RuleOutcomes): Record<string, number> {
  return Object.fromEntries(
    Object.entries(outcomes).flatMap(([name, scored]) => {
      const valid = scored.filter((outcome): outcome is number => !isInvalid(outcome));
      return valid.length === 0 ? [] : [[name, valid.reduce((a, b) => a + b, 0) / valid.length]];
    }),
  );
}

/** Outcomes with some rows taken from `fresh`, as `from` says: for each row the one that takes its place, or null. */
export function replaceOutcomes(outcomes: RuleOutcomes, fresh: RuleOutcomes, from: readonly (number | null)[]): RuleOutcomes {
  return Object.fromEntries(
    Object.entries(outcomes).map(([name, own]) => [
      name,
      from.map((row, index) => (row === null ? own[index]! : fresh[name]![row]!)),
    ]),
  );
}
