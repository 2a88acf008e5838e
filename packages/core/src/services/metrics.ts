import * as tf from "@tensorflow/tfjs-core";
import type { Scalar } from "@tensorflow/tfjs-core";
import { token } from "./token.ts";

/**
 * Counters of a run. Values may be numbers or scalar tensors (tensors are read at the end of the step, so this works inside the gradient
 * tape and in micro-batches, which add up). Names are camelCase: `clipFraction`, `filteredTokens`.
 */
export interface Metrics {
  /** Adds up over the micro-batches and updates of an iteration. */
  sum(name: string, value: number | Scalar): void;
  /** The largest seen. */
  max(name: string, value: number | Scalar): void;
  /** Σ part / Σ whole, e.g. clipped tokens of all tokens. */
  share(name: string, part: number | Scalar, whole: number | Scalar): void;
}
/** Injects what counts: the numbers go into the iteration's line of metrics.jsonl, and each is declared (`metrics`). */
export const Metrics = token<Metrics>("Metrics", { methods: ["sum", "max", "share"] });

type Value = number | Scalar;
type Entry =
  | { readonly how: "sum" | "max"; readonly values: Value[] }
  | { readonly how: "share"; readonly parts: Value[]; readonly wholes: Value[] };

/** What was recorded while `record` watched. For a share `values` are part and whole. */
export type Recorded = readonly { readonly name: string; readonly how: Entry["how"]; readonly values: readonly Value[] }[];

/** What a stage does with the metrics beside counting. */
export interface StageMetrics extends Metrics {
  /** The numbers recorded since the last call, by name in alphabetical order, and forgets them. */
  take(): Record<string, number>;
  /** Gives what `work` records together with its result, instead of taking it in: a compiled function must give it as a result of its own. */
  record<T>(work: () => T): { result: T; recorded: Recorded };
  /** Takes in what `record` gave, and its tensors. */
  add(recorded: Recorded): void;
}

/** The metrics of one iteration. Tensors are copied and kept when recorded, read and freed by `take`. */
export class MetricsCollector implements StageMetrics {
  readonly #entries = new Map<string, Entry>();
  #watched: Recorded[number][] | null = null;

  sum(name: string, value: Value): void {
    this.#put({ name, how: "sum", values: [keep(value)] });
  }

  max(name: string, value: Value): void {
    this.#put({ name, how: "max", values: [keep(value)] });
  }

  share(name: string, part: Value, whole: Value): void {
    this.#put({ name, how: "share", values: [keep(part), keep(whole)] });
  }

  record<T>(work: () => T): { result: T; recorded: Recorded } {
    const before = this.#watched;
    const recorded: Recorded[number][] = [];
    this.#watched = recorded;
    try {
      return { result: work(), recorded };
    } finally {
      this.#watched = before;
    }
  }

  add(recorded: Recorded): void {
    for (const entry of recorded) this.#put(entry);
  }

  #put(given: Recorded[number]): void {
    if (this.#watched !== null) {
      this.#watched.push(given);
      return;
    }
    const { name, how, values } = given;
    for (const value of values) if (typeof value !== "number") tf.keep(value);
    if (how !== "share") {
      this.#plain(name, how).push(values[0]!);
      return;
    }
    const [part, whole] = values as [Value, Value];
    const entry = this.#entries.get(name) ?? { how: "share", parts: [], wholes: [] };
    if (entry.how !== "share") throw new Error(`metric ${name}: recorded as ${entry.how} and as share`);
    this.#entries.set(name, entry);
    entry.parts.push(part);
    entry.wholes.push(whole);
  }

  take(): Record<string, number> {
    const named = [...this.#entries].sort(([a], [b]) => (a < b ? -1 : 1));
    const numbers = Object.fromEntries(named.map(([name, entry]) => [name, reduce(entry)]));
    this.#entries.clear();
    return numbers;
  }

  #plain(name: string, how: "sum" | "max"): Value[] {
    const entry = this.#entries.get(name) ?? { how, values: [] };
    if (entry.how !== how) throw new Error(`metric ${name}: recorded as ${entry.how} and as ${how}`);
    this.#entries.set(name, entry);
    return entry.values;
  }
}

function reduce(entry: Entry): number {
  if (entry.how === "share") {
    const whole = total(entry.wholes);
    const part = total(entry.parts);
    return whole === 0 ? 0 : part / whole;
  }
  return entry.how === "sum"
    ? total(entry.values)
    : entry.values.map(read).reduce((a, b) => (Number.isNaN(b) || b > a ? b : a), -Infinity);
}

const total = (values: readonly Value[]) => values.map(read).reduce((a, b) => a + b, 0);

function keep(value: Value): Value {
  return typeof value === "number" ? value : tf.keep(value.clone());
}

function read(value: Value): number {
  if (typeof value === "number") return value;
  const number = value.dataSync()[0]!;
  value.dispose();
  return number;
}
