import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor1D } from "@tensorflow/tfjs-core";
import type { ScoredPairs } from "@rewardlab/core";
import { finiteOnExtremes } from "../laws/extremes.ts";
import { canBeCompiled } from "../laws/compiled.ts";
import { gradientIsTheDerivative } from "../laws/gradient.ts";
import { leaksNothing } from "../laws/leaks.ts";
import { declaresItsMetrics, recordsSoundMetrics } from "../laws/metrics.ts";
import { splitsIntoMicroBatches } from "../laws/micro-batches.ts";
import { ignoresOrder } from "../laws/permutation.ts";
import { givesItsOwnTensor, leavesItsInputs } from "../laws/result.ts";
import { sameBytes } from "../laws/same-bytes.ts";
import { hidesNoNaN, staysInItsScope } from "../laws/scope.ts";
import { table } from "../numbers.ts";
import type { Numbers, Table } from "../numbers.ts";
import type { TensorSubject } from "../tensor-part.ts";
import { drawsRandomNumbers, seenAs } from "../subject.ts";
import type { Subject } from "../subject.ts";

/** Pairs as the laws see them: responses of one token each, so that a pair is a row of one number. */
const column = (values: Table): Table => values.map(([first]) => [first!]);
const numbers: Numbers = {
  mask: column(table("chosen", 0, 1)).map(() => [1]),
  chosen: column(table("chosen", -2, 2)),
  rejected: column(table("rejected", -2, 2)),
  margins: column(table("margins", 0, 1)),
};
const all = (value: number): Table => numbers.mask!.map(() => [value]) as Table;
const overflow = "exp of a score overflows from 88.7 on: −log σ(x) is softplus(−x), tf.softplus";

/** Laws of the losses of pairs. */
export const pairLossLaws = seenAs(asTensorPart, [
  givesItsOwnTensor,
  leavesItsInputs,
  leaksNothing,
  sameBytes,
  canBeCompiled,
  ignoresOrder,
  splitsIntoMicroBatches,
  staysInItsScope,
  hidesNoNaN,
  gradientIsTheDerivative,
  finiteOnExtremes,
  recordsSoundMetrics,
  declaresItsMetrics,
]);

function asTensorPart(subject: Subject<"pair-loss">): TensorSubject {
  return {
    create: () => {
      const { part, ...counted } = subject.create();
      return {
        apply: ({ chosen, rejected, margins }) =>
          tf.tidy(() => {
            const pairs = { chosen: row(chosen!), rejected: row(rejected!), margins: row(margins!) } satisfies ScoredPairs;
            return tf.reshape(part.apply(pairs), [-1, 1]); // [P, 1]
          }),
        ...counted,
      };
    },
    numbers,
    gives: "tokens",
    scope: "response",
    differentiable: ["chosen", "rejected"],
    stopped: [],
    constants: [],
    finiteOutside: false,
    microBatches: "concatenate",
    extremes: [
      {
        name: "equal scores",
        numbers: { ...numbers, chosen: all(0.5), rejected: all(0.5) },
        likely: "A division by their difference",
      },
      { name: "scores of ±200", numbers: { ...numbers, chosen: all(-200), rejected: all(200) }, likely: overflow },
      { name: "scores of ∓200", numbers: { ...numbers, chosen: all(200), rejected: all(-200) }, likely: overflow },
    ],
    overflows: false,
    countsOverflow: false,
    random: drawsRandomNumbers(subject),
  };
}

const row = (x: Tensor) => tf.reshape(x, [-1]) as Tensor1D; // [P]
