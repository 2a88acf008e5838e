import { z } from "zod";
import { aggregate } from "../../plugin/component.ts";
import { maskedSum } from "../../math/masked.ts";
import { checkShapes } from "../../math/shapes.ts";

/**
 * The sum over all response tokens (verl 0.10's token-sum).
 *
 *     L = Σ_it m_it L_it
 */
export const tokenSum = aggregate({
  name: "token-sum",
  summary: "sum over tokens",
  options: z.strictObject({}),
  create: () => ({
    apply(tokenLoss, mask) {
      checkShapes("token-sum", { tokenLoss: [tokenLoss, "B T"], mask: [mask, "B T"] });
      return maskedSum(tokenLoss, mask); // []
    },
  }),
});
