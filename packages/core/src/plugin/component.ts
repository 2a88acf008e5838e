import type { z } from "zod";
import { asZod } from "./options.ts";
import type { OptionsSchema, OutputOf } from "./options.ts";
import type {
  AdvantageLevel,
  AdvantageStep,
  Aggregate,
  Correction,
  Dataset,
  Engine,
  Kl,
  LossMask,
  Model,
  Optimizer,
  PairLoss,
  Ratio,
  RemoteModel,
  Reward,
  Sampler,
  Schedule,
  Surrogate,
} from "../kinds.ts";
import type { MetricDeclarations } from "../services/metric-declaration.ts";
import type { Purpose, Stage, StageNeeds, StageWork } from "../stage.ts";
import type { Token } from "../services/token.ts";
import type { Range } from "../formula/range.ts";
import type { Bounds, Idle, IdlePart, Surroundings } from "./idle.ts";

/** What `create` of a component of each kind returns. */
export interface Parts {
  advantage: AdvantageStep;
  ratio: Ratio;
  surrogate: Surrogate;
  correction: Correction;
  mask: LossMask;
  aggregate: Aggregate;
  kl: Kl;
  "pair-loss": PairLoss;
  reward: Reward;
  sampler: Sampler;
  model: Model | RemoteModel;
  dataset: Dataset;
  stage: Stage;
  optimizer: Optimizer;
  schedule: Schedule;
  engine: Engine;
}
/** A kind of component: what a slot asks for. */
export type Kind = keyof Parts;
const kinds: Readonly<Record<Kind, true>> = {
  advantage: true,
  ratio: true,
  surrogate: true,
  correction: true,
  mask: true,
  aggregate: true,
  kl: true,
  "pair-loss": true,
  reward: true,
  sampler: true,
  model: true,
  dataset: true,
  stage: true,
  optimizer: true,
  schedule: true,
  engine: true,
};
/** The names of all kinds of components. */
export const kindNames: readonly string[] = Object.keys(kinds);
/** What an experiment may name: a component, or an algorithm, which is a choice of components. */
export type NamedKind = Kind | "algorithm";

export type Injections = Readonly<Record<string, Token<unknown>>>;
export type Injected<I extends Injections> = { readonly [K in keyof I]: I[K] extends Token<infer T> ? T : never };

/** What a component of any kind says of itself. */
export interface Definite<K extends Kind> {
  readonly kind: K;
  readonly name: string;
  /** One line for `rewardlab plugins`. */
  readonly summary: string;
  /** Bumped when the same options start to give other numbers, so that cached artefacts are made anew. */
  readonly version: number;
  readonly options: z.ZodType;
  readonly inject: Injections;
  /** Rules between options that their schema can't see. */
  readonly checks?: readonly OptionCheck[];
  /** What it records, by name. Nothing else may be recorded. */
  readonly metrics?: MetricDeclarations;
  /** Methods take any options, since those of a named component are known to its schema alone: whoever calls one has parsed them by it. */
  create(options: unknown, injected: Readonly<Record<string, unknown>>): Parts[K];
}

/** Of a part that may stand where it can't act. */
export interface MayIdle {
  /** Why it can't act with these options in these surroundings; null where it may. `plan` tells of it before anything runs. */
  idle?(options: unknown, around: Surroundings): Idle | null;
}

/** A step of a chain. */
export interface InChain extends MayIdle {
  /** It compares the responses of a group, so one response a prompt leaves nothing to compare. */
  readonly comparesGroup: boolean;
  /** Between which numbers what it gives lies, by what reaches it; null: not known. */
  bounds?(options: unknown, around: Surroundings): Bounds | null;
}

