import type { z } from "zod";
import type {
  AdvantageLevel,
  AdvantageStep,
  Aggregate,
  Dataset,
  Engine,
  Kl,
  Model,
  Optimizer,
  Ratio,
  Reward,
  Sampler,
  Schedule,
  Surrogate,
} from "../kinds.ts";
import type { MetricDeclarations } from "../metric-declaration.ts";
import type { Stage } from "../stage.ts";
import type { Token } from "../services.ts";
import type { Range } from "../formula-range.ts";
import type { Bounds, Idle, IdlePart, Surroundings } from "../idle.ts";

/** What `create` of a component of each kind returns. */
export interface Parts {
  algorithm: never;
  advantage: AdvantageStep;
  ratio: Ratio;
  surrogate: Surrogate;
  aggregate: Aggregate;
  kl: Kl;
  reward: Reward;
  sampler: Sampler;
  model: Model;
  dataset: Dataset;
  stage: Stage;
  optimizer: Optimizer;
  schedule: Schedule;
  engine: Engine;
}
export type Kind = keyof Parts;

export type Injections = Readonly<Record<string, Token<unknown>>>;
type Injected<I extends Injections> = { readonly [K in keyof I]: I[K] extends Token<infer T> ? T : never };

/** A named, swappable part of the method: plain data, made with one of the definers below. */
export interface Component<K extends Kind = Kind> {
  readonly kind: K;
  readonly name: string;
  /** One line for `rewardlab plugins`. */
  readonly summary: string;
  /** Bumped when the same options start to give other numbers, so that cached artefacts are made anew. */
  readonly version: number;
  readonly options: z.ZodType;
  readonly inject: Injections;
  readonly create: (options: never, injected: never) => Parts[K];
  /** Rules between options that their schema can't see. */
  readonly checks?: readonly OptionCheck[];
  /** What it records, by name. Nothing else may be recorded. */
  readonly metrics?: MetricDeclarations<never>;
  /** Advantage steps: what flows in and out. */
  readonly takes?: AdvantageLevel;
  readonly gives?: AdvantageLevel;
  /** Advantage steps, samplers: it compares the responses of a group, so one response a prompt leaves nothing to compare. */
  readonly comparesGroup?: boolean;
  /** Advantage steps: it takes the KL penalty off the token rewards (AdvantageBatch.klPenalty). */
  readonly usesKlPenalty?: boolean;
  /** Advantage steps: it needs a critic's values (AdvantageBatch.values). */
  readonly usesValues?: boolean;
  /** Why it can't act with these options in these surroundings; null where it may. `plan` tells of it before anything runs. */
  readonly idle?: (options: never, around: Surroundings) => Idle | null;
  /** Samplers, advantage steps: between which numbers what it gives lies, by what reaches it; null: not known. */
  readonly bounds?: (options: never, around: Surroundings) => Bounds | null;
  /** Rewards: the lowest and the highest outcome. */
  readonly range?: (options: never) => Range;
  /** Stages: which of their parts can't act. */
  readonly idleParts?: (options: never) => readonly IdlePart[];
  /** Stages: where what it makes is kept: shared by content hash, or in the run's own folder. */
  readonly keeps?: "artefact" | "run";
  /** Stages: where their presets come from. */
  readonly presetFrom?: PresetSource;
}

/** The option that names an algorithm, whose preset lies under the other options; and what a preset means by the slots that it leaves out. */
export interface PresetSource {
  readonly option: string;
  readonly leftOut: Readonly<Record<string, unknown>>;
}

/** A rule over the options it `reads` (dotted paths); it runs where all of them are given and sound, whatever is wrong with the others. Slots are resolved, not created. */
export interface OptionCheck {
  readonly reads: readonly string[];
  readonly find: (options: never) => readonly OptionIssue[];
}

export interface OptionIssue {
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** Where in a text value, in characters. */
  readonly offset?: number;
  /** It is about the key rather than its value. */
  readonly atKey?: boolean;
}

