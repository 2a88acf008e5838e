import { z } from "zod";
import { slot } from "../slots.ts";

const name = z
  .string()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._+-]*$/u, "expected letters, digits, spaces and . _ + -")
  .max(100);

/** Overrides by dotted path: `{ stages.rl.loss.ratio: token }`. */
const overrides = z.record(z.string(), z.unknown()).nullable();

const seeds = z
  .union([z.int().min(1).max(1000), z.array(z.int().min(0)).min(1)], {
    error: "expected how many (1 to 1000), or a list of whole numbers",
  })
  .refine((chosen) => typeof chosen === "number" || new Set(chosen).size === chosen.length, "expected each seed once");

/** The experiment file (stages and overrides are resolved on their own). */
export const experimentSchema = z.strictObject({
  name: name.describe("names the folder under runs/"),
  plugins: z.array(z.string()).default([]).describe("npm packages, found from the experiment file's folder"),
  // each cell resolves these for itself
  engine: z.unknown().optional().describe("auto, or an engine's name"),
  model: slot("model").optional(),
  data: slot("dataset").optional(),
  stages: z.record(z.string(), z.unknown()),
  seeds: seeds.optional().describe("how many seeds (1, 2, …), or which"),
  ablate: z
    .strictObject({
      baseline: overrides.optional().describe("what the variants are compared with"),
      variants: z.record(name, overrides).default({}).describe("named changes to the experiment"),
      seeds: seeds.optional(),
      compare: z.string().optional().describe("the metric compared: <stage>.<metric>"),
    })
    .optional(),
});
