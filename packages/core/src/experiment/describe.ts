import { createHash } from "node:crypto";
import type { Registry } from "../plugin/registry.ts";
import { differences } from "./differences.ts";
import type { Difference } from "./differences.ts";
import type { Cell } from "./load.ts";
import { componentsOf, plainResolved } from "../plugin/resolved.ts";
import type { Resolved } from "../plugin/resolved.ts";

/** A cell as an experiment of its own: what a run's experiment.yaml holds. Equal compositions give equal data, however they were written. */
export function plainCell(name: string, cell: Cell): Record<string, unknown> {
  return {
    name,
    engine: cell.engine,
    model: plainResolved(cell.model),
    data: plainResolved(cell.data),
    stages: cell.stages.map((one) => ({ [one.name]: plainResolved(one.stage) })),
  };
}

/** A cell's values by dotted path, as overrides name them: stages.rl.loss.ratio. */
export function addressedCell(cell: Cell): Record<string, unknown> {
  const { name: _name, stages, ...rest } = plainCell("", cell) as { stages: Record<string, unknown>[] } & Record<string, unknown>;
  return { ...rest, stages: Object.assign({}, ...stages) as unknown };
}

/** Where a cell differs from another, under the paths that overrides use. */
export function cellDifferences(from: Cell, to: Cell): Difference[] {
  return differences(addressedCell(from), addressedCell(to));
}

/** SHA-256 of all that a cell's runs depend on but the seed: its values, and its components' versions and code. */
export function cellHash(cell: Cell, registry: Registry): string {
  const identities = [cell.model, cell.data, ...cell.stages.map(({ stage }) => stage)].map((one) => identityOf(one, registry));
  return contentHash({ cell: plainCell("", cell), identities });
}

/**
 * What a component's results depend on besides its inputs: its options, and the version of each component in it.
 * A component from outside this repository carries its package's code hash as well.
 */
export function identityOf(resolved: Resolved, registry: Registry): unknown {
  const versions = componentsOf(resolved).map((component) => {
    const owner = registry.ownerOf(component.kind, component.name);
    const plugin = registry.plugins.find((one) => one.plugin.name === owner);
    return [component.kind, component.name, component.version, plugin?.integrity ?? null];
  });
  return { value: plainResolved(resolved), versions };
}

/** SHA-256 of a value's JSON with keys in alphabetical order, so that equal values have equal hashes. */
export function contentHash(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex");
}

function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value === "object" && value !== null)
    return `{${Object.keys(value)
      .sort()
      .map((key) => `${JSON.stringify(key)}:${canonicalJson((value as Record<string, unknown>)[key])}`)
      .join(",")}}`;
  return JSON.stringify(value ?? null);
}
