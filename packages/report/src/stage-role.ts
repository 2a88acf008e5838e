/** What a stage is to the report: as the run wrote it down; of runs made before that was written, by the built-in stages' names. */
interface Staged {
  readonly use: string;
  readonly role?: string | null;
}

/** It trains the policy in the run itself: before it and after it are what a run is judged by, and its metrics.jsonl is the run's. */
export function trains({ use, role }: Staged): boolean {
  return role === undefined || role === null ? use === "rl" : role === "trains";
}

/** It measures the policy's accuracy, and leaves the policy as it is. */
export function measures({ use, role }: Staged): boolean {
  return role === undefined || role === null ? use === "evaluate" : role === "measures";
}
