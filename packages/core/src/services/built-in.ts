/**
 * The services that every run gives. Why a plugin can't bring one of its own in their place; null: it can.
 * Progress tells and changes no number, so which one is told is no part of what identifies a run.
 */
export const builtInServices: Readonly<Record<string, { readonly fixed: string | null; readonly changesNumbers: boolean }>> = {
  Compiler: { fixed: "it belongs to the engine; bring an engine", changesNumbers: true },
  Files: { fixed: "the folders are those of the run", changesNumbers: true },
  Metrics: { fixed: "metrics.jsonl and the report are made of what it counts", changesNumbers: true },
  Progress: { fixed: null, changesNumbers: false },
  Random: { fixed: "its streams are saved in checkpoints, so that a run goes on to the same numbers", changesNumbers: true },
  State: { fixed: "it is saved in checkpoints", changesNumbers: true },
};
