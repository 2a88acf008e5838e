import type { Component, Kind, OptionCheck, Particulars } from "../component.ts";
import { nameOf } from "../blame.ts";
import { shown, watchedFunctions } from "../guard.ts";
import type { Guard, MethodsOf, Wrong } from "../guard.ts";
import type { SplitNeeds, StageNeeds, StageWork } from "../../stage.ts";
import type { MetricDeclaration, MetricDeclarations } from "../../services/metric-declaration.ts";
import { areTexts, field, firstWrong, isNumber, isText, objectWith } from "./expect.ts";

// What a definition says of itself by functions of its options: it is asked before anything is created, by check, plan, explain and the run.

type FunctionsOf<K extends keyof Particulars> = Guard<Pick<Particulars[K], MethodsOf<Particulars[K]>>>["methods"];

const aList = (value: unknown, what: string): Wrong | null =>
  Array.isArray(value) ? null : { gave: `gave ${shown(value)}`, expected: `a list of ${what}` };
type Fields = Readonly<Record<string, unknown>>;
const eachOf = (value: unknown, what: string, holds: (one: Fields) => boolean): Wrong | null => {
  if (!Array.isArray(value)) return aList(value, what);
  const found = value.findIndex((one: unknown) => typeof one !== "object" || one === null || !holds(one as Fields));
  return found === -1 ? null : { gave: `gave ${shown(value[found])} at ${found}`, expected: `a list of ${what}` };
};

const mayIdle = {
  idle: {
    check: (idle: unknown) => (idle === null ? null : textsIn(idle, ["because", "remedy"], "{ because, remedy }, or null")),
  },
};
const inChain = {
  ...mayIdle,
  bounds: {
    check: (bounds: unknown) => {
      if (bounds === null) return null;
      const { low, high, what } = (bounds ?? {}) as Readonly<Record<string, unknown>>;
      if (isNumber(low) && isNumber(high) && isText(what)) return null;
      return { gave: `gave ${shown(bounds)}`, expected: "{ low, high, what }, two numbers and a text, or null" };
    },
  },
};

/** Each kind's own functions; one that is missing here doesn't compile. */
const definitionFunctions: { readonly [K in keyof Particulars]: FunctionsOf<K> } = {
  advantage: inChain,
  sampler: inChain,
  ratio: mayIdle,
  surrogate: mayIdle,
  correction: mayIdle,
  mask: mayIdle,
  aggregate: mayIdle,
  reward: {
    range: {
      check: (range) =>
        Array.isArray(range) && range.length === 2 && range.every(isNumber)
          ? null
          : { gave: `gave ${shown(range)}`, expected: "[lowest, highest], two numbers" },
    },
  },
  model: {
    bytesPerPrompt: {
      check: (bytes) => (isNumber(bytes) ? null : { gave: `gave ${shown(bytes)}`, expected: "a number of bytes" }),
    },
    weightsAt: { check: (at) => (isText(at) ? null : { gave: `gave ${shown(at)}`, expected: "a text: where the weights are" }) },
  },
  stage: {
    idleParts: {
      check: (parts) => eachOf(parts, "{ path, because, remedy }", ({ path, because }) => areTexts(path) && isText(because)),
    },
    promptsAtOnce: {
      check: (found) => eachOf(found, "{ path, prompts }", ({ path, prompts }) => Array.isArray(path) && isNumber(prompts)),
    },
    measures: {
      check: (ways) =>
        areTexts(ways) ? null : { gave: `gave ${shown(ways)}`, expected: "a list of texts: ways to numbers in its results" },
    },
    needs: { check: needsProblem, gives: needsGuard() },
    work: { check: workProblem },
    shortened: { check: (options) => objectWith(options, "options, an object") },
  },
};

function needsGuard(): Guard<StageNeeds> {
  const split: Guard<SplitNeeds> = {
    what: "what it needs of a split",
    methods: {
      asks: {
        check: (asked) =>
          eachOf(
            asked,
            "{ item, response }",
            ({ item, response }) => typeof item === "object" && item !== null && (isText(response) || isNumber(response)),
          ),
      },
    },
    mayLack: ["asks"],
    fields: { name: field(isText, "the split's name") },
  };
  return { what: "what it needs", methods: {}, lists: { splits: split } };
}

