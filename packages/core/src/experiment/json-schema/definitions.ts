import type { z } from "zod";
import { kindNames } from "../../plugin/component.ts";
import type { Kind } from "../../plugin/component.ts";
import type { Registry } from "../../plugin/registry.ts";
import type { JsonSchema } from "./json.ts";
import { implication, pointerTo } from "./json.ts";
import { optionsSchema } from "./options-schema.ts";
import type { SlotPlaces } from "./options-schema.ts";
import { chainSchema, namedOptions, nameSchema, naming, slotSchema } from "./slot-schema.ts";
import type { Named, SlotFacts } from "./slot-schema.ts";

/** The definitions of an experiment's schema: "ratio" is a slot, "advantage:chain" a list of such, "ratio:names" what may be named, "ratio.clip" the options of one. */
export interface Definitions {
  readonly all: Record<string, JsonSchema>;
  readonly places: SlotPlaces;
  /** The schema of the slots of a service, by its token. */
  service(token: string): JsonSchema;
}

export const DEFINITIONS = "#/definitions";

/** The definitions of all kinds that the registry has components of. Slots with options of their own get theirs when they are first met. */
export function definitionsFor(registry: Registry): Definitions {
  const all: Record<string, JsonSchema> = {};
  const owns = new Map<z.ZodType, string>();

  const places: SlotPlaces = (kind, { chain, own }) => {
    const name = own === undefined ? kind : (owns.get(own) ?? numbered(kind));
    if (own !== undefined && !owns.has(own)) {
      owns.set(own, name);
      all[name] = {}; // met again inside itself
      define(kind, name, optionsSchema(own, places));
    }
    if (!chain) return pointerTo(DEFINITIONS, name);
    all[`${name}:chain`] ??= chainSchema(factsOf(kind, name), pointerTo(DEFINITIONS, name));
    return pointerTo(DEFINITIONS, `${name}:chain`);
  };
  const numbered = (kind: Kind) => `${kind}:own${[...owns.values()].filter((one) => one.startsWith(`${kind}:`)).length + 1}`;

  const known = new Map<Kind, readonly Named[]>();
  function namedOf(kind: Kind): readonly Named[] {
    const found = known.get(kind) ?? registry.names(kind).map((name) => namedComponent(registry, kind, name, places));
    known.set(kind, found);
    return found;
  }

  function factsOf(kind: Kind, name: string, own?: JsonSchema): SlotFacts {
    return {
      what: kind,
      named: namedOf(kind),
      own,
      names: pointerTo(DEFINITIONS, `${kind}:names`),
      pointer: (component) => pointerTo(DEFINITIONS, `${name}.${component}`),
    };
  }

  function define(kind: Kind, name: string, own?: JsonSchema): void {
    const facts = factsOf(kind, name, own);
    all[name] = slotSchema(facts);
    all[`${kind}:names`] ??= nameSchema(facts.named);
    for (const one of facts.named) all[`${name}.${one.name}`] = namedOptions(one, own);
  }

  for (const kind of kindNames as readonly Kind[]) define(kind, kind);

  return {
    all,
    places,
    service: (token) => {
      const named = registry.services(token).map((one) => ({ ...one, options: optionsSchema(one.options, places) }));
      const place = (name: string) => `service.${token}${name}`;
      all[place(":names")] = nameSchema(named);
      for (const one of named) all[place(`.${one.name}`)] = namedOptions(one);
      return slotSchema({
        what: `service ${token}`,
        named,
        names: pointerTo(DEFINITIONS, place(":names")),
        pointer: (name) => pointerTo(DEFINITIONS, place(`.${name}`)),
      });
    },
  };
}

function namedComponent(registry: Registry, kind: Kind, name: string, places: SlotPlaces): Named {
  const component = registry.component(kind, name)!;
  const options = optionsSchema(component.options, places);
  const preset = component.kind === "stage" ? component.presetFrom?.option : undefined;
  const { summary } = component;
  if (preset === undefined || options.properties === undefined) return { name, summary, options };
  return { name, summary, options: { ...options, properties: { [preset]: algorithmSchema(registry), ...options.properties } } };
}

/** `algorithm: name` or `{ use: name, variant: … }`. */
function algorithmSchema(registry: Registry): JsonSchema {
  const algorithms = registry.names("algorithm").map((name) => registry.algorithm(name)!);
  return {
    description: "an algorithm, whose preset lies under the options here: a name, or { use: name, variant: … }",
    anyOf: [nameSchema(algorithms), { type: "object" }],
    properties: { use: { ...nameSchema(algorithms), description: "which algorithm" }, variant: { type: "string" } },
    required: ["use"],
    additionalProperties: false,
    allOf: algorithms.map(({ name, presets, sources, source }) => {
      const variants = Object.keys(presets);
      const description = `where paper and code differ, whose\n\n${variants.join(" | ")}; default ${variants[0]}`;
      const variant = { enum: variants, enumDescriptions: variants.map((one) => sources?.[one] ?? source), description };
      return implication(naming(name), { properties: { variant } });
    }),
  };
}
