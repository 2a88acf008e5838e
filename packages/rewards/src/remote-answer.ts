import type { RewardOutcome } from "@rewardlab/core";
import { excerpt } from "@rewardlab/endpoints";

/**
 * The outcomes in a reward server's answer: a number for each response, or `invalid` where the server gives NaN, ±∞ or null. `why`: it can't be read, as where it
 * was cut off, and may be asked for again. `broken`: it was read, and is not of the protocol.
 */
export function readRewards(
  text: string,
  count: number,
  use: string,
): readonly RewardOutcome[] | { readonly why: string } | { readonly broken: string } {
  const body = parsed(text);
  if (body === undefined) return { why: `the answer is no JSON: ${excerpt(text)}` };
  const lists = objectOf(body);
  const [name, ...rest] = use.split(".");
  const list = rest.length === 0 ? lists[name!] : objectOf(lists[name!])[rest.join(".")];
  if (!Array.isArray(list))
    return { broken: `its answer has no list ${use}: ${excerpt(text)}, expected { ${use}: [${count} numbers] }` };
  if (list.length !== count) return { broken: `gives ${list.length} ${use} for ${count} queries, expected a number for each` };
  const outcomes = list.map(outcomeOf);
  const wrong = outcomes.indexOf(null);
  if (wrong !== -1) return { broken: `its ${use}[${wrong}] is ${JSON.stringify(list[wrong])?.slice(0, 80)}, expected a number` };
  return outcomes as RewardOutcome[];
}

/** A number, one in a list of its own (a server that keeps the model's last axis), or what stands for none; null: nothing of that. */
function outcomeOf(value: unknown): RewardOutcome | null {
  const one: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
  if (typeof one === "number") return Number.isFinite(one) ? one : { invalid: `the server's reward is ${one}` };
  if (one === null || (typeof one === "string" && noNumber.test(one))) return { invalid: `the server's reward is ${one}` };
  return null;
}

const noNumber = /^(NaN|-?Infinity)$/;

/** JSON, with the NaN and Infinity that Python writes as words in it. */
function parsed(text: string): unknown {
  for (const form of [text, text.replaceAll(/(?<=[[:,]\s*)(NaN|-?Infinity)(?=\s*[,\]}])/g, '"$1"')])
    try {
      return JSON.parse(form) as unknown;
    } catch {
      // the other form may be one
    }
  return undefined;
}

const objectOf = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
