import { closest } from "fastest-levenshtein";
import type { PresetSource } from "../plugin/component.ts";
import type { Registry } from "../plugin/registry.ts";
import { suggestion } from "../plugin/suggestion.ts";
import type { Problem } from "./problems.ts";
import { at, merge, treeOf } from "./tree.ts";
import type { Origin, Tree } from "./tree.ts";

/**
 * The preset that `algorithm: name` or `algorithm: { use: name, variant: … }` stands for. Where there is none, that is a problem, and the
 * preset of the nearest name is given, so that what lies over it can be checked all the same.
 */
export function presetTree(
  chosen: Tree,
  path: string,
  { leftOut }: PresetSource,
  registry: Registry,
  problems: Problem[],
): Tree | undefined {
  const whole = (preset: object, origin: Origin) => merge(treeOf(leftOut, origin), treeOf(preset, origin));
  const use = at(chosen, ["use"]) ?? chosen;
  const name = use.type === "scalar" ? String(use.value) : "";
  const algorithm = registry.algorithm(name);
  if (algorithm === undefined) {
    problems.push({
      path,
      message: `there is no algorithm "${name}".${suggestion(name, registry.names("algorithm"))}`,
      origin: use.origin,
    });
    const names = registry.names("algorithm");
    const near = names.length === 0 ? undefined : registry.algorithm(closest(name, [...names]));
    return near && whole(Object.values(near.presets)[0]!, { from: "preset", name: near.name, chosenAt: use.origin });
  }
  for (const [key, tree] of chosen.type === "map" ? chosen.entries : [])
    if (key !== "use" && key !== "variant")
      problems.push({
        path,
        message: `unknown key "${key}".${suggestion(key, ["use", "variant"])}`,
        origin: tree.origin,
        atKey: true,
      });
  const variants = Object.keys(algorithm.presets);
  const chosenVariant = at(chosen, ["variant"]);
  const variant = chosenVariant?.type === "scalar" ? String(chosenVariant.value) : variants[0]!;
  if (!variants.includes(variant)) {
    problems.push({
      path,
      message: `algorithm ${name} has no variant "${variant}".${suggestion(variant, variants)}`,
      origin: chosenVariant?.origin ?? use.origin,
    });
    return whole(algorithm.presets[variants[0]!]!, { from: "preset", name, chosenAt: use.origin });
  }
  return whole(algorithm.presets[variant]!, { from: "preset", name: `${name} (${variant})`, chosenAt: use.origin });
}
