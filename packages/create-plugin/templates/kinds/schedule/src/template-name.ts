import { schedule } from "@rewardlab/core";
import { z } from "zod";

/**
 * A factor on the learning rate that falls by a power of what is left.
 *
 *     factor(s) = F + (1 − F) · (1 − s/S)^p          s from 0 of S steps;  p → power;  F → final
 */
export const templateName = schedule({
  name: "template-name",
  summary: "falls from 1 by a power of the steps that are left",
  options: z.strictObject({
    power: z.number().positive().default(1).describe("p: 1 is a straight line"),
    final: z.number().min(0).max(1).default(0).describe("F: what it falls to"),
  }),
  create: ({ power, final }) => ({
    factor: (step, steps) => final + (1 - final) * (1 - Math.min(step, steps) / Math.max(steps, 1)) ** power,
  }),
});
