// One build that holds every mutant (mutant schemata: Untch, Offutt and Harrold, ISSTA 1993): which one acts is a number, looked up where it would.

import { transformSync } from "esbuild";
import type { Mutant } from "./mutants.ts";

/** A mutant with its number, the same in every build. */
export interface Numbered extends Mutant {
  readonly id: number;
  /** From the repository's root. */
  readonly file: string;
}

/**
 * The source as JavaScript, in which $mutation.active says which mutant stands in for what was written, and $mutation.hits[id] becomes 1 where a
 * mutant's place is reached.
 */
export function instrumented(text: string, mutants: readonly Numbered[]): string {
  const places = new Map<string, Numbered[]>();
  for (const mutant of mutants) {
    const place = `${mutant.start}-${mutant.end}`;
    places.set(place, [...(places.get(place) ?? []), mutant]);
  }
  const groups = [...places.values()].sort(([a], [b]) => a!.start - b!.start || b!.end - a!.end);
  let next = 0;
  const emit = (start: number, end: number): string => {
    let written = "";
    let at = start;
    while (next < groups.length && groups[next]![0]!.start < end) {
      const group = groups[next]!;
      const [first] = group as [Numbered, ...Numbered[]];
      next += 1;
      const inner = emit(first.start, first.end);
      const choices = group.map(({ id, replacement }) => `$m.active===${id}?(${replacement}):`).join("");
      written += `${text.slice(at, first.start)}($m.hits[${first.id}]=1,${choices}(${inner}))`;
      at = first.end;
    }
    return written + text.slice(at, end);
  };
  return compiled(`const $m = globalThis.$mutation;${emit(0, text.length)}`);
}

/** TypeScript without its types. */
export function compiled(text: string): string {
  return transformSync(text, { loader: "ts", format: "esm", target: "node20", sourcemap: false }).code;
}
