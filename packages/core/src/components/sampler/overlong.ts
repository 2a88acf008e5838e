import { z } from "zod";
import { sampler } from "../../plugin/component.ts";
import type { OptionIssue } from "../../plugin/component.ts";
import { InputError } from "@rewardlab/storage";
import { Metrics } from "../../services/metrics.ts";

const options = z.strictObject({
  mask: z
    .boolean()
    .default(true)
    .describe("responses that were cut off leave the loss; their scores still count in their group (DAPO, TRL)"),
  buffer: z.int().positive().nullable().default(null).describe("L_cache: tokens over which the penalty grows; null: no penalty"),
  factor: z.number().positive().default(1).describe("largest penalty (DAPO, TRL: 1)"),
  length: z.int().positive().nullable().default(null).describe("L_max; null: rollout.maxNewTokens"),
});

/**
 * What to do about responses that are too long (DAPO, arXiv 2503.14476v2, section 3.4): overlong filtering, and the soft punishment of eq. 13.
 *
 *     mask:     m_it = 0 for every t of a response that was cut off before EOS
 *     penalty:  R_i ← R_i − factor · clip((T_i − (L_max − L_cache)) / L_cache, 0, 1)          T_i tokens, EOS included;  L_cache → buffer
 *
 * OpenRLHF's overlong penalty is this one. A score that is not there (NaN) stays so.
 */
export const overlongSampler = sampler({
  name: "overlong",
  summary: "responses cut off leave the loss; soft penalty on length",
  options,
  checks: [{ reads: ["buffer", "length"], find: lengthIssues }],
  metrics: {
    truncatedFraction: {
      title: "Responses cut off",
      unit: "share",
      of: "responses",
      meaning: "Responses that reached the limit before their end.",
    },
    overlongMaskedFraction: {
      title: "Responses left out",
      unit: "share",
      of: "responses",
      meaning: ({ mask }) =>
        mask
          ? "Responses that were cut off, and so left the loss."
          : "Always 0: responses that are cut off train like the others.",
    },
    overlongPenalty: {
      title: "Penalty on length",
      meaning: ({ buffer, factor, length }) =>
        buffer === null
          ? "Always 0: there is no penalty."
          : `Mean that the score lost for being long: up to ${factor}, over the last ${buffer} tokens before ${length ?? "the longest response there can be"}.`,
    },
  },
  inject: { metrics: Metrics },
  idle: ({ mask, buffer, length }, { tokens }) => {
    if (mask || (buffer !== null && tokens > (length ?? tokens) - buffer)) return null;
    return buffer === null
      ? { because: "mask is false and buffer is null", remedy: "mask: true, or a buffer", as: { use: "all" } }
      : {
          because: `no response of at most ${tokens} tokens reaches its buffer`,
          remedy: "a smaller length, or a larger rollout.maxNewTokens",
          as: { use: "all" },
        };
  },
  bounds: ({ buffer, factor }, { incoming }) =>
    incoming === null || buffer === null ? incoming : { ...incoming, low: incoming.low - factor },
  create: ({ mask, buffer, factor, length }, { metrics }) => ({
    rounds: 1,
    apply({ scores, lengths, truncated, maxNewTokens }) {
      const longest = length ?? maxNewTokens;
      if (buffer !== null && buffer > longest)
        throw new InputError(
          "RL_OVERLONG_BUFFER",
          `overlong: buffer is ${buffer}, expected at most the longest response: ${longest} tokens (${length === null ? "rollout.maxNewTokens" : "length"})`,
        );
      const penalties =
        lengths.length === 0 || buffer === null ? [] : Array.from(lengths, (own) => factor * excess(own, longest, buffer));
      const masked = truncated.map((cut) => mask && cut);
      metrics.share("truncatedFraction", truncated.filter(Boolean).length, truncated.length);
      metrics.share("overlongMaskedFraction", masked.filter(Boolean).length, masked.length);
      metrics.share(
        "overlongPenalty",
        penalties.reduce((sum, penalty) => sum + penalty, 0),
        scores.length,
      );
      return { scores: scores.map((score, row) => score - (penalties[row] ?? 0)), masked, replaced: new Set() };
    },
  }),
});

/** How far into the buffer a length reaches, from 0 to 1. */
function excess(length: number, longest: number, buffer: number): number {
  return Math.min(Math.max((length - (longest - buffer)) / buffer, 0), 1);
}

function lengthIssues({ buffer, length }: z.output<typeof options>): OptionIssue[] {
  if (buffer === null || length === null || buffer <= length) return [];
  return [{ path: ["buffer"], message: `${buffer} is given, expected at most length: ${length}` }];
}
