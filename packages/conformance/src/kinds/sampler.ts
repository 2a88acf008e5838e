import type { Sampler, SamplerBatch, SamplerChoice } from "@rewardlab/core";
import { broken } from "../law.ts";
import type { Law } from "../law.ts";
import { DECLARES, expectDeclared, expectSoundMetrics } from "../laws/metrics.ts";
import { goesOnFromItsState } from "../laws/state.ts";
import { drawsRandomNumbers } from "../subject.ts";
import type { Subject } from "../subject.ts";

type SamplerLaw = Law<Subject<"sampler">>;

/** A rollout in numbers: each response's score, group, length, and whether it was cut off. */
interface Rollout {
  readonly scores: readonly number[];
  readonly groupIds: readonly number[];
  readonly lengths: readonly number[];
  readonly truncated: readonly boolean[];
}
const maxNewTokens = 8;
const rollout: Rollout = {
  // group 0 differs, group 1 is equal, group 2 is a response alone
  scores: [1, 0.5, 0, 0.5, -1, 2],
  groupIds: [0, 1, 0, 1, 0, 2],
  lengths: [3, 8, 0, 1, 7, 8],
  truncated: [false, true, false, false, false, false],
};

function batchOf(
  { scores, groupIds, lengths, truncated }: Rollout,
  { seesTokens }: Pick<Sampler, "seesTokens"> = {},
): SamplerBatch {
  // what a response's tokens are depends on it alone, so that they move with it
  const ofTokens = (value: (row: number, token: number) => number) =>
    lengths.flatMap((length, row) =>
      Array.from({ length: maxNewTokens }, (_, token) => (token < length ? value(row, token) : 0)),
    );
  const tokens = {
    responseIds: Int32Array.from(ofTokens((row, token) => 2 + ((7 * lengths[row]! + 3 * token) % 5))),
    mask: Float32Array.from(ofTokens(() => 1)),
    logProbs: Float32Array.from(ofTokens((row, token) => -0.1 * (1 + ((lengths[row]! + token) % 4)))),
  };
  return {
    ...(seesTokens ? tokens : {}),
    scores: Float32Array.from(scores),
    groupIds: Int32Array.from(groupIds),
    lengths: Int32Array.from(lengths),
    truncated: [...truncated],
    maxNewTokens,
  };
}
const chosenBy = (part: Sampler, given: Rollout): SamplerChoice => part.apply(batchOf(given, part));
const rows = (given: Rollout, order: readonly number[]): Rollout => ({
  scores: order.map((row) => given.scores[row]!),
  groupIds: order.map((row) => given.groupIds[row]!),
  lengths: order.map((row) => given.lengths[row]!),
  truncated: order.map((row) => given.truncated[row]!),
});
const show = (given: Rollout) =>
  Object.entries(given)
    .map(([name, values]) => `${name} [${(values as unknown[]).join(", ")}]`)
    .join("\n");
const textOf = ({ scores, masked, replaced }: SamplerChoice) =>
  `scores [${[...scores].join(", ")}]\nmasked [${masked.join(", ")}]\nreplaced groups [${[...replaced].sort((a, b) => a - b).join(", ")}]`;

const choiceIsSound: SamplerLaw = {
  name: "a score and a mask for each response, and groups that are there",
  check: ({ create }) => {
    const extremes: readonly Rollout[] = [
      rollout,
      rows(rollout, [2]),
      { ...rollout, scores: rollout.scores.map(() => 0.1) },
      { ...rollout, lengths: rollout.lengths.map(() => 0) },
      { ...rollout, lengths: rollout.lengths.map(() => maxNewTokens), truncated: rollout.truncated.map(() => true) },
    ];
    for (const given of extremes) {
      const { part } = create();
      const batch = batchOf(given, part);
      if (!(Number.isInteger(part.rounds) && part.rounds >= 1))
        broken({ what: `its rounds are ${String(part.rounds)}`, expected: "a whole number from 1 on" });
      const { scores, masked, replaced } = part.apply(batch);
      const count = given.scores.length;
      if (!(scores instanceof Float32Array) || scores.length !== count || masked.length !== count)
        broken({
          what: `it gave ${scores.length} scores and ${masked.length} masks for ${count} responses`,
          input: show(given),
          expected: "a Float32Array of scores and a list of masks, one for each response, in their order",
          likely: "A response is left out by `masked`, or its group by `replaced`; none is taken from the lists",
        });
      if (scores === batch.scores) broken({ what: "its scores are its input", likely: "Return scores.slice()" });
      const row = scores.findIndex((value) => !Number.isFinite(value));
      if (row !== -1)
        broken({
          what: `the score of response ${row} is ${scores[row]}`,
          input: show(given),
          expected: "a finite number",
          likely: "A division by a length or a buffer of 0",
        });
      const strange = [...replaced].find((id) => !given.groupIds.includes(id));
      if (strange !== undefined)
        broken({
          what: `it replaces group ${strange}, which is not there`,
          input: show(given),
          likely: "`replaced` holds group ids, not rows",
        });
    }
  },
};

