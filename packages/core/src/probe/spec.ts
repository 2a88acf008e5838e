import { z } from "zod";
import { presetTree } from "../experiment/preset.ts";
import { ExperimentError } from "../experiment/problems.ts";
import type { Problem, SourceText } from "../experiment/problems.ts";
import { createResolver } from "../experiment/resolve.ts";
import { parseSource } from "../experiment/source.ts";
import { at, merge } from "../experiment/tree.ts";
import type { Tree } from "../experiment/tree.ts";
import type {
  AdvantageStep,
  Aggregate,
  Correction,
  Kl,
  LossMask,
  PairLoss,
  Ratio,
  Reward,
  Sampler,
  Surrogate,
} from "../kinds.ts";
import type { OptionCheck } from "../plugin/component.ts";
import type { Registry } from "../plugin/registry.ts";
import type { Resolved } from "../plugin/resolved.ts";
import { slot } from "../plugin/slots.ts";
import { rewardChecks, rewardOptions } from "../training/rl/compose.ts";
import type { Composition } from "../training/rl/compose.ts";
import {
  algorithmPreset,
  chainIssues,
  correctionChain,
  klSlotKeys,
  maskSlot,
  partChecks,
  rlOptions,
} from "../training/rl/options.ts";
import type { RlOptions } from "../training/rl/options.ts";

const lossSchema = z.strictObject({
  ratio: slot("ratio").prefault("token"),
  surrogate: slot("surrogate").prefault("clip"),
  correction: correctionChain,
  mask: maskSlot,
  aggregate: slot("aggregate").prefault("token-mean"),
});
const ignored = z.unknown().optional();
const algorithmSchema = z.strictObject({
  ...(Object.fromEntries(["algorithm", ...Object.keys(rlOptions.shape)].map((key) => [key, ignored])) as Record<
    "algorithm" | Exclude<keyof RlOptions, "reward" | "kl" | "advantage" | "critic" | "loss">,
    typeof ignored
  >),
  reward: rewardOptions.extend({ rules: ignored, onInvalid: ignored }).prefault({}),
  kl: rlOptions.shape.kl,
  advantage: rlOptions.shape.advantage,
  critic: rlOptions.shape.critic,
  loss: lossSchema,
});

const schemas = {
  advantage: z.array(slot("advantage")).min(1),
  kl: slot("kl"),
  ratio: slot("ratio"),
  surrogate: slot("surrogate"),
  correction: z.array(slot("correction")).min(1),
  mask: slot("mask"),
  aggregate: slot("aggregate"),
  loss: lossSchema,
  "pair-loss": slot("pair-loss"),
  algorithm: algorithmSchema,
  reward: slot("reward"),
  sampler: z.array(slot("sampler")).min(1),
} satisfies Record<keyof Specs, z.ZodType>;

/** What may be probed, by KIND: SPEC with its components resolved, and what they are once created. */
export interface Specs {
  readonly advantage: { readonly resolved: readonly Resolved<"advantage">[]; readonly parts: readonly AdvantageStep[] };
  readonly kl: { readonly resolved: Resolved<"kl">; readonly parts: Kl };
  readonly ratio: { readonly resolved: Resolved<"ratio">; readonly parts: Ratio };
  readonly surrogate: { readonly resolved: Resolved<"surrogate">; readonly parts: Surrogate };
  readonly correction: { readonly resolved: readonly Resolved<"correction">[]; readonly parts: readonly Correction[] };
  readonly mask: { readonly resolved: Resolved<"mask">; readonly parts: LossMask };
  readonly aggregate: { readonly resolved: Resolved<"aggregate">; readonly parts: Aggregate };
  readonly loss: {
    readonly resolved: { readonly [K in "ratio" | "surrogate" | "aggregate"]: Resolved<K> };
    readonly parts: z.output<typeof lossSchema>;
  };
  readonly "pair-loss": { readonly resolved: Resolved<"pair-loss">; readonly parts: PairLoss };
  readonly algorithm: {
    readonly resolved: { readonly advantage: readonly Resolved<"advantage">[] };
    readonly parts: z.output<typeof algorithmSchema>;
  };
  /** One rule, or a score composed of several. */
  readonly reward: { readonly resolved: Resolved<"reward"> | object; readonly parts: Reward | ComposedReward };
  readonly sampler: { readonly resolved: readonly Resolved<"sampler">[]; readonly parts: readonly Sampler[] };
}
export type ProbeKind = keyof Specs;
export type ComposedReward = Composition & { readonly rules: Readonly<Record<string, Reward>> };

