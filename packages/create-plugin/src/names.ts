import { InputError } from "@rewardlab/storage";
import { builtinModules } from "node:module";

/** What a package and the component in it are called. */
export interface PluginNames {
  /** The npm package's: @you/rewardlab-plugin-soft-clip. */
  readonly package: string;
  /** The component's, which experiments name: soft-clip. */
  readonly component: string;
  /** The folder's, without the scope: rewardlab-plugin-soft-clip. */
  readonly folder: string;
}

/**
 * The names that follow from a package's name: the component is called as the package, without scope and without `rewardlab-plugin-` or `rewardlab-`.
 * Throws `InputError` where npm would refuse the name, or no component can be called so.
 */
export function pluginNames(name: string): PluginNames {
  const problem = packageNameProblem(name);
  if (problem !== null) throw new InputError("RL_PLUGIN_NAME", `name: "${name}" ${problem}${nearest(name)}`);
  const folder = name.replace(/^@[^/]+\//, "");
  const component = folder.replace(/^rewardlab-(plugin-)?(?=.)/, "").replaceAll(/[._~-]+/g, "-");
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(component) || component === "index")
    throw new InputError(
      "RL_PLUGIN_NAME",
      `name: "${name}" would call the component "${component}", expected letters a–z, digits and single hyphens, beginning with a letter, and not index, e.g. rewardlab-plugin-soft-clip`,
    );
  return { package: name, component, folder };
}

/** Why npm refuses the name; null where it doesn't. The rules are those of validate-npm-package-name for new packages. */
function packageNameProblem(name: string): string | null {
  if (name === "") return "is empty, expected a package's name";
  if (name.length > 214) return `has ${name.length} characters, npm takes 214 at most`;
  if (name !== name.toLowerCase()) return "has capitals, which npm refuses";
  const own = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?([a-z0-9~-][a-z0-9._~-]*)$/.exec(name)?.[1];
  if (own === undefined)
    return "is no name of a package: expected a–z, 0–9, hyphens, dots and underscores, not beginning with a dot or underscore; with a scope @scope/name";
  if (own === "node_modules" || own === "favicon.ico" || (own === name && builtinModules.includes(name)))
    return "is a name that npm keeps for something else";
  return null;
}

/** " Did you mean x?": the name as npm would take it. */
function nearest(name: string): string {
  const near = name
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[^a-z0-9@/._~-]+/g, "-")
    .replaceAll(/^[-._]+|[-._]+$/g, "");
  return near !== name && near !== "" && packageNameProblem(near) === null ? `. Did you mean "${near}"?` : "";
}

/** soft-clip → softClip; with the kind behind it, softClipSurrogate, where the name alone is one of JavaScript's words or stands in `taken`. */
export function identifierOf(component: string, kind: string, taken: ReadonlySet<string>): string {
  const camel = component.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  if (!taken.has(camel) && isFree(camel)) return camel;
  return `${camel}${kind[0]!.toUpperCase()}${kind.slice(1)}`;
}

/** Whether a module may declare it: no word of the language, and none that would hide what the name means to every reader. */
function isFree(word: string): boolean {
  return !reserved.has(word) && !(word in globalThis);
}

/** ECMAScript's reserved words in modules, and TypeScript's names of types that nothing may be called. */
const reserved = new Set(
  (
    "arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally for function if implements " +
    "import in instanceof interface let new null package private protected public return static super switch this throw true try typeof undefined var void " +
    "while with yield"
  ).split(" "),
);
