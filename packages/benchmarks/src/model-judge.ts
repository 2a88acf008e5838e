import { generateRollout } from "@rewardlab/core";
import type { Model, Parameters, Pixels, PreferenceItem, RandomStream } from "@rewardlab/core";
import { createHash } from "node:crypto";
import type { Asked, Judge } from "./judging.ts";
import type { Picture } from "./pair.ts";

/** A policy that judges, with its weights. */
export interface JudgingModel {
  readonly model: Model;
  readonly parameters: Parameters;
  /** What its words depend on: which run, which weights. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly decode: (picture: Picture) => Promise<Pixels>;
  readonly maxNewTokens: number;
  /** Pairs at a time. */
  readonly batch: number;
  /** Never drawn from: the answers are greedy. */
  readonly random: RandomStream;
}

/** A policy of ours as judge: it is asked as it was trained, by its own prompt, and answers greedily. */
export function modelJudge({ model, parameters, settings, decode, maxNewTokens, batch, random }: JudgingModel): Judge {
  const itemOf = async ({ question, responses, pictures }: Asked, index: number): Promise<PreferenceItem> => ({
    id: `asked-${index}`,
    question,
    responses,
    preferred: 1,
    images: await Promise.all(pictures.map(async (picture) => ({ path: nameOf(picture), pixels: await decode(picture) }))),
  });
  return {
    settings: { ...settings, maxNewTokens },
    batch,
    async judge(asked) {
      const items = await Promise.all(asked.map(itemOf));
      const options = { samplesPerPrompt: 1, temperature: 0, maxNewTokens };
      const { texts } = await generateRollout(
        model,
        parameters,
        { items, places: items.map((_, index) => index) },
        options,
        random,
      );
      return texts;
    },
  };
}

const nameOf = (picture: Picture) =>
  "path" in picture ? picture.path : createHash("sha256").update(picture.bytes).digest("hex");
