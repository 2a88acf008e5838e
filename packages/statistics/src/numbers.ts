import { InputError } from "./errors.ts";

/** Every number given to these functions must be one: what NaN or ∞ should count as is for the caller to decide, in words. */
export function checkNumbers(where: string, values: ArrayLike<number>, least = 1): void {
  if (values.length < least)
    throw new InputError("RL_STATISTICS", `${where}: ${values.length} values, expected at least ${least}`);
  for (let index = 0; index < values.length; index++)
    if (!Number.isFinite(values[index]))
      throw new InputError("RL_STATISTICS", `${where}: value ${index} is ${values[index]}, expected a finite number`);
}

/** Shares strictly between 0 and 1: levels and powers. */
export function checkShare(where: string, name: string, value: number): void {
  if (!(value > 0 && value < 1))
    throw new InputError("RL_STATISTICS", `${where}: ${name} is ${value}, expected a number between 0 and 1`);
}

/** p values, and shares that may be 0 or 1. */
export function checkProbabilities(where: string, values: ArrayLike<number>): void {
  for (let index = 0; index < values.length; index++)
    if (!(values[index]! >= 0 && values[index]! <= 1))
      throw new InputError("RL_STATISTICS", `${where}: value ${index} is ${values[index]}, expected a number from 0 to 1`);
}

/** One of a few words. */
export function checkOneOf(where: string, name: string, value: string, all: readonly string[]): void {
  if (!all.includes(value))
    throw new InputError("RL_STATISTICS", `${where}: ${name} is ${String(value)}, expected one of ${all.join(", ")}`);
}

/** Whole numbers: seeds, items, resamples. */
export function checkCount(where: string, name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least)
    throw new InputError("RL_STATISTICS", `${where}: ${name} is ${value}, expected an integer of at least ${least}`);
}

/** Two lists of which each value of one belongs to that of the other. */
export function checkPairs(where: string, first: ArrayLike<number>, second: ArrayLike<number>): void {
  if (first.length !== second.length)
    throw new InputError("RL_STATISTICS", `${where}: ${first.length} and ${second.length} values, expected pairs`);
}

/** A label for each seed. */
export function checkGroups(where: string, groups: readonly (number | string)[], seeds: number): void {
  if (groups.length !== seeds)
    throw new InputError("RL_STATISTICS", `${where}: ${groups.length} groups and ${seeds} values, expected a group for each`);
  groups.forEach((group, seed) => {
    if (typeof group !== "string" && !Number.isFinite(group))
      throw new InputError("RL_STATISTICS", `${where}: group ${seed} is ${group}, expected a number or a name`);
  });
}

/** A number, neither NaN nor ±∞. */
export function checkFinite(where: string, name: string, value: number): void {
  if (!Number.isFinite(value)) throw new InputError("RL_STATISTICS", `${where}: ${name} is ${value}, expected a finite number`);
}

/** Degrees of freedom, standard deviations that are divided by. */
export function checkPositive(where: string, name: string, value: number): void {
  if (!(Number.isFinite(value) && value > 0))
    throw new InputError("RL_STATISTICS", `${where}: ${name} is ${value}, expected a number above 0`);
}

/** Variances and the like. */
export function checkNotNegative(where: string, name: string, value: number): void {
  if (!(Number.isFinite(value) && value >= 0))
    throw new InputError("RL_STATISTICS", `${where}: ${name} is ${value}, expected a number of at least 0`);
}

/** A number, ±∞ included. */
export function checkNumber(where: string, name: string, value: number): void {
  if (typeof value !== "number" || Number.isNaN(value))
    throw new InputError("RL_STATISTICS", `${where}: ${name} is ${value}, expected a number`);
}

/** At least one value, in ascending order; ±∞ may be among them. */
export function checkSorted(where: string, values: ArrayLike<number>): void {
  if (values.length < 1) throw new InputError("RL_STATISTICS", `${where}: 0 values, expected at least 1`);
  for (let index = 0; index < values.length; index++)
    if (!(values[index]! >= (index === 0 ? -Infinity : values[index - 1]!)))
      throw new InputError("RL_STATISTICS", `${where}: value ${index} is ${values[index]}, expected ascending numbers`);
}
