import { eachResponse, Files, Metrics, Progress, readAnswer, reward, State, withoutThoughts } from "@rewardlab/core";
import type { PreferenceItem, RewardOutcome } from "@rewardlab/core";
import {
  chatClient,
  endpointChecks,
  endpointFields,
  filled,
  isBudgetError,
  nothingSpent,
  spentOf,
  templateProblem,
} from "@rewardlab/endpoints";
import type { ChatClient, ChatReply } from "@rewardlab/endpoints";
import { join } from "node:path";
import { z } from "zod";

/** What a template may name. */
const places = ["thought", "answer", "response", "question", "response1", "response2"];

const template = `Here is the end of somebody's reasoning about which of two responses is better, and the answer that was given after it.

Reasoning:
{{thought}}

Answer: {{answer}}

Does the reasoning come to that answer? Write 1 if it does. Write 0 if it comes to another one, to both, or to none. Write that one character and nothing else.`;

/**
 * judge-consistency: a second model says whether thought and answer agree, the consistency reward of StableReinforce (arXiv 2505.02835).
 *
 *     score = 1                        where the judge says that they agree
 *             0 (zero-one), −1 (signed)   where it says that they don't
 *             0                        where the response gives no answer that can be read: nobody is asked
 *             invalid                  where the judge is away, or `tries` of its replies can't be read
 *
 * The paper's scale is {0, 1}, the released code's {−1, 0, 1} (`scale: signed`), in which 0 is what can't be read (`unreadable: zero`). As there, the judge sees
 * the last three lines before <answer>, joined by semicolons, and the answer in words, at temperature 0.1. The release takes any reply with a 0 in it for a 0, and
 * then any with a 1 for a 1; here a reply is one of the two words and nothing else, thoughts aside, or is asked for again.
 */
