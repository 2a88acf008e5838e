import type { Tensor1D } from "@tensorflow/tfjs-core";
import { z } from "zod";
import { advantageStep } from "../../component.ts";
import { groupCentred, recordAlone, singletonsKeep } from "../../math/groups.ts";
import { checkShapes } from "../../math/shapes.ts";
import { Metrics } from "../../services.ts";

/** What a response that is alone in its group gets. */
export const singleton = z
  .enum(["zero", "score"])
  .default("zero")
  .describe("a response alone in its group gets 0, or keeps its score (verl: score, but rloo_vectorized: zero)");

/**
 * RLOO: the mean of the group's other responses as baseline (Kool et al. 2019; arXiv 2402.14740v2, section 3.2).
 *
 *     A_i = R_i − (1/(n − 1)) Σ_{j ∈ group(i), j ≠ i} R_j  =  n/(n − 1) · (R_i − mean)
 */
export const leaveOneOut = advantageStep({
  name: "leave-one-out",
  summary: "score minus the mean of the group's others",
  takes: "scores",
  gives: "scores",
  comparesGroup: true,
  options: z.strictObject({ singleton }),
  inject: { metrics: Metrics },
  create: (options, { metrics }) => ({
    apply(values, { groupIds }) {
      checkShapes("leave-one-out", { scores: [values, "B"], groupIds: [groupIds, "B"] });
      recordAlone(metrics, groupIds);
      const scores = values as Tensor1D;
      const centred = groupCentred(scores, groupIds, true); // [B]
      if (options.singleton === "zero") return centred;
      const kept = singletonsKeep(scores, centred, groupIds); // [B]
      centred.dispose();
      return kept;
    },
  }),
});
