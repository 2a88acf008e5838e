import { PluginError } from "@rewardlab/core/host";
import type { ErrorCode } from "@rewardlab/core";

/** Why a plugin can't be taken, as the error that says so. `plugin`: as it was listed. */
export function refusal(code: ErrorCode, plugin: string, message: string, cause?: unknown): PluginError {
  return new PluginError([{ plugin, message, code }], cause === undefined ? undefined : { cause });
}

/** A place in a file, as editors and terminals know it. */
export function placeText(file: string, line: number, column: number): string {
  return `${file}:${line}:${column}`;
}
