import {
  generateRollout,
  InputError,
  Interrupted,
  isRemote,
  randomStream,
  readAnswer,
  RunError,
  slot,
  stage,
} from "@rewardlab/core";
import type { PreferenceItem, Reward, StageContext, StageOutcome } from "@rewardlab/core";
import { readJsonLines } from "@rewardlab/storage";
import { join } from "node:path";
import { z } from "zod";
import { curriculum } from "./curriculum.ts";
import type { Rated } from "./curriculum.ts";
import { disagreement } from "./disagreement.ts";
import { failures } from "./passes.ts";
import { rowOf } from "./row-of.ts";

const options = z.strictObject({
  by: z
    .enum(["attempts", "pass-rate", "disagreement"])
    .default("pass-rate")
    .describe("attempts: what the teacher needed (collect); pass-rate: the policy's own at k; disagreement: of its k votes"),
  on: z
    .string()
    .refine((text) => /^data\.\S+$/.test(text), "expected data.<split>")
    .default("data.train")
    .describe("the split that is rated; later stages see what is chosen in its place"),
  items: z.int().positive().nullable().default(null).describe("how many items, from the start; null: all"),
  samples: z.int().positive().default(8).describe("k: responses that the policy samples to each item"),
  temperature: z.number().positive().default(1).describe("of the sampling"),
  maxNewTokens: z.int().positive().default(48).describe("longest response, in tokens"),
  prompts: z.int().positive().default(32).describe("items per batch"),
  rules: z
    .record(z.string(), slot("reward"))
    .prefault({ accuracy: "preference-accuracy" })
    .describe("pass-rate: a response passes where each gives `least` or more"),
  least: z.number().default(1).describe("what every rule must give"),
  order: z
    .enum(["easy-first", "hard-first", "given"])
    .default("easy-first")
    .describe("in which order the items are left; equally difficult ones by chance. Stages keep to it with order: given"),
  band: z
    .tuple([z.number().min(0).max(1), z.number().min(0).max(1)])
    .default([0, 1])
    .describe("only items whose difficulty lies between these, both included"),
  seed: z
    .int()
    .min(0)
    .nullable()
    .default(0)
    .describe("of sampling and order; a number: the same for every run; null: the run's own"),
  checkpointEvery: z.int().positive().default(10).describe("batches"),
});
type DifficultyOptions = z.output<typeof options>;

/**
 * difficulty: rates items from 0 (easy) to 1, and leaves those in a band of it, in an order: a curriculum. Later stages see them in the split's place, each with its
 * `difficulty` in `extra`; a stage that should keep to the order has `order: given`.
 *
 *     attempts:       (a − 1) / (max a − 1)      a: attempts that the teacher needed; 0 where all needed as many
 *     pass-rate:      1 − passed / told          of k responses; those that a rule couldn't tell of count for nothing
 *     disagreement:   1 − votes of the most frequent choice / k; an unreadable vote is for none
 */
export const difficultyStage = stage({
  name: "difficulty",
  summary: "rates items by the teacher's attempts, the policy's pass rate or its votes; orders and filters them",
  keeps: "artefact",
  options,
  measures: () => ["items", "kept", "meanDifficulty", "unrated"],
  checks: [
    {
      reads: ["band"],
      find: ({ band: [low, high] }: { readonly band: readonly [number, number] }) =>
        low > high ? [{ path: ["band"], message: `is [${low}, ${high}], expected the lower bound first` }] : [],
    },
    {
      reads: ["by", "samples"],
      find: ({ by, samples }: { readonly by: string; readonly samples: number }) =>
        by === "disagreement" && samples === 1
          ? [{ path: ["samples"], message: "is 1, and one vote can't disagree; expected two or more" }]
          : [],
    },
  ],
  promptsAtOnce: ({ by, prompts }) => (by === "attempts" ? [] : [{ path: ["prompts"], prompts }]),
  needs: ({ by, on, items, seed, maxNewTokens }) => ({
    splits: [
      {
        name: splitOf(on),
        option: "on",
        items,
        ...(by === "attempts" ? {} : { asks: (item) => [{ item, response: maxNewTokens }] }),
      },
    ],
    ...(seed === null ? {} : { seed }),
  }),
  work: ({ by, on, items, samples, maxNewTokens }) => ({
    unit: "items",
    units: items,
    split: splitOf(on),
    per: by === "attempts" ? [] : [{ what: "item", amounts: { prompts: 1, responses: samples, tokens: samples * maxNewTokens } }],
    notes: items === null ? ["as many items as the split has"] : [],
    size: by === "attempts" ? 1 : samples * maxNewTokens,
  }),
  shortened: ({ items, prompts }) => ({
    items: Math.min(items ?? Infinity, 4),
    prompts: Math.min(prompts, 2),
    checkpointEvery: 1,
  }),
  create: (chosen) => ({ run: (context) => rate(context, chosen) }),
});

const splitOf = (on: string) => on.slice("data.".length);

