import type { LossMaskBatch } from "@rewardlab/core";
import { broken } from "../law.ts";
import type { Law } from "../law.ts";
import { finiteOnExtremes } from "../laws/extremes.ts";
import { leaksNothing } from "../laws/leaks.ts";
import { ignoresPadding, ignoresWidth } from "../laws/mask.ts";
import { declaresItsMetrics, recordsSoundMetrics } from "../laws/metrics.ts";
import { ignoresOrder } from "../laws/permutation.ts";
import { givesItsOwnTensor, leavesItsInputs } from "../laws/result.ts";
import { sameBytes } from "../laws/same-bytes.ts";
import { hidesNoNaN } from "../laws/scope.ts";
import { everywhere, mask, oneToken, show, table } from "../numbers.ts";
import type { Numbers } from "../numbers.ts";
import { counts, place, resultOf } from "../tensor-part.ts";
import type { TensorSubject } from "../tensor-part.ts";
import { drawsRandomNumbers, seenAs } from "../subject.ts";
import type { Subject } from "../subject.ts";

const numbers: Numbers = { mask, entropies: table("entropies", 0, 3) };
const empty = "A statistic of no token: give 0 everywhere where the mask is empty";

const zeroOrOne: Law<TensorSubject> = {
  name: "is 0 or 1",
  check: (subject) => {
    for (const given of [numbers, ...subject.extremes.map((extreme) => extreme.numbers)]) {
      const { values, shape } = resultOf(subject.create(), given);
      const inside = counts(subject, given);
      const index = values.findIndex((value, at) => inside(at) && value !== 0 && value !== 1);
      if (index !== -1)
        broken({
          what: `the result of ${place(given, shape, index)} is ${values[index]}`,
          input: show(given),
          expected: "0 or 1",
          likely: 'A comparison gives bool: tf.cast(…, "float32")',
        });
    }
  },
};

/** Laws of masks. They are given a whole rollout, so nothing is said of micro-batches. */
export const maskLaws = seenAs(asTensorPart, [
  givesItsOwnTensor,
  leavesItsInputs,
  leaksNothing,
  sameBytes,
  ignoresPadding,
  ignoresWidth,
  ignoresOrder,
  hidesNoNaN,
  finiteOnExtremes,
  zeroOrOne,
  recordsSoundMetrics,
  declaresItsMetrics,
]);

function asTensorPart(subject: Subject<"mask">): TensorSubject {
  return {
    create: () => {
      const { part, ...counted } = subject.create();
      return { apply: (tensors) => part.apply(tensors as unknown as LossMaskBatch), ...counted };
    },
    numbers,
    gives: "tokens",
    scope: "batch",
    differentiable: [],
    stopped: [],
    constants: [],
    finiteOutside: false,
    microBatches: null,
    extremes: [
      { name: "entropies of 0", numbers: { ...numbers, entropies: everywhere(0) }, likely: "A division by the entropy" },
      { name: "no token at all", numbers: { ...numbers, mask: everywhere(0) }, likely: empty },
      { name: "one token in all", numbers: { ...numbers, mask: oneToken }, likely: empty },
    ],
    overflows: false,
    countsOverflow: false,
    random: drawsRandomNumbers(subject),
  };
}
