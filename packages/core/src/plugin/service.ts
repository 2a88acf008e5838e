import type { z } from "zod";
import type { Token } from "../services/token.ts";
import { asZod } from "./options.ts";
import type { OptionsSchema, OutputOf } from "./options.ts";
import type { Injected, Injections, OptionCheck } from "./component.ts";

/**
 * How long a service lives: `process`, as long as the process, shared by its runs; `run`, as long as one run. It is made when it is first asked for, and
 * `dispose` is called at the end, of the service made last first; also after an error, and after a signal that a process can heed.
 */
export type Scope = "process" | "run";

/** A service that a plugin brings, under a token. Plain data, made with `provide`. */
export interface Service {
  readonly token: Token<unknown>;
  readonly name: string;
  /** One line for `rewardlab plugins`. */
  readonly summary: string;
  /** Bumped when the same options start to give other numbers. */
  readonly version: number;
  readonly options: z.ZodType;
  readonly inject: Injections;
  readonly scope: Scope;
  readonly checks?: readonly OptionCheck[];
  create(options: unknown, injected: Readonly<Record<string, unknown>>): unknown;
  dispose?(service: unknown): void | Promise<void>;
}

interface ServiceDefinition<T, S extends OptionsSchema, I extends Injections> {
  readonly name: string;
  readonly summary: string;
  readonly version?: number;
  readonly options: S;
  readonly inject?: I;
  readonly scope: Scope;
  readonly checks?: readonly OptionCheck[];
  /** Gives the service itself, no promise of it: what takes time is done in its methods. */
  readonly create: (options: OutputOf<S>, injected: Injected<I>) => T;
  readonly dispose?: (service: T) => void | Promise<void>;
}

/**
 * A service for all that inject its token. Where a token has one service, it is taken; where it has several, the experiment names one.
 *
 *     provide(Judge, { name: "openai", summary: "…", scope: "run", options: z.strictObject({ url: z.string() }), create: ({ url }) => ({ ask: … }) })
 */
export function provide<T, S extends OptionsSchema, I extends Injections = Record<never, never>>(
  token: Token<T>,
  definition: ServiceDefinition<T, S, I>,
): Service {
  return { version: 1, inject: {}, ...definition, options: asZod(definition.options), token } as Service;
}

/** A service with its options checked; slots in them are resolved. */
export interface ResolvedService {
  readonly service: Service;
  readonly options: unknown;
}

/** The services of an experiment's cell, by their tokens' names. */
export type Services = Readonly<Record<string, ResolvedService>>;