export const judgeConsistency = reward({
  name: "judge-consistency",
  summary: "whether a second model finds that the thought comes to the answer",
  options: z.strictObject({
    ...endpointFields,
    template: z
      .string()
      .default(template)
      .describe(`what the judge is asked; ${places.map((name) => `{{${name}}}`).join(", ")} stand for texts`),
    lines: z.int().positive().default(3).describe("how many lines before <answer> {{thought}} holds (released code: 3)"),
    agree: z.string().min(1).default("1").describe("the judge's word for: they agree"),
    contradict: z.string().min(1).default("0").describe("the judge's word for: they don't"),
    scale: z.enum(["zero-one", "signed"]).default("zero-one").describe("a contradiction scores 0 (paper), or -1 (released code)"),
    unreadable: z
      .enum(["invalid", "zero"])
      .default("invalid")
      .describe("what becomes of a response whose judge's replies can't be read: no score, or 0 (released code)"),
    tries: z.int().positive().default(3).describe("how often the judge is asked until a reply can be read"),
    temperature: z.number().min(0).default(0.1).describe("of the judge (released code: 0.1)"),
    maxNewTokens: z.int().positive().default(1024).describe("longest reply, in tokens, reasoning included"),
  }),
  checks: [
    ...endpointChecks,
    {
      reads: ["template"],
      find: ({ template: text }: { readonly template: string }) => {
        const problem = templateProblem(text, places, ["answer"]);
        return problem === null ? [] : [{ path: ["template"], message: problem }];
      },
    },
    {
      reads: ["agree", "contradict"],
      find: ({ agree, contradict }: { readonly agree: string; readonly contradict: string }) =>
        agree.trim() === contradict.trim()
          ? [{ path: ["contradict"], message: `is "${contradict}", as agree is, expected another word` }]
          : [],
    },
  ],
  range: ({ scale }) => [scale === "signed" ? -1 : 0, 1],
  metrics: {
    judgedResponses: {
      title: "Judged",
      unit: "count",
      of: "responses",
      meaning: "Responses that a judge was asked about; one without a readable answer is not.",
    },
    unreadReplies: {
      title: "Judge's replies not read",
      unit: "count",
      of: "replies",
      meaning: "Replies of the judge that were neither of its two words, and were asked for again.",
    },
    judgeTokens: {
      title: "Judge's tokens",
      unit: "count",
      of: "tokens",
      meaning: "Read and written by the judge as its server counts them, for replies from the cache as well.",
    },
    judgeCost: {
      title: "Judge's cost",
      meaning: "Of those tokens, by the prices given, for replies from the cache as well, whoever paid for them.",
    },
  },
  inject: { files: Files, metrics: Metrics, progress: Progress, state: State },
  create: (options, { files, metrics, progress, state }) => {
    const used = state.value("used", { inputTokens: 0, outputTokens: 0 });
    let client: ChatClient | null = null;
    // made when it is first needed: what a checkpoint knows of the costs is there then
    const judge = () =>
      (client ??= chatClient(options, {
        cacheFolder: join(files.cache, "endpoints"),
        note: (text) => progress.note(text),
        spent: spentOf({ ...nothingSpent, ...used.get() }, options.prices),
        countCached: true,
      }));

    async function verdictOn(
      response: string,
      item: PreferenceItem,
      signal: AbortSignal,
      replies: ChatReply[],
    ): Promise<RewardOutcome> {
      const content = asked(options, response, item);
      let last = "";
      for (let draw = 0; draw < options.tries; draw++) {
        const { temperature, maxNewTokens } = options;
        const reply = await judge().chat(
          { messages: [{ role: "user", content }], temperature, maxTokens: maxNewTokens, draw },
          signal,
        );
        replies.push(reply);
        last = withoutThoughts(reply.text).trim();
        if (last === options.agree.trim()) return 1;
        if (last === options.contradict.trim()) return options.scale === "signed" ? -1 : 0;
        metrics.sum("unreadReplies", 1);
      }
      if (options.unreadable === "zero") return 0;
      return {
        invalid: `the judge's reply is ${JSON.stringify(last.slice(0, 80))}, expected ${options.agree} or ${options.contradict} (${options.tries} tries)`,
      };
    }

    return {
      async score(batch) {
        const replies: ChatReply[] = [];
        const limits = { concurrency: options.concurrency, timeoutSeconds: 86_400, retries: 0, stopsAt: isBudgetError };
        const outcomes = await eachResponse(batch, limits, async ({ response, item, signal }) => {
          if (readAnswer(response) === null) return 0;
          metrics.sum("judgedResponses", 1);
          return verdictOn(response, item, signal, replies);
        });
        count(replies);
        return outcomes;
      },
    };

    function count(replies: readonly ChatReply[]): void {
      const inputTokens = replies.reduce((sum, { usage }) => sum + (usage?.inputTokens ?? 0), 0);
      const outputTokens = replies.reduce((sum, { usage }) => sum + (usage?.outputTokens ?? 0), 0);
      const before = used.get();
      used.set({ inputTokens: before.inputTokens + inputTokens, outputTokens: before.outputTokens + outputTokens });
      metrics.sum("judgeTokens", inputTokens + outputTokens);
      if (options.prices !== null)
        metrics.sum("judgeCost", spentOf({ ...nothingSpent, inputTokens, outputTokens }, options.prices).cost);
    }
  },
});

/** The question about one response. */
function asked(
  { template: text, lines }: { readonly template: string; readonly lines: number },
  response: string,
  item: PreferenceItem,
): string {
  return filled(text, {
    thought: lastLines(response, lines),
    answer: inWords(readAnswer(response)!),
    response,
    question: item.question,
    response1: item.responses[0],
    response2: item.responses[1],
  });
}

/** The last lines before <answer>, joined by semicolons, as in the released code. */
function lastLines(response: string, lines: number): string {
  return response.split("<answer>")[0]!.trim().split("\n").slice(-lines).join(";");
}

function inWords(answer: string): string {
  if (answer === "1" || answer === "2") return `response ${answer} is better`;
  return answer === "tie" ? "both responses are equally good" : answer;
}
