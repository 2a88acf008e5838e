import { Files, Interrupted, readThought, RunError, slot, stage } from "@rewardlab/core";
import type { PreferenceItem, Reward, StageContext, StageOutcome } from "@rewardlab/core";
import {
  chatClient,
  endpointChecks,
  endpointFields,
  filled,
  isEndpointError,
  nothingSpent,
  spentOf,
  templateProblem,
} from "@rewardlab/endpoints";
import type { ChatClient, ChatReply, Spent } from "@rewardlab/endpoints";
import { join } from "node:path";
import { z } from "zod";
import { failures } from "./passes.ts";
import { rowOf } from "./row-of.ts";

/** What a template may name. */
const places = ["question", "response1", "response2"];

const template = `Two responses to a question about the picture are given. Find out which of them is better: look at the picture, check what each response claims, and compare them. Then answer in exactly this form, with your reasoning first:
<think>your reasoning, which ends with which response is better</think><answer>1</answer>
The answer is 1 or 2, the number of the better response.

Question: {{question}}

Response 1: {{response1}}

Response 2: {{response2}}`;

const options = z.strictObject({
  ...endpointFields,
  on: z
    .string()
    .refine((text) => /^data\.\S+$/.test(text), "expected data.<split>")
    .default("data.train")
    .describe("the split whose items the teacher is asked about, data.<split>; later stages see what was kept in its place"),
  items: z.int().positive().nullable().default(null).describe("how many items, from the start; null: all"),
  template: z
    .string()
    .default(template)
    .describe(`what the teacher is asked, after the pictures; ${places.map((name) => `{{${name}}}`).join(", ")} stand for texts`),
  attempts: z.int().positive().max(1000).default(3).describe("k: the teacher is asked until a response passes, at most so often"),
  temperature: z.number().min(0).default(1).describe("of the teacher"),
  seed: z
    .int()
    .min(0)
    .nullable()
    .default(null)
    .describe("sent with each request, plus the number of the attempt, to servers that sample by it; null: none is sent"),
  maxNewTokens: z.int().positive().default(2048).describe("longest response of the teacher, in tokens"),
  rules: z
    .record(z.string(), slot("reward"))
    .prefault({ format: "think-answer-format", accuracy: "preference-accuracy" })
    .describe("filters: a response passes where each gives `least` or more"),
  least: z.number().default(1).describe("what every rule must give"),
  stopAfter: z
    .int()
    .positive()
    .default(5)
    .describe(
      "stop where the teacher doesn't answer about so many items together; they are asked about again when the run goes on",
    ),
  checkpointEvery: z.int().positive().default(50).describe("items; what was answered since is in the cache"),
});
type CollectOptions = z.output<typeof options>;

/**
 * collect: thoughts from a teacher, for a cold start. Each item is shown to a model behind an OpenAI-compatible endpoint until a response passes the rules, at most k
 * times; those that pass are kept, with the attempts they needed, as a dataset of their own (<split>.jsonl) that later stages of the experiment see in the split's place.
 *
 *     attempts = min { a : every rule gives the a-th response at least `least` }       items without one among k are left out, and counted
 */
export const collectStage = stage({
  name: "collect",
  summary: "thoughts from a teacher, kept where they pass the rules (cold start)",
  keeps: "artefact",
  options,
  measures: () => ["items", "kept", "keptShare", "meanAttempts", "cost", "inputTokens", "outputTokens", "left.*", "byAttempts.*"],
  checks: [
    ...endpointChecks,
    {
      reads: ["template"],
      find: ({ template: text }: { readonly template: string }) => {
        const problem = templateProblem(text, places, places);
        return problem === null ? [] : [{ path: ["template"], message: problem }];
      },
    },
    {
      reads: ["attempts", "temperature"],
      find: ({ attempts, temperature }: { readonly attempts: number; readonly temperature: number }) =>
        attempts > 1 && temperature === 0
          ? [
              {
                path: ["attempts"],
                message: `is ${attempts} at temperature 0, where every attempt is the first one again; expected 1, or a temperature above 0`,
              },
            ]
          : [],
    },
  ],
  // no chance of ours is in it: the same for every seed
  needs: ({ on, items }) => ({ splits: [{ name: splitOf(on), option: "on", items }], seed: 0 }),
  work: ({ on, items, attempts }) => ({
    unit: "items",
    units: items,
    split: splitOf(on),
    per: [{ what: "item", amounts: { prompts: 1, responses: attempts } }],
    notes: ["responses at most: an item needs no more once one has passed"],
    size: attempts,
  }),
  shortened: ({ items }) => ({ items: Math.min(items ?? Infinity, 2) }),
  create: (chosen) => ({ run: (context) => collect(context, chosen) }),
});

