import { isInputError } from "@rewardlab/core";
import { randomInt } from "node:crypto";
import type { z } from "zod";
import type { Batches } from "./batches.ts";
import type { PictureLimits } from "./pictures.ts";
import { Problem } from "./problem.ts";
import type { Ask, Policy, Sampled } from "./question.ts";

/** What every endpoint answers with. */
export interface Serving {
  readonly policy: Policy;
  readonly batches: Batches;
  readonly pictures: PictureLimits;
  /** Longest response where a request doesn't say, and the most it may ask for. */
  readonly maxNewTokens: number;
  /** Responses that one question may ask for. */
  readonly mostSamples: number;
  /** Votes where a request doesn't say. */
  readonly votes: number;
  /** Counts judgements that had no answer to read. */
  readonly unreadable: (count: number) => void;
}

/** A request's body, and whether anybody still waits. */
export interface Call {
  readonly body: unknown;
  readonly signal: AbortSignal;
}

/** What a request is answered with: JSON, or events that are sent while they are made. */
export type Reply = { readonly json: object } | { readonly events: (send: (event: object) => void) => Promise<void> };

/** The fields of a body, checked. Throws `Problem` with all that is wrong. */
export function checked<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map(({ path, message }) => (path.length === 0 ? message : `${pathText(path)}: ${message}`));
  const [first] = parsed.error.issues;
  const param = first!.path.length === 0 ? null : pathText(first!.path);
  throw new Problem(400, "invalid_request", wrong.slice(0, 10).join("; "), { param });
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((step, index) => (typeof step === "number" ? `[${step}]` : `${index === 0 ? "" : "."}${String(step)}`))
    .join("");
}

/** What is asked of a policy, before its prompt is counted. */
export type Wanted = Omit<Ask, "promptTokens" | "maxNewTokens"> & {
  /** null: as many as there may be. */
  readonly maxNewTokens: number | null;
  /** The field that says so, for messages. */
  readonly param: string;
};

/** A question whose prompt fits. Throws `Problem` for one that the policy can't be asked. */
export function askFor({ policy, maxNewTokens: most }: Serving, { param, maxNewTokens, ...wanted }: Wanted): Ask {
  const promptTokens = inputChecked(() => policy.promptTokens(wanted.question), param);
  const room = policy.contextLength - promptTokens;
  if (maxNewTokens !== null && maxNewTokens > most)
    throw new Problem(400, "too_many_tokens", `${maxNewTokens} tokens are asked for, expected at most ${most}`, { param });
  if (room < (maxNewTokens ?? 1))
    throw new Problem(
      400,
      "context_length_exceeded",
      `the prompt has ${promptTokens} tokens${maxNewTokens === null ? "" : ` and ${maxNewTokens} more are asked for`}, expected at most ${policy.contextLength} together`,
      { param },
    );
  return { ...wanted, promptTokens, maxNewTokens: maxNewTokens ?? Math.min(most, room) };
}

/** What a model says of a question that it can't be asked, as the client's affair. */
function inputChecked<T>(act: () => T, param: string): T {
  try {
    return act();
  } catch (error) {
    if (isInputError(error)) throw new Problem(400, "invalid_question", error.message, { param });
    throw error;
  }
}

/** A seed for a request that gives none: the answer says it, so that it can be asked again. */
export const drawnSeed = (): number => randomInt(2 ** 31);

/** Tokens of prompts and responses, as OpenAI's API counts them. */
export function usageOf(asks: readonly Ask[], samples: readonly (readonly Sampled[])[]) {
  const prompt = asks.reduce((sum, { promptTokens }) => sum + promptTokens, 0);
  const completion = samples.flat().reduce((sum, { tokens }) => sum + tokens, 0);
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}
