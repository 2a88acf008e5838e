import { conformance, ConformanceError } from "@rewardlab/conformance";
import type { Check } from "@rewardlab/conformance";
import { InputError, messageOf } from "@rewardlab/core";
import type { Plugin } from "@rewardlab/core";
import type { Registry } from "@rewardlab/core/host";
import { startEngine } from "@rewardlab/engines";
import pc from "picocolors";
import { pluginsNamed, registryHere } from "../plugins.ts";
import { checkKind } from "./plugins.ts";

interface TestOptions {
  readonly json?: boolean;
  readonly kind?: string;
  readonly options?: string;
}

/** `rewardlab plugins test`: runs every law over what plugins bring, and prints the laws that are broken, a line each; exit code 1 where one is. */
export async function pluginsTest(names: readonly string[], given: TestOptions): Promise<void> {
  const { kind } = given;
  checkKind(kind);
  const options = exampleOptions(given.options);
  const { registry, container } = await registryHere(names);
  await startEngine("cpu", registry, container);
  const all = registry.plugins.map(({ plugin }) => plugin);
  const tested = pluginsNamed(names, registry).map((plugin) => asRegistered(plugin, registry));
  const known = new Set(tested.flatMap(keysOf));
  const results: { plugin: string; component: string; law: string; ok: boolean; line?: string; message?: string }[] = [];
  for (const [index, plugin] of tested.entries()) {
    const own = new Set(keysOf(plugin));
    // What none of the plugins brings is told once, with the first of them.
    const its = Object.entries(options).filter(([key]) => own.has(key) || (index === 0 && !known.has(key)));
    const checks = conformance(plugin, { options: Object.fromEntries(its), plugins: all.filter((other) => other !== plugin) });
    for (const check of checks.filter(({ component }) => kind === undefined || component.startsWith(`${kind} `)))
      results.push({ plugin: plugin.name, component: check.component, law: check.law, ...(await outcomeOf(check)) });
  }

  const broken = results.filter(({ ok }) => !ok);
  if (broken.length > 0) process.exitCode = 1;
  if (given.json) {
    console.log(JSON.stringify(results, null, 2));
    return;
  }
  for (const { line } of broken) console.log(`${pc.red("✘")} ${line}`);
  const summary = `${results.length - broken.length} of ${results.length} checks passed`;
  console.log(`${broken.length === 0 ? pc.green(summary) : pc.red(summary)} (${names.join(", ")})`);
}

/** With the components as the registry has them, whose schemas are zod's, whatever library made them. */
function asRegistered(plugin: Plugin, registry: Registry): Plugin {
  const components = (plugin.components ?? []).map(({ kind, name }) => registry.component(kind, name)!);
  return { ...plugin, components };
}

/** What `--options` calls each of what it brings. */
function keysOf({ components = [], services = [] }: Plugin): string[] {
  return [
    ...components.map(({ kind, name }) => `${kind} ${name}`),
    ...services.map(({ token, name }) => `service ${token.name} ${name}`),
  ];
}

async function outcomeOf({ run }: Check): Promise<{ ok: boolean; line?: string; message?: string }> {
  try {
    await run();
    return { ok: true };
  } catch (error) {
    if (!(error instanceof ConformanceError)) throw error;
    return { ok: false, line: error.line, message: error.message };
  }
}

function exampleOptions(text: string | undefined): Record<string, object[]> {
  if (text === undefined) return {};
  const expected = `--options: expected JSON such as '{"surrogate cispo": [{"high": 4}]}', each component with a list of option sets`;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InputError("RL_TEST_OPTIONS", `${expected}; this is no JSON (${messageOf(error)})`);
  }
  const isObject = (item: unknown) => typeof item === "object" && item !== null && !Array.isArray(item);
  if (!isObject(value) || !Object.values(value as object).every((sets) => Array.isArray(sets) && sets.every(isObject)))
    throw new InputError("RL_TEST_OPTIONS", `${expected}; given ${text}`);
  return value as Record<string, object[]>;
}
