import * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";
import { surrogate } from "../../plugin/component.ts";
import type { OptionIssue } from "../../plugin/component.ts";
import { FormulaError, lossFormulas, readFormula } from "../../formula/formula.ts";
import { keepMasked } from "../../math/masked.ts";
import { checkShapes } from "../../math/shapes.ts";
import { stopGradient } from "../../math/stop-gradient.ts";
import { differentiableNames, stoppedNames, tensorFormula } from "../../math/tensor-formula.ts";

/**
 * A surrogate written in the experiment: the loss of every token, to be minimised, over that token's numbers.
 *
 *     ratio                      ρ_t, as the ratio component makes it
 *     logProbs                   log π(a_t)
 *     advantages, A              A_t
 *     oldLogProbs, refLogProbs   log π_old(a_t), log π_ref(a_t)
 *
 * The gradient flows through ratio and logProbs; the others are constants. math/tensor-formula.ts says what it is at ties and kinks; there
 * `-min(ratio * A, clamp(ratio, 0.8, 1.2) * A)` equals `{ use: clip, low: 0.2, high: 0.2 }` in value and gradient, at ties too.
 */
const names = ["ratio", "A", "advantages", "logProbs", "oldLogProbs", "refLogProbs"] as const;

export const formulaSurrogate = surrogate({
  name: "formula",
  summary: "a loss written in the experiment, e.g. -min(ratio * A, clamp(ratio, 0.8, 1.2) * A)",
  options: z.strictObject({
    expression: z.string().describe(`the loss of a token, from ${names.join(", ")}; to be minimised`),
  }),
  checks: [{ reads: ["expression"], find: ({ expression }: { expression: string }) => issuesOf(expression) }],
  create: ({ expression }) => {
    const { formula } = readFormula(expression, names, lossFormulas);
    const loss = tensorFormula(formula);
    const stopped = stoppedNames(formula);
    return {
      overflows: true, // where the formula does: what isn't finite is counted
      stopsGradient: (["ratio", "logProbs"] as const).filter((name) => stopped.has(name)),
      apply: ({ ratio, advantages, logProbs, oldLogProbs, refLogProbs, mask }) => {
        checkShapes("formula", {
          ratio: [ratio, "B T"],
          advantages: [advantages, "B T"],
          logProbs: [logProbs, "B T"],
          oldLogProbs: [oldLogProbs, "B T"],
          refLogProbs: [refLogProbs, "B T"],
          mask: [mask, "B T"],
        });
        return tf.tidy(() => {
          const A = stopGradient(keepMasked(advantages, mask)); // [B, T]
          const values = {
            ratio: keepMasked(ratio, mask), // [B, T]
            logProbs: keepMasked(logProbs, mask), // [B, T]
            oldLogProbs: stopGradient(keepMasked(oldLogProbs, mask)), // [B, T]
            refLogProbs: stopGradient(keepMasked(refLogProbs, mask)), // [B, T]
            advantages: A,
            A,
          };
          // No gradient flows back from outside the mask, and where none flows a tensor formula keeps it at 0.
          return keepMasked(loss(values), mask) as typeof ratio; // [B, T]
        });
      },
    };
  },
});

function issuesOf(expression: string): OptionIssue[] {
  const issue = (message: string, offset: number) => [{ path: ["expression"], message, offset }];
  try {
    const { formula, names: used } = readFormula(expression, names, lossFormulas);
    if (used.length === 0)
      return issue(`the same number for every token, expected a loss of each token, e.g. ${lossFormulas.example}`, 0);
    const learnt = differentiableNames(formula);
    if (learnt.has("ratio") || learnt.has("logProbs")) return [];
    return issue(
      "no gradient: it flows through ratio and logProbs alone, and not through stopGradient, sign, comparisons and conditions",
      0,
    );
  } catch (error) {
    if (!(error instanceof FormulaError)) throw error;
    return issue(error.message, error.column - 1);
  }
}
