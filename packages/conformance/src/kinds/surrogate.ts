import type { SurrogateBatch } from "@rewardlab/core";
import { everywhere, mask, table } from "../numbers.ts";
import type { Numbers, Table } from "../numbers.ts";
import { responseTokenLaws } from "../laws/response-tokens.ts";
import type { TensorSubject } from "../tensor-part.ts";
import { drawsRandomNumbers, seenAs } from "../subject.ts";
import type { Subject } from "../subject.ts";

/** Ratios on both sides of the usual bounds 0.8, 1.2 and 3, advantages of both signs. The ratio is an input of its own: another component's business. */
const numbers: Numbers = {
  mask,
  ratio: table("ratio", 0.3, 3.5),
  advantages: table("advantages", -2, 2),
  logProbs: table("logProbs", -3, -0.2),
  oldLogProbs: table("oldLogProbs", -3, -0.2),
  refLogProbs: table("refLogProbs", -3, -0.2),
};

/** The values in turn at all positions, with advantages of both signs at each. */
const inTurn = (values: readonly number[]): Table =>
  mask.map((own, row) => own.map((_, token) => values[(row * own.length + token) % values.length]!));
const signs = inTurn([1, 1, -1, -1, 2, 2, -2, -2]);
const overflow =
  "exp, a power or a product overflows: bound the ratio first (tf.clipByValue, tf.minimum), and count what was bounded";

const extremes = [
  {
    name: "advantages of 0",
    numbers: { ...numbers, advantages: everywhere(0) },
    likely: "A division by the advantage, or its log",
  },
  {
    name: "a ratio of 1",
    numbers: { ...numbers, ratio: everywhere(1) },
    likely: "A division by ρ − 1, or a root of it, which has no derivative there",
  },
  {
    name: "ratios of e^±30",
    numbers: { ...numbers, ratio: inTurn([Math.exp(30), Math.exp(-30)]), advantages: signs },
    likely: overflow,
  },
  {
    name: "ratios of 0 and 1e30, as log ratios of ±200 give where they are clamped or underflow",
    numbers: { ...numbers, ratio: inTurn([0, 1e30]), advantages: signs, logProbs: inTurn([-200, 0]) },
    beyond: true,
    likely: `${overflow}; log(0) is −∞`,
  },
  { name: "no token at all", numbers: { ...numbers, mask: everywhere(0) }, likely: "A mean over no token is 0/0" },
];

export const surrogateLaws = seenAs(asTensorPart, responseTokenLaws);

/** What a surrogate that draws is given: no two alike. */
const draws = table("draws", 0, 1);

function asTensorPart(subject: Subject<"surrogate">): TensorSubject {
  const { comparesBatch, draws: isDrawing } = subject.component;
  const given = isDrawing ? { ...numbers, draws } : numbers;
  const { part } = subject.create();
  return {
    create: () => {
      const { part: own, ...counted } = subject.create();
      return { apply: (tensors) => own.apply(tensors as unknown as SurrogateBatch), ...counted };
    },
    numbers: given,
    gives: "tokens",
    scope: comparesBatch ? "batch" : "response",
    differentiable: ["ratio", "logProbs"],
    stopped: part.stopsGradient ?? [],
    constants: [
      ["oldLogProbs", "logProbs"],
      ["refLogProbs", "logProbs"],
    ],
    finiteOutside: false,
    microBatches: comparesBatch ? null : "concatenate",
    extremes: isDrawing ? extremes.map((extreme) => ({ ...extreme, numbers: { ...extreme.numbers, draws } })) : extremes,
    overflows: part.overflows ?? false,
    countsOverflow: false,
    random: drawsRandomNumbers(subject),
  };
}
