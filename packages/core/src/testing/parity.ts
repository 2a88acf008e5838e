import { readFileSync } from "node:fs";
import { createContainer } from "../plugin/container.ts";
import type { Plugin } from "../plugin/plugin.ts";
import { createProbe } from "../probe/probe.ts";
import { registryWith } from "./parts.ts";
import { assertClose } from "./tensors.ts";

/**
 * What the tests against other frameworks share: the fixtures that tools/oracles made, our own numbers by the same probe as `rewardlab probe`,
 * and how close the two must be.
 */

/** Reads fixtures/<name>.json beside a test, given the test's import.meta.url. */
export function fixturesBeside<F>(test: string): (name: string) => F {
  return (name) => JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, test), "utf8")) as F;
}

/** Probes core's components and those of further plugins, each call with a component of its own. */
export function probeWith(
  ...plugins: readonly Plugin[]
): (kind: string, spec: unknown, batch: object) => Promise<Record<string, unknown>> {
  const registry = registryWith(...plugins);
  const container = createContainer(registry);
  return async (kind, spec, batch) =>
    (await createProbe(registry, container, kind, JSON.stringify(spec))(batch)) as Record<string, unknown>;
}

/** The numbers of nested lists in one row; "NaN" and "Infinity" are how JSON writes theirs. */
export function numbersOf(values: unknown): number[] {
  return [values].flat(2).map(Number);
}

/** The same with 0 where the mask is 0: verl and OpenRLHF leave numbers in the padding, or NaN, which their losses mask later; ours has 0 there. */
export function numbersWithin(mask: readonly (readonly number[])[], values: unknown): number[] {
  return numbersOf(values).map((value, index) => (mask.flat()[index]! > 0 ? value : 0));
}

/** Each number within 1e-6 of the expected one, times its size where that is above 1: float32 is right to 6e-8 of the largest term it adds up. */
export function assertCloseBySize(actual: unknown, expected: unknown): void {
  const [given, wanted] = [numbersOf(actual), numbersOf(expected)];
  if (given.length !== wanted.length) throw new Error(`expected ${wanted.length} numbers, got ${given.length}`);
  wanted.forEach((number, index) =>
    assertClose(given[index]!, number, 1e-6 * (Number.isFinite(number) ? Math.max(1, Math.abs(number)) : 1)),
  );
}
