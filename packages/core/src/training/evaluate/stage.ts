import { Interrupted } from "@rewardlab/storage";
import { z } from "zod";
import { stage } from "../../plugin/component.ts";
import { memoryIssues } from "../../plugin/feasible.ts";
import { itemsAt, outlineOf } from "../../items/items.ts";
import type { Reward, RewardOutcome } from "../../kinds.ts";
import { responseSample } from "../samples.ts";
import { slot } from "../../plugin/slots.ts";
import type { StageContext, StageOutcome } from "../../stage.ts";
import { SHORT, TIMED } from "../shortened.ts";
import { yieldToEventLoop } from "../event-loop.ts";
import { BYTES_PER_RESPONSE } from "../rl/options.ts";
import { isRemote } from "../../plugin/remote-model.ts";
import { tally } from "./tally.ts";
import { poll } from "./poll.ts";
import { applyRules, outcomesAt, ruleMeans } from "../score.ts";
import { voteCurves } from "./vote-curve.ts";
import type { Polled } from "./vote-curve.ts";
import type { Answered } from "./votes.ts";

const options = z.strictObject({
  on: z
    .array(z.string().regex(/^data\.\S+$/, "expected data.<split>"))
    .length(1)
    .default(["data.test"])
    .describe("the split of the data, data.<split>"),
  items: z.int().positive().nullable().default(null).describe("how many items, from the start; null: all"),
  voting: z
    .array(z.int().positive())
    .min(1)
    .default([1])
    .describe("majority votes over so many samples; the largest says how many are drawn"),
  temperature: z.number().min(0).default(1).describe("of the sampling; 0: greedy, the most likely token each time"),
  maxNewTokens: z.int().positive().default(48).describe("longest response, in tokens"),
  rules: z.record(z.string(), slot("reward")).default({}).describe("whose means are reported beside the accuracy"),
  prompts: z.int().positive().default(32).describe("items per batch"),
  seed: z.int().min(0).nullable().default(0).describe("of the sampling; a number: the same for every run; null: the run's own"),
  samplesKept: z.int().min(0).default(24).describe("responses that samples.jsonl keeps"),
  // no default, so that experiments that don't name it have the results that they had
  votes: z
    .strictObject({
      weights: z
        .array(z.enum(["majority", "confidence"]))
        .min(1)
        .default(["majority", "confidence"])
        .describe("what a vote weighs: 1, or the probability that it gave its answer"),
      swap: z
        .boolean()
        .default(false)
        .describe("whether every second vote is shown the responses the other way round, against position bias"),
    })
    .optional()
    .describe("accuracy against votes and the tokens that they take, by how votes are weighed; absent: majorities alone"),
});
type EvaluateOptions = z.output<typeof options>;

/**
 * Accuracy on held-out items, from sampled responses: mean over samples, by kind of question, by true answer, by position of the better response,
 * and under majority voting. Of an item that compares nothing the right choice is its answer, whatever its case and spaces.
 */
export const evaluateStage = stage({
  name: "evaluate",
  summary: "sampled accuracy, voting, and break-downs on held-out items",
  version: 3,
  keeps: "artefact",
  options,
  measures: ({ voting, rules, votes }) => [
    "accuracy",
    "accuracyPlus",
    "accuracyStandardError",
    "unreadable",
    "items",
    "samples",
    ...voting.map((size) => `voting.${size}`),
    ...Object.keys(rules).map((rule) => `rules.${rule}`),
    ...["byKind.*", "byAnswer.*.*", "byPreferred.*"].flatMap((group) => [`${group}.accuracy`, `${group}.items`]),
    "byAnswer.*.*.said",
    "byPreferred.*.chosen",
    ...(votes?.weights ?? []).flatMap((weight) =>
      voting.flatMap((size) => ["accuracy", "standardError", "tokens"].map((what) => `votes.curves.${weight}.${size}.${what}`)),
    ),
    ...(votes?.swap ? ["votes.position.choosesFirst", "votes.position.consistent"] : []),
  ],
  checks: [
    {
      reads: ["voting", "temperature"],
      find: ({ voting, temperature }: { voting: readonly number[]; temperature: number }) =>
        temperature === 0 && voting.some((votes) => votes > 1)
          ? [
              {
                path: ["voting"],
                message: `${Math.max(...voting)} votes at temperature 0, where all samples of a question are the same one; expected [1], or a temperature above 0`,
              },
            ]
          : [],
    },
    {
      reads: ["voting", "votes"],
      find: ({ voting, votes }: { voting: readonly number[]; votes?: { swap: boolean } | undefined }) =>
        votes?.swap && Math.max(...voting) < 2
          ? [{ path: ["votes", "swap"], message: "true, and one vote is drawn; expected voting: of 2 or more" }]
          : [],
    },
    {
      reads: ["voting", "maxNewTokens"],
      find: ({ voting, maxNewTokens }: { voting: readonly number[]; maxNewTokens: number }) => {
        const samples = Math.max(...voting);
        return memoryIssues(
          maxNewTokens > samples ? ["maxNewTokens"] : ["voting"],
          samples * (maxNewTokens * 8 + BYTES_PER_RESPONSE),
          `${samples} samples of ${maxNewTokens} tokens to a question`,
        );
      },
    },
  ],
  needs: ({ on, seed, items, maxNewTokens }) => ({
    splits: [{ name: splitOf(on), option: "on", items, asks: (item) => [{ item, response: maxNewTokens }] }],
    ...(seed === null ? {} : { seed }),
  }),
  work: ({ on, items, voting, maxNewTokens }) => {
    const responses = Math.max(...voting);
    const tokens = responses * maxNewTokens;
    return {
      unit: "items",
      units: items,
      split: splitOf(on),
      per: [
        { what: "item", amounts: { prompts: 1, responses, tokens } },
        ...(items === null
          ? []
          : [{ what: "all" as const, amounts: { prompts: items, responses: items * responses, tokens: items * tokens } }]),
      ],
      notes: items === null ? ["as many items as the split has"] : [],
      size: tokens,
    };
  },
  shortened: ({ items, prompts }, purpose) =>
    purpose === "time"
      ? { items: Math.min(items ?? Infinity, TIMED * prompts) }
      : { items: Math.min(SHORT.items, items ?? Infinity), prompts: Math.min(SHORT.itemsPerBatch, prompts) },
  create: (chosen) => ({ run: (context) => evaluate(context, chosen) }),
});

