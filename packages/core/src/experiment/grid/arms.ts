import type { Problem } from "../problems.ts";
import { at, plain } from "../tree.ts";
import type { Origin, Tree } from "../tree.ts";
import { overridesOf, undoes } from "./overrides.ts";
import type { Override } from "./overrides.ts";

/** What `ablate:` makes of the experiment, before any axes: the baseline, a variant, or the method with or without some components. */
export interface Arm {
  readonly name: string;
  readonly baseline: boolean;
  /** The arm that it is compared with; null for the baseline. */
  readonly against: string | null;
  /** In order, each set laid over those before it. */
  readonly overrides: readonly (readonly Override[])[];
  /** Of each component of a set: whether it is in. */
  readonly levels: Readonly<Record<string, "in" | "out">>;
  /** Where its name is written, if it is. */
  readonly origin?: Origin;
}

type SetKey = "leaveOneOut" | "addOneIn";
interface ComponentSet {
  readonly key: SetKey;
  readonly components: readonly { readonly name: string; readonly overrides: readonly Override[]; readonly origin: Origin }[];
}

/**
 *     baseline: { … }                the experiment with these overrides; what the others are compared with
 *     variants: { name: { … } }      named changes to the experiment, compared with the baseline
 *     leaveOneOut: { name: { … } }   each entry is a component, with the override that takes it out of the experiment.
 *                                    full, without <name> for each (compared with full); without `baseline:`, the baseline is all of them out
 *     addOneIn: { name: { … } }      each entry is a component, with the override that puts it into the baseline.
 *                                    with <name> for each, full is all of them in (compared with the baseline, which without `baseline:` is the experiment)
 *     factorial: true                all 2^k combinations of the set, not one at a time
 */
export function armsOf(ablate: Tree & { type: "map" }, problems: Problem[]): Arm[] {
  const written = ablate.entries.get("baseline");
  const base = overridesOf(written);
  const [leave, add] = (["leaveOneOut", "addOneIn"] as const).map((key) => setOf(ablate, key));
  checkSets(ablate, leave, add, base !== undefined, problems);
  const factorial = isFactorial(ablate);

  const baseline: Arm[] = [];
  if (written !== undefined)
    baseline.push({ name: baselineName(written), baseline: true, against: null, overrides: [base ?? []], levels: {} });
  else if (leave) baseline.push(withoutAll(leave));
  else if (add) baseline.push({ name: "baseline", baseline: true, against: null, overrides: [], levels: levels(add, []) });

  const variants = overridesByName(ablate, "variants").map(({ name, overrides, origin }) => ({
    name,
    baseline: false,
    against: baseline[0]?.name ?? null,
    overrides: [overrides],
    levels: {},
    origin,
  }));
  const arms = [...baseline, ...variants];
  if (leave) join(arms, leftOut(leave, baseline[0]!.name, factorial));
  if (add)
    join(
      arms,
      addedIn(
        add,
        base ?? [],
        baseline[0]!.name,
        factorial,
        arms.some(({ name }) => name === "full"),
      ),
    );
  return arms;
}

/** How many arms there will be, without making them: 2^k may be more than fit. */
export function countArms(ablate: Tree & { type: "map" }): number {
  const sizes = (["leaveOneOut", "addOneIn"] as const).map((key) => setOf(ablate, key)?.components.length ?? 0);
  const ofSet = (size: number) => (size === 0 ? 0 : isFactorial(ablate) ? 2 ** size : size + 1);
  return 1 + overridesByName(ablate, "variants").length + sizes.reduce((sum, size) => sum + ofSet(size), 0);
}

/** The components of leaveOneOut and addOneIn, each with the paths that its override sets. */
export function ablatedComponents(ablate: Tree & { type: "map" }): { name: string; paths: string[] }[] {
  const sets = [setOf(ablate, "leaveOneOut"), setOf(ablate, "addOneIn")].flatMap((set) => set?.components ?? []);
  return sets.map(({ name, overrides }) => ({ name, paths: overrides.map(({ path }) => path) }));
}

function leftOut(set: ComponentSet, baseline: string, factorial: boolean): Arm[] {
  const { components } = set;
  const full: Arm = { name: "full", baseline: false, against: baseline, overrides: [], levels: levels(set, components) };
  const without = subsets(components, factorial).map((out) => ({
    name: `without ${out.map(({ name }) => name).join(", ")}`,
    baseline: false,
    against: "full",
    overrides: out.map(({ overrides }) => overrides),
    levels: levels(
      set,
      components.filter((one) => !out.includes(one)),
    ),
  }));
  return [full, ...without];
}

function withoutAll(set: ComponentSet): Arm {
  const overrides = set.components.map((one) => one.overrides);
  return { name: "baseline", baseline: true, against: null, overrides, levels: levels(set, []) };
}

function addedIn(set: ComponentSet, base: readonly Override[], baseline: string, factorial: boolean, fullTaken: boolean): Arm[] {
  const { components } = set;
  const arm = (name: string, within: ComponentSet["components"]): Arm => ({
    name,
    baseline: false,
    against: baseline,
    overrides: [...(base.length === 0 ? [] : [base]), ...within.map(({ overrides }) => overrides)],
    levels: levels(set, within),
  });
  const some = subsets(components, factorial).filter((within) => within.length < components.length || components.length === 1);
  return [
    ...some.map((within) => arm(`with ${within.map(({ name }) => name).join(", ")}`, within)),
    ...(components.length === 1 ? [] : [arm(fullTaken ? "with all" : "full", components)]),
  ];
}

