import type { PreferenceItem, Reward, RewardOutcome } from "@rewardlab/core";

/** What rules say of responses to items: for each response null where every outcome reaches `least`, else the first rule that doesn't pass it, or can't tell. */
export async function failures(
  rules: Readonly<Record<string, Reward>>,
  least: number,
  batch: { readonly responses: readonly string[]; readonly items: readonly PreferenceItem[]; readonly signal: AbortSignal },
): Promise<(Failure | null)[]> {
  const outcomes: (readonly [string, readonly RewardOutcome[]])[] = [];
  for (const [name, rule] of Object.entries(rules)) outcomes.push([name, await rule.score(batch)]);
  return batch.responses.map((_, row) => {
    for (const [rule, given] of outcomes) {
      const outcome = given[row]!;
      if (typeof outcome !== "number") return { rule, invalid: outcome.invalid };
      if (outcome < least) return { rule };
    }
    return null;
  });
}

/** Which rule a response didn't pass; `invalid`: it couldn't tell, and why. */
export interface Failure {
  readonly rule: string;
  readonly invalid?: string;
}
