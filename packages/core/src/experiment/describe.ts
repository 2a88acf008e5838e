import { createHash } from "node:crypto";
import type { Registry } from "../plugin/registry.ts";
import { differences } from "./differences.ts";
import type { Difference } from "./differences.ts";
import type { Cell } from "./cell.ts";
import type { Component, Injections } from "../plugin/component.ts";
import { componentsOf, placedComponents, plainResolved, plainService } from "../plugin/resolved.ts";
import type { Resolved } from "../plugin/resolved.ts";
import type { ResolvedService, Services } from "../plugin/service.ts";
import { builtInServices } from "../services/built-in.ts";

/** A cell as an experiment of its own: what a run's experiment.yaml holds. Equal compositions give equal data, however they were written. */
export function plainCell(name: string, cell: Cell): Record<string, unknown> {
  const tokens = Object.keys(cell.services);
  return {
    name,
    engine: cell.engine,
    model: plainResolved(cell.model),
    data: plainResolved(cell.data),
    ...(tokens.length === 0
      ? {}
      : { services: Object.fromEntries(tokens.map((token) => [token, plainService(cell.services[token]!)])) }),
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
  const parts = [cell.model, cell.data, ...cell.stages.map(({ stage }) => stage)];
  return contentHash({ cell: plainCell("", cell), identities: parts.map((one) => identityOf(one, registry, cell.services)) });
}

/**
 * What a component's results depend on besides its inputs: its options, the version of each component in it, and the services that they are injected,
 * but for those that change no number. What comes from outside this repository carries its package's code hash as well.
 */
export function identityOf(resolved: Resolved, registry: Registry, services: Services): unknown {
  const components = componentsOf(resolved);
  const versions = components.map((component) => versionOf(component, registry));
  const injected = injectedServices(components, services);
  return {
    value: plainResolved(resolved),
    versions,
    ...(injected.length === 0 ? {} : { services: injected.map((one) => serviceIdentity(one, registry)) }), // absent where there are none: keys made before there were any stay
  };
}

function versionOf({ kind, name, version }: Component, registry: Registry): unknown[] {
  return [kind, name, version, integrityOf(registry.ownerOf(kind, name), registry)];
}

function serviceIdentity(one: ResolvedService, registry: Registry): unknown {
  const { token, version } = one.service;
  const versions = placedComponents(one.options, []).map(({ component }) => versionOf(component, registry));
  return [token.name, plainService(one), version, integrityOf(registry.ownerOfService(one.service), registry), versions];
}

function integrityOf(owner: string | undefined, { plugins }: Registry): string | null {
  return plugins.find(({ plugin }) => plugin.name === owner)?.integrity ?? null;
}

/** The services that reach components, also through other services, in the order of their tokens' names. */
function injectedServices(components: readonly Component[], services: Services): ResolvedService[] {
  const found = new Map<string, ResolvedService>();
  const reach = (inject: Injections) => {
    for (const { name } of Object.values(inject)) {
      const one = services[name];
      if (one === undefined || found.has(name) || builtInServices[name]?.changesNumbers === false) continue;
      found.set(name, one);
      reach(one.service.inject);
      for (const { component } of placedComponents(one.options, [])) reach(component.inject);
    }
  };
  for (const { inject } of components) reach(inject);
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

/** A component as it was when it was used. */
export interface ComponentVersion {
  readonly kind: string;
  readonly name: string;
  readonly version: number;
  /** Code hash of its package; null where that is part of this repository. */
  readonly integrity: string | null;
}

/** The versions of all components that a resolved one is made of, itself first, and of the services that are brought for them (kind "service"). */
export function versionsOf(resolved: Resolved, registry: Registry, services: Services): ComponentVersion[] {
  const components = componentsOf(resolved);
  return [
    ...components.map(({ kind, name, version }) => ({
      kind,
      name,
      version,
      integrity: integrityOf(registry.ownerOf(kind, name), registry),
    })),
    ...injectedServices(components, services).map(({ service }) => ({
      kind: "service",
      name: service.token.name,
      version: service.version,
      integrity: integrityOf(registry.ownerOfService(service), registry),
    })),
  ];
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
