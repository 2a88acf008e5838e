import { InputError, Interrupted, reward } from "@rewardlab/core";
import type { PreferenceItem, RewardBatch, RewardOutcome } from "@rewardlab/core";
import {
  apiKeyFrom,
  excerpt,
  filled,
  NoAnswer,
  pictureUrl,
  poster,
  retryAfter,
  templateProblem,
  waited,
  waitSeconds,
} from "@rewardlab/endpoints";
import { z } from "zod";
import { readRewards } from "./remote-answer.ts";

/** What a template may name. */
const places = ["question", "response1", "response2", "response", "id", "answer", "preferred"];

/**
 * remote-reward: what a reward server says, by the protocol of OpenRLHF's remote reward models (0.11.0, `openrlhf/cli/serve_rm.py`; the same in the forks that
 * R1-Reward and LMM-R1 are):
 *
 *     POST { query: [prompt + response, …], prompts: [prompt, …], labels: [label, …] }  →  { rewards: […], scores: […], extra_logs: { name: […] } }
 *
 *     score = the server's reward          a finite number
 *             invalid                      it is NaN, ±∞ or null; or no server answers, after all tries
 *
 * An answer without `rewards`, with more or fewer than were asked for, or with something else than numbers in it, is no answer of this protocol: the run stops.
 * Several `urls` share a batch in equal parts, in the responses' order, as there; a part whose server fails is sent to the next one.
 */
export const remoteReward = reward({
  name: "remote-reward",
  summary: "what a reward server says, by OpenRLHF's protocol",
  options: z.strictObject({
    urls: z
      .array(
        z
          .string()
          .refine(isAddress, "expected an address like http://127.0.0.1:5000/get_reward, without a user or password in it"),
      )
      .min(1)
      .describe("servers that share each batch, e.g. [http://127.0.0.1:5000/get_reward]"),
    apiKeyFrom: z
      .string()
      .refine(
        (text) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(text),
        "expected the name of an environment variable that holds the key, never the key itself",
      )
      .nullable()
      .default(null)
      .describe("the environment variable with the servers' bearer token; null: none is sent"),
    take: z
      .string()
      .refine((text) => /^(rewards|scores|extra_logs\..+)$/.test(text), "expected rewards, scores or extra_logs.NAME")
      .default("rewards")
      .describe("which of the server's lists is the outcome: rewards, scores, or extra_logs.NAME"),
    prompt: z
      .string()
      .default("{{question}}\n\nResponse 1: {{response1}}\n\nResponse 2: {{response2}}")
      .describe(
        "prompts, and the beginning of query; {{question}}, {{response1}}, {{response2}}, {{id}} stand for texts of the item",
      ),
    query: z
      .string()
      .default("{{prompt}}\n\n{{response}}")
      .describe(
        "query: {{prompt}} as above, {{response}} what the policy wrote (OpenRLHF sends both with the chat template's tokens: write them here)",
      ),
    label: z
      .enum(["preferred", "answer"])
      .default("preferred")
      .describe("labels: the number of the better response (or tie), or the item's answer ('' where it has none)"),
    pictures: z
      .boolean()
      .default(false)
      .describe("send the items' pictures as well, images: a list of data URLs for each query (not in OpenRLHF's protocol)"),
    batch: z.int().positive().nullable().default(null).describe("most responses in one request; null: all of a server's part"),
    timeoutSeconds: z.number().positive().max(86_400).default(180).describe("how long one request may take (OpenRLHF: 180)"),
    retries: z.int().min(0).max(100).default(4).describe("further tries after a failure (OpenRLHF: 4)"),
    backoffSeconds: z
      .number()
      .min(0)
      .max(3600)
      .default(1)
      .describe("bound of the wait before the first further try, doubled each time up to a minute"),
    range: z
      .tuple([z.number(), z.number()])
      .nullable()
      .default(null)
      .describe("between which numbers the server's rewards lie, for reports; null: not known"),
  }),
  checks: [
    {
      reads: ["prompt"],
      find: ({ prompt }: { readonly prompt: string }) =>
        issue(
          "prompt",
          templateProblem(
            prompt,
            places.filter((name) => name !== "response"),
          ),
        ),
    },
    {
      reads: ["query"],
      find: ({ query }: { readonly query: string }) =>
        issue("query", templateProblem(query, [...places, "prompt"], ["response"])),
    },
  ],
  range: ({ range }) => range ?? [-Infinity, Infinity],
  create: (options) => {
    const key = apiKeyFrom(options.apiKeyFrom);
    const post = poster(4 * options.urls.length);
    const backoff = { firstSeconds: options.backoffSeconds, mostSeconds: 60 };

    /** The outcomes of some responses, or why there are none after all tries. */
    async function answered(
      body: object,
      count: number,
      shard: number,
      signal: AbortSignal,
    ): Promise<readonly RewardOutcome[] | string> {
      const text = JSON.stringify(body);
      for (let tries = 1; ; tries++) {
        const url = options.urls[(shard + tries - 1) % options.urls.length]!;
        const outcome = await tried(url, text, count, signal);
        if (!("why" in outcome)) return outcome;
        const { why, asked } = outcome;
        if (tries > options.retries) return `${key.redacted(`${url}: ${why}`)}${tries === 1 ? "" : ` (${tries} tries)`}`;
        await waited(1000 * waitSeconds(tries, backoff, asked), signal);
      }
    }

    async function tried(
      url: string,
      text: string,
      count: number,
      signal: AbortSignal,
    ): Promise<readonly RewardOutcome[] | Failure> {
      const stops = (what: string) => new InputError("RL_REMOTE_REWARD", key.redacted(`remote-reward: ${url}: ${what}`));
      try {
        const reply = await post(url, text, { headers: key.headers(), timeoutSeconds: options.timeoutSeconds, signal });
        const { status, headers } = reply;
        if (status === 429 || status === 408 || status >= 500)
          return { why: `${status}: ${excerpt(reply.text)}`, asked: retryAfter(headers) };
        if (status !== 200) throw stops(`answers ${status}: ${excerpt(reply.text)}, expected 200 and { ${options.take}: […] }`);
        const read = readRewards(reply.text, count, options.take);
        if ("broken" in read) throw stops(read.broken);
        return "why" in read ? { why: read.why, asked: null } : read;
      } catch (error) {
        if (error instanceof NoAnswer) return { why: error.message, asked: null };
        throw error;
      }
    }

    return {
      async score(batch) {
        const outcomes: RewardOutcome[] = [];
        const stop = new AbortController();
        const signal = AbortSignal.any([stop.signal, ...(batch.signal === undefined ? [] : [batch.signal])]);
        const asked = requests(batch, options).map(async ({ rows, shard }) => {
          const answer = await answered(bodyOf(batch, rows, options), rows.length, shard, signal);
          for (const [index, row] of rows.entries())
            outcomes[row] = typeof answer === "string" ? { invalid: answer } : answer[index]!;
        });
        try {
          await Promise.all(asked);
        } catch (error) {
          stop.abort(error);
          await Promise.allSettled(asked);
          throw batch.signal?.aborted ? new Interrupted("stopped while responses were being scored") : error;
        }
        return outcomes;
      },
    };
  },
});

