import { test } from "uvu";
import * as assert from "uvu/assert";
import { z } from "zod";
import { slot, slotWith } from "../../plugin/slots.ts";
import { optionsSchema } from "./options-schema.ts";
import type { SlotPlaces } from "./options-schema.ts";

const places: SlotPlaces = (kind, { chain, own }) =>
  `#/definitions/${kind}${own === undefined ? "" : ":own1"}${chain ? ":chain" : ""}`;

/** What is said of each option, and its schema but for that. */
function said(shape: z.ZodRawShape): Record<string, [string | undefined, object]> {
  const { properties } = optionsSchema(z.strictObject(shape), places);
  return Object.fromEntries(Object.entries(properties!).map(([key, { description, ...rest }]) => [key, [description, rest]]));
}

test("options schema: says values and default, with the author's words first", () => {
  assert.equal(
    said({
      beta: z.number().min(0).max(1).default(0.1).describe("β"),
      count: z.int().positive(),
      rule: z.enum(["paper", "code"]).nullable().default(null),
      limit: z.number().positive().nullable().default(3),
      on: z.boolean().optional(),
      rates: z.record(z.string(), z.number()).describe("by name"),
    }),
    {
      beta: ["β\n\n0 ≤ number ≤ 1; default 0.1", { type: "number", minimum: 0, maximum: 1, default: 0.1 }],
      count: ["whole number ≥ 1; no default", { type: "integer", exclusiveMinimum: 0 }],
      rule: ["paper | code | null; default null", { type: ["null", "string"], enum: ["paper", "code", null], default: null }],
      limit: ["number > 0 | null; default 3", { type: ["number", "null"], exclusiveMinimum: 0, default: 3 }],
      on: ["true | false", { type: "boolean" }],
      rates: ["by name\n\nmap of name: number; no default", { type: "object", additionalProperties: { type: "number" } }],
    },
  );
});

test("options schema: slots and chains are references, whatever is around them", () => {
  const kl = slotWith("kl", { in: z.enum(["reward", "loss"]) });
  assert.equal(
    said({
      ratio: slot("ratio").describe("ρ"),
      schedule: slot("schedule").prefault("constant"),
      kl: kl.nullable().default(null).describe("a penalty"),
      advantage: z.array(slot("advantage")).min(1),
    }),
    {
      ratio: ["ρ\n\nratio component; no default", { $ref: "#/definitions/ratio" }],
      schedule: ["schedule component; default constant", { $ref: "#/definitions/schedule", default: "constant" }],
      kl: [
        "a penalty\n\nkl component | null; default null",
        { anyOf: [{ $ref: "#/definitions/kl:own1" }, { type: "null" }], default: null },
      ],
      advantage: ["chain of advantage components; no default", { $ref: "#/definitions/advantage:chain" }],
    },
  );
});

test("options schema: what another layer may say isn't required, what is in a list is", () => {
  const inner = z.strictObject({ steps: z.int() });
  const schema = optionsSchema(z.strictObject({ one: inner, list: z.array(inner) }), places);
  assert.is(schema.required, undefined);
  assert.is(schema.properties!.one!.required, undefined);
  assert.equal(schema.properties!.list!.items!.required, ["steps"]);
});

test.run();
