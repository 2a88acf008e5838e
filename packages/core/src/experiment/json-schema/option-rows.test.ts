import { test } from "uvu";
import * as assert from "uvu/assert";
import { z } from "zod";
import { slot, slotWith } from "../../plugin/slots.ts";
import { asZod } from "../../plugin/options.ts";
import { optionRows } from "./option-rows.ts";

test("option rows: values, default, whether it must be given, and the author's words alone", () => {
  const rows = optionRows(
    z.strictObject({
      beta: z.number().min(0).max(1).default(0.1).describe("β"),
      count: z.int().positive(),
      rule: z.enum(["paper", "code"]).nullable().default(null),
      on: z.boolean().optional(),
      buffer: z.strictObject({ size: z.int().default(8).describe("how many") }).describe("kept"),
    }),
  );
  assert.equal(rows, [
    { name: "beta", values: "0 ≤ number ≤ 1", default: 0.1, required: false, meaning: "β" },
    { name: "count", values: "whole number ≥ 1", required: true, meaning: "" },
    { name: "rule", values: "paper | code | null", default: null, required: false, meaning: "" },
    { name: "on", values: "true | false", required: false, meaning: "" },
    { name: "buffer", values: "map", required: true, meaning: "kept" },
    { name: "buffer.size", values: "whole number", default: 8, required: false, meaning: "how many" },
  ]);
});

test("option rows: slots are named by their kinds, with the options of their own", () => {
  const kl = slotWith("kl", { coefficient: z.number().default(0.1).describe("β") });
  const rows = optionRows(
    z.strictObject({
      ratio: slot("ratio").describe("ρ"),
      kl: kl.nullable().default(null),
      advantage: z.array(slot("advantage")),
    }),
  );
  assert.equal(
    rows.map(({ name, values, required }) => [name, values, required]),
    [
      ["ratio", "ratio component", true],
      ["kl", "kl component | null", false],
      ["kl.coefficient", "number", false],
      ["advantage", "chain of advantage components", true],
    ],
  );
});

test("option rows: of alternatives, those of each, once; another library's schema tells none", () => {
  const either = z.union([z.strictObject({ a: z.int(), b: z.int() }), z.strictObject({ a: z.int(), c: z.int() })]);
  assert.equal(
    optionRows(either).map(({ name }) => name),
    ["a", "b", "c"],
  );
  const foreign = asZod({ "~standard": { version: 1, vendor: "x", validate: (value: unknown) => ({ value }) } });
  assert.equal(optionRows(foreign), []);
});

test.run();
