/**
 * What can be known of a component before anything runs: that it can't act where it stands. A component says so itself, by a pure function of its
 * options and of what surrounds it, so a plugin's can as well as ours.
 */

/** Between which numbers something lies, whatever the policy does. */
export interface Bounds {
  readonly low: number;
  readonly high: number;
  /** In a sentence, plural: "scores", "advantages whitened over at most 96 tokens". */
  readonly what: string;
}

/** What surrounds a component of an `rl` stage. */
export interface Surroundings {
  /** P, prompts an iteration. */
  readonly prompts: number;
  /** G, responses a prompt. */
  readonly samplesPerPrompt: number;
  /** The most tokens of a response. */
  readonly tokens: number;
  /** Optimizer steps a rollout. In the first one the policy is the one that sampled. */
  readonly updates: number;
  /** Whether π_old is an older policy than the first update's, so that its ratios aren't 1 (`rollout.staleness` without a correction). Absent: it isn't. */
  readonly stale?: boolean;
  /** Whether a KL penalty is taken off the token rewards. */
  readonly klInReward: boolean;
  /** Steps of a chain: what reaches it. null: not known. */
  readonly incoming: Bounds | null;
  /** Steps of the advantage chain: the returns that an earlier step made; null: none, or not known. */
  readonly returns: Bounds | null;
}

/** Why a component can't act. */
export interface Idle {
  /** A clause: "each rollout is used for one update, so every ratio is 1". */
  readonly because: string;
  /** What would make it act: "more epochs, or a smaller minibatch". */
  readonly remedy: string;
  /** What it amounts to, as plain data: two that amount to the same give the same result. null: in a chain, as if it were not there. */
  readonly as?: unknown;
}

/** A part of a stage that can't act. */
export interface IdlePart extends Idle {
  /** Below the stage's options, steps of chains by name: ["advantage", "score-clip"]. */
  readonly path: readonly string[];
}

/** Of a component that bounds or corrects the ratio: null where some update has other ratios than 1. */
export function idleAtFirstUpdate({ updates, stale = false }: Surroundings, as?: unknown): Idle | null {
  if (updates > 1 || stale) return null;
  return {
    because: "each rollout is used for one update, so every ratio is 1",
    remedy: "more epochs, or a minibatch smaller than the rollout",
    ...(as === undefined ? {} : { as }),
  };
}

/** Nothing but rounding moves a ratio from 1 at the first update; a bound nearer than this might still catch it. */
const NEAR = 1e-3;
/** Whether ratios that are 1 but for rounding lie within the bounds. */
export function holdsOne(low: number | null, high: number): boolean {
  return (low ?? 0) < 1 - NEAR && high > 1 + NEAR;
}

/** Of a component that bounds what reaches it: null where some of that may lie outside. */
export function idleWithin(incoming: Bounds | null, low: number, high: number): Idle | null {
  if (incoming === null || incoming.low < low || incoming.high > high) return null;
  return {
    because: `${incoming.what} lie between ${short(incoming.low)} and ${short(incoming.high)}`,
    remedy: "a bound within them",
    as: null,
  };
}

/** What is cut off at both ends; a bound by itself where nothing was known before. */
export function clippedBounds(incoming: Bounds | null, low: number, high: number, what: string): Bounds {
  const within = (value: number) => Math.min(Math.max(value, low), high);
  return incoming === null
    ? { low, high, what }
    : { low: within(incoming.low), high: within(incoming.high), what: incoming.what };
}

/** Around 0 by the largest deviation that one of n values can have from their mean: √(n − 1) population deviations, or (n − 1)/√n of those that divide by n − 1. */
export function deviations(n: number, kind: "population" | "unbiased", what: string): Bounds {
  const largest = n < 2 ? 0 : kind === "population" ? Math.sqrt(n - 1) : (n - 1) / Math.sqrt(n);
  return { low: -largest, high: largest, what };
}

/** 3 digits are enough to see which is larger. */
function short(value: number): string {
  return String(Number(value.toPrecision(3))).replace("-", "−");
}
