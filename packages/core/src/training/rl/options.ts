import { z } from "zod";
import type { Component, OptionCheck, OptionIssue, PresetSource } from "../../plugin/component.ts";
import { memoryIssues, timeIssues } from "../../plugin/feasible.ts";
import type { AdvantageLevel } from "../../kinds.ts";
import { slot, slotWith } from "../../plugin/slots.ts";
import { adaptiveKl } from "./adaptive-kl.ts";
import { rewardChecks, rewardOptions } from "./compose.ts";

const count = z.int().positive();

const klSlotOptions = {
  in: z.enum(["reward", "loss"]).describe("reward: taken off the token rewards; loss: added to the token losses"),
  coefficient: z.number().min(0).describe("β"),
  adaptive: adaptiveKl.nullable().default(null).describe("β follows a target, from `coefficient` on; null: β is fixed"),
};
/** What is the KL slot's own, beside the estimator's options. */
export const klSlotKeys: ReadonlySet<string> = new Set(Object.keys(klSlotOptions));
const klSlot = slotWith("kl", klSlotOptions);

/** How a critic is trained beside the policy, on its layers. */
export const criticOptions = z.strictObject({
  coefficient: z.number().positive().default(0.1).describe("c_v: weight of the value loss (TRL: 0.1, PPO paper: 0.5 to 1)"),
  clip: z
    .number()
    .positive()
    .nullable()
    .default(0.2)
    .describe("how far a value may move from that at the rollout; null: no limit (TRL: 0.2; verl, OpenRLHF: 0.5)"),
});

/** What is made of the token losses before they are aggregated; `rewardlab probe` takes them as well. */
export const correctionChain = z
  .array(slot("correction"))
  .min(1)
  .nullable()
  .default(null)
  .describe("a chain of weights on the token losses, for what sampler and trainer disagree on; null: none");
export const maskSlot = slot("mask").nullable().default(null).describe("which tokens train, by their entropies; null: all");

/** The options of the `rl` stage. A stage of one's own extends them. */
export const rlOptions = z.strictObject({
  iterations: count.describe("rollouts, each with its updates"),
  rollout: z.strictObject({
    prompts: count.describe("P, prompts per iteration"),
    samplesPerPrompt: count.default(1).describe("G, responses per prompt"),
    temperature: z
      .number()
      .positive(
        "expected more than 0: at 0 (greedy) all responses to a prompt are the same one, and nothing can be learnt from it",
      )
      .default(1)
      .describe("of the sampling, and of the log-probabilities"),
    maxNewTokens: count.describe("longest response, in tokens"),
    order: z
      .enum(["shuffled", "given"])
      .optional()
      .describe("of the prompts in a pass: shuffled, or as the data have them, for a curriculum; absent: shuffled"),
    staleness: z
      .int()
      .min(0)
      .default(0)
      .describe(
        "train on responses that the policy sampled so many iterations ago (at the start, on the first policy's); as many rollouts are kept in memory and in checkpoints",
      ),
  }),
  reward: rewardOptions,
  sampler: z
    .array(slot("sampler"))
    .min(1)
    .prefault(["all"])
    .describe("a chain: what of a rollout trains, and whether fresh prompts replace some of it"),
  kl: klSlot.nullable().default(null).describe("a penalty on the distance from the reference policy; null: none"),
  advantage: z.array(slot("advantage")).min(1).describe("a chain from scores to token advantages"),
  critic: criticOptions.nullable().default(null).describe("a value head, for gae; null: none"),
  loss: z.strictObject({
    ratio: slot("ratio").describe("how π/π_old is formed"),
    surrogate: slot("surrogate").describe("the loss of a token"),
    correction: correctionChain,
    mask: maskSlot,
    aggregate: slot("aggregate").describe("from token losses to the loss"),
  }),
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
  optimizer: slot("optimizer").describe("makes the step from the gradient"),
  schedule: slot("schedule").prefault("constant").describe("factor on the learning rate"),
  scheduleStep: z
    .enum(["iteration", "update"])
    .default("iteration")
    .describe("what a step of the schedule is: its warm-up and decay are counted in iterations, or in optimizer steps"),
  gradientClip: z.number().positive().nullable().default(1).describe("largest global norm of the gradients"),
  onNonFinite: z
    .enum(["stop", "skip-update"])
    .default("stop")
    .describe("on NaN or ±∞ in a step: end the run as collapsed, or leave the update out"),
  collapse: z
    .strictObject({
      below: z.number().min(0).max(1).default(0.5).describe("share of the first iteration's mean score"),
      iterations: count.default(5).describe("for so many iterations in a row"),
      skipped: z
        .number()
        .min(0)
        .max(1)
        .default(0.5)
        .describe("share of the updates left out, over that many iterations or over the whole run; above it a run has collapsed"),
    })
    .nullable()
    .prefault({})
    .describe("when a run ends as collapsed"),
  checkpointEvery: count.default(5).describe("iterations"),
  samplesKept: z.int().min(0).default(4).describe("responses an iteration that samples.jsonl keeps"),
});
/** The rl stage's options, checked and with their defaults; slots hold created parts. */
export type RlOptions = z.output<typeof rlOptions>;

