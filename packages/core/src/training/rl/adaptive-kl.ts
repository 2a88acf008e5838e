import { z } from "zod";

export const adaptiveKl = z.strictObject({
  target: z.number().positive().describe("KL per token that is aimed at, in nats (verl's default: 0.1, OpenRLHF's: 6)"),
  horizon: z.number().positive().describe("H: over about how many responses the coefficient follows (verl, OpenRLHF: 10,000)"),
});

/**
 * The coefficient β after an iteration that measured a KL, over so many responses (Ziegler et al., arXiv 1909.08593v2, section 2.2, as verl,
 * OpenRLHF and EasyR1 have it).
 *
 *     e  = clip(KL / target − 1, −0.2, 0.2)
 *     β ← β (1 + e · n / H)                        n responses, H → horizon
 */
export function nextKlCoefficient(
  coefficient: number,
  measured: number,
  responses: number,
  { target, horizon }: z.output<typeof adaptiveKl>,
): number {
  const error = Math.min(Math.max(measured / target - 1, -0.2), 0.2);
  return coefficient * (1 + (error * responses) / horizon);
}
