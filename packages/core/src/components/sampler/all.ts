import { z } from "zod";
import { sampler } from "../../plugin/component.ts";

/** Every response trains, with its score as it is. */
export const allSampler = sampler({
  name: "all",
  summary: "every response trains",
  options: z.strictObject({}),
  bounds: (_options, { incoming }) => incoming,
  create: () => ({
    rounds: 1,
    apply: ({ scores }) => ({ scores: scores.slice(), masked: Array.from(scores, () => false), replaced: new Set() }),
  }),
});
