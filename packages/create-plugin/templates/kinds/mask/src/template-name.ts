import { checkShapes, countNonFinite, keepMasked, mask, Metrics } from "@rewardlab/core";
import * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";

/**
 * Which tokens train: those at which the policy was undecided.
 *
 *     m_t = 1 where H_t ≥ F          H_t = −Σ p ln p of the distribution that token t was drawn from, in nats;  F → floor
 *
 * A missing entropy (NaN) reaches no floor, so its token doesn't train: that is counted, and never silent.
 */
export const templateName = mask({
  name: "template-name",
  summary: "tokens of at least so much entropy train",
  options: z.strictObject({
    floor: z.number().min(0).default(0.1).describe("F: the least entropy, in nats"),
  }),
  metrics: {
    missingEntropies: {
      title: "Missing entropies",
      unit: "count",
      of: "tokens",
      meaning: "Response tokens whose entropy is NaN or ±∞.",
    },
  },
  inject: { metrics: Metrics },
  create: ({ floor }, { metrics }) => ({
    apply: ({ entropies, mask: responseMask }) => {
      checkShapes("template-name", { entropies: [entropies, "B T"], mask: [responseMask, "B T"] });
      return tf.tidy(() => {
        const own = keepMasked(entropies, responseMask); // [B, T], 0 outside the mask
        metrics.sum("missingEntropies", countNonFinite(own));
        return tf.cast(keepMasked(tf.greaterEqual(own, floor), responseMask), "float32"); // [B, T]
      });
    },
  }),
});