function needsProblem(needs: StageNeeds): Wrong | null {
  return firstWrong(
    () => objectWith(needs, "{ splits: [{ name }] }"),
    () => aList(needs.splits, "splits, { splits: [{ name }] }"),
  );
}

function workProblem(work: StageWork): Wrong | null {
  const expected = "{ unit, units, split, per, notes, size }";
  return firstWrong(
    () => objectWith(work, expected),
    () =>
      isText(work.unit) && (work.units === null || isNumber(work.units))
        ? null
        : {
            gave: `gave ${shown(work.units)} ${shown(work.unit)}`,
            expected: `a unit, and how many units (null: as the split has), ${expected}`,
          },
    () => eachOf(work.per, `{ what, amounts }, ${expected}`, ({ amounts }) => typeof amounts === "object" && amounts !== null),
    () => aList(work.notes, `texts, ${expected}`),
  );
}

function textsIn(value: unknown, names: readonly string[], expected: string): Wrong | null {
  const own = (value ?? {}) as Readonly<Record<string, unknown>>;
  return names.every((name) => isText(own[name])) ? null : { gave: `gave ${shown(value)}`, expected };
}

/** The names of the functions that a component of this kind may say something of itself by. */
export function functionNames(kind: Kind): readonly string[] {
  return Object.keys((definitionFunctions as Readonly<Record<string, object | undefined>>)[kind] ?? {});
}

/** The definition as a plugin gave it, behind one that is watched. */
const given = Symbol("a definition as its plugin gave it");

/**
 * The component with the functions that it says something of itself by watched: what they throw is told with package, kind, name, place and function, and what
 * they give is checked. `place`: where it stands in an experiment, if it stands in one. What `create` makes is the container's to watch.
 */
export function watchedDefinition<K extends Kind>(component: Component<K>, owner: string, place = ""): Component<K> {
  const own = ((component as { readonly [given]?: Component<K> })[given] ?? component) as Component<K>;
  const who = nameOf(owner, own.kind, own.name, place);
  const functions = (definitionFunctions as Readonly<Record<string, object | undefined>>)[own.kind] ?? {};
  return {
    ...own,
    ...watchedFunctions(who, own, functions as never),
    ...(own.metrics && { metrics: watchedMetrics(who, own.metrics) }),
    [given]: own,
  };
}

/** Those of a metric's texts that depend on the options. */
interface MetricTexts {
  meaning?(options: unknown): string;
  zero?(options: unknown): string | null;
  parts?(options: unknown): ReturnType<NonNullable<MetricDeclaration["parts"]>>;
}
const text = { check: (said: unknown) => (isText(said) ? null : { gave: `gave ${shown(said)}`, expected: "a text" }) };
const metricFunctions: Guard<MetricTexts>["methods"] = {
  meaning: text,
  zero: { check: (said: unknown) => (said === null ? null : text.check(said)) },
  parts: { check: (parts) => objectWith(parts, "{ name: { meaning } }") },
};

function watchedMetrics(who: string, metrics: MetricDeclarations): MetricDeclarations {
  const each = Object.entries(metrics).map(([name, declaration]) => {
    const watched = watchedFunctions<MetricTexts>(`${who}: metrics.${name}`, declaration as MetricTexts, metricFunctions);
    return [name, { ...declaration, ...watched }] as const;
  });
  return Object.fromEntries(each);
}

/** A rule between options; an error in it, or something that is no list of issues, is the plugin's, and told with its name. */
export function watchedCheck(who: string, check: OptionCheck): OptionCheck {
  const found = {
    check: (issues: unknown) =>
      eachOf(issues, "{ path, message }", ({ path, message }) => Array.isArray(path) && isText(message)),
  };
  return { ...check, ...watchedFunctions(`${who}: checks of ${check.reads.join(", ")}`, check, { find: found }) };
}
