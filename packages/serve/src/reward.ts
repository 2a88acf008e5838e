import { z } from "zod";
import { checkModel } from "./chat.ts";
import { verdictOn } from "./judge.ts";
import type { Judgement } from "./judge.ts";
import { checkCount, pictureIn } from "./pictures.ts";
import type { NamedPicture } from "./pictures.ts";
import { Problem } from "./problem.ts";
import { checked, drawnSeed } from "./serving.ts";
import type { Call, Reply, Serving } from "./serving.ts";

const body = z.strictObject({
  model: z.string().nullable().default(null),
  question: z.string(),
  images: z.array(z.string()).default([]),
  responses: z.tuple([z.string().min(1), z.string().min(1)]),
  votes: z.int().positive().nullable().default(null),
  swap: z.boolean().default(false),
  weight: z.enum(["majority", "confidence"]).default("majority"),
  temperature: z.number().min(0).max(10).default(1),
  maxNewTokens: z.int().positive().nullable().default(null),
  seed: z.int().nullable().default(null),
});

/** `POST /v1/reward`: which of two responses is better, by votes. */
export async function reward(serving: Serving, { body: given, signal }: Call): Promise<Reply> {
  const { images, model, votes: wanted, ...asked } = checked(body, given);
  checkModel(serving, model);
  const votes = votesOf(serving, wanted, "votes");
  if (asked.swap && votes < 2)
    throw new Problem(400, "invalid_request", "swap: half of the votes are asked the other way round, expected 2 votes or more", {
      param: "swap",
    });
  checkCount(images.length, serving.pictures, "images");
  const pictures: NamedPicture[] = [];
  for (const [index, one] of images.entries()) pictures.push(await pictureIn(one, `images[${index}]`, serving.pictures));
  const seed = asked.seed ?? drawnSeed();
  const verdict = await verdictOn(serving, { ...asked, votes, pictures, seed, signal, param: "question" });
  const { judgements, preference, confidence, sums, usage } = verdict;
  const ofOrder = (swapped: boolean) => judgements.filter((one) => one.swapped === swapped);
  const swapped = ofOrder(true);
  return {
    json: {
      model: serving.policy.name,
      preference,
      confidence,
      votes: counted(judgements),
      weight: asked.weight,
      sums: { "1": sums[1], "2": sums[2], tie: sums.tie },
      ...(swapped.length === 0
        ? {}
        : { asShown: counted(ofOrder(false)), swapped: counted(swapped), choosesFirst: choosesFirst(judgements) }),
      judgements: judgements.map(({ choice, confidence: sure, thought, swapped: turnedRound }) => ({
        choice,
        confidence: choice === null ? null : sure,
        thought,
        swapped: turnedRound,
      })),
      seed,
      usage,
    },
  };
}

/** How many votes are asked for. */
export function votesOf({ votes, mostSamples }: Serving, wanted: number | null, param: string): number {
  const count = wanted ?? votes;
  if (count > mostSamples)
    throw new Problem(400, "too_many_samples", `${param}: ${count}, expected at most ${mostSamples}`, { param });
  return count;
}

/** Votes by what they are for. */
function counted(judgements: readonly Judgement[]) {
  const of = (choice: Judgement["choice"]) => judgements.filter((one) => one.choice === choice).length;
  return { "1": of(1), "2": of(2), tie: of("tie"), unreadable: of(null) };
}

/** The share of votes for a response that named the one shown first: ½ without position bias, if as many were asked in either order. null: none did. */
function choosesFirst(judgements: readonly Judgement[]): number | null {
  const decided = judgements.filter(({ choice }) => choice === 1 || choice === 2);
  const first = decided.filter(({ choice, swapped }) => (choice === 1) !== swapped);
  return decided.length === 0 ? null : first.length / decided.length;
}
