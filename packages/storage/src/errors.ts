/**
 * Every error a user can meet has a stable code, says where, what was given and what was expected.
 * `InputError`: what the user wrote or pointed at is wrong (exit code 2). `RunError`: the input was fine, the run failed (exit code 1).
 */
export type ErrorCode = `RL_${string}`;

/** What the user wrote or pointed at is wrong. Exit code 2. */
export class InputError extends Error {
  override readonly name: string = "InputError";
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** By its class's name, or an ancestor's: an installed package's own copy of the class counts as well, and so does `@rewardlab/statistics`', which depends on none of ours. */
export function isInputError(error: unknown): error is InputError {
  return isNamed(error, "InputError") && hasCode(error);
}

function hasCode(error: Error): boolean {
  return "code" in error && String(error.code).startsWith("RL_");
}

/** It calls itself so, or is of a class that is called so, or of one that extends it. */
function isNamed(error: unknown, name: string): error is Error {
  if (!(error instanceof Error)) return false;
  if (error.name === name) return true;
  let made: unknown = Object.getPrototypeOf(error);
  while (made instanceof Error && made.constructor.name !== name) made = Object.getPrototypeOf(made);
  return made instanceof Error;
}

/** The input was fine, and the run failed. Exit code 1. */
export class RunError extends Error {
  override readonly name: string = "RunError";
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** By its name, as `isInputError`. */
export function isRunError(error: unknown): error is RunError {
  return isNamed(error, "RunError") && hasCode(error);
}

/** Thrown by what stopped because it was asked to; all it had done is saved. Exit code 130. */
export class Interrupted extends Error {
  override readonly name: string = "Interrupted";
}

/** By its name, as `isInputError`. */
export function isInterrupted(error: unknown): error is Interrupted {
  return isNamed(error, "Interrupted");
}

/** What was thrown, as text; anything can be thrown, also what can't be turned into text. */
export function messageOf(error: unknown): string {
  if (error instanceof Error) return String(error.message);
  if (typeof error !== "object" || error === null) return String(error);
  try {
    return JSON.stringify(error) ?? "an object";
  } catch {
    return "an object";
  }
}
