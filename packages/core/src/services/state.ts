import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { InputError } from "@rewardlab/storage";
import { token } from "./token.ts";

/**
 * What a component keeps from one iteration to the next: named values and tensors, saved with every checkpoint and there again when a run goes on. Each
 * component has one of its own. What it keeps elsewhere (a variable, a file) is lost with the process, and `rewardlab verify-resume` tells of it.
 */
export interface State {
  /** A plain value: what JSON can hold, with finite numbers (−0 becomes 0, as it does in a checkpoint). Throws `InputError` where it is anything else. */
  value<T>(name: string, initial: T): StateValue<T>;
  /** A tensor, which the state owns; `initial` is called unless one was saved. */
  tensor(name: string, initial: () => Tensor): StateTensor;
}
/** Injects the state of one component, which every checkpoint saves. Pure kinds may not have it. */
export const State = token<State>("State");

/** A plain value that lives across iterations. */
export interface StateValue<T> {
  get(): T;
  set(value: T): void;
}

/** A tensor that lives across iterations. */
export interface StateTensor {
  /** The state's own: clone it to keep it. */
  get(): Tensor;
  /** Takes the tensor over, and frees the one before. */
  set(value: Tensor): void;
}

/** What a checkpoint holds of it. The tensors stay the store's. */
export interface SavedStates {
  readonly values: Readonly<Record<string, unknown>>;
  readonly tensors: Readonly<Record<string, Tensor>>;
}

/** The states of a stage's components, by their places in the experiment. */
export class StateStore {
  readonly #values = new Map<string, unknown>();
  readonly #initial = new Map<string, unknown>();
  readonly #tensors = new Map<string, Tensor>();

  /** The state of the component at `place`, e.g. `advantage.1`. */
  at(place: string): State {
    const keyOf = (name: string) => `${place}/${name}`;
    return {
      value: <T>(name: string, initial: T) => {
        const key = keyOf(name);
        if (!this.#initial.has(key)) this.#initial.set(key, plain(key, initial));
        if (!this.#values.has(key)) this.#values.set(key, plain(key, initial));
        return { get: () => this.#values.get(key) as T, set: (value) => void this.#values.set(key, plain(key, value)) };
      },
      tensor: (name, initial) => {
        const key = keyOf(name);
        const get = () => {
          if (!this.#tensors.has(key)) this.#tensors.set(key, tf.keep(initial()));
          return this.#tensors.get(key)!;
        };
        const set = (value: Tensor) => {
          const before = this.#tensors.get(key);
          this.#tensors.set(key, tf.keep(value));
          if (before !== value) before?.dispose();
        };
        return { get, set };
      },
    };
  }

  save(): SavedStates {
    return { values: Object.fromEntries(this.#values), tensors: Object.fromEntries(this.#tensors) };
  }

  /** Takes the tensors over. Handles that components hold already show what was restored. */
  restore({ values, tensors }: SavedStates): void {
    for (const [key, value] of Object.entries(values)) this.#values.set(key, value);
    for (const [key, tensor] of Object.entries(tensors)) {
      this.#tensors.get(key)?.dispose();
      this.#tensors.set(key, tf.keep(tensor));
    }
  }

  /** As before anything was set. */
  reset(): void {
    this.dispose();
    this.#values.clear();
    for (const [key, initial] of this.#initial) this.#values.set(key, plain(key, initial));
  }

  dispose(): void {
    for (const tensor of this.#tensors.values()) tensor.dispose();
    this.#tensors.clear();
  }
}

/** The value as a checkpoint gives it back, so that a run that goes on and one that was never stopped hold the same. */
function plain(key: string, value: unknown): unknown {
  checkPlain(key, value);
  return JSON.parse(JSON.stringify(value));
}

/** What JSON would drop or change is refused. */
function checkPlain(key: string, value: unknown): void {
  if (value === null || typeof value === "string" || typeof value === "boolean") return;
  if (typeof value === "number" && Number.isFinite(value)) return;
  if (Array.isArray(value)) return value.forEach((item) => checkPlain(key, item));
  if (typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype)
    return Object.values(value).forEach((item) => checkPlain(key, item));
  const given = typeof value === "object" ? `a ${value.constructor?.name ?? "value"}` : String(value);
  throw new InputError(
    "RL_STATE",
    `state ${key}: was given ${given}, which a checkpoint can't hold; expected what JSON can (text, finite numbers, true, false, null, lists and plain objects), or a tensor by State.tensor`,
  );
}
