import { builtInServices } from "../services/built-in.ts";
import { isToken } from "../services/token.ts";
import { suggestion } from "./suggestion.ts";
import type { Algorithm, Component, OptionCheck } from "./component.ts";
import { kindNames } from "./component.ts";
import { functionNames } from "./guards/definition.ts";
import { schemaProblem } from "./options.ts";
import type { Plugin } from "./plugin.ts";
import { childSchema, isOpen, knownKeys, slotKind } from "./schema-walk.ts";
import type { Service } from "./service.ts";

/** Words of lower-case letters and digits with - or . between them; + as in reinforce++. They need no quotes in YAML, and are steps of a path. */
const NAME = /^[a-z0-9+]+(?:[-.][a-z0-9+]+)*$/;
const LONGEST_SUMMARY = 120;

/**
 * Kinds whose parts are pure functions, so that they may be compiled, or called again. Model and data are also made before any stage, whose checkpoints would
 * hold their state.
 */
const PURE = new Set([
  "ratio",
  "surrogate",
  "correction",
  "mask",
  "aggregate",
  "kl",
  "pair-loss",
  "optimizer",
  "schedule",
  "model",
  "dataset",
  "engine",
]);
const LEVELS = ["scores", "tokens"];

/** What is wrong with all that a plugin brings, each by what and field: what was given, what was expected. */
export function definitionProblems({ components = [], algorithms = [], services = [] }: Plugin): string[] {
  return [
    ...listed("components", components, "advantageStep, reward, model and the like return", componentProblems),
    ...listed("algorithms", algorithms, "algorithm({ … }) returns", algorithmProblems),
    ...listed("services", services, "provide(…) returns", serviceProblems),
  ];
}

function listed<T>(what: string, given: readonly T[], expected: string, problems: (one: T) => string[]): string[] {
  if (!Array.isArray(given)) return [`its ${what}: ${shown(given)} is given, expected a list of what ${expected}`];
  return given.flatMap((one: T, index) =>
    typeof one === "object" && one !== null
      ? problems(one)
      : [`its ${what}: the one at ${index} is ${shown(one)}, expected what ${expected}`],
  );
}

function componentProblems(component: Component): string[] {
  const { kind, inject } = component;
  if (!kindNames.includes(kind)) return [`${told(component)}: its kind is ${shown(kind)}.${suggestion(String(kind), kindNames)}`];
  const own = [
    ...nameProblems(component),
    ...partProblems(component),
    ...injectProblems(inject),
    ...functionNames(kind).flatMap((name) => functionProblems(name, component[name as keyof Component])),
  ];
  if (PURE.has(kind) && injectedNames(inject).includes("State"))
    own.push(`inject: State is given, and a ${kind} is pure: what it gives depends on what it is given alone`);
  if (kind === "advantage")
    own.push(...oneOf("takes", component.takes, LEVELS), ...oneOf("gives", component.gives, LEVELS), ...upwards(component));
  if (kind === "stage") own.push(...oneOf("keeps", component.keeps, ["artefact", "run"]));
  return own.map((problem) => `${told(component)}: ${problem}`);
}

function upwards({ takes, gives }: Component<"advantage">): string[] {
  return takes === "tokens" && gives === "scores"
    ? ["it takes tokens and gives scores; a chain goes from scores to tokens, once"]
    : [];
}

function serviceProblems(service: Service): string[] {
  const { token, inject, scope, dispose } = service;
  if (!isToken(token))
    return [`service ${shown(service.name)}: its token is ${shown(token)}, expected what token("name") returns`];
  const own = [
    ...nameProblems(service),
    ...partProblems(service),
    ...injectProblems(inject),
    ...oneOf("scope", scope, ["process", "run"]),
  ];
  if (!/^\w[\w./@-]*$/.test(token.name))
    own.push(`its token is called ${shown(token.name)}, expected a word, as services: { word: … } names it`);
  const fixed = builtInServices[token.name]?.fixed ?? null;
  if (fixed !== null) own.push(`${token.name} can't be replaced: ${fixed}`);
  own.push(...functionProblems("dispose", dispose));
  for (const name of ["Random", "State"])
    if (injectedNames(inject).includes(name))
      own.push(
        `inject: ${name} is given, and it belongs to a component of a stage, with whose checkpoints it is saved; expected the component to hand over what is needed`,
      );
  return own.map((problem) => `service ${token.name} ${shown(service.name)}: ${problem}`);
}

