import type { Tensor } from "@tensorflow/tfjs-core";
import { shown } from "../guard.ts";
import type { Wrong } from "../guard.ts";

// What a plugin gave, against what was expected. Each looks at types and shapes alone: no tensor is made or read, so they hold in compiled functions too.

/** By its fields, since a plugin may have a copy of tfjs-core of its own. */
export function isTensor(value: unknown): value is Tensor {
  const { dataId, shape, dtype } = (value ?? {}) as Partial<Tensor>;
  return dataId !== undefined && Array.isArray(shape) && typeof dtype === "string";
}

/** A float32 tensor of that shape. `axes` names it: "[B, T]: a number for each token". */
export function tensorOf(value: unknown, shape: readonly number[], axes: string): Wrong | null {
  if (isTensor(value) && !value.isDisposed && value.dtype === "float32" && sameShape(value.shape, shape)) return null;
  const expected = `float32 ${listed(shape)}, ${axes}`;
  if (!isTensor(value)) return { gave: `gave ${shown(value)}`, expected: `a tensor, ${expected}` };
  if (value.isDisposed) return { gave: "gave a tensor that is disposed already", expected };
  return { gave: `gave ${value.dtype} ${listed(value.shape)}`, expected };
}

/** Tensors by name. */
export function tensorsByName(value: unknown, what: string): Wrong | null {
  const expected = `${what}, tensors by name`;
  if (typeof value !== "object" || value === null || isTensor(value)) return { gave: `gave ${shown(value)}`, expected };
  const wrong = Object.entries(value).find(([, one]) => !isTensor(one));
  return wrong === undefined ? null : { gave: `gave ${shown(wrong[1])} for ${wrong[0]}`, expected };
}

/** Tensors by name, with the names and shapes of others. */
export function tensorsLike(value: unknown, like: Readonly<Record<string, Tensor>>, what: string): Wrong | null {
  const none = tensorsByName(value, what);
  if (none !== null) return none;
  const given = value as Readonly<Record<string, Tensor>>;
  for (const [name, { shape }] of Object.entries(like)) {
    if (!Object.hasOwn(given, name)) return { gave: `gave no ${name}`, expected: `${what} with the names that were given` };
    if (!sameShape(given[name]!.shape, shape))
      return { gave: `gave ${name} ${listed(given[name]!.shape)}`, expected: `${listed(shape)}, as it was given` };
  }
  const more = Object.keys(given).find((name) => !Object.hasOwn(like, name));
  return more === undefined ? null : { gave: `gave ${more}`, expected: `${what} with the names that were given, and no others` };
}

/** A list, typed or not, of so many. */
export function listOf(value: unknown, length: number, what: string): Wrong | null {
  const expected = `${what}: ${length}`;
  if (!Array.isArray(value) && !ArrayBuffer.isView(value))
    return { gave: `gave ${shown(value)}`, expected: `a list of ${expected}` };
  const given = (value as ArrayLike<unknown>).length;
  return given === length ? null : { gave: `gave ${given} ${what}`, expected: String(length) };
}

/** An object; `what` says which, for the message. */
export function objectWith(value: unknown, what: string): Wrong | null {
  return typeof value === "object" && value !== null ? null : { gave: `gave ${shown(value)}`, expected: what };
}

/** `holds`: what is asked of a field's value. */
export function field<T>(holds: (value: unknown) => value is T, expected: string): (value: unknown) => Wrong | null {
  return (value) => (holds(value) ? null : { gave: `is ${shown(value)}`, expected });
}

/** Any text. */
export const isText = (value: unknown): value is string => typeof value === "string";
/** A number other than NaN; ±∞ is one. */
export const isNumber = (value: unknown): value is number => typeof value === "number" && !Number.isNaN(value);
/** A whole number of 0 or more. */
export const isCount = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;
/** A list of texts, which may be empty. */
export const areTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isText);

/** The first of them that is something. */
export function firstWrong(...found: readonly (() => Wrong | null)[]): Wrong | null {
  for (const look of found) {
    const wrong = look();
    if (wrong !== null) return wrong;
  }
  return null;
}

function sameShape(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((size, axis) => size === other[axis]);
}

function listed(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}