/** An algorithm is a whole method: one that names no sampler, KL, critic, correction or mask means that there is none, whatever lies below it. */
export const algorithmPreset: PresetSource = {
  option: "algorithm",
  leftOut: { sampler: ["all"], kl: null, critic: null, loss: { correction: null, mask: null } },
};

/** Of each sampled token: its id, mask, log-probabilities of three policies and advantage, 4 bytes each. */
const NUMBERS_PER_TOKEN = 6;
/** The least that a response takes on the host besides its tokens: item, text, outcomes of rules, place in a minibatch. */
export const BYTES_PER_RESPONSE = 128;

/** What rollouts take that wait to be trained on: of each token its id, mask and log-probability, as numbers of JavaScript. */
export function waitingBytes(tokens: number, staleness: number): number {
  return staleness * tokens * 3 * 8;
}

/** A chain as a check sees it; undefined where a step is not there. */
type Chain<K extends "advantage" | "sampler" = "advantage"> = readonly (
  { readonly component: Component<K>; readonly options?: unknown } | undefined
)[];

/** What the schema can't see of the parts that work on scores: whether the chain's steps fit one another, and the chain the KL penalty. */
export const partChecks: readonly OptionCheck[] = [
  {
    reads: ["rollout.prompts", "rollout.samplesPerPrompt", "rollout.maxNewTokens", "rollout.staleness"],
    find: ({ rollout }: { rollout: RolloutSize & { maxNewTokens: number; staleness: number } }) => {
      const { prompts, samplesPerPrompt, maxNewTokens, staleness } = rollout;
      const responses = prompts * samplesPerPrompt;
      const trained = responses * (maxNewTokens * NUMBERS_PER_TOKEN * 4 + BYTES_PER_RESPONSE);
      return memoryIssues(
        staleness === 0 ? ["rollout"] : ["rollout", "staleness"],
        trained + waitingBytes(responses * maxNewTokens, staleness),
        `${staleness === 0 ? "a rollout" : `${staleness + 1} rollouts`} of ${prompts} × ${samplesPerPrompt} responses of ${maxNewTokens} tokens`,
      );
    },
  },
  {
    reads: ["iterations", "update.epochs"],
    find: ({ iterations, update: { epochs } }: { iterations: number; update: { epochs: number } }) =>
      timeIssues(epochs > iterations ? ["update", "epochs"] : ["iterations"], iterations * epochs, "epochs over rollouts"),
  },
  { reads: ["advantage"], find: ({ advantage }: { advantage: Chain }) => chainIssues(advantage.map((step) => step?.component)) },
  {
    reads: ["advantage", "kl"],
    find: ({ advantage, kl }: { advantage: Chain; kl: { own: { in: string } } | null }) =>
      klIssues(advantage, kl?.own.in === "reward"),
  },
  {
    reads: ["advantage", "rollout.samplesPerPrompt"],
    find: ({ advantage, rollout }: { advantage: Chain; rollout: { samplesPerPrompt: number } }) =>
      groupIssues(advantage, rollout.samplesPerPrompt, "rollout.samplesPerPrompt is 1"),
  },
  {
    reads: ["sampler", "rollout.samplesPerPrompt"],
    find: ({ sampler, rollout }: { sampler: Chain<"sampler">; rollout: { samplesPerPrompt: number } }) =>
      groupIssues(sampler, rollout.samplesPerPrompt, "rollout.samplesPerPrompt is 1", "sampler"),
  },
  {
    reads: ["advantage", "critic"],
    find: ({ advantage, critic }: { advantage: Chain; critic: object | null }) => criticIssues(advantage, critic !== null),
  },
  {
    reads: ["kl", "rollout.prompts", "rollout.samplesPerPrompt"],
    find: ({ kl, rollout }: { kl: { own: { adaptive: { horizon: number } | null } } | null; rollout: RolloutSize }) =>
      horizonIssues(kl?.own.adaptive?.horizon ?? Infinity, rollout.prompts * rollout.samplesPerPrompt),
  },
  {
    reads: ["kl"],
    find: ({ kl }: { kl: { own: { coefficient: number; adaptive: object | null } } | null }) =>
      kl?.own.adaptive && kl.own.coefficient === 0
        ? [
            {
              path: ["kl", "coefficient"],
              message: "is 0, and an adaptive coefficient starts from it: it would stay 0; expected more",
            },
          ]
        : [],
  },
  {
    reads: ["loss.surrogate", "update.microbatch", "update.minibatch", "rollout.prompts", "rollout.samplesPerPrompt"],
    find: ({ loss, update, rollout }: { loss: { surrogate: { component: Component<"surrogate"> } } } & Batches) =>
      loss.surrogate.component.comparesBatch ? wholeBatchIssues(loss.surrogate.component.name, update, rollout) : [],
  },
  {
    reads: ["reward.normalise", "rollout.samplesPerPrompt"],
    find: ({ reward, rollout }: { reward: { normalise: object | null }; rollout: { samplesPerPrompt: number } }) =>
      reward.normalise === null || rollout.samplesPerPrompt > 1 ? [] : [aloneIssue],
  },
];