/** One at a time, or all subsets but the empty one, small ones first. */
function subsets<T>(all: readonly T[], factorial: boolean): T[][] {
  if (!factorial) return all.map((one) => [one]);
  const some = Array.from({ length: 2 ** all.length }, (_, bits) => all.filter((_one, index) => (bits >> index) & 1));
  return some.filter((subset) => subset.length > 0).sort((a, b) => a.length - b.length);
}

function levels({ components }: ComponentSet, within: ComponentSet["components"]): Record<string, "in" | "out"> {
  return Object.fromEntries(components.map((one) => [one.name, within.includes(one) ? "in" : "out"]));
}

/** A generated arm that is there already, under whatever name, stays the one that is there: its name was given, or came first. */
function join(arms: Arm[], more: readonly Arm[]): void {
  const content = ({ overrides }: Arm) =>
    JSON.stringify(overrides.filter((one) => one.length > 0).map((one) => one.map(({ path, value }) => [path, plain(value)])));
  const named = new Map(arms.map((arm, index) => [content(arm), index]));
  const renamed = new Map<string, string>();
  for (const arm of more) {
    const same = named.get(content(arm));
    const against = renamed.get(arm.against ?? "") ?? arm.against;
    if (same === undefined) {
      arms.push({ ...arm, against });
      continue;
    }
    const there = arms[same]!;
    renamed.set(arm.name, there.name);
    arms[same] = { ...there, levels: { ...there.levels, ...arm.levels } };
  }
}

// ---------------------------------------------------------------- what is written

function setOf(ablate: Tree, key: SetKey): ComponentSet | undefined {
  const components = overridesByName(ablate, key);
  return components.length === 0 ? undefined : { key, components };
}

function overridesByName(ablate: Tree, key: string): { name: string; overrides: readonly Override[]; origin: Origin }[] {
  const section = at(ablate, [key]);
  if (section?.type !== "map") return [];
  return [...section.entries].map(([name, tree]) => ({ name, overrides: overridesOf(tree) ?? [], origin: tree.origin }));
}

function isFactorial(ablate: Tree): boolean {
  const node = at(ablate, ["factorial"]);
  return node?.type === "scalar" && node.value === true;
}

/** A baseline that is an algorithm is called after it. */
function baselineName(baseline: Tree): string {
  const [, algorithm] =
    (baseline.type === "map" ? [...baseline.entries] : []).find(([path]) => path.endsWith(".algorithm")) ?? [];
  const name = algorithm && plain(at(algorithm, ["use"]) ?? algorithm);
  return typeof name === "string" ? name : "baseline";
}

/** What the schema can't see. */
function checkSets(
  ablate: Tree,
  leave: ComponentSet | undefined,
  add: ComponentSet | undefined,
  hasBaseline: boolean,
  problems: Problem[],
): void {
  const factorial = isFactorial(ablate);
  if (factorial && (leave === undefined) === (add === undefined))
    problems.push({
      path: "ablate.factorial",
      message: "combines the components of one set: expected leaveOneOut or addOneIn beside it, and not both",
      origin: at(ablate, ["factorial"])?.origin,
      atKey: true,
    });
  for (const set of [leave, add]) {
    if (set === undefined) continue;
    for (const { name, overrides, origin } of set.components)
      if (overrides.length === 0)
        problems.push({
          path: `ablate.${set.key}.${name}`,
          message: `expected the override that ${set.key === "leaveOneOut" ? "takes it out" : "puts it in"}, e.g. { stages.rl.loss.ratio: token }`,
          origin,
          atKey: true,
        });
    const together = factorial
      ? "in the cells with both"
      : set.key === "addOneIn"
        ? "in full"
        : hasBaseline
          ? null
          : "in the baseline";
    if (together !== null) problems.push(...overlaps(set, together));
  }
  for (const { name, origin } of add?.components ?? [])
    if (leave?.components.some((one) => one.name === name))
      problems.push({
        path: `ablate.addOneIn.${name}`,
        message: "leaveOneOut has a component of this name",
        origin,
        atKey: true,
      });
}

/** Components that are put together must not undo one another. */
function overlaps({ key, components }: ComponentSet, together: string): Problem[] {
  return components.flatMap(({ name, overrides, origin }, index) =>
    components.slice(0, index).flatMap((other) =>
      overrides.flatMap((override) => {
        const met = other.overrides.find((one) => undoes(one, override));
        if (met === undefined) return [];
        const advice =
          key === "leaveOneOut" && together === "in the baseline" ? "; give the baseline yourself (baseline: { … })" : "";
        return [
          {
            path: `ablate.${key}.${name}`,
            message: `sets ${override.path}, and ${other.name} sets ${met.path}: ${together}, one would undo the other${advice}`,
            origin,
            atKey: true,
          },
        ];
      }),
    ),
  );
}