const nanStays: SamplerLaw = {
  name: "a score that is not there stays away",
  check: ({ create }) => {
    rollout.scores.forEach((_, row) => {
      const given = { ...rollout, scores: rollout.scores.map((score, at) => (at === row ? NaN : score)) };
      const { scores } = chosenBy(create().part, given);
      if (!Number.isNaN(scores[row]))
        broken({
          what: `response ${row} has no score (NaN), and gets ${scores[row]}`,
          input: show(given),
          expected: "NaN",
          likely:
            "A comparison with NaN is false, and Math.sign, ?? and || turn it into a number: a rule that could not tell must not become 0",
        });
      const spoilt = scores.findIndex((score, at) => at !== row && !Number.isFinite(score));
      if (spoilt !== -1)
        broken({
          what: `response ${row} has no score, and response ${spoilt} loses its own`,
          input: show(given),
          likely: "A mean or a maximum that NaN enters: leave it out",
        });
    });
  },
};

const ignoresOrder: SamplerLaw = {
  name: "permuting the responses permutes the choice; group ids are names",
  check: ({ create }) => {
    const { part } = create();
    const whole = chosenBy(part, rollout);
    const order = [3, 5, 0, 4, 2, 1];
    const names: Readonly<Record<number, number>> = { 0: 70, 1: -2, 2: 1 };
    const permuted = rows(rollout, order);
    const given = { ...permuted, groupIds: permuted.groupIds.map((id) => names[id]!) };
    const expected = textOf({
      scores: Float32Array.from(order, (row) => whole.scores[row]!),
      masked: order.map((row) => whole.masked[row]!),
      replaced: new Set([...whole.replaced].map((id) => names[id]!)),
    });
    const came = textOf(chosenBy(part, given));
    if (came !== expected)
      broken({
        what: "with the responses in another order and the groups numbered otherwise the choice is another",
        input: show(given),
        expected,
        came,
        likely:
          "It uses the row's number, or that a group's responses stand together, or that ids begin at 0. Groups are told by groupIds alone",
      });
  },
};

const sameAgain: SamplerLaw = {
  name: "same input, same choice",
  check: (subject) => {
    const { part } = subject.create();
    const first = textOf(chosenBy(part, rollout));
    const compare = (again: SamplerChoice, when: string) => {
      if (textOf(again) === first) return;
      broken({
        what: `${when} chooses otherwise`,
        input: show(rollout),
        expected: first,
        came: textOf(again),
        likely:
          "It keeps state between calls, or draws by Math.random; random numbers come from `inject: { random: Random }`, whose streams are saved",
      });
    };
    compare(chosenBy(subject.create().part, rollout), "a part created anew");
    if (!drawsRandomNumbers(subject)) compare(chosenBy(part, rollout), "a second call");
  },
};

const inputsStay: SamplerLaw = {
  name: "leaves its inputs as they are",
  check: ({ create }) => {
    const { part } = create();
    const batch = batchOf(rollout, part);
    part.apply(batch);
    const before = batchOf(rollout, part);
    for (const name of ["scores", "groupIds", "lengths", "truncated", "responseIds", "mask", "logProbs"] as const)
      if (String(batch[name]) !== String(before[name]))
        broken({
          what: `it changed ${name}`,
          expected: String(before[name]),
          came: String(batch[name]),
          likely: "Copy a list before you sort or change it: scores.slice()",
        });
  },
};

const metricsAreSound: SamplerLaw = {
  name: "records finite metrics with camelCase names",
  check: ({ create }) => {
    for (const given of [rollout, { ...rollout, scores: rollout.scores.map(() => NaN) }]) {
      const { part, metrics } = create();
      chosenBy(part, given);
      expectSoundMetrics(metrics.take(), show(given));
    }
  },
};

const metricsAreDeclared: SamplerLaw = {
  name: DECLARES,
  check: ({ create }) => {
    const { part, metrics, declared } = create();
    chosenBy(part, rollout);
    expectDeclared(metrics.take(), declared);
  },
};

const goesOn = goesOnFromItsState<"sampler">(() => (part, input) => {
  const scores = input === 0 ? rollout.scores : rollout.scores.map((score) => 2 * score + 1);
  return textOf(chosenBy(part, { ...rollout, scores }));
});

export const samplerLaws: readonly SamplerLaw[] = [
  choiceIsSound,
  nanStays,
  ignoresOrder,
  sameAgain,
  inputsStay,
  metricsAreSound,
  metricsAreDeclared,
  goesOn,
];
