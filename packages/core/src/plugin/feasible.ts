import { totalmem } from "node:os";
import type { OptionIssue } from "./component.ts";

/** Steps a second that no machine does with any model. Whatever takes more than a year even so is a slip of the keyboard. */
const FASTEST = 1000;
const LONGEST = 365 * 24 * 3600; // seconds

/**
 * For a component's checks: sizes that can't run are told before anything is allocated or begun. `bytes` is the least that `what` takes.
 */
export function memoryIssues(path: OptionIssue["path"], bytes: number, what: string): OptionIssue[] {
  const there = totalmem();
  return bytes <= there
    ? []
    : [{ path, message: `${what}: takes at least ${sizeText(bytes)} of memory, and this machine has ${sizeText(there)}` }];
}

/** The same of so many steps, each of which takes a thousandth of a second at the very least. */
export function timeIssues(path: OptionIssue["path"], steps: number, what: string): OptionIssue[] {
  const seconds = steps / FASTEST;
  return seconds <= LONGEST
    ? []
    : [
        {
          path,
          message: `${steps.toPrecision(3)} ${what}: ${yearsText(seconds)} at ${FASTEST.toLocaleString("en")} a second, which no machine reaches`,
        },
      ];
}

const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/** e.g. 4.2 GiB */
export function sizeText(bytes: number): string {
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(bytes) / 10)));
  const size = bytes / 1024 ** power;
  return `${size < 1e4 ? size.toPrecision(3) : size.toExponential(1)} ${units[power]}`;
}

function yearsText(seconds: number): string {
  const years = seconds / LONGEST;
  return `${years < 1e6 ? Math.round(years).toLocaleString("en") : years.toExponential(1)} years`;
}
