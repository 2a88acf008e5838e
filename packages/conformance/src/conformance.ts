import { definePlugin, messageOf, suggestion } from "@rewardlab/core";
import { checkPlugin } from "@rewardlab/core/host";
import type { Algorithm, Component, Kind, Plugin, Service } from "@rewardlab/core";
import type { Registry } from "@rewardlab/core/host";
import { optionProblems, partsOf, registryWith, serviceOf, serviceProblems } from "@rewardlab/core/testing";
import type { PartMaker, PartsOptions } from "@rewardlab/core/testing";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConformanceExamples } from "./subject.ts";
import { checkOf } from "./check.ts";
import type { Check } from "./check.ts";
import { definitionLaws } from "./definition.ts";
import { advantageLaws } from "./kinds/advantage.ts";
import { aggregateLaws } from "./kinds/aggregate.ts";
import { algorithmLaws, standIns } from "./kinds/algorithm.ts";
import { correctionLaws } from "./kinds/correction.ts";
import { datasetLaws } from "./kinds/dataset.ts";
import { klLaws } from "./kinds/kl.ts";
import { maskLaws } from "./kinds/mask.ts";
import { modelLaws } from "./kinds/model.ts";
import { pairLossLaws } from "./kinds/pair-loss.ts";
import { optimizerLaws } from "./kinds/optimizer.ts";
import { ratioLaws } from "./kinds/ratio.ts";
import { remoteModelLaws } from "./kinds/remote-model.ts";
import { rewardLaws } from "./kinds/reward.ts";
import { samplerLaws } from "./kinds/sampler.ts";
import { scheduleLaws } from "./kinds/schedule.ts";
import { serviceLaws } from "./kinds/service.ts";
import type { ServiceSubject } from "./kinds/service.ts";
import { forgetful, keepsState } from "./subject.ts";
import type { Subject } from "./subject.ts";
import { surrogateLaws } from "./kinds/surrogate.ts";
import { broken } from "./law.ts";
import type { Law } from "./law.ts";

/** What the laws are tried with. */
export interface ConformanceOptions extends ConformanceExamples {
  /**
   * Options to try a component with, several sets if you like, by kind and name: `{ "surrogate cispo": [{ high: 4 }] }`; of a service by token and name,
   * "service judge local". Defaults, where they are complete, are tried as well; of a model, dataset or service, only where no set is given.
   */
  readonly options?: Readonly<Record<string, readonly object[]>>;
  /** Other plugins, whose components this one's presets and slots name. */
  readonly plugins?: readonly Plugin[];
}

/** The laws of each kind. Components of the other kinds (stage, engine) are checked by their definitions alone: a new kind's laws go here. */
const laws: { readonly [K in Kind]?: readonly Law<Subject<K>>[] } = {
  advantage: advantageLaws,
  ratio: ratioLaws,
  surrogate: surrogateLaws,
  correction: correctionLaws,
  mask: maskLaws,
  aggregate: aggregateLaws,
  kl: klLaws,
  "pair-loss": pairLossLaws,
  reward: rewardLaws,
  sampler: samplerLaws,
  model: modelLaws,
  dataset: datasetLaws,
  optimizer: optimizerLaws,
  schedule: scheduleLaws,
};

/** A model whose weights a service holds promises other things. */
function lawsOf(component: Component): readonly Law<Subject<Kind>>[] {
  const isFar = component.kind === "model" && component.weightsAt !== undefined;
  return ((isFar ? remoteModelLaws : laws[component.kind]) ?? []) as readonly Law<Subject<Kind>>[];
}