const splitOf = (on: string) => on.slice("data.".length);

/** What was counted so far; JSON. */
interface Counts {
  readonly done: number;
  readonly kept: number;
  /** Items by the attempts they needed. */
  readonly byAttempts: Readonly<Record<string, number>>;
  /** Items left out, by the rule that the last response didn't pass, or `unanswered`. */
  readonly left: Readonly<Record<string, number>>;
  readonly inputTokens: number;
  readonly outputTokens: number;
}
const nothing: Counts = { done: 0, kept: 0, byAttempts: {}, left: {}, inputTokens: 0, outputTokens: 0 };

/** What became of an item. */
interface Asked {
  readonly item: PreferenceItem;
  readonly replies: readonly ChatReply[];
  /** Of the last reply; null: it passed. */
  readonly failed: string | null;
  /** The server's reason, where it gave no answer; `away`: others would fare no better. */
  readonly error: { readonly message: string; readonly away: boolean } | null;
  readonly response: string;
  /** When it was begun and done, in ms. */
  readonly began: number;
  readonly ended: number;
}

async function collect(context: StageContext, chosen: CollectOptions): Promise<StageOutcome> {
  const split = splitOf(chosen.on);
  const data = await context.data.open(split);
  const items = Math.min(data.length, chosen.items ?? Infinity);
  let counts = context.checkpoints.resume<Counts>()?.state ?? nothing;
  const [kept, left] = [context.log(split), context.log("left-out")];
  if (counts.done > 0) context.progress.note(`${context.name}: goes on after item ${counts.done}, ${counts.kept} kept`);
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, context.signal]);
  const client = chatClient(chosen, {
    cacheFolder: join(context.service(Files).cache, "endpoints"),
    signal,
    note: (text) => context.progress.note(`${context.name}: ${text}`),
    spent: spentBy(counts, chosen),
    countCached: true,
  });
  let saved = counts.done;
  const save = async () => {
    saved = counts.done;
    await context.checkpoints.save<Counts>({ step: counts.done, tensors: {}, state: counts });
  };
  const shown = progressOf(context, items, chosen);

  const ahead = 2 * chosen.concurrency;
  const underWay: Promise<Asked>[] = [];
  let next = counts.done;
  const waiting: { readonly asked: Asked; readonly place: number }[] = []; // since the teacher didn't answer about the first of these
  const settle = ({ asked, place }: (typeof waiting)[number]) => {
    counts = counted(counts, asked);
    const { item, replies, failed, error, response } = asked;
    if (failed === null)
      kept.append(
        rowOf({ ...item, thought: readThought(response) ?? "" }, place, context.folder, {
          attempts: replies.length,
          teacher: chosen.model,
        }),
      );
    else
      left.append({
        id: item.id,
        place,
        attempts: replies.length,
        why: failed,
        ...(error && { error: error.message }),
        response,
      });
  };
  try {
    for (let place = counts.done; place < items; place++) {
      while (next < Math.min(items, place + ahead)) {
        const one = data.item(next++).then((item) => askAbout(item, client, chosen, signal));
        one.catch(() => {}); // it is told when its turn comes
        underWay.push(one);
      }
      const asked = await underWay.shift()!;
      waiting.push({ asked, place });
      const away = waiting.filter((one) => one.asked.error?.away);
      if (away.length >= chosen.stopAfter)
        throw new RunError(
          "RL_TEACHER_AWAY",
          `${context.name}: the teacher doesn't answer about ${away.length} items: ${away.at(-1)!.asked.error!.message}. ${counts.done} of ${items} items are done and kept; run again to go on with the next`,
        );
      // answers that were begun before it went away say nothing of whether it is back
      if (away.some((one) => one.asked.ended >= asked.began)) continue;
      for (const one of waiting.splice(0)) settle(one);
      shown(counts);
      if (counts.done - saved >= chosen.checkpointEvery) await save();
    }
    for (const one of waiting.splice(0)) settle(one);
    await save();
  } catch (error) {
    stop.abort(error);
    await Promise.allSettled(underWay);
    await save();
    throw context.signal.aborted ? new Interrupted(`stopped at item ${counts.done + 1}`) : error;
  }
  if (counts.kept === 0)
    throw new RunError(
      "RL_COLLECT_EMPTY",
      `${context.name}: no response of the teacher passed the rules: ${JSON.stringify(counts.left)}. left-out.jsonl in ${context.folder} has the responses`,
    );
  return { status: "done", items: { split, file: `${split}.jsonl` }, results: resultsOf(counts, chosen) };
}

