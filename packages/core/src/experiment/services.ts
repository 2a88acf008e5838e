import type { Injections } from "../plugin/component.ts";
import type { Registry } from "../plugin/registry.ts";
import { placedComponents } from "../plugin/resolved.ts";
import type { ResolvedService, Service, Services } from "../plugin/service.ts";
import { builtInServices } from "../services/built-in.ts";
import { layOverNamed } from "./layers.ts";
import { suggestion } from "../plugin/suggestion.ts";
import { join } from "./resolve.ts";
import type { Resolver } from "./resolve.ts";
import { at, nearest, treeOf } from "./tree.ts";
import type { Origin, Tree } from "./tree.ts";

/** The trees of a cell, as far as they are laid over one another. */
interface Trees {
  readonly layers: readonly Tree[];
  /** What stands at the top, by key: the services are put there as well. */
  readonly entries: Map<string, Tree>;
  /** By stage. */
  readonly trees: ReadonlyMap<string, Tree>;
  readonly origin: Origin;
}

/** Who injects a token. */
interface Asker {
  readonly who: string;
  readonly path: string;
  readonly origin: Origin;
}

/**
 * Which service is injected under each token that the components of a cell ask for, or that a service of theirs does. Where one is there it is taken;
 * where there are several, `services:` names one. Those that nobody in the cell asks for are checked, and left out.
 */
export function resolveServices(
  parts: Readonly<Record<string, unknown>>,
  trees: Trees,
  registry: Registry,
  resolver: Resolver,
): Services {
  const { problems } = resolver;
  const written = writtenServices(trees, registry, resolver);
  const whole: Tree = {
    type: "map",
    entries: new Map([...trees.entries, ["stages", { type: "map", entries: trees.trees, origin: trees.origin }]]),
    origin: trees.origin,
  };
  const chosen = new Map<string, ResolvedService | undefined>();
  for (const [token, tree] of written) chosen.set(token, resolver.service(token, tree, `services.${token}`));
  const used = new Map<string, ResolvedService>();
  const asked = new Set<string>();

  function take(token: string, asker: Asker, within: readonly string[]): void {
    const circle = within.indexOf(token);
    if (circle !== -1) {
      problems.push({
        path: `services.${token}`,
        message: `each of these services needs the next: ${[...within.slice(circle), token].join(" → ")}; expected another in the place of one of them`,
        origin: asker.origin,
      });
      return;
    }
    if (asked.has(token)) return;
    asked.add(token);
    const service = chosen.has(token) ? chosen.get(token) : onlyOne(token, asker);
    if (service === undefined) return;
    used.set(token, service);
    follow(token, service, [...within, token]);
  }

  /** What a service asks for itself. */
  function follow(token: string, { service, options }: ResolvedService, within: readonly string[]): void {
    const origin = written.get(token)?.origin ?? trees.origin;
    const own = { who: `service ${token} (${service.name})`, path: `services.${token}`, origin };
    for (const name of namesOf(service.inject)) {
      const needed = chosen.get(name)?.service ?? (registry.services(name).length === 1 ? registry.services(name)[0] : undefined);
      if (
        service.scope === "process" &&
        (needed?.scope === "run" || (needed === undefined && Object.hasOwn(builtInServices, name)))
      )
        problems.push({
          path: own.path,
          message: `${service.name} is kept for the whole process, and ${name}, which it injects, is a run's; expected scope: "run"`,
          origin,
        });
      else take(name, own, within);
    }
    for (const { component, place } of placedComponents(options, ["services", token]))
      for (const name of namesOf(component.inject)) take(name, askerOf(component, place), within);
  }

  /** The only service under a token; that there is none, or that there are several, is told. */
  function onlyOne(token: string, asker: Asker): ResolvedService | undefined {
    if (Object.hasOwn(builtInServices, token)) return undefined; // a run gives it
    const services = registry.services(token);
    const [only] = services;
    if (only === undefined)
      problems.push({
        path: asker.path,
        message: `${asker.who} injects ${token}, and none of the plugins brings such a service; expected one under plugins: that does`,
        origin: asker.origin,
      });
    else if (services.length > 1)
      problems.push({ path: asker.path, message: severalText(token, asker, services), origin: asker.origin });
    else
      return resolver.service(
        token,
        treeOf(only.name, { from: "preset", name: `the only service ${token}`, chosenAt: asker.origin }),
        `services.${token}`,
      );
    return undefined;
  }

  function severalText(token: string, { who }: Asker, services: readonly Service[]): string {
    const each = services.map((one) => `${one.name} (${registry.ownerOfService(one)})`).join(", ");
    return `${who} injects ${token}, and there are several: ${each}; expected one of them named, services: { ${token}: ${services[0]!.name} }`;
  }

  function askerOf(component: { kind: string; name: string }, place: readonly (string | number)[]): Asker {
    return { who: `${component.kind} ${component.name}`, path: join("", place), origin: nearest(whole, place).origin };
  }

  for (const { component, place } of placedComponents(parts, []))
    for (const token of namesOf(component.inject)) take(token, askerOf(component, place), []);
  for (const [token, service] of chosen) {
    if (service === undefined || used.has(token) || !Object.hasOwn(builtInServices, token)) continue;
    used.set(token, service); // the run itself tells it
    follow(token, service, [token]);
  }
  const services = [...used].sort(([a], [b]) => (a < b ? -1 : 1));
  const shown = services.flatMap(([token]) => (written.has(token) ? [[token, written.get(token)!] as const] : []));
  if (shown.length > 0) trees.entries.set("services", { type: "map", entries: new Map(shown), origin: trees.origin });
  return Object.fromEntries(services);
}

const namesOf = (inject: Injections) => Object.values(inject).map(({ name }) => name);

/** What stands under `services:` in all layers, by token; what can't is told. */
function writtenServices({ layers }: Trees, registry: Registry, { problems }: Resolver): ReadonlyMap<string, Tree> {
  const written = new Map<string, Tree>();
  for (const layer of layers) {
    const tree = at(layer, ["services"]);
    if (tree === undefined) continue;
    if (tree.type !== "map") {
      problems.push({ path: "services", message: "expected a map, e.g. services: { judge: name }", origin: tree.origin });
      continue;
    }
    for (const [token, upper] of tree.entries) {
      const path = `services.${token}`;
      const fixed = Object.hasOwn(builtInServices, token) ? builtInServices[token]!.fixed : null;
      const known = registry.tokens.filter((one) => builtInServices[one]?.fixed == null);
      if (fixed !== null)
        problems.push({ path, message: `${token} can't be replaced: ${fixed}`, origin: upper.origin, atKey: true });
      else if (!registry.tokens.includes(token))
        problems.push({
          path,
          message: `nothing brings or injects a service "${token}".${suggestion(token, known)}`,
          origin: upper.origin,
          atKey: true,
        });
      else {
        const found = (name: string) => registry.services(token).find((one) => one.name === name);
        written.set(token, layOverNamed(written.get(token), upper, found, path, { registry, problems }));
      }
    }
  }
  return written;
}
