import { rlIdleParts } from "./idle.ts";
import { rlMetrics } from "./metrics.ts";
import { algorithmPreset, rlChecks, rlOptions } from "./options.ts";
import type { RlOptions } from "./options.ts";
import { rlNeeds, rlShortened, rlWork } from "./work.ts";

/**
 * What the stage `rl` says of itself, without its name and its loop: options with their checks and presets, needs, work, metrics. A stage with a loop of its
 * own that is trained by the same options takes all of it, `stage({ ...rlDefinition, name, summary, create })`, and overrides what it does otherwise.
 */
export const rlDefinition = {
  keeps: "run",
  presetFrom: algorithmPreset,
  options: rlOptions,
  checks: rlChecks,
  needs: rlNeeds,
  work: rlWork,
  shortened: rlShortened,
  idleParts: rlIdleParts,
  measures: () => ["updates", "skippedUpdates"],
  promptsAtOnce: ({ rollout }: Pick<RlOptions, "rollout">) => [{ path: ["rollout", "prompts"], prompts: rollout.prompts }],
  metrics: rlMetrics,
} as const;