/** Asks the teacher until a response passes, at most k times. */
async function askAbout(item: PreferenceItem, client: ChatClient, chosen: CollectOptions, signal: AbortSignal): Promise<Asked> {
  const text = filled(chosen.template, { question: item.question, response1: item.responses[0], response2: item.responses[1] });
  const content = [...item.images.map(({ pixels }) => ({ picture: pixels })), { text }];
  const began = performance.now();
  const replies: ChatReply[] = [];
  let [failed, response] = ["unanswered", ""];
  const ended = (how: Pick<Asked, "failed" | "error">): Asked => ({
    item,
    replies,
    ...how,
    response,
    began,
    ended: performance.now(),
  });
  for (let draw = 0; draw < chosen.attempts; draw++) {
    try {
      const { temperature, maxNewTokens: maxTokens, seed } = chosen;
      const seeded = seed === null ? {} : { seed: seed + draw };
      replies.push(await client.chat({ messages: [{ role: "user", content }], temperature, maxTokens, draw, ...seeded }));
    } catch (error) {
      if (!isEndpointError(error)) throw error;
      return ended({ failed: "unanswered", error: { message: error.message, away: error.away } });
    }
    response = written(replies.at(-1)!);
    const [failure] = await failures(chosen.rules as Readonly<Record<string, Reward>>, chosen.least, {
      responses: [response],
      items: [item],
      signal,
    });
    if (failure === null) return ended({ failed: null, error: null });
    failed = failure!.rule;
  }
  return ended({ failed, error: null });
}

/** A reasoning model's server keeps the thought apart from the text. */
function written({ text, reasoning }: ChatReply): string {
  const response = text.trim();
  return reasoning === null || response.includes("<think>") ? response : `<think>${reasoning.trim()}</think>${response}`;
}

function counted(counts: Counts, { replies, failed }: Asked): Counts {
  const add = (to: Readonly<Record<string, number>>, name: string) => ({ ...to, [name]: (to[name] ?? 0) + 1 });
  return {
    done: counts.done + 1,
    kept: counts.kept + (failed === null ? 1 : 0),
    byAttempts: failed === null ? add(counts.byAttempts, String(replies.length)) : counts.byAttempts,
    left: failed === null ? counts.left : add(counts.left, failed),
    inputTokens: replies.reduce((sum, { usage }) => sum + (usage?.inputTokens ?? 0), counts.inputTokens),
    outputTokens: replies.reduce((sum, { usage }) => sum + (usage?.outputTokens ?? 0), counts.outputTokens),
  };
}

function spentBy({ inputTokens, outputTokens }: Counts, { prices }: CollectOptions): Spent {
  return spentOf({ ...nothingSpent, inputTokens, outputTokens }, prices);
}

function resultsOf(counts: Counts, chosen: CollectOptions) {
  const { done: items, kept, byAttempts, left, inputTokens, outputTokens } = counts;
  const attempts = Object.entries(byAttempts).reduce((sum, [needed, times]) => sum + Number(needed) * times, 0);
  return {
    split: splitOf(chosen.on),
    teacher: chosen.model,
    items,
    kept,
    keptShare: kept / items,
    meanAttempts: attempts / kept,
    byAttempts,
    left,
    inputTokens,
    outputTokens,
    ...(chosen.prices === null ? {} : { cost: spentBy(counts, chosen).cost }),
  };
}

/** Tells how far it is, how fast, how long it will take and what it has cost. */
function progressOf(context: StageContext, items: number, chosen: CollectOptions): (counts: Counts) => void {
  const began = performance.now();
  let before: number | null = null;
  return (counts) => {
    before ??= counts.done - 1;
    const minutes = (performance.now() - began) / 60_000;
    const itemsPerMinute = (counts.done - before) / minutes;
    context.progress.update(context.name, counts.done, items, {
      kept: counts.kept,
      itemsPerMinute: Math.round(itemsPerMinute),
      minutesLeft: Number(((items - counts.done) / itemsPerMinute).toFixed(1)),
      ...(chosen.prices === null ? {} : { cost: Number(spentBy(counts, chosen).cost.toFixed(4)) }),
    });
  };
}
