import "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { assertCloseBySize, fixturesBeside, numbersOf, numbersWithin, probeWith } from "../../testing/parity.ts";
import { scoreComposer } from "./compose.ts";
import { isInvalid } from "../score.ts";

/**
 * GDPO from the rules' outcomes to the advantages, against TRL's statements and verl's function: each rule normalised in its group, the weighted sum,
 * and then the batch's normalisation, over responses (TRL) or over tokens (verl).
 */

const probe = probeWith();

interface Fixture {
  readonly version: string;
  readonly batches: Readonly<
    Record<
      string,
      {
        readonly scores: Readonly<Record<string, readonly (number | string)[]>>;
        readonly groupIds: readonly number[];
        readonly mask?: readonly (readonly number[])[];
      }
    >
  >;
  readonly cases: readonly {
    readonly batch: string;
    readonly options: { readonly reward_weights?: readonly number[]; readonly gdpo_reward_weights?: readonly number[] | null };
    readonly advantages: unknown;
  }[];
}
const read = fixturesBeside<Fixture>(import.meta.url);

/** Our scores of a fixture's batch, by the weights and an ε. */
function scoresOf(
  { scores, groupIds }: Fixture["batches"][string],
  given: readonly number[] | null | undefined,
  epsilon: number,
) {
  const rules = Object.keys(scores);
  const weights = Object.fromEntries(rules.map((rule, index) => [rule, given?.[index] ?? 1]));
  const composer = scoreComposer(rules, { formula: null, weights, normalise: { deviation: "unbiased", epsilon } });
  const outcomes = Object.fromEntries(rules.map((rule) => [rule, scores[rule]!.map(Number)]));
  return composer.compose(outcomes, groupIds).scores.map((score) => (isInvalid(score) ? Number.NaN : score));
}

const sources = {
  "trl-gdpo": { epsilon: 1e-4, chain: [{ use: "batch-normalise", deviation: "unbiased", epsilon: 1e-4 }] },
  "verl-gdpo": { epsilon: 1e-6, chain: ["spread", { use: "whiten", variance: "unbiased", epsilon: 1e-8, epsilonIn: "sum" }] },
} as const;

for (const [name, { epsilon, chain }] of Object.entries(sources)) {
  const { version, batches, cases } = read(name);
  const agreeing = cases.filter(({ batch }) => batch !== "nan"); // a NaN: nothing in TRL, spreading in verl, and no score at all here
  test(`${name}: cases`, () => assert.ok(agreeing.length >= 4, `${agreeing.length}`));
  for (const { batch, options, advantages } of agreeing)
    test(`${name} ${version}: ${batch}, ${JSON.stringify(options)}`, async () => {
      const { mask, groupIds } = batches[batch]!;
      const scores = scoresOf(batches[batch]!, options.reward_weights ?? options.gdpo_reward_weights, epsilon);
      const ours = await probe("advantage", chain, { scores, groupIds, ...(mask && { mask }) });
      assertCloseBySize(numbersOf(ours.advantages), mask ? numbersWithin(mask, advantages) : numbersOf(advantages));
    });
}

test.run();
