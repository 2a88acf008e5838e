import { z } from "zod";
import { schedule } from "../../plugin/component.ts";
import { warmupFactor } from "./linear-warmup.ts";

/**
 * Half a cosine down to `final`, after a linear warm-up (Loshchilov and Hutter, arXiv 1608.03983v5, eq. 5, without restarts).
 *
 *     factor(s) = (s + 1) / W                                      s < W;  W → warmup
 *     factor(s) = f + (1 − f) · ½ (1 + cos(π (s − W) / (S − W)))   then;  S steps in all, f → final
 *
 * `final` would be reached at s = S, one after the last step, as in PyTorch and Transformers, so that no step has the factor 0.
 */
export const cosine = schedule({
  name: "cosine",
  summary: "warm-up, then half a cosine down to final",
  options: z.strictObject({
    warmup: z.int().min(0).default(0).describe("W: steps of linear warm-up"),
    final: z.number().min(0).max(1).default(0).describe("f: factor at the end"),
  }),
  create: ({ warmup, final }) => ({
    factor(step, steps) {
      if (step < warmup) return warmupFactor(step, warmup);
      const progress = Math.min(1, (step - warmup) / Math.max(1, steps - warmup));
      return final + ((1 - final) * (1 + Math.cos(Math.PI * progress))) / 2;
    },
  }),
});