/** The same of all options: whether formula or weights fit the rules, too. */
export const rlChecks: readonly OptionCheck[] = [...rewardChecks("reward"), ...partChecks];

interface Batches {
  readonly update: { readonly minibatch: number | null; readonly microbatch: number | null };
  readonly rollout: RolloutSize;
}

/** The micro-batches of a surrogate that compares the tokens of a batch don't add up to its loss. */
function wholeBatchIssues(name: string, { minibatch, microbatch }: Batches["update"], rollout: RolloutSize): OptionIssue[] {
  const whole = Math.min(minibatch ?? Infinity, rollout.prompts * rollout.samplesPerPrompt);
  if (microbatch === null || microbatch >= whole) return [];
  return [
    {
      path: ["update", "microbatch"],
      message: `${name} compares the tokens of a whole minibatch, ${whole} responses, and ${microbatch} are less; expected null, or ${whole} or more`,
    },
  ];
}

const aloneIssue: OptionIssue = {
  path: ["reward", "normalise"],
  message: "compares the responses to a prompt, and rollout.samplesPerPrompt is 1: expected two or more",
};

interface RolloutSize {
  readonly prompts: number;
  readonly samplesPerPrompt: number;
}

/** β changes by up to 0.2·n/H an iteration: from n ≥ 5H on it could turn negative. */
function horizonIssues(horizon: number, responses: number): OptionIssue[] {
  if (horizon > 0.2 * responses) return [];
  const message = `${horizon} is given, and with ${responses} responses an iteration the coefficient could turn negative; expected more than ${0.2 * responses}`;
  return [{ path: ["kl", "adaptive", "horizon"], message }];
}

/** Steps that compare the responses of a group, where no group has more than one. `why` says how that came. */
export function groupIssues(
  chain: Chain<"advantage" | "sampler">,
  largestGroup: number,
  why: string,
  key = "advantage",
): OptionIssue[] {
  const index = chain.findIndex((step) => step?.component.comparesGroup && !keepsSingletons(step.options));
  if (largestGroup > 1 || index === -1) return [];
  const message = `${chain[index]!.component.name} compares the responses to a prompt, and ${why}: expected two or more`;
  return [{ path: [key, index], message }];
}

/** Steps that say what a response alone in its group gets can do with one (`singleton: score`). */
function keepsSingletons(options: unknown): boolean {
  return (options as { singleton?: string } | undefined)?.singleton === "score";
}

function criticIssues(chain: Chain, hasCritic: boolean): OptionIssue[] {
  if (chain.some((step) => step === undefined)) return [];
  const index = chain.findIndex((step) => step!.component.usesValues);
  if (index !== -1 && !hasCritic)
    return [
      {
        path: ["advantage", index],
        message: `${chain[index]!.component.name} needs a critic's values, and there is no critic; add critic: {} beside advantage`,
      },
    ];
  if (index === -1 && hasCritic)
    return [{ path: ["critic"], message: "no step of the advantage chain uses its values; use gae, or critic: null" }];
  return [];
}

function klIssues(chain: Chain, inReward: boolean): OptionIssue[] {
  if (!inReward || chain.some((step) => step === undefined || step.component.takesKlPenalty)) return [];
  return [
    {
      path: ["kl"],
      message:
        "is in the reward, and no step of the advantage chain takes it off there; use discounted-return or kl-penalty, or in: loss",
    },
  ];
}

/** What doesn't fit in a chain that starts from scores, or from tokens; `end`: what it must end with. */
export function chainIssues(
  chain: readonly (Component<"advantage"> | undefined)[],
  end: "tokens" | "either" = "tokens",
  start: AdvantageLevel = "scores",
): OptionIssue[] {
  let level = start;
  for (const [index, step] of chain.entries()) {
    if (step === undefined) return []; // reported where the step itself is wrong
    if (step.takes !== level) {
      const why =
        level === "scores"
          ? "one number per response; put discounted-return or spread before it"
          : "one number per token already; put it earlier";
      return [{ path: ["advantage", index], message: `${step.name} takes ${step.takes}, and what reaches it here is ${why}` }];
    }
    level = step.gives;
  }
  if (level === "tokens" || end === "either") return [];
  return [
    {
      path: ["advantage"],
      message: "the chain ends with one number per response; add discounted-return or spread, which give one per token",
    },
  ];
}
