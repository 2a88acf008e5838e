import { Interrupted } from "@rewardlab/storage";
import { z } from "zod";
import { stage } from "../../plugin/component.ts";
import { memoryIssues } from "../../plugin/feasible.ts";
import { itemsAt, outlineOf } from "../../items/items.ts";
import type { Reward, RewardOutcome } from "../../kinds.ts";
import { randomStream } from "@rewardlab/statistics/random";
import { responseSample } from "../samples.ts";
import { slot } from "../../plugin/slots.ts";
import type { StageContext, StageOutcome } from "../../stage.ts";
import { SHORT, TIMED } from "../shortened.ts";
import { yieldToEventLoop } from "../event-loop.ts";
import { BYTES_PER_RESPONSE } from "../rl/options.ts";
import { isRemote } from "../../plugin/remote-model.ts";
import { tally } from "./tally.ts";
import { generateRollout } from "../rollout.ts";
import { applyRules, outcomesAt, ruleMeans } from "../score.ts";
import { choiceOf } from "./votes.ts";
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
  measures: ({ voting, rules }) => [
    "accuracy",
    "accuracyPlus",
    "accuracyStandardError",
    "unreadable",
    "items",
    "samples",
    ...voting.map((votes) => `voting.${votes}`),
    ...Object.keys(rules).map((rule) => `rules.${rule}`),
    ...["byKind.*", "byAnswer.*.*", "byPreferred.*"].flatMap((group) => [`${group}.accuracy`, `${group}.items`]),
    "byAnswer.*.*.said",
    "byPreferred.*.chosen",
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
  const answered: Answered[] = [];
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
    const random = randomStream(context.seed, `${context.name}/${start}`);
    const rollout = await generateRollout(
      context.model,
      context.policy,
      { items: prompts, places: indices },
      { samplesPerPrompt: samples, temperature: chosen.temperature, maxNewTokens: chosen.maxNewTokens },
      random,
    );
    await takeIn?.();
    // Each batch is scored while its pictures are there: of what was asked, outlines alone are kept.
    const scoring = applyRules(rules, { responses: rollout.texts, items: rollout.items, signal: context.signal });
    scoring.catch(() => {}); // told when it is taken in
    takeIn = async () => {
      const scored = await scoring;
      for (const [name, ofRule] of Object.entries(scored)) outcomes[name]!.push(...ofRule);
      for (const [index, item] of prompts.entries()) {
        const row = index * samples;
        const choices = rollout.texts.slice(row, row + samples).map((text) => choiceOf(item, text));
        answered.push({ item: outlineOf(item), choices });
        if (start + index < chosen.samplesKept)
          log.append({
            stage: context.name,
            ...responseSample(item, rollout.texts[row]!, outcomesAt(scored, row), context.folder),
          });
      }
      context.progress.update(context.name, start + prompts.length, items);
    };
  }
  await takeIn?.();
  return {
    status: "done",
    results: { split, items, samples, ...tally(answered, chosen.voting, outcomes), rules: ruleMeans(outcomes) },
  };
}
