import type { Tensor } from "@tensorflow/tfjs-core";
import type { AdvantageBatch } from "@rewardlab/core";
import { everywhere, groupIds, mask, oneToken, row, table } from "../numbers.ts";
import type { Numbers } from "../numbers.ts";
import { finiteOnExtremes } from "../laws/extremes.ts";
import { leaksNothing } from "../laws/leaks.ts";
import { ignoresPadding, ignoresWidth } from "../laws/mask.ts";
import { declaresItsMetrics, recordsSoundMetrics } from "../laws/metrics.ts";
import { ignoresGroupNames, ignoresOrder } from "../laws/permutation.ts";
import { givesItsOwnTensor, leavesItsInputs } from "../laws/result.ts";
import { otherNumbers, sameBytes } from "../laws/same-bytes.ts";
import { hidesNoNaN, staysInItsScope } from "../laws/scope.ts";
import { goesOnFromItsState } from "../laws/state.ts";
import { resultOf } from "../tensor-part.ts";
import type { Extreme, TensorPart, TensorSubject } from "../tensor-part.ts";
import { drawsRandomNumbers, seenAs } from "../subject.ts";
import type { Subject } from "../subject.ts";

const tensorLaws = seenAs(asTensorPart, [
  givesItsOwnTensor,
  leavesItsInputs,
  leaksNothing,
  sameBytes,
  ignoresPadding,
  ignoresWidth,
  ignoresOrder,
  ignoresGroupNames,
  staysInItsScope,
  hidesNoNaN,
  finiteOnExtremes,
  recordsSoundMetrics,
  declaresItsMetrics,
]);

export const advantageLaws = [
  ...tensorLaws,
  goesOnFromItsState<"advantage">((subject) => {
    const numbers = numbersFor(subject);
    return (part, input) => {
      const apply: TensorPart["apply"] = ({ input: values, ...tensors }) => part.apply(values!, batchOf(tensors));
      return resultOf(
        { apply, declared: {}, metrics: { take: () => ({}) } },
        input === 0 ? numbers : otherNumbers(numbers),
      ).values.join(", ");
    };
  }),
];

/** `input` is what flows through the chain; `critic` are the batch's values, which a step that uses them reads. */
function numbersFor({ component }: Subject<"advantage">): Numbers {
  const inTokens = component.takes === "tokens";
  return {
    input: inTokens ? table("input", -2, 2) : row("input", -1, 2),
    scores: row("scores", -1, 2),
    mask,
    groupIds,
    ...(component.takesKlPenalty ? { klPenalty: table("klPenalty", -0.3, 0.3) } : {}),
    ...(inTokens ? { returns: table("returns", -1, 2) } : {}),
    critic: table("critic", -1, 1),
  };
}

function extremesFor({ component }: Subject<"advantage">, numbers: Numbers): Extreme[] {
  const filled = (value: number) => (component.takes === "tokens" ? everywhere(value) : groupIds.map(() => value));
  const deviation = "A deviation of 0 is divided by: add ε to it, or take 0 where it is 0 (tf.where)";
  const none = "A mean or variance over no token, or of one by n − 1, is 0/0: divide by at least 1 (tf.maximum(count, 1))";
  const { klPenalty: _, ...withoutKl } = numbers;
  return [
    // 0.1 has no exact float32: its mean is off by a rounding error, which a division by a tiny deviation would blow up
    { name: "equal scores", numbers: { ...numbers, input: filled(0.1) }, likely: deviation },
    { name: "scores of 0", numbers: { ...numbers, input: filled(0), scores: groupIds.map(() => 0) }, likely: deviation },
    { name: "groups of one", numbers: { ...numbers, groupIds: groupIds.map((_id, index) => index) }, likely: none },
    { name: "no token at all", numbers: { ...numbers, mask: everywhere(0) }, likely: none },
    {
      name: "one token in all",
      numbers: { ...numbers, mask: oneToken },
      likely: none,
    },
    { name: "scores of 1e6", numbers: { ...numbers, input: filled(1e6) }, likely: "exp, or a power, of a score overflows" },
    ...(component.takesKlPenalty
      ? [
          {
            name: "no KL penalty in the reward",
            numbers: withoutKl as Numbers,
            likely: "batch.klPenalty is null where the KL is not in the reward",
          },
        ]
      : []),
  ];
}

function asTensorPart(subject: Subject<"advantage">): TensorSubject {
  const { component } = subject;
  const { part } = subject.create();
  const numbers = numbersFor(subject);
  return {
    create: () => {
      const { part: own, ...counted } = subject.create();
      return { apply: ({ input, ...tensors }) => own.apply(input!, batchOf(tensors)), ...counted };
    },
    numbers,
    gives: component.gives === "tokens" ? "tokens" : "responses",
    scope: part.comparesBatch ? "batch" : component.comparesGroup ? "group" : "response",
    differentiable: [], // steps run outside the tape
    stopped: [],
    constants: [],
    finiteOutside: false,
    microBatches: null,
    extremes: extremesFor(subject, numbers),
    overflows: false,
    countsOverflow: false,
    random: drawsRandomNumbers(subject),
  };
}

function batchOf({ critic, ...tensors }: Readonly<Record<string, Tensor>>): AdvantageBatch {
  const absent = { klPenalty: null, tokenRewards: null, returns: null };
  return { ...absent, values: critic, ...tensors } as unknown as AdvantageBatch;
}
