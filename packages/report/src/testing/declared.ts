import type { DeclaredMetric } from "@rewardlab/core";

const by = (kind: string, name: string, at = "") => [{ kind, name, at }];
const rl = by("stage", "rl");
const tokens = { unit: "share", of: "tokens" } as const;

/** What the parts of a made-up variant say of what they count, as metrics.json holds it. `idle`: why neither clip nor clamp can act. */
export function guardDeclarations(guards: boolean, idle?: string): Record<string, DeclaredMetric> {
  const part = (kind: string, name: string, at: string) => [{ kind, name, at, ...(idle === undefined ? {} : { idle }) }];
  const ratio = part("ratio", guards ? "pre-clip" : "clamped", "loss.ratio");
  const rule = (name: string) => ({
    [`rules.${name}`]: { title: `Rule: ${name}`, meaning: `Mean of ${name}.`, unit: "share", first: true, by: rl } as const,
  });
  return {
    score: { title: "Score", meaning: "Mean score of the rollout.", unit: "number", first: true, by: rl },
    ...rule("format"),
    ...rule("accuracy"),
    ...rule("consistency"),
    kl: { title: "KL from the start", meaning: "Nats per token.", unit: "number", first: true, stability: "last", by: rl },
    gradientNorm: {
      title: "Gradient norm",
      meaning: "Before it is clipped.",
      unit: "number",
      first: true,
      stability: "largest",
      by: rl,
    },
    responseTokens: { title: "Response length", meaning: "Mean tokens.", unit: "number", of: "tokens", first: true, by: rl },
    loss: { title: "Loss", meaning: "The policy loss.", unit: "number", by: rl },
    invalid: { title: "Responses without a score", meaning: "They do not train.", unit: "count", of: "responses", by: rl },
    skippedUpdates: { title: "Skipped updates", meaning: "Left out.", unit: "count", of: "updates", stability: "sum", by: rl },
    largestRatio: {
      title: "Largest importance ratio",
      meaning: "Of any token.",
      unit: "number",
      first: true,
      stability: "largest",
      by: ratio,
    },
    largestLogRatio: {
      title: "Largest |log ratio|",
      meaning: "Before any clamp.",
      unit: "number",
      stability: "largest",
      by: ratio,
    },
    clipFraction: {
      title: "Clipped tokens",
      meaning: "Whose gradient the clip takes away.",
      zero: "No ratio left 0.8 to 1.2.",
      first: true,
      stability: "mean",
      by: part("surrogate", "clip", "loss.surrogate"),
      ...tokens,
    },
    ...(guards
      ? {
          preClippedFraction: {
            title: "Pre-clipped tokens",
            meaning: "Beyond ratios of 0.001 to 1000.",
            zero: "It begins at ratios above 1000 or below 0.001.",
            guard: true,
            near: "largestLogRatio",
            by: ratio,
            ...tokens,
          },
          filteredFraction: {
            title: "Filtered tokens",
            meaning: "Beyond ±3.",
            guard: true,
            by: by("advantage", "three-sigma-filter", "advantage.three-sigma-filter"),
            ...tokens,
          },
        }
      : {
          clampedFraction: {
            title: "Clamped tokens",
            meaning: "Beyond ±20.",
            guard: true,
            near: "largestLogRatio",
            by: ratio,
            ...tokens,
          },
        }),
  };
}