interface Failure {
  readonly why: string;
  /** How long the server asks to wait, in seconds. */
  readonly asked: number | null;
}

interface Sharing {
  readonly urls: readonly string[];
  readonly batch: number | null;
}

/** The rows of each request, and whose they are: each server has a part of the batch, ⌈B / servers⌉ responses, the last fewer. */
function requests({ responses }: RewardBatch, { urls, batch }: Sharing): { rows: number[]; shard: number }[] {
  const part = Math.ceil(responses.length / urls.length);
  const most = Math.min(part, batch ?? Infinity);
  return urls.flatMap((_, shard) => {
    const rows = Array.from({ length: part }, (_unused, index) => shard * part + index).filter((row) => row < responses.length);
    return Array.from({ length: Math.ceil(rows.length / most) }, (_unused, index) => ({
      rows: rows.slice(index * most, (index + 1) * most),
      shard,
    }));
  });
}

interface Texts {
  readonly prompt: string;
  readonly query: string;
  readonly label: "preferred" | "answer";
  readonly pictures: boolean;
}

function bodyOf({ responses, items }: RewardBatch, rows: readonly number[], options: Texts): object {
  const texts = rows.map((row) => {
    const item = items[row]!;
    const known = { ...placesOf(item), response: responses[row]! };
    const prompt = filled(options.prompt, known);
    return { prompt, query: filled(options.query, { ...known, prompt }) };
  });
  return {
    query: texts.map(({ query }) => query),
    prompts: texts.map(({ prompt }) => prompt),
    labels: rows.map((row) => placesOf(items[row]!)[options.label]),
    ...(options.pictures ? { images: rows.map((row) => items[row]!.images.map(({ pixels }) => pictureUrl(pixels))) } : {}),
  };
}

function placesOf({ id, question, responses, answer, preferred }: PreferenceItem) {
  return {
    id,
    question,
    response1: responses[0],
    response2: responses[1],
    answer: String(answer ?? ""),
    preferred: String(preferred),
  };
}

const issue = (option: string, problem: string | null) => (problem === null ? [] : [{ path: [option], message: problem }]);

function isAddress(text: string): boolean {
  try {
    const { protocol, username, password } = new URL(text);
    return /^https?:$/.test(protocol) && username === "" && password === "";
  } catch {
    return false;
  }
}