/** What components of a kind say besides. */
export interface Particulars {
  advantage: InChain & {
    /** What flows in and out. */
    readonly takes: AdvantageLevel;
    readonly gives: AdvantageLevel;
    /** It takes the KL penalty (AdvantageBatch.klPenalty) off what flows through it: off scores or token rewards. Later steps are given none, so it is taken off once. */
    readonly takesKlPenalty: boolean;
    /** It needs a critic's values (AdvantageBatch.values). */
    readonly usesValues: boolean;
  };
  sampler: InChain;
  ratio: MayIdle;
  surrogate: MayIdle & {
    /** A token's loss depends on the whole minibatch, so an experiment with smaller micro-batches is refused. Without it, on its own response at most. */
    readonly comparesBatch: boolean;
    /** It draws tokens by chance, from the random numbers that its batch brings (SurrogateBatch.draws). */
    readonly draws: boolean;
  };
  correction: MayIdle;
  mask: MayIdle;
  aggregate: MayIdle;
  reward: {
    /** The lowest and the highest outcome. */
    range?(options: unknown): Range;
  };
  model: {
    /** The least memory that the input of one prompt takes, in bytes. */
    bytesPerPrompt?(options: unknown): number;
    /** Of a remote model, and of no other: where its weights are, the service's address. */
    weightsAt?(options: unknown): string;
  };
  stage: {
    /** Which of its parts can't act. */
    idleParts?(options: unknown): readonly IdlePart[];
    /** How many prompts it shows the model together, by the option that says so. */
    promptsAtOnce?(options: unknown): readonly PromptsAtOnce[];
    /** The numbers in its results, as ways to them, in which * stands for any name: voting.15, byKind.*.accuracy. What runs can be compared by. */
    measures?(options: unknown): readonly string[];
    /** Where what it makes is kept: shared by content hash, or in the run's own folder. */
    readonly keeps: "artefact" | "run";
    /** Where its presets come from. */
    readonly presetFrom?: PresetSource;
    /** What it asks of data and model; absent: nothing. Here and below slots are resolved, not created. */
    needs?(options: unknown): StageNeeds;
    /** How much it does; absent: it doesn't say. */
    work?(options: unknown, create: CreateSlot): StageWork;
    /** Options that cut it short; absent: it is left as it is. */
    shortened?(options: unknown, purpose: Purpose): object;
  };
}
/** Creates the component that a slot of the options holds, to be asked about itself. */
export type CreateSlot = (slot: unknown) => unknown;
type ParticularsOf<K extends Kind> = K extends keyof Particulars ? Particulars[K] : unknown;

/** A named, swappable part of the method: plain data, made with one of the definers below. What it holds depends on its `kind`. */
export type Component<K extends Kind = Kind> = { readonly [One in K]: Definite<One> & ParticularsOf<One> }[K];

/** The option that names an algorithm, whose preset lies under the other options; and what a preset means by the slots that it leaves out. */
export interface PresetSource {
  readonly option: string;
  readonly leftOut: Readonly<Record<string, unknown>>;
}

/** Prompts that a stage shows the model together; `path`: the option that says how many. */
export interface PromptsAtOnce {
  readonly path: OptionIssue["path"];
  readonly prompts: number;
}

/** A rule over the options it `reads` (dotted paths); it runs where all of them are given and sound, whatever is wrong with the others. Slots are resolved, not created. */
export interface OptionCheck {
  readonly reads: readonly string[];
  find(options: unknown): readonly OptionIssue[];
}

/** Something wrong with options, and where in them. */
export interface OptionIssue {
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** Where in a text value, in characters. */
  readonly offset?: number;
  /** It is about the key rather than its value. */
  readonly atKey?: boolean;
}

interface Definition<K extends Kind, S extends OptionsSchema, I extends Injections> {
  readonly name: string;
  readonly summary: string;
  readonly version?: number;
  /** A zod schema; strict, each field described, defaults given here. Or any other library's (standardschema.dev), which can check, and no more. */
  readonly options: S;
  readonly inject?: I;
  readonly checks?: readonly OptionCheck[];
  /** What it records, by name: the conformance tests refuse what isn't declared. */
  readonly metrics?: MetricDeclarations<z.output<S>>;
  readonly create: (options: OutputOf<S>, injected: Injected<I>) => Parts[K];
}

