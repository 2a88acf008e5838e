import { z } from "zod";
import { slot } from "../plugin/slots.ts";

const name = z
  .string()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._+-]*$/u, "expected letters, digits, spaces and . _ + -")
  .max(100);

/** A cell's or a component's: any text, since it is only shown, and its folder's name is made of it. */
const cellName = z
  .string()
  .regex(/^[^\p{Cc}\p{Cs}]+$/u, "expected a name of one line")
  .max(200);

/** Overrides by dotted path: `{ stages.rl.loss.ratio: token }`. */
const overrides = z.record(z.string(), z.unknown()).nullable();

/** Components by name, each with the override that takes it out or puts it in. */
const components = z.record(cellName, z.record(z.string(), z.unknown()));

/** Values by dotted path (grid/axes.ts reads them). */
const axes = z.record(z.string(), z.unknown());

const metric = z.string().describe("<stage>.<metric>");

/** The experiment file (stages and overrides are resolved on their own). */
export const experimentSchema = z.strictObject({
  name: name.describe("names the folder under runs/"),
  plugins: z.array(z.string()).default([]).describe("npm packages, found from the experiment file's folder"),
  // each cell resolves these for itself
  engine: z.unknown().optional().describe("auto, or an engine's name"),
  model: slot("model").optional(),
  data: slot("dataset").optional(),
  services: z
    .unknown()
    .optional()
    .describe("what is injected under a token, by its name, where plugins bring several (services.ts reads it)"),
  stages: z.record(z.string(), z.unknown()),
  seeds: z.unknown().optional().describe("how many seeds (1, 2, …), which, or such for each of some stages (seeds.ts reads it)"),
  ablate: z
    .strictObject({
      baseline: overrides.optional().describe("what the variants are compared with"),
      variants: z.record(cellName, overrides).default({}).describe("named changes to the experiment"),
      leaveOneOut: components.optional().describe("components, each with the override that takes it out of the experiment"),
      addOneIn: components.optional().describe("components, each with the override that puts it into the baseline"),
      factorial: z.boolean().default(false).describe("all combinations of the components, not one at a time"),
      seeds: z.unknown().optional(),
      compare: metric.optional().describe("the metric that the cells are compared by"),
      alsoCompare: z.array(metric).optional().describe("further metrics"),
    })
    .optional(),
  grid: axes.optional().describe("axes that are crossed: a dotted path with its values"),
  zip: axes.optional().describe("axes of one length that are paired"),
  compare: metric.optional(),
  alsoCompare: z.array(metric).optional(),
});