interface Definition<K extends Kind, S extends z.ZodType, I extends Injections> {
  readonly name: string;
  readonly summary: string;
  readonly version?: number;
  /** A zod schema; strict, each field described, defaults given here. */
  readonly options: S;
  readonly inject?: I;
  readonly checks?: readonly OptionCheck[];
  /** What it records, by name: the conformance tests refuse what isn't declared. */
  readonly metrics?: MetricDeclarations<z.output<S>>;
  readonly idle?: (options: z.output<S>, around: Surroundings) => Idle | null;
  readonly create: (options: z.output<S>, injected: Injected<I>) => Parts[K];
}

function define<K extends Kind>(kind: K) {
  return <S extends z.ZodType, I extends Injections = Record<never, never>>(definition: Definition<K, S, I>): Component<K> => ({
    version: 1,
    inject: {},
    ...definition,
    kind,
    create: definition.create as Component<K>["create"],
  });
}

export const ratio = define("ratio");
export const surrogate = define("surrogate");
export const aggregate = define("aggregate");
export const kl = define("kl");
export const model = define("model");
export const dataset = define("dataset");
export const optimizer = define("optimizer");
export const schedule = define("schedule");
export const engine = define("engine");

/** What a step of a chain does to the bounds of what reaches it. */
interface BoundsOf<S extends z.ZodType> {
  readonly bounds?: (options: z.output<S>, around: Surroundings) => Bounds | null;
}

/** A rule that scores responses. */
export function reward<S extends z.ZodType, I extends Injections = Record<never, never>>(
  definition: Definition<"reward", S, I> & { readonly range?: (options: z.output<S>) => Range },
): Component<"reward"> {
  const { range } = definition;
  return { ...define("reward")(definition), ...(range === undefined ? {} : { range: range as Component["range"] & object }) };
}

/** A step of the advantage chain; says what it takes and gives, so that chains are checked when the experiment is loaded. */
export function advantageStep<S extends z.ZodType, I extends Injections = Record<never, never>>(
  definition: Definition<"advantage", S, I> & {
    readonly takes: AdvantageLevel;
    readonly gives: AdvantageLevel;
    readonly usesKlPenalty?: boolean;
    readonly usesValues?: boolean;
    readonly comparesGroup?: boolean;
  } & BoundsOf<S>,
): Component<"advantage"> {
  const { takes, gives, usesKlPenalty = false, usesValues = false, comparesGroup = false } = definition;
  return { ...define("advantage")(definition), takes, gives, usesKlPenalty, usesValues, comparesGroup };
}

/** A step of the sampler chain: which responses train, and with which scores. */
export function sampler<S extends z.ZodType, I extends Injections = Record<never, never>>(
  definition: Definition<"sampler", S, I> & { readonly comparesGroup?: boolean } & BoundsOf<S>,
): Component<"sampler"> {
  return { ...define("sampler")(definition), comparesGroup: definition.comparesGroup ?? false };
}

/** A stage of the pipeline: data → cold start → rl → evaluate. */
export function stage<S extends z.ZodType, I extends Injections = Record<never, never>>(
  definition: Definition<"stage", S, I> & {
    readonly keeps: "artefact" | "run";
    readonly presetFrom?: PresetSource;
    readonly idleParts?: (options: z.output<S>) => readonly IdlePart[];
  },
): Component<"stage"> {
  const { keeps, presetFrom } = definition;
  return { ...define("stage")(definition), keeps, ...(presetFrom === undefined ? {} : { presetFrom }) };
}

/**
 * An algorithm: a named choice of components and hyper-parameters. `presets` holds, for each variant, what the `rl` stage's options are
 * unless the experiment says otherwise, in the experiment's own notation; the first variant is the default.
 */
export interface Algorithm {
  readonly name: string;
  readonly summary: string;
  /** Paper with version, or framework and version. */
  readonly source: string;
  /** The same for each variant: the paper with its version, or the framework with its version and the functions that compute it. */
  readonly sources?: Readonly<Record<string, string>>;
  readonly presets: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}
export function algorithm(definition: Algorithm): Algorithm {
  return definition;
}
