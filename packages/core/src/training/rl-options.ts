import { z } from "zod";
import type { Component, OptionCheck, OptionIssue } from "../component.ts";
import { slot, slotWith } from "../slots.ts";
import { rewardChecks, rewardOptions } from "./compose.ts";

const count = z.int().positive();

export const rlOptions = z.strictObject({
  iterations: count.describe("rollouts, each with its updates"),
  rollout: z.strictObject({
    prompts: count.describe("P, prompts per iteration"),
    samplesPerPrompt: count.default(1).describe("G, responses per prompt"),
    temperature: z.number().positive().default(1),
    maxNewTokens: count,
  }),
  reward: rewardOptions,
  kl: slotWith("kl", {
    in: z.enum(["reward", "loss"]).describe("reward: taken off the token rewards; loss: added to the token losses"),
    coefficient: z.number().min(0).describe("β"),
  })
    .nullable()
    .default(null),
  advantage: z.array(slot("advantage")).min(1).describe("a chain from scores to token advantages"),
  loss: z.strictObject({ ratio: slot("ratio"), surrogate: slot("surrogate"), aggregate: slot("aggregate") }),
  update: z
    .strictObject({
      epochs: count.default(1).describe("passes over each rollout"),
      minibatch: count.nullable().default(null).describe("responses per optimizer step; null: the whole rollout"),
      shuffle: z
        .enum(["responses", "groups"])
        .default("responses")
        .describe(
          "what minibatches are drawn from; with groups, the responses to one prompt stay together and the prompt is read once",
        ),
      microbatch: count
        .nullable()
        .default(null)
        .describe("responses per forward pass; null: the whole minibatch. Changes memory, not results"),
    })
    .prefault({}),
  optimizer: slot("optimizer"),
  schedule: slot("schedule").prefault("constant"),
  gradientClip: z.number().positive().nullable().default(1).describe("largest global norm of the gradients"),
  onNonFinite: z
    .enum(["stop", "skip-update"])
    .default("stop")
    .describe("on NaN or ±∞ in a step: end the run as collapsed, or leave the update out"),
  collapse: z
    .strictObject({
      below: z.number().min(0).max(1).default(0.5).describe("share of the first iteration's mean score"),
      iterations: count.default(5).describe("for so many iterations in a row"),
    })
    .nullable()
    .prefault({})
    .describe("when a run ends as collapsed"),
  checkpointEvery: count.default(5).describe("iterations"),
  samplesKept: z.int().min(0).default(4).describe("responses an iteration that samples.jsonl keeps"),
});
export type RlOptions = z.output<typeof rlOptions>;

/** An advantage chain as a check sees it; undefined where a step is not there. */
type Chain = readonly ({ readonly component: Component } | undefined)[];

/** What the schema can't see: whether formula or weights fit the rules, the chain's steps one another, and the chain the KL penalty. */
export const rlChecks: readonly OptionCheck[] = [
  ...rewardChecks("reward"),
  { reads: ["advantage"], find: ({ advantage }: { advantage: Chain }) => chainIssues(advantage.map((step) => step?.component)) },
  {
    reads: ["advantage", "kl"],
    find: ({ advantage, kl }: { advantage: Chain; kl: { own: { in: string } } | null }) =>
      klIssues(advantage, kl?.own.in === "reward"),
  },
  {
    reads: ["advantage", "rollout.samplesPerPrompt"],
    find: ({ advantage, rollout }: { advantage: Chain; rollout: { samplesPerPrompt: number } }) =>
      groupIssues(advantage, rollout.samplesPerPrompt),
  },
  {
    reads: ["reward.normalise", "rollout.samplesPerPrompt"],
    find: ({ reward, rollout }: { reward: { normalise: object | null }; rollout: { samplesPerPrompt: number } }) =>
      reward.normalise === null || rollout.samplesPerPrompt > 1 ? [] : [aloneIssue],
  },
];

const aloneIssue: OptionIssue = {
  path: ["reward", "normalise"],
  message: "compares the responses to a prompt, and rollout.samplesPerPrompt is 1: all it gives is 0",
};

function groupIssues(chain: Chain, samplesPerPrompt: number): OptionIssue[] {
  const index = chain.findIndex((step) => step?.component.comparesGroup);
  if (samplesPerPrompt > 1 || index === -1) return [];
  const message = `${chain[index]!.component.name} compares the responses to a prompt, and rollout.samplesPerPrompt is 1: all it gives is 0`;
  return [{ path: ["advantage", index], message }];
}

function klIssues(chain: Chain, inReward: boolean): OptionIssue[] {
  if (!inReward || chain.some((step) => step === undefined || step.component.usesKlPenalty)) return [];
  return [
    {
      path: ["kl"],
      message: "is in the reward, and no step of the advantage chain takes it off there; use discounted-return, or in: loss",
    },
  ];
}

/** What doesn't fit in a chain from scores; `end`: what it must end with. */
export function chainIssues(chain: readonly (Component | undefined)[], end: "tokens" | "either" = "tokens"): OptionIssue[] {
  let level = "scores";
  for (const [index, step] of chain.entries()) {
    if (step === undefined) return []; // reported where the step itself is wrong
    if (step.takes !== level) {
      const why =
        level === "scores"
          ? "one number per response; put discounted-return or spread before it"
          : "one number per token already; put it earlier";
      return [{ path: ["advantage", index], message: `${step.name} takes ${step.takes}, and what reaches it here is ${why}` }];
    }
    level = step.gives!;
  }
  if (level === "tokens" || end === "either") return [];
  return [
    {
      path: ["advantage"],
      message: "the chain ends with one number per response; add discounted-return or spread, which give one per token",
    },
  ];
}
