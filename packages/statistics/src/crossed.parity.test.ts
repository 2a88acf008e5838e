import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { crossedDetectable, crossedPower } from "./crossed-power.ts";
import { crossedInterval } from "./crossed.ts";
import type { Design, VarianceComponents } from "./crossed.ts";
import { levelAtLook } from "./sequential.ts";

// What NumPy and SciPy compute by the same formulas, made by tools/oracles/crossed-oracle.py.

const oracle = JSON.parse(readFileSync(new URL("fixtures/crossed.json", import.meta.url), "utf8")) as {
  readonly version: string;
  readonly crossed: readonly {
    readonly values: readonly (readonly number[])[];
    readonly level: number;
    readonly groups: readonly (number | string)[] | null;
    readonly low: number;
    readonly high: number;
    readonly pValue: number;
    readonly degrees: number;
  }[];
  readonly powers: readonly (PowerCase & { readonly difference: number; readonly level: number })[];
  readonly detectables: readonly (PowerCase & { readonly known: boolean; readonly difference: number })[];
  readonly looks: readonly {
    readonly first: number;
    readonly planned: number;
    readonly level: number;
    readonly levels: readonly number[];
  }[];
};
interface PowerCase {
  readonly components: VarianceComponents;
  readonly design: Design;
  readonly comparisons: number;
  readonly power: number;
}

function near(actual: number, expected: number, tolerance: number, what: string): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${what}: ${actual}, expected ${expected} within ${tolerance}`);
}

test(`${oracle.version}: intervals over seeds and items, and within cold starts`, () => {
  assert.is(oracle.crossed.length, 10);
  for (const [index, { values, level, groups, ...expected }] of oracle.crossed.entries()) {
    const ours = crossedInterval(values, { level, ...(groups === null ? {} : { groups }) });
    for (const name of ["low", "high", "pValue", "degrees"] as const)
      near(ours[name], expected[name], 1e-10 * Math.max(1, Math.abs(expected[name])), `case ${index}, ${name}`);
  }
});

test(`${oracle.version}: power over seeds and items`, () => {
  assert.is(oracle.powers.length, 10);
  for (const [index, { difference, components, design, level, comparisons, power }] of oracle.powers.entries())
    // t between nodes is right to about 1e-5 of itself
    near(crossedPower(difference, components, design, { level, comparisons }), power, 2e-5, `case ${index}`);
});

test(`${oracle.version}: the difference that a design finds, its components known or estimated`, () => {
  assert.is(oracle.detectables.length, 6);
  for (const [index, { components, design, known, power, comparisons, difference }] of oracle.detectables.entries()) {
    const ours = crossedDetectable(components, design, { known, power, comparisons });
    near(ours, difference, 3e-5 * difference, `case ${index}`);
  }
});

test(`${oracle.version}: levels of looks, from look to look by another rule of integration`, () => {
  assert.is(oracle.looks.length, 4);
  for (const { first, planned, level, levels } of oracle.looks) {
    assert.is(levels.length, planned - first + 1);
    // of a level 0.85 is spent
    levels.forEach((expected, look) =>
      near(levelAtLook(first + look, planned, { level: level / 0.85, first }), expected, 1e-8, `look ${look} of ${planned}`),
    );
  }
});

test.run();
