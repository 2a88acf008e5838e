import { Metrics, sampler } from "@rewardlab/core";
import { z } from "zod";

/**
 * Which responses train: the long ones leave the loss. Their scores still count in their group.
 *
 *     m_it = 0 for every t where T_i > s · maxNewTokens          T_i tokens, EOS included;  s → share
 */
export const templateName = sampler({
  name: "template-name",
  summary: "responses longer than a share of the limit leave the loss",
  options: z.strictObject({
    share: z.number().positive().max(1).default(0.75).describe("s: of rollout.maxNewTokens; 1: none leaves"),
  }),
  metrics: {
    leftOutFraction: {
      title: "Responses left out",
      unit: "share",
      of: "responses",
      meaning: ({ share }) => `Responses longer than ${share} of the limit, which left the loss.`,
    },
  },
  inject: { metrics: Metrics },
  // What `rewardlab plan` says where it can't act.
  idle: ({ share }) =>
    share < 1 ? null : { because: "no response is longer than the limit", remedy: "a smaller share", as: { use: "all" } },
  create: ({ share }, { metrics }) => ({
    rounds: 1,
    apply({ scores, lengths, maxNewTokens }) {
      const masked = Array.from(lengths, (length) => length > share * maxNewTokens);
      metrics.share("leftOutFraction", masked.filter(Boolean).length, masked.length);
      return { scores: scores.slice(), masked, replaced: new Set() };
    },
  }),
});
