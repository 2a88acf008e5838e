import { closest, distance } from "fastest-levenshtein";

/** " Did you mean x?" where a known name is near, else the list of those there are. */
export function suggestion(given: string, known: readonly string[]): string {
  if (known.length === 0) return "";
  const near = closest(given, [...known]);
  if (distance(given.toLowerCase(), near.toLowerCase()) <= Math.max(2, Math.ceil(near.length / 3)))
    return ` Did you mean "${near}"?`;
  return ` There are: ${[...known].sort().join(", ")}.`;
}