export const probeKinds = Object.keys(schemas) as ProbeKind[];

/** Whether `rewardlab probe` knows the kind. */
export function isProbeKind(kind: string): kind is ProbeKind {
  return Object.hasOwn(schemas, kind);
}

/** `loss` with the name of a component is a loss of pairs: a policy loss is a map of several. */
export function kindAsked(kind: ProbeKind, source: SourceText): ProbeKind {
  if (kind !== "loss" || source.text.replace(/#.*/g, "").trim() === "") return kind;
  const written = parseSource(source);
  return written.type === "scalar" || at(written, ["use"]) !== undefined ? "pair-loss" : kind;
}

/** The components that a SPEC names. Throws an `ExperimentError` with all that is wrong with it. */
export function resolveSpec<K extends ProbeKind>(registry: Registry, kind: K, source: SourceText): Specs[K]["resolved"] {
  if (source.text.replace(/#.*/g, "").trim() === "")
    throw new ExperimentError(source, [
      { path: "", message: `empty, expected the ${kind} to probe: a name, or a map as in an experiment` },
    ]);
  const written = parseSource(source);
  const resolver = createResolver(registry);
  const refuse = () => {
    if (resolver.problems.length > 0) throw new ExperimentError(source, resolver.problems);
  };
  const tree = kind === "algorithm" ? compositionOf(registry, written, resolver.problems) : ofComponent(kind, written);
  refuse();
  const resolved = resolvedAs(kind);
  refuse();
  return resolved as Specs[K]["resolved"]; // parsed by the kind's own schema, in which slots resolve to its components

  function resolvedAs(probed: ProbeKind): unknown {
    switch (probed) {
      case "reward":
        if (written.type === "map" && at(written, ["use"]) === undefined)
          return resolver.parse(rewardOptions, written, "", rewardChecks(""));
        return resolver.slot(probed, tree, "");
      case "kl":
      case "ratio":
      case "surrogate":
      case "mask":
      case "pair-loss":
      case "aggregate":
        return resolver.slot(probed, tree, "");
      default:
        return resolver.parse(schemas[probed], tree, "", checksOf(probed));
    }
  }
}

/** A KL slot as an experiment writes it: `in`, `coefficient` and `adaptive` are the slot's, and say nothing about the estimate. */
function ofComponent(kind: string, written: Tree): Tree {
  if (kind !== "kl" || written.type !== "map") return written;
  return { ...written, entries: new Map([...written.entries].filter(([key]) => !klSlotKeys.has(key))) };
}

/** What is wrong between components that are sound each by itself: as in an experiment, where the parts that a probe has are concerned. */
function checksOf(kind: string): readonly OptionCheck[] {
  if (kind === "algorithm") return partChecks;
  if (kind !== "advantage") return [];
  const find = (steps: readonly (Resolved<"advantage"> | undefined)[]) => {
    const chain = steps.map((step) => step?.component);
    return chainIssues(chain, "either", chain[0]?.takes ?? "scores").map((issue) => ({ ...issue, path: issue.path.slice(1) }));
  };
  return [{ reads: [], find }];
}

/** An algorithm's name (with a variant), or a composition as in the rl stage: `{ algorithm: grpo, loss: … }`. */
function compositionOf(registry: Registry, written: Tree, problems: Problem[]): Tree {
  const named = at(written, ["algorithm"]);
  const chosen = named ?? (written.type === "scalar" || at(written, ["use"]) ? written : undefined);
  const preset = chosen && presetTree(chosen, "", algorithmPreset, registry, problems);
  if (chosen === written || written.type !== "map") return preset ?? { type: "map", entries: new Map(), origin: written.origin };
  const own: Tree = { ...written, entries: new Map([...written.entries].filter(([key]) => key !== "algorithm")) };
  return merge(preset, own);
}
