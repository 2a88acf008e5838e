import type { Tensor2D } from "@tensorflow/tfjs-core";
import { everywhere, mask, table } from "../numbers.ts";
import type { Numbers } from "../numbers.ts";
import { finiteOnExtremes } from "../laws/extremes.ts";
import { gradientIsTheDerivative } from "../laws/gradient.ts";
import { leaksNothing } from "../laws/leaks.ts";
import { declaresItsMetrics, recordsSoundMetrics } from "../laws/metrics.ts";
import { splitsIntoMicroBatches } from "../laws/micro-batches.ts";
import { ignoresOrder } from "../laws/permutation.ts";
import { givesItsOwnTensor, leavesItsInputs } from "../laws/result.ts";
import { canBeCompiled } from "../laws/compiled.ts";
import { sameBytes } from "../laws/same-bytes.ts";
import { hidesNoNaN, staysInItsScope } from "../laws/scope.ts";
import { zeroWhereEqual } from "../laws/zero-kl.ts";
import type { TensorSubject } from "../tensor-part.ts";
import { drawsRandomNumbers, seenAs } from "../subject.ts";
import type { Subject } from "../subject.ts";

/** log π − log π_ref from −1.5 to 1.5. The mask is not the estimator's: core puts 0 in the place of what lies outside before it calls. */
const refLogProbs = table("refLogProbs", -3, -1.5);
const differences = table("differences", -1.5, 1.5);
const numbers: Numbers = {
  mask,
  logProbs: refLogProbs.map((own, row) => own.map((value, token) => value + differences[row]![token]!)),
  refLogProbs,
};
const apart = (d: readonly number[]): Numbers => ({
  mask,
  logProbs: everywhere(-210).map((own, row) => own.map((value, token) => value + d[(row + token) % d.length]!)),
  refLogProbs: everywhere(-210),
});
const overflow = "exp overflows from 88.7 on: clamp the log ratio before exp (clampInput)";
const extremes = [
  { name: "log ratios of ±30", numbers: apart([30, -30]), likely: overflow },
  { name: "log ratios of ±200", numbers: apart([200, -200, 200]), beyond: true, likely: overflow },
  {
    name: "log ratios of 0",
    numbers: apart([0]),
    likely: "A division by the log ratio, or a root of it, which has no derivative there",
  },
];

export const klLaws = seenAs(asTensorPart, [
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
  zeroWhereEqual,
  finiteOnExtremes,
  recordsSoundMetrics,
  declaresItsMetrics,
]);

function asTensorPart(subject: Subject<"kl">): TensorSubject {
  const { part } = subject.create();
  return {
    create: () => {
      const { part: own, ...counted } = subject.create();
      return {
        apply: ({ logProbs, refLogProbs: reference }) => own.apply(logProbs as Tensor2D, reference as Tensor2D),
        ...counted,
      };
    },
    numbers,
    gives: "tokens",
    scope: "token",
    differentiable: ["logProbs"],
    stopped: part.stopsGradient ?? [],
    constants: [["refLogProbs", "logProbs"]],
    finiteOutside: false,
    microBatches: "concatenate",
    extremes,
    overflows: part.overflows ?? false,
    countsOverflow: false,
    random: drawsRandomNumbers(subject),
  };
}
