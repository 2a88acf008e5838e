import { z } from "zod";
import { schedule } from "../../plugin/component.ts";

/** factor = 1 at every step. */
export const constant = schedule({
  name: "constant",
  summary: "the same learning rate at every step",
  options: z.strictObject({}),
  create: () => ({ factor: () => 1 }),
});