function define<K extends Kind>(kind: K) {
  return <S extends OptionsSchema, I extends Injections = Record<never, never>>(
    definition: Definition<K, S, I> & Own<ParticularsOf<K>, S>,
  ): Component<K> => ({ version: 1, inject: {}, ...definition, options: asZod(definition.options), kind }) as never; // no type says that what holds of each kind holds of K
}

/** The same of a component whose options are known. */
type Own<P, S extends OptionsSchema> = {
  readonly [Key in keyof P]: P[Key] extends ((options: unknown, ...more: infer More) => infer R) | undefined
    ? (options: OutputOf<S>, ...more: More) => R
    : P[Key];
};

/** An importance ratio ρ: from log-probabilities now and at the rollout, [B, T]. */
export const ratio = define("ratio");
/** Weights of the token losses, and which of them are kept, where samples are not quite the policy's own, both [B, T]. */
export const correction = define("correction");
/** Which tokens of a rollout train, by their entropies, [B, T]. */
export const mask = define("mask");
/** One number, [], from the losses of the tokens, [B, T]. */
export const aggregate = define("aggregate");
/** An estimator of the KL from the reference policy, for each token, [B, T]. */
export const kl = define("kl");
/** The loss of a reward head on pairs of responses, from the scores of both, [P]. */
export const pairLoss = define("pair-loss");
/** A vision-language policy. */
export const model = define("model");
/** Preference items, by split and place. */
export const dataset = define("dataset");
/** A step of the parameters from their gradient. */
export const optimizer = define("optimizer");
/** A factor on the learning rate, over the steps. */
export const schedule = define("schedule");
/** What computes tensors: a backend of tfjs that is started when an experiment names it, or is the best that starts here. */
export const engine = define("engine");
/** A rule that scores responses. */
export const reward = define("reward");
/** A stage of the pipeline: data → cold start → rl → evaluate. */
export const stage = define("stage");

type ChainDefinition<
  K extends "advantage" | "sampler",
  S extends OptionsSchema,
  I extends Injections,
  Optional extends string,
> = Definition<K, S, I> & Omit<Own<Particulars[K], S>, Optional> & { readonly [Key in Optional]?: boolean };

/** A step of the advantage chain; says what it takes and gives, so that chains are checked when the experiment is loaded. */
export function advantageStep<S extends OptionsSchema, I extends Injections = Record<never, never>>(
  definition: ChainDefinition<"advantage", S, I, "comparesGroup" | "takesKlPenalty" | "usesValues">,
): Component<"advantage"> {
  const component = define("advantage")<S, I>({ comparesGroup: false, takesKlPenalty: false, usesValues: false, ...definition });
  if (!component.takesKlPenalty) return component;
  // the chain runs parts alone, so the part says it too
  return { ...component, create: (...given) => Object.assign(component.create(...given), { takesKlPenalty: true }) };
}

/** The loss of each token from its ratio and its advantage, [B, T]. Says whether it compares the tokens of a batch, and whether it draws among them. */
export function surrogate<S extends OptionsSchema, I extends Injections = Record<never, never>>(
  definition: Definition<"surrogate", S, I> &
    Omit<Own<Particulars["surrogate"], S>, "comparesBatch" | "draws"> & {
      readonly comparesBatch?: boolean;
      readonly draws?: boolean;
    },
): Component<"surrogate"> {
  const component = define("surrogate")<S, I>({ comparesBatch: false, draws: false, ...definition });
  const said = { ...(component.comparesBatch && { comparesBatch: true }), ...(component.draws && { draws: true }) };
  if (Object.keys(said).length === 0) return component;
  // the loss runs parts alone, so the part says it too
  return { ...component, create: (...given) => Object.assign(component.create(...given), said) };
}

/** A step of the sampler chain: which responses train, and with which scores. */
export function sampler<S extends OptionsSchema, I extends Injections = Record<never, never>>(
  definition: ChainDefinition<"sampler", S, I, "comparesGroup">,
): Component<"sampler"> {
  return define("sampler")<S, I>({ comparesGroup: false, ...definition });
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

/** An algorithm as plain data; its presets are checked when the experiment that names it is loaded. */
export function algorithm(definition: Algorithm): Algorithm {
  return definition;
}