async function rate(context: StageContext, chosen: DifficultyOptions): Promise<StageOutcome> {
  const split = splitOf(chosen.on);
  const data = await context.data.open(split);
  const items = Math.min(data.length, chosen.items ?? Infinity);
  const rated = chosen.by === "attempts" ? await byAttempts(context, chosen, items) : await bySamples(context, chosen, items);
  const left = curriculum(rated, chosen, randomStream(context.seed, `${context.name}/order`));
  const told = rated.filter((one) => one.difficulty !== null);
  if (left.length === 0)
    throw new RunError(
      "RL_DIFFICULTY_EMPTY",
      `${context.name}: none of ${items} items has a difficulty from ${chosen.band[0]} to ${chosen.band[1]} (${told.length} have one), expected a wider band`,
    );
  const rows = context.log(split);
  for (const { place, difficulty } of left) rows.append(rowOf(await data.outline(place), place, context.folder, { difficulty }));
  return {
    status: "done",
    items: { split, file: `${split}.jsonl` },
    results: {
      split,
      by: chosen.by,
      items,
      kept: left.length,
      unrated: items - told.length,
      meanDifficulty: told.reduce((sum, { difficulty }) => sum + difficulty!, 0) / Math.max(1, told.length),
    },
  };
}

async function byAttempts({ data, name }: StageContext, { on }: DifficultyOptions, items: number): Promise<Rated[]> {
  const split = await data.open(splitOf(on));
  const needed: number[] = [];
  for (let place = 0; place < items; place++) {
    const { id, extra } = await split.outline(place);
    const attempts = extra?.["attempts"];
    if (typeof attempts !== "number" || !(attempts >= 1))
      throw new InputError(
        "RL_NO_ATTEMPTS",
        `${name}: item ${id} has ${attempts === undefined ? "no attempts" : `${JSON.stringify(attempts)} as attempts`}, expected how often a teacher was asked: a collect stage before this one, or by: pass-rate`,
      );
    needed.push(attempts);
  }
  const most = needed.reduce((largest, one) => Math.max(largest, one), 1);
  return needed.map((attempts, place) => ({ place, difficulty: most === 1 ? 0 : (attempts - 1) / (most - 1) }));
}

/** By what the policy writes; goes on where it was stopped. */
async function bySamples(context: StageContext, chosen: DifficultyOptions, items: number): Promise<Rated[]> {
  const { model, policy, kept, name } = context;
  if (isRemote(model)) await model.goBack(kept!, "anew");
  const split = await context.data.open(splitOf(chosen.on));
  let done = context.checkpoints.resume<{ done: number }>()?.state.done ?? 0;
  const log = context.log("difficulty"); // cut back to the checkpoint
  const rated = readJsonLines(join(context.folder, "difficulty.jsonl")).lines as Rated[];
  if (done > 0) context.progress.note(`${name}: goes on after item ${done}`);
  const save = () => context.checkpoints.save({ step: done, tensors: {}, state: { done } });
  let batches = 0;
  while (done < items) {
    await new Promise((resolve) => setImmediate(resolve)); // signals are heard
    if (context.signal.aborted) {
      await save();
      throw new Interrupted(`stopped at item ${done + 1}`);
    }
    const places = Array.from({ length: Math.min(chosen.prompts, items - done) }, (_, index) => done + index);
    const batch = await Promise.all(places.map((place) => split.item(place)));
    const sampling = { samplesPerPrompt: chosen.samples, temperature: chosen.temperature, maxNewTokens: chosen.maxNewTokens };
    const { texts, items: asked } = await generateRollout(
      model,
      policy,
      { items: batch, places },
      sampling,
      randomStream(context.seed, `${name}/${done}`),
    );
    const difficulties = await difficultiesOf(chosen, texts, asked, context.signal);
    for (const [index, place] of places.entries()) {
      const one = { place, difficulty: difficulties[index]! };
      rated.push(one);
      log.append(one);
    }
    done += places.length;
    context.progress.update(name, done, items);
    if (++batches % chosen.checkpointEvery === 0 || done === items) await save();
  }
  return rated;
}

/** One for each item, of whose responses there are k in a row; null: nothing could be told of any. */
async function difficultiesOf(
  { by, samples, rules, least }: DifficultyOptions,
  responses: readonly string[],
  items: readonly PreferenceItem[],
  signal: AbortSignal,
): Promise<(number | null)[]> {
  const perItem = <T>(all: readonly T[]) =>
    Array.from({ length: all.length / samples }, (_, index) => all.slice(index * samples, (index + 1) * samples));
  if (by === "disagreement") return perItem(responses).map((own) => disagreement(own.map(readAnswer)));
  const failed = await failures(rules as Readonly<Record<string, Reward>>, least, { responses, items, signal });
  return perItem(failed).map((own) => {
    const told = own.filter((failure) => failure?.invalid === undefined);
    return told.length === 0 ? null : 1 - told.filter((failure) => failure === null).length / told.length;
  });
}
