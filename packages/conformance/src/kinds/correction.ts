import { keepMasked } from "@rewardlab/core";
import type { Corrected, CorrectionBatch } from "@rewardlab/core";
import { broken } from "../law.ts";
import type { Law } from "../law.ts";
import { canBeCompiled } from "../laws/compiled.ts";
import { finiteOnExtremes } from "../laws/extremes.ts";
import { leaksNothing } from "../laws/leaks.ts";
import { ignoresPadding, ignoresWidth } from "../laws/mask.ts";
import { declaresItsMetrics, recordsSoundMetrics } from "../laws/metrics.ts";
import { splitsIntoMicroBatches } from "../laws/micro-batches.ts";
import { ignoresOrder } from "../laws/permutation.ts";
import { givesItsOwnTensor, leavesItsInputs } from "../laws/result.ts";
import { sameBytes } from "../laws/same-bytes.ts";
import { hidesNoNaN, staysInItsScope } from "../laws/scope.ts";
import { everywhere, mask, show, table } from "../numbers.ts";
import type { Numbers } from "../numbers.ts";
import { counts, place, resultOf } from "../tensor-part.ts";
import type { TensorSubject } from "../tensor-part.ts";
import { drawsRandomNumbers, seenAs } from "../subject.ts";
import type { Subject } from "../subject.ts";

/** Three policies up to 1.2 apart, and advantages of both signs. */
const rolloutLogProbs = table("rolloutLogProbs", -3, -1.2);
const moved = (from: Numbers[string], name: string) => {
  const by = table(name, -1.2, 1.2);
  return (from as readonly (readonly number[])[]).map((own, row) => own.map((value, token) => value + by[row]![token]!));
};
const oldLogProbs = moved(rolloutLogProbs, "trainer against sampler");
const numbers: Numbers = {
  mask,
  rolloutLogProbs,
  oldLogProbs,
  logProbs: moved(oldLogProbs, "updates"),
  advantages: table("advantages", -2, 2),
};

/** Log ratios d of the trainer to the sampler, and of the present policy to the trainer's, at all positions. */
const apart = (d: readonly number[], inside = mask): Numbers => ({
  mask: inside,
  rolloutLogProbs: everywhere(-210),
  oldLogProbs: everywhere(-210).map((own, row) => own.map((value, token) => value + d[(row + token) % d.length]!)),
  logProbs: everywhere(-210),
  advantages: table("advantages", -2, 2),
});
const overflow = "exp overflows from 88.7 on: clamp the log ratio before exp (tf.clipByValue), and count what was clamped";
const extremes = [
  { name: "log ratios of ±30", numbers: apart([30, -30]), likely: overflow },
  { name: "log ratios of ±200", numbers: apart([200, -200, 200]), likely: overflow },
  { name: "log ratios of 0", numbers: apart([0]), likely: "A division by the log ratio, or a log of it" },
  {
    name: "no token at all",
    numbers: apart([0.5], everywhere(0)),
    likely: "A mean over no token is 0/0: divide by tf.maximum(tf.sum(mask, 1, true), 1)",
  },
];

/** One of its two results; the other is freed. */
const one =
  (name: keyof Corrected) =>
  (subject: Subject<"correction">): TensorSubject =>
    asTensorPart(subject, (made) => {
      const other = name === "weights" ? made.mask : made.weights;
      if (other !== made[name]) other.dispose();
      return made[name];
    });

/** The weights that act: those where its mask is 1. */
const acting = (subject: Subject<"correction">) =>
  asTensorPart(subject, ({ weights, mask: kept }) => {
    const result = keepMasked(weights, kept); // [B, T]
    weights.dispose();
    kept.dispose();
    return result;
  });

function asTensorPart(subject: Subject<"correction">, view: (made: Corrected) => Corrected["weights"]): TensorSubject {
  return {
    create: () => {
      const { part, ...counted } = subject.create();
      return { apply: (tensors) => view(part.apply(tensors as unknown as CorrectionBatch)), ...counted };
    },
    numbers,
    gives: "tokens",
    scope: "response",
    differentiable: [], // core lets no gradient through
    stopped: [],
    constants: [],
    finiteOutside: false,
    microBatches: "concatenate",
    extremes,
    overflows: false,
    countsOverflow: false,
    random: drawsRandomNumbers(subject),
  };
}

const keepsOrDrops: Law<TensorSubject> = {
  name: "its mask is 0 or 1",
  check: (subject) => expectNumbers(subject, (value) => value === 0 || value === 1, "0 or 1", "A weight belongs into weights"),
};
const weighs: Law<TensorSubject> = {
  name: "its weights are 0 or more",
  check: (subject) =>
    expectNumbers(subject, (value) => value >= 0, "0 or more", "Weights are ratios of probabilities, not their logarithms"),
};

function expectNumbers(subject: TensorSubject, holds: (value: number) => boolean, expected: string, likely: string): void {
  const { values, shape } = resultOf(subject.create(), subject.numbers);
  const inside = counts(subject, subject.numbers);
  const index = values.findIndex((value, at) => inside(at) && !holds(value));
  if (index === -1) return;
  broken({
    what: `the result of ${place(subject.numbers, shape, index)} is another`,
    input: show(subject.numbers),
    expected,
    came: String(values[index]),
    likely,
  });
}

const named = (laws: readonly Law<TensorSubject>[], what: string) =>
  laws.map(({ name, check }): Law<TensorSubject> => ({ name: `${name} (${what})`, check }));

/** Laws of corrections: of each of the two results, and of the weights that act. */
export const correctionLaws: readonly Law<Subject<"correction">>[] = [
  ...seenAs(one("weights"), [...named([givesItsOwnTensor], "weights"), weighs]),
  ...seenAs(one("mask"), [...named([givesItsOwnTensor, ignoresPadding], "mask"), keepsOrDrops]),
  ...seenAs(acting, [
    leavesItsInputs,
    leaksNothing,
    sameBytes,
    canBeCompiled,
    ignoresPadding,
    ignoresWidth,
    ignoresOrder,
    splitsIntoMicroBatches,
    staysInItsScope,
    hidesNoNaN,
    finiteOnExtremes,
    recordsSoundMetrics,
    declaresItsMetrics,
  ]),
];