/** All that a plugin must pass, a check for each law, component and set of options: `for (const { title, run } of conformance(plugin)) test(title, run)`. */
export function conformance(plugin: Plugin, options: ConformanceOptions = {}): Check[] {
  let registry: Registry;
  try {
    checkPlugin(plugin);
    registry = registryWith(...(options.plugins ?? []).filter(({ name }) => name !== plugin.name), standIns, plugin);
  } catch (error) {
    const name = String((plugin as Plugin | undefined)?.name ?? "without a name");
    return [checkOf(`plugin ${name}`, "is a plugin", () => broken({ what: messageOf(error).replace(/^plugin .*?: /, "") }))];
  }
  const { components = [], services = [] } = plugin;
  const folder = options.folder ?? process.cwd();
  const making: PartsOptions = {
    files: {
      folder,
      get cache() {
        return cacheOfThisProcess();
      },
    },
    serviceOptions: (service) => options.options?.[keyOfService(service)]?.[0],
    watched: false, // the laws tell more of what a part does wrong
  };
  const parts = partsOf(registry, making);
  return [
    checkOf(`plugin ${plugin.name}`, "is a plugin of plain data", () => expectPlainData(plugin)),
    ...unknownExamples([...components.map(keyOf), ...services.map(keyOfService)], options),
    ...components.flatMap((component) => componentChecks(component, { registry, parts }, options)),
    ...services.flatMap((service) => serviceChecks(service, { registry, making }, options)),
    ...(plugin.algorithms ?? []).flatMap((algorithm) => algorithmChecks(algorithm, registry)),
    ...(registry.tokens.some((token) => registry.services(token).length > 0) ? [servicesEnd(plugin, parts)] : []),
  ];
}

const keyOf = ({ kind, name }: Component) => `${kind} ${name}`;
const keyOfService = ({ token, name }: Service) => `service ${token.name} ${name}`;

/** The components of all checks share the services that they are injected, as those of a run do. */
function servicesEnd({ name }: Plugin, parts: PartMaker): Check {
  return checkOf(`plugin ${name}`, "the services that its components were injected end without an error", async () => {
    const wrong = await parts.end();
    if (wrong.length > 0) broken({ what: wrong.join("; "), expected: "nothing that a run would have to tell of" });
  });
}

/** The same for a single component; `options` are its own. */
export function componentConformance(
  component: Component,
  { options = [], ...others }: Omit<ConformanceOptions, "options"> & { readonly options?: readonly object[] } = {},
): Check[] {
  const plugin = definePlugin({ name: "one-component", api: "^1", components: [component] });
  const key = `${component.kind} ${component.name}`;
  return conformance(plugin, { ...others, options: options.length === 0 ? {} : { [key]: options } }).slice(1);
}

// ---------------------------------------------------------------- components

interface Making {
  readonly registry: Registry;
  readonly parts: PartMaker;
}

function componentChecks(component: Component, { registry, parts }: Making, given: ConformanceOptions): Check[] {
  const key = keyOf(component);
  const definition = definitionLaws.map(({ name, check }) => checkOf(key, name, () => check(component)));
  const own = lawsOf(component);
  const missing = optionProblems(registry, component, {});
  const sets = optionSets(component, given.options?.[key] ?? [], missing.length === 0);
  if (sets.length === 0 && own.length > 0)
    return [...definition, checkOf(key, "has options to be tried with", () => askForOptions(key, missing))];
  const strict = checkOf(key, "refuses an option it doesn't know", () => expectStrict(component, sets[0] ?? {}));
  const tried = sets.flatMap((options) => {
    const title = Object.keys(options).length === 0 ? key : `${key} ${JSON.stringify(options)}`;
    const problems = optionProblems(registry, component, options);
    if (problems.length > 0)
      return [
        checkOf(title, "is tried with options that it accepts", () =>
          broken({ what: `the options given are refused: ${problems.join("; ")}` }),
        ),
      ];
    const createKeeping = () => parts(component, options);
    const create = keepsState({ component }) ? () => forgetful(createKeeping()) : createKeeping;
    const subject = { component, create, createKeeping, examples: given } as Subject<Kind>;
    return own.map(({ name, check }) => checkOf(title, name, () => check(subject)));
  });
  return [...definition, ...(sets.length === 0 ? [] : [strict]), ...tried];
}

/** Where datasets keep what they make: in all checks of this process the same, as in a run. It goes when the process ends. */
function cacheOfThisProcess(): string {
  if (cache === undefined) {
    const made = mkdtempSync(join(tmpdir(), "rewardlab-conformance-"));
    process.once("exit", () => rmSync(made, { recursive: true, force: true }));
    cache = made;
  }
  return cache;
}
let cache: string | undefined;

/** The defaults where they are complete, and the sets given. A model's or a dataset's defaults may be large: sets given stand for them. */
function optionSets({ kind }: Component, given: readonly object[], defaultsAreComplete: boolean): readonly object[] {
  const costly = kind === "model" || kind === "dataset";
  if (!defaultsAreComplete || (costly && given.length > 0)) return given;
  return [{}, ...given.filter((own) => Object.keys(own).length > 0)];
}

