import { InputError, Interrupted } from "@rewardlab/storage";
import { z } from "zod";
import { itemsAt } from "../../items/items.ts";
import type { Model, Parameters } from "../../kinds.ts";
import { stage } from "../../plugin/component.ts";
import { weightsHere } from "../../plugin/remote-model.ts";
import type { StageContext, StageOutcome } from "../../stage.ts";
import { yieldToEventLoop } from "../event-loop.ts";
import { valueHeadOf } from "../rl/critic.ts";
import { SHORT, TIMED } from "../shortened.ts";
import { pairOf, pairPlaces, pairScores, pairTensors } from "./pairs.ts";
import type { Pair } from "./pairs.ts";
import { asksOf } from "./reward-head.ts";
import { tidied } from "../../math/memory.ts";

const options = z.strictObject({
  on: z
    .array(z.string().regex(/^data\.\S+$/, "expected data.<split>"))
    .length(1)
    .default(["data.test"])
    .describe("the split of the data, data.<split>"),
  items: z.int().positive().nullable().default(null).describe("how many items, from the start; null: all"),
  pairs: z.int().positive().default(32).describe("pairs per batch"),
});
type CompareOptions = z.output<typeof options>;

/**
 * Accuracy of a reward head on held-out pairs: how often the better response has the higher score. Nothing is sampled. Equal scores count as wrong, and are told;
 * ties of the data are left out.
 */
export const compareScoresStage = stage({
  name: "compare-scores",
  summary: "accuracy of a reward head on held-out pairs, by their scores",
  keeps: "artefact",
  options,
  measures: () => [
    "accuracy",
    "accuracyStandardError",
    "equal",
    "margin",
    "pairs",
    ...["byKind.*", "byPreferred.*"].flatMap((group) => [`${group}.accuracy`, `${group}.pairs`]),
  ],
  promptsAtOnce: ({ pairs }) => [{ path: ["pairs"], prompts: pairs }],
  needs: ({ on, items }) => ({ splits: [{ name: splitOf(on), option: "on", items, asks: asksOf }], valueHead: true }),
  work: ({ on, items }) => ({
    unit: "items",
    units: items,
    split: splitOf(on),
    per: [
      { what: "item", amounts: { forwardPasses: 1, responses: 2 } },
      ...(items === null ? [] : [{ what: "all" as const, amounts: { forwardPasses: items, responses: 2 * items } }]),
    ],
    notes: items === null ? ["as many items as the split has"] : [],
    size: 2,
  }),
  shortened: ({ items, pairs }, purpose) =>
    purpose === "time"
      ? { items: Math.min(items ?? Infinity, TIMED * pairs) }
      : { items: Math.min(SHORT.items, items ?? Infinity), pairs: Math.min(SHORT.itemsPerBatch, pairs) },
  create: (chosen) => ({ run: (context) => compare(context, chosen) }),
});

const splitOf = ([source]: readonly string[]) => source!.slice("data.".length);

/** A pair with the scores of its responses. */
interface Scored extends Pair {
  readonly chosenScore: number;
  readonly rejectedScore: number;
}

async function compare(context: StageContext, { on, items, pairs: size }: CompareOptions): Promise<StageOutcome> {
  const model = weightsHere(context.model, context.name);
  if (!Object.keys(context.policy).some((name) => name.startsWith("value.")))
    throw new InputError(
      "RL_NO_VALUE_HEAD",
      `stages.${context.name}: no stage before has trained a value head, expected a reward-head stage, or an rl stage with a critic`,
    );
  const split = splitOf(on);
  const data = await context.data.open(split);
  const places = await pairPlaces(data, Math.min(data.length, items ?? Infinity));
  const scored: Scored[] = [];
  for (let start = 0; start < places.length; start += size) {
    await yieldToEventLoop();
    if (context.signal.aborted) throw new Interrupted(`stopped at pair ${start + 1}`);
    const batch = (await itemsAt(data, places.slice(start, start + size))).map((item) => pairOf(item)!);
    const scores = scoresOf(model, context.policy, batch);
    scored.push(...batch.map((pair, index) => ({ ...pair, ...scores[index]! })));
    context.progress.update(context.name, scored.length, places.length);
  }
  return { status: "done", results: { split, ...tallied(scored) } };
}

function scoresOf(
  model: Model,
  policy: Parameters,
  pairs: readonly Pair[],
): { readonly chosenScore: number; readonly rejectedScore: number }[] {
  return tidied(() => {
    const { prompts, responses } = pairTensors(model, pairs);
    const { values } = valueHeadOf(model).logProbsAndValues(policy, prompts, responses, 1); // [2P, T]
    const { chosen, rejected } = pairScores(values, responses.mask); // [P] each
    const [better, other] = [chosen.dataSync(), rejected.dataSync()];
    return pairs.map((_, index) => ({ chosenScore: better[index]!, rejectedScore: other[index]! }));
  });
}

function tallied(scored: readonly Scored[]) {
  const perItem = scored.map(({ chosenScore, rejectedScore }) => Number(chosenScore > rejectedScore));
  const accuracy = mean(perItem);
  const variance = scored.length < 2 ? 0 : perItem.reduce((sum, one) => sum + (one - accuracy) ** 2, 0) / (scored.length - 1);
  const by = (nameOf: (pair: Scored) => string | undefined) => {
    const names = [...new Set(scored.map(nameOf))].filter((name) => name !== undefined).toSorted();
    return Object.fromEntries(
      names.map((name) => {
        const own = perItem.filter((_, index) => nameOf(scored[index]!) === name);
        return [name, { pairs: own.length, accuracy: mean(own) }];
      }),
    );
  };
  return {
    pairs: scored.length,
    accuracy,
    accuracyStandardError: Math.sqrt(variance / scored.length),
    equal: mean(scored.map(({ chosenScore, rejectedScore }) => Number(chosenScore === rejectedScore))),
    margin: mean(scored.map(({ chosenScore, rejectedScore }) => chosenScore - rejectedScore)),
    byKind: by(({ asked }) => asked.kind),
    byPreferred: by(({ asked }) => String(asked.preferred)),
    perItem,
  };
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
