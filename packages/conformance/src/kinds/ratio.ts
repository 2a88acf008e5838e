import type { RatioBatch } from "@rewardlab/core";
import { everywhere, mask, table } from "../numbers.ts";
import type { Numbers } from "../numbers.ts";
import { responseTokenLaws } from "../laws/response-tokens.ts";
import type { Extreme, TensorSubject } from "../tensor-part.ts";
import { drawsRandomNumbers, seenAs } from "../subject.ts";
import type { Subject } from "../subject.ts";

/** log π and log π_old up to 1.2 apart. */
const oldLogProbs = table("oldLogProbs", -3, -1.2);
const differences = table("differences", -1.2, 1.2);
const numbers: Numbers = {
  mask,
  logProbs: oldLogProbs.map((own, row) => own.map((value, token) => value + differences[row]![token]!)),
  oldLogProbs,
};

/** Log ratios d at all positions, log π_old being −210, so that both are numbers a model can give. */
const apart = (d: readonly number[], inside = mask): Numbers => ({
  mask: inside,
  logProbs: everywhere(-210).map((own, row) => own.map((value, token) => value + d[(row + token) % d.length]!)),
  oldLogProbs: everywhere(-210),
});
const overflow = "exp overflows from 88.7 on: clamp the log ratio before exp (tf.clipByValue), and count what was clamped";

export const ratioExtremes: readonly Extreme[] = [
  { name: "log ratios of ±30", numbers: apart([30, -30]), likely: overflow },
  { name: "log ratios of ±200", numbers: apart([200, -200, 200]), beyond: true, likely: overflow },
  { name: "log ratios of 0", numbers: apart([0]), likely: "A division by the log ratio, or a log of it" },
  {
    name: "no token at all",
    numbers: apart([0.5], everywhere(0)),
    likely: "A mean over no token is 0/0: divide by tf.maximum(tf.sum(mask, 1, true), 1)",
  },
];

export const ratioLaws = seenAs(asTensorPart, responseTokenLaws);

function asTensorPart(subject: Subject<"ratio">): TensorSubject {
  const { part } = subject.create();
  return {
    create: () => {
      const { part: own, ...counted } = subject.create();
      return { apply: (tensors) => own.apply(tensors as unknown as RatioBatch), ...counted };
    },
    numbers,
    gives: "tokens",
    scope: "response",
    differentiable: ["logProbs"],
    stopped: part.stopsGradient ?? [],
    constants: [["oldLogProbs", "logProbs"]],
    finiteOutside: true,
    microBatches: "concatenate",
    extremes: ratioExtremes,
    overflows: part.overflows ?? false,
    countsOverflow: true,
    random: drawsRandomNumbers(subject),
  };
}