const splitOf = ([source]: readonly string[]) => source!.slice("data.".length);

async function evaluate(context: StageContext, chosen: EvaluateOptions): Promise<StageOutcome> {
  const split = splitOf(chosen.on);
  const data = await context.data.open(split);
  const items = Math.min(data.length, chosen.items ?? Infinity);
  const samples = Math.max(...chosen.voting);
  if (isRemote(context.model)) await context.model.goBack(context.kept!, "anew");
  const rules = chosen.rules as Readonly<Record<string, Reward>>;
  const answered: Polled[] = [];
  const log = context.log("samples");
  const outcomes: Record<string, RewardOutcome[]> = Object.fromEntries(Object.keys(rules).map((name) => [name, []]));
  const batchAt = (start: number) =>
    Array.from({ length: Math.max(0, Math.min(chosen.prompts, items - start)) }, (_, index) => start + index);
  // what becomes of the batch before, whose rules, judges perhaps, are at work while the next one is sampled
  let takeIn: (() => Promise<void>) | undefined;
  for (let start = 0; start < items; start += chosen.prompts) {
    await yieldToEventLoop();
    if (context.signal.aborted) throw new Interrupted(`stopped at item ${start + 1}`);
    const indices = batchAt(start);
    const prompts = await itemsAt(data, indices);
    data.prefetch?.(batchAt(start + chosen.prompts));
    const polled = await poll(
      { items: prompts, places: indices },
      {
        model: context.model,
        policy: context.policy,
        seed: context.seed,
        stream: `${context.name}/${start}`,
        swap: chosen.votes?.swap ?? false,
        weighed: chosen.votes !== undefined,
        samplesPerPrompt: samples,
        temperature: chosen.temperature,
        maxNewTokens: chosen.maxNewTokens,
      },
    );
    await takeIn?.();
    // Each batch is scored while its pictures are there: of what was asked, outlines alone are kept.
    const scoring = applyRules(rules, { responses: polled.texts, items: polled.items, signal: context.signal });
    scoring.catch(() => {}); // told when it is taken in
    takeIn = async () => {
      const scored = await scoring;
      for (const [name, ofRule] of Object.entries(scored)) outcomes[name]!.push(...ofRule);
      for (const [index, item] of prompts.entries()) {
        const row = index * samples;
        answered.push({ item: outlineOf(item), ballots: polled.ballots.slice(row, row + samples) });
        if (start + index < chosen.samplesKept)
          log.append({
            stage: context.name,
            ...responseSample(item, polled.texts[row]!, outcomesAt(scored, row), context.folder),
          });
      }
      context.progress.update(context.name, start + prompts.length, items);
    };
  }
  await takeIn?.();
  return {
    status: "done",
    results: {
      split,
      items,
      samples,
      ...tally(answered.map(choicesOf), chosen.voting, outcomes),
      rules: ruleMeans(outcomes),
      ...(chosen.votes === undefined ? {} : { votes: voteCurves(answered, chosen.voting, chosen.votes.weights) }),
    },
  };
}

const choicesOf = ({ item, ballots }: Polled): Answered => ({ item, choices: ballots.map(({ choice }) => choice) });
