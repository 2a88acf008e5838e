import { InputError, isInputError, isRunError, messageOf, RunError } from "@rewardlab/storage";
import type { ErrorCode } from "@rewardlab/storage";

/** A component as messages name it: "@you/plugin: advantage my-step at rl.advantage.1". `place`: where it stands in the experiment. */
export function nameOf(owner: string, kind: string, name: string, place: string): string {
  return `${owner}: ${kind} ${name}${place === "" || place === name ? "" : ` at ${place}`}`;
}

/** A service as messages name it: "@you/plugin: service judge (local)". */
export function nameOfService(
  owner: string,
  { token, name }: { readonly token: { readonly name: string }; readonly name: string },
): string {
  return `${owner}: service ${token.name} (${name})`;
}

/** By their names, so that those of another copy count as well. */
const noFault = new Set(["Interrupted", "NonFinite"]);

/** By its brand: what a plugin's own copy of this file named is named already. */
const named = Symbol.for("@rewardlab/an error that says whose it is");

/**
 * The error that came out of a plugin, with the plugin's name: its kind and its code stay, and what has no code gets `code`. What says whose it is already, of
 * a part within this one, is left as it is; so is what is no fault of the plugin's: it was interrupted, or met a number that isn't finite.
 */
export function blamed(who: string, error: unknown, code: ErrorCode = "RL_COMPONENT_THREW"): unknown {
  if (isNamed(error) || (error instanceof Error && noFault.has(error.name))) return error;
  return withName(restated(`${who}: ${said(error)}`, error, code));
}

/** The same error with more said of where it happened, after what it says itself. */
export function happenedIn(where: string, error: unknown): unknown {
  return isNamed(error) || hasCode(error)
    ? withName(restated(`${messageOf(error)} (${where})`, error, "RL_COMPONENT_THREW"))
    : error;
}

/** A call of a plugin gave something else than its kind promises. */
export function wrongResult(who: string, gave: string, expected: string): RunError {
  return withName(new RunError("RL_COMPONENT_RESULT", `${who}: ${gave}, expected ${expected}`));
}

function restated(message: string, error: unknown, code: ErrorCode): Error {
  if (isInputError(error)) return new InputError(error.code, message, { cause: error });
  return new RunError(isRunError(error) ? error.code : code, message, { cause: error });
}

/** A bare message such as "x is not a function" tells more with its kind. */
function said(error: unknown): string {
  if (!(error instanceof Error)) return `threw ${messageOf(error)}, expected an Error`;
  return error.name === "Error" || "code" in error ? error.message : `${error.name}: ${error.message}`;
}

function withName<E extends Error>(error: E): E {
  return Object.defineProperty(error, named, { value: true });
}

/** It is one of RewardLab's errors. */
export function hasCode(error: unknown): boolean {
  return isInputError(error) || isRunError(error);
}

function isNamed(error: unknown): error is Error {
  return error instanceof Error && named in error;
}