function algorithmProblems(algorithm: Algorithm): string[] {
  const { presets } = algorithm;
  const own = nameProblems(algorithm);
  if (typeof presets !== "object" || presets === null || Object.keys(presets).length === 0)
    own.push(`its presets are ${shown(presets)}, expected { variant: { … } } with one variant at least`);
  return own.map((problem) => `algorithm ${shown(algorithm.name)}: ${problem}`);
}

function nameProblems({ name, summary }: { readonly name: unknown; readonly summary: unknown }): string[] {
  const problems: string[] = [];
  if (typeof name !== "string" || !NAME.test(name))
    problems.push(
      `its name is ${shown(name)}, expected lower-case letters, digits and +, with - or . between words, e.g. ${nearName(name)}`,
    );
  if (typeof summary !== "string" || summary.trim() === "" || summary.includes("\n") || summary.length > LONGEST_SUMMARY)
    problems.push(
      `its summary is ${shown(summary)}, expected one line of up to ${LONGEST_SUMMARY} characters, for \`rewardlab plugins\``,
    );
  return problems;
}

/** The nearest name that is one. */
function nearName(given: unknown): string {
  const near = String(given)
    .replace(/(?<=[a-z0-9])(?=[A-Z])/g, "-")
    .toLowerCase()
    .replace(/[^a-z0-9+.]+/g, "-")
    .replace(/^[-.]+|[-.]+$/g, "");
  return typeof given === "string" && NAME.test(near) ? near : "group-rank";
}

function partProblems(part: Component | Service): string[] {
  const { version, options, create, checks = [] } = part;
  const problems: string[] = [];
  if (!Number.isInteger(version) || version < 1)
    problems.push(`its version is ${shown(version)}, expected a whole number from 1 on`);
  if (typeof create !== "function") problems.push(`its create is ${shown(create)}, expected a function`);
  const schema = schemaProblem(options);
  if (schema !== null) problems.push(`its options ${schema}`);
  else problems.push(...checks.flatMap((check) => readsProblems(check, options)));
  return problems;
}

/** Of a function that may be left out. */
function functionProblems(name: string, given: unknown): string[] {
  return given === undefined || typeof given === "function"
    ? []
    : [`its ${name} is ${shown(given)}, expected a function, or none`];
}

/** A check that reads an option that isn't there would never run. */
function readsProblems({ reads }: OptionCheck, options: Component["options"]): string[] {
  return reads.flatMap((path) => {
    let schema: Component["options"] | undefined = options;
    for (const step of path.split(".")) {
      if (schema === undefined || isOpen(schema) || slotKind(schema) !== undefined) return [];
      const inner = childSchema(schema, step);
      if (inner === undefined)
        return [`checks: one reads "${path}", and its options have no "${step}".${suggestion(step, knownKeys(schema))}`];
      schema = inner;
    }
    return [];
  });
}

function injectProblems(inject: unknown): string[] {
  if (typeof inject !== "object" || inject === null) return [`its inject is ${shown(inject)}, expected { name: Token }`];
  return Object.entries(inject).flatMap(([name, token]) =>
    isToken(token)
      ? []
      : [`inject: ${name} is ${shown(token)}, expected a token: Metrics, Random, Files, Progress, or your own by token("name")`],
  );
}

function injectedNames(inject: unknown): string[] {
  return typeof inject === "object" && inject !== null
    ? Object.values(inject).flatMap((one) => (isToken(one) ? [one.name] : []))
    : [];
}

function oneOf(field: string, given: unknown, expected: readonly string[]): string[] {
  if (expected.includes(given as string)) return [];
  return [
    `its ${field} is ${shown(given)}, expected ${expected.join(" or ")}.${suggestion(String(given), expected).replace(/ There are:.*/, "")}`,
  ];
}

function told({ kind, name }: Component): string {
  return `${kindNames.includes(kind) ? kind : "component"} ${shown(name)}`;
}

function shown(value: unknown): string {
  if (typeof value === "function") return "a function";
  return JSON.stringify(value) ?? String(value);
}