function askForOptions(key: string, missing: readonly string[]): never {
  return broken({
    what: `its options have no complete defaults: ${missing.join("; ")}`,
    expected: `a set to try it with: conformance(plugin, { options: { "${key}": [{ … }] } })`,
    likely: "Give one set, or several that lead through different code. On the command line: --options",
  });
}

function expectStrict({ options }: Pick<Component, "options">, sound: object): void {
  const unknown = "an-option-that-is-not-there";
  const parsed = options.safeParse(sound);
  if (!parsed.success) return; // the other checks tell
  if (options.safeParse({ ...sound, [unknown]: 1 }).success)
    broken({
      what: `it accepts { ${unknown}: 1 }`,
      expected: "an error: a misspelt option must not be ignored",
      likely: "Use z.strictObject({ … }) instead of z.object({ … })",
    });
}

/** Examples for components that are not there. */
function unknownExamples(known: readonly string[], { options = {} }: ConformanceOptions): Check[] {
  return Object.keys(options)
    .filter((key) => !known.includes(key))
    .map((key) =>
      checkOf(`options "${key}"`, "are of one of the plugin's components", () =>
        broken({
          what: `it brings no component of this kind and name, and no service.${suggestion(key, known)}`,
          expected: 'kind and name, e.g. "surrogate cispo", or a service\'s token and name: "service judge local"',
        }),
      ),
    );
}

function expectPlainData(plugin: Plugin): void {
  const objects = {
    plugin,
    ...Object.fromEntries((plugin.components ?? []).map((component) => [keyOf(component), component])),
    ...Object.fromEntries((plugin.services ?? []).map((service) => [keyOfService(service), service])),
  };
  for (const [name, value] of Object.entries(objects))
    for (const [key, { get }] of Object.entries(Object.getOwnPropertyDescriptors(value)))
      if (get)
        broken({
          what: `${key} of ${name} is computed (a getter)`,
          expected: "plain data",
          likely: "Whatever has to be computed is computed in create",
        });
  const keys = (plugin.components ?? []).map(keyOf);
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice) broken({ what: `it brings ${twice} twice` });
}

// ---------------------------------------------------------------- services

function serviceChecks(
  service: Service,
  { registry, making }: { readonly registry: Registry; readonly making: PartsOptions },
  given: ConformanceOptions,
): Check[] {
  const key = keyOfService(service);
  const definition = definitionLaws.map(({ name, check }) => checkOf(key, name, () => check(service)));
  const missing = serviceProblems(registry, service, {});
  const examples = given.options?.[key] ?? [];
  const sets = examples.length > 0 || missing.length > 0 ? examples : [{}]; // a service may be somebody's server: what is given stands for its defaults
  if (sets.length === 0) return [...definition, checkOf(key, "has options to be tried with", () => askForOptions(key, missing))];
  const tried = sets.flatMap((options) => {
    const title = Object.keys(options).length === 0 ? key : `${key} ${JSON.stringify(options)}`;
    const subject: ServiceSubject = { service, create: () => serviceOf(registry, service, options, making) };
    return serviceLaws.map(({ name, check }) => checkOf(title, name, () => check(subject)));
  });
  return [...definition, checkOf(key, "refuses an option it doesn't know", () => expectStrict(service, sets[0]!)), ...tried];
}

// ---------------------------------------------------------------- algorithms

function algorithmChecks(algorithm: Algorithm, registry: Registry): Check[] {
  const described = checkOf(`algorithm ${algorithm.name}`, "has a summary and a source", () => {
    for (const key of ["summary", "source"] as const)
      if (typeof algorithm[key] !== "string" || algorithm[key].trim() === "")
        broken({
          what: `its ${key} is ${JSON.stringify(algorithm[key])}`,
          expected: { summary: "one line", source: "a paper with its version, or a framework with its" }[key],
        });
  });
  const variants = Object.keys(algorithm.presets).flatMap((variant) =>
    algorithmLaws.map(({ name, check }) =>
      checkOf(`algorithm ${algorithm.name} (${variant})`, name, () => check({ algorithm, variant, registry })),
    ),
  );
  return [described, ...variants];
}
