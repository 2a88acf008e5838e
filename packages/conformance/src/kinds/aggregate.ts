import type { Tensor2D } from "@tensorflow/tfjs-core";
import { everywhere, mask, oneToken, table } from "../numbers.ts";
import type { Numbers } from "../numbers.ts";
import { finiteOnExtremes } from "../laws/extremes.ts";
import { gradientIsTheDerivative } from "../laws/gradient.ts";
import { leaksNothing } from "../laws/leaks.ts";
import { isLinear } from "../laws/linear.ts";
import { ignoresPadding, ignoresWidth } from "../laws/mask.ts";
import { declaresItsMetrics, recordsSoundMetrics } from "../laws/metrics.ts";
import { splitsIntoMicroBatches } from "../laws/micro-batches.ts";
import { ignoresOrder } from "../laws/permutation.ts";
import { givesItsOwnTensor, leavesItsInputs } from "../laws/result.ts";
import { canBeCompiled } from "../laws/compiled.ts";
import { sameBytes } from "../laws/same-bytes.ts";
import { hidesNoNaN } from "../laws/scope.ts";
import type { TensorSubject } from "../tensor-part.ts";
import { drawsRandomNumbers, seenAs } from "../subject.ts";
import type { Subject } from "../subject.ts";

const numbers: Numbers = { mask, tokenLoss: table("tokenLoss", -2, 2) };
const empty = "A division by the number of tokens or responses, which is 0: divide by at least 1 (tf.maximum(…, 1), Math.max)";
const extremes = [
  { name: "no token at all", numbers: { ...numbers, mask: everywhere(0) }, likely: empty },
  {
    name: "one token in all",
    numbers: { ...numbers, mask: oneToken },
    likely: empty,
  },
  {
    name: "token losses of 1e30",
    numbers: { ...numbers, tokenLoss: everywhere(1e30) },
    likely: "A square or a product of losses overflows; an aggregate is a weighted sum",
  },
];

export const aggregateLaws = seenAs(asTensorPart, [
  givesItsOwnTensor,
  leavesItsInputs,
  leaksNothing,
  sameBytes,
  canBeCompiled,
  ignoresPadding,
  ignoresWidth,
  ignoresOrder,
  splitsIntoMicroBatches,
  isLinear,
  hidesNoNaN,
  gradientIsTheDerivative,
  finiteOnExtremes,
  recordsSoundMetrics,
  declaresItsMetrics,
]);

function asTensorPart(subject: Subject<"aggregate">): TensorSubject {
  return {
    create: () => {
      const { part, ...counted } = subject.create();
      return {
        apply: ({ tokenLoss, mask: inside }, totals) => part.apply(tokenLoss as Tensor2D, inside as Tensor2D, totals),
        ...counted,
      };
    },
    numbers,
    gives: "loss",
    scope: "batch",
    differentiable: ["tokenLoss"],
    stopped: [],
    constants: [],
    finiteOutside: false,
    microBatches: "add",
    extremes,
    overflows: false,
    countsOverflow: false,
    random: drawsRandomNumbers(subject),
  };
}
